//! The outside world behind the seams of the pipeline: folders and buckets with the events they send, the catalog in SQL,
//! the search index on disk or in Meilisearch, the task queue, and an in-memory twin of each. Never a model, never a device.

mod artifacts;
mod catalog;
mod data_folder;
mod embedded;
pub mod events;
mod folder;
mod fusion;
mod generations;
mod kafka;
mod meilisearch;
pub mod memory;
mod queue;
pub mod remote;
mod s3;
mod source_name;
mod sources;
mod spool;
mod store;

pub use artifacts::{ArtifactsConfig, FileArtifacts, ObjectArtifacts};
pub use catalog::{CatalogConfig, SqlCatalog};
pub use data_folder::{DataFolder, WriteLock};
pub use embedded::{EmbeddedIndex, IndexError, VectorSpace};
pub use folder::Folder;
pub use generations::Generations;
pub use kafka::{KafkaConfig, KafkaEvents, KafkaTasks};
pub use meilisearch::{MeilisearchConfig, MeilisearchIndex};
pub use queue::CatalogTasks;
pub use s3::{S3Bucket, S3Config};
pub use source_name::{Scheme, SourceName, parse_source};
pub use sources::{AllowedPrefix, AllowedSources, SourcesConfig};
pub use store::{AzureConfig, GcsConfig};
