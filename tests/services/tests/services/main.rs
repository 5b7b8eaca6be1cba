//! Pagemill against real servers: Kafka, S3, PostgreSQL; for Meilisearch the server that answers as it does, or a real one
//! where `PAGEMILL_TEST_MEILI_URL` names it.

mod catalog;
mod cluster;
mod events;
mod four_services;
mod http;
mod objects;
mod places;
mod programs;
mod queue;
mod reindexing;

/// A number that whoever wants a longer run sets in the environment.
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
