//! pagemill-extract

mod metadata;
mod readiness;
mod segment;

pub use segment::{DocumentIdentity, segment};
