//! What an operator's commands look at: the catalog, the index, the stored documents and the sources, of this machine or of
//! a cluster. No command knows which.

use crate::config::Config;
use crate::wire;
use pagemill_connectors::memory::MemoryIndex;
use pagemill_connectors::{
    AllowedSources, DataFolder, EmbeddedIndex, MeilisearchIndex, ObjectArtifacts, SqlCatalog, VectorSpace,
    WriteLock,
};
use pagemill_models::embedder::LocalEmbedder;
use pagemill_pipeline::{Artifacts, Catalog, Embedder, Failure, SearchIndex, Sources};
use std::sync::Arc;

pub struct Desk {
    pub catalog: Arc<dyn Catalog>,
    pub index: Arc<dyn SearchIndex>,
    pub artifacts: Arc<dyn Artifacts>,
    pub sources: Arc<dyn Sources>,
    /// Of this machine; `None` for a cluster.
    local: Option<(DataFolder, Option<Arc<EmbeddedIndex>>)>,
}

/// The right to change the index of this machine, until dropped.
pub struct Changing {
    index: Arc<EmbeddedIndex>,
    _lock: WriteLock,
}

impl Drop for Changing {
    fn drop(&mut self) {
        self.index.end_writing();
    }
}

impl Desk {
    /// Opens the desk of the configured shape.
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        match &config.catalog {
            None => Self::of_machine(config).await,
            Some(catalog) => {
                let catalog = Arc::new(SqlCatalog::connect(catalog).await?);
                Self::of_cluster(config, catalog).await
            }
        }
    }

    async fn of_machine(config: &Config) -> Result<Self, Failure> {
        let folder = wire::data_folder(config)?;
        let catalog = Arc::new(wire::catalog(&folder).await?);
        let embedded = folder.has_index().then(|| wire::existing_index(&folder)).transpose()?.map(Arc::new);
        let index: Arc<dyn SearchIndex> = match &embedded {
            Some(index) => index.clone(),
            // Before the first ingest there is none, and it holds nothing.
            None => Arc::new(MemoryIndex::default()),
        };
        Ok(Self {
            catalog,
            index,
            artifacts: Arc::new(wire::artifacts(&folder)?),
            sources: Arc::new(wire::sources(config, &folder)?),
            local: Some((folder, embedded)),
        })
    }

    async fn of_cluster(config: &Config, catalog: Arc<dyn Catalog>) -> Result<Self, Failure> {
        let embedder = LocalEmbedder::open(&config.embedder)?;
        let space =
            VectorSpace { embedder: embedder.identity().to_owned(), dimensions: embedder.dimensions() };
        let max_file_bytes = config.ingest.read.max_file_bytes;
        let sources = AllowedSources::new(&config.sources, &config.s3, max_file_bytes)?;
        let artifacts = ObjectArtifacts::open(&config.artifacts, &config.sources, &config.s3).await?;
        Ok(Self {
            catalog,
            index: Arc::new(MeilisearchIndex::connect(config.meilisearch.clone(), space).await?),
            artifacts: Arc::new(artifacts),
            sources: Arc::new(sources),
            local: None,
        })
    }

    pub fn is_cluster(&self) -> bool {
        self.local.is_none()
    }

    /// Whether anything was ever ingested.
    pub fn has_index(&self) -> bool {
        self.local.as_ref().is_none_or(|(_, index)| index.is_some())
    }

    /// Whether another process of this machine writes now.
    pub fn is_being_written(&self) -> Result<bool, Failure> {
        match &self.local {
            Some((folder, _)) => Ok(folder.try_lock()?.is_none()),
            None => Ok(false),
        }
    }

    /// Takes the right to change the index, where one process at a time has it.
    pub fn begin_changing(&self) -> Result<Option<Changing>, Failure> {
        let Some((folder, Some(index))) = &self.local else { return Ok(None) };
        let lock = folder.try_lock()?.ok_or_else(|| {
            Failure::stop("another pagemill is writing to this data folder; wait for it to end, or stop it")
        })?;
        index.begin_writing()?;
        Ok(Some(Changing { index: index.clone(), _lock: lock }))
    }
}
