//! What every process of Pagemill needs around its work: configuration, logs, signals, the endpoints and arguments of a
//! service, variables that native libraries read. Knows nothing of documents.

pub mod config;
pub mod environment;
mod home;
pub mod logs;
pub mod ops;
pub mod signals;

pub use home::home;
