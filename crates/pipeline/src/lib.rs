//! pagemill-pipeline
