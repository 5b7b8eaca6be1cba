//! What every process of Pagemill needs around its work: configuration, logs, signals, the endpoints and arguments of a
//! service. Knows nothing of documents.

pub mod config;
mod home;
pub mod logs;
pub mod ops;
pub mod signals;

pub use home::home;
