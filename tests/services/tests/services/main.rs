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
