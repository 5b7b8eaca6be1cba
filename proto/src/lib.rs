//! The messages and services that go between Pagemill's processes, generated from the `.proto` files beside this crate.
//! Holds no logic.

/// What travels through the task queue.
pub mod tasks {
    #![allow(clippy::all, missing_docs, reason = "generated")]
    tonic::include_proto!("pagemill.tasks.v1");
}

/// The model service.
pub mod models {
    #![allow(clippy::all, missing_docs, reason = "generated")]
    tonic::include_proto!("pagemill.models.v1");
}
