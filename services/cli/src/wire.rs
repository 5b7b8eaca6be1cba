//! Picks the implementations: the only file that knows which stage is which. Everything here is local.

use crate::config::Config;
use pagemill_connectors::{
    AllowedSources, CatalogTasks, DataFolder, EmbeddedIndex, FileArtifacts, Folder, Generations,
    MeilisearchIndex, SourceName, SourcesConfig, SqlCatalog, VectorSpace, WriteLock,
};
use pagemill_models::embedder::LocalEmbedder;
use pagemill_models::generator::LlamaGenerator;
use pagemill_pipeline::answer::Answerer;
use pagemill_pipeline::ingest::{IngestConfig, Progress, Run, Stages};
use pagemill_pipeline::read::Readers;
use pagemill_pipeline::{Catalog, Embedder, Failure, Generator, Objects, SearchIndex, Stage};
use pagemill_worker::ReaderSettings;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The stages of one machine.
pub struct Local {
    pub folder: DataFolder,
    pub index: Arc<EmbeddedIndex>,
    pub stages: Stages,
    sources: Arc<AllowedSources>,
}

/// The right to write and a started writer; both end with it.
pub struct Writing<'a> {
    index: &'a EmbeddedIndex,
    _lock: WriteLock,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.index.end_writing();
    }
}

impl Local {
    /// Opens everything that ingesting needs. What is missing is said here, before any work.
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        Self::open_at(config, |folder, _| Ok(folder.index())).await
    }

    /// As [`Local::open`], with the index in a folder that is chosen when the embedder is known.
    async fn open_at(
        config: &Config,
        place: impl FnOnce(&DataFolder, &dyn Embedder) -> Result<PathBuf, Failure>,
    ) -> Result<Self, Failure> {
        if config.catalog.is_some() {
            return Err(Failure::stop(
                "`catalog` names a cluster, and this command works on one machine; start a job instead (`pagemill job \
                 start SOURCE`), or leave `catalog` out",
            ));
        }
        if !(config.ingest.takes(Stage::Read) && config.ingest.takes(Stage::Index)) {
            return Err(Failure::stop("one machine reads and indexes; leave `ingest.roles` out"));
        }
        let folder = data_folder(config)?;
        folder.check_space()?;
        let embedder = embedder(config)?;
        let place = place(&folder, embedder.as_ref())?;
        let index = Arc::new(EmbeddedIndex::open(&place, Some(&space(embedder.as_ref())))?);
        let sources = Arc::new(sources(config, &folder)?);
        let stages = Stages {
            sources: sources.clone(),
            catalog: Arc::new(catalog(&folder).await?),
            artifacts: Arc::new(artifacts(&folder)?),
            readers: readers(config)?,
            embedder,
            index: index.clone(),
        };
        Ok(Self { folder, index, stages, sources })
    }

    /// Opens a source that the user named.
    pub async fn open_source(&self, name: SourceName) -> Result<Arc<dyn Objects>, Failure> {
        self.sources.open_name(name).await
    }

    /// A run over the tasks of one source, or of all.
    pub fn run(
        &self,
        config: &IngestConfig,
        source: Option<&str>,
        progress: Arc<Progress>,
        shutdown: &CancellationToken,
    ) -> Run {
        Run {
            stages: self.stages.clone(),
            config: config.clone(),
            tasks: Arc::new(CatalogTasks::new(self.stages.catalog.clone(), source)),
            progress,
            shutdown: shutdown.clone(),
        }
    }

    /// Takes the right to write, or `None` while another process has it.
    pub fn try_begin_writing(&self) -> Result<Option<Writing<'_>>, Failure> {
        let Some(lock) = self.folder.try_lock()? else { return Ok(None) };
        self.index.begin_writing()?;
        Ok(Some(Writing { index: &self.index, _lock: lock }))
    }

    /// Takes the right to write.
    pub fn begin_writing(&self) -> Result<Writing<'_>, Failure> {
        self.try_begin_writing()?.ok_or_else(being_written)
    }
}

/// The stages of this machine for making its index anew, with the right to write.
pub struct Reindexing {
    pub local: Local,
    /// The index in use, when another is made beside it.
    old: Option<Arc<EmbeddedIndex>>,
    lock: WriteLock,
}

impl Reindexing {
    /// Opens the index in use where its vectors are the configured embedder's, else a new one beside it.
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        let folder = data_folder(config)?;
        let lock = folder.try_lock()?.ok_or_else(being_written)?;
        // Closed again: a process opens an index once.
        let used = existing_index(&folder)?.space().clone();
        let mut local = Local::open_at(config, |folder, embedder| {
            if used == space(embedder) {
                return Ok(folder.index());
            }
            // What another embedder left, or an index that was in use before, is of no use.
            let next = folder.next_index();
            let goes_on = EmbeddedIndex::open(&next, None).is_ok_and(|next| *next.space() == space(embedder));
            if !goes_on && next.exists() {
                std::fs::remove_dir_all(&next).map_err(|error| {
                    Failure::stop(format!("{} cannot be removed: {error}", next.display()))
                })?;
            }
            Ok(next)
        })
        .await?;
        local.index.begin_writing()?;
        let mut old = None;
        if used != space(local.stages.embedder.as_ref()) {
            let index = Arc::new(existing_index(&folder)?);
            index.begin_writing()?;
            local.stages.index = Arc::new(Generations::new(local.index.clone(), index.clone()));
            old = Some(index);
        }
        Ok(Self { local, old, lock })
    }

    pub fn is_beside(&self) -> bool {
        self.old.is_some()
    }

    /// The new index is complete: it takes the place of the one in use.
    pub fn finish(self) -> Result<(), Failure> {
        let Self { local, old, lock } = self;
        local.index.end_writing();
        let Some(old) = old else { return Ok(()) };
        old.end_writing();
        local.folder.switch_index(&lock)
    }
}

