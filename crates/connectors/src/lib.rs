//! The outside world behind the seams of the pipeline: folders, the catalog in SQLite, the search index on disk
//! or in Meilisearch, and an in-memory twin of each. Never a model, never a device.

mod artifacts;
mod catalog;
mod data_folder;
mod embedded;
mod folder;
mod fusion;
mod kafka;
mod meilisearch;
pub mod memory;
mod queue;

pub use artifacts::FileArtifacts;
pub use catalog::{CatalogConfig, SqlCatalog};
pub use data_folder::{DataFolder, WriteLock};
pub use embedded::{EmbeddedIndex, IndexError, VectorSpace};
pub use folder::{Folder, LocalSources};
pub use kafka::{KafkaConfig, KafkaTasks};
pub use meilisearch::{MeilisearchConfig, MeilisearchIndex};
pub use queue::CatalogTasks;
