//! pagemill-models