fn being_written() -> Failure {
    Failure::stop("another pagemill is writing to this data folder; wait for it to end, or stop it")
}

/// The stages of this machine with their catalog, or the catalog of the cluster that the configuration names.
pub async fn local_or_cluster(config: &Config) -> Result<(Option<Local>, Arc<dyn Catalog>), Failure> {
    match &config.catalog {
        Some(catalog) => Ok((None, Arc::new(SqlCatalog::connect(catalog).await?))),
        None => {
            let local = Local::open(config).await?;
            let catalog = local.stages.catalog.clone();
            Ok((Some(local), catalog))
        }
    }
}

fn space(embedder: &dyn Embedder) -> VectorSpace {
    VectorSpace { embedder: embedder.identity().to_owned(), dimensions: embedder.dimensions() }
}

pub fn data_folder(config: &Config) -> Result<DataFolder, Failure> {
    DataFolder::open(&config.data_dir)
}

pub async fn catalog(folder: &DataFolder) -> Result<SqlCatalog, Failure> {
    SqlCatalog::open_file(&folder.catalog()).await
}

pub fn artifacts(folder: &DataFolder) -> Result<FileArtifacts, Failure> {
    FileArtifacts::open(&folder.artifacts())
}

/// The index as it is, without a model.
pub fn existing_index(folder: &DataFolder) -> Result<EmbeddedIndex, Failure> {
    EmbeddedIndex::open(&folder.index(), None)
}

/// Folders and buckets. Whoever uses this program may name any: it reads with the user's own rights.
pub fn sources(config: &Config, folder: &DataFolder) -> Result<AllowedSources, Failure> {
    let spool_dir = config.sources.spool_dir.clone().unwrap_or_else(|| folder.spool());
    let sources = SourcesConfig { spool_dir: Some(spool_dir), ..config.sources.clone() };
    AllowedSources::of_user(&sources, &config.s3, config.ingest.read.max_file_bytes)
}

pub fn uploads(local: &Local) -> Result<Arc<dyn Objects>, Failure> {
    Ok(Arc::new(Folder::open(&local.folder.uploads())?))
}

/// Processes that parse and processes that recognise.
pub fn readers(config: &Config) -> Result<Readers, Failure> {
    pagemill_worker::readers(ReaderSettings {
        pdfium: &config.pdfium,
        readers: &config.readers,
        recognizers: &config.recognizers,
        ocr: &config.ocr,
    })
}

fn embedder(config: &Config) -> Result<Arc<dyn Embedder>, Failure> {
    Ok(Arc::new(LocalEmbedder::open(&config.embedder)?))
}

/// Which model writes answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// None: answers are quotes.
    None,
    Configured,
}

/// Searching and answering over the index as it is, without the stages of an ingest.
pub async fn answerer(config: &Config, model: Model) -> Result<Answerer, Failure> {
    let embedder = embedder(config)?;
    let space = space(embedder.as_ref());
    let index: Arc<dyn SearchIndex> = match &config.catalog {
        Some(_) => Arc::new(MeilisearchIndex::connect(config.meilisearch.clone(), space).await?),
        None => {
            let folder = data_folder(config)?;
            existing_index(&folder)?;
            Arc::new(EmbeddedIndex::open(&folder.index(), Some(&space))?)
        }
    };
    let generator = if model == Model::None { None } else { generator(config)? };
    Ok(Answerer::new(index, embedder, generator, config.answer.clone()))
}

/// The index of the cluster.
pub async fn meilisearch(config: &Config) -> Result<MeilisearchIndex, Failure> {
    let embedder = embedder(config)?;
    MeilisearchIndex::connect(config.meilisearch.clone(), space(embedder.as_ref())).await
}

/// Searching over an index that is open already.
pub fn searcher(index: Arc<dyn SearchIndex>, config: &Config) -> Result<Answerer, Failure> {
    Ok(Answerer::new(index, embedder(config)?, None, config.answer.clone()))
}

/// Answering over the stages of a server.
pub fn answerer_over(local: &Local, config: &Config) -> Result<Answerer, Failure> {
    let generator = generator(config)?;
    Ok(Answerer::new(local.index.clone(), local.stages.embedder.clone(), generator, config.answer.clone()))
}

fn generator(config: &Config) -> Result<Option<Arc<dyn Generator>>, Failure> {
    match &config.generator.model {
        None => Ok(None),
        Some(_) => Ok(Some(Arc::new(LlamaGenerator::open(&config.generator)?))),
    }
}
