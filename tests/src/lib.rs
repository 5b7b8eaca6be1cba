//! pagemill-tests
