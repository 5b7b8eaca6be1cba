//! The whole flow over real servers, with readers and an embedder that need no models: what the cluster promises when
//! everything around it fails in turn, and how fast it follows its sources.

mod plant;

mod bad_days;
mod follows;
mod roles;
