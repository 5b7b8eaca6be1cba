//! pagemill-cli
