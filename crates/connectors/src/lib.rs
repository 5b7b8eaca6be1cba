//! pagemill-connectors
