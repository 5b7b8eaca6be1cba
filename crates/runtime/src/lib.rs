//! pagemill-runtime
