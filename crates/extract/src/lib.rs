//! pagemill-extract
