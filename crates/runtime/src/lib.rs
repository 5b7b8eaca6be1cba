//! What every process of Pagemill needs around its work: configuration, logs, signals. Knows nothing of documents.

pub mod config;
pub mod logs;
pub mod signals;
