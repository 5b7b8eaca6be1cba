//! Opens places by name: folders, S3, Google Cloud Storage, Azure Blob Storage. In: a name, and which places may be opened.
//! Out: the place. Servers, regions and credentials come from the configuration alone: a name that comes with a request
//! leads nowhere else.

use crate::folder::Folder;
use crate::s3::{S3Clients, S3Config, S3Objects};
use crate::source_name::{Scheme, SourceName, parse_source};
use crate::spool::Spool;
use crate::store::{AzureConfig, GcsConfig, StoreClients, StoreObjects};
use async_trait::async_trait;
use pagemill_pipeline::{Failure, Objects, Sources};
use serde::Deserialize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which places may be opened, and how those that are neither folders nor S3 are reached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourcesConfig {
    /// Places that may be read. With none a service reads nothing, and `pagemill` whatever its user names.
    pub allowed: Vec<AllowedPrefix>,
    /// Where copies of remote files are kept while they are read, on a disk of this machine. When not set: in the data
    /// folder, and for a service in the system's folder for temporary files.
    pub spool_dir: Option<PathBuf>,
    pub azure: AzureConfig,
    pub gcs: GcsConfig,
}

/// A place that may be read, with all that lies within it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedPrefix {
    /// Such as `s3://contracts/` or `file:///data`. `s3://contracts/in` does not allow `s3://contracts/invoices`.
    pub prefix: String,
}

/// Which places may be opened.
#[derive(Clone, Debug)]
enum Allowed {
    /// Whatever the user names: it is the user's own machine.
    Anything,
    /// These, and what lies within them.
    Within(Vec<SourceName>),
}

impl SourcesConfig {
    fn within(&self) -> Result<Allowed, Failure> {
        let names = self.allowed.iter().map(|allowed| {
            parse_source(&allowed.prefix)
                .map_err(|failure| Failure::stop(format!("`sources.allowed`: {failure}")))
        });
        Ok(Allowed::Within(names.collect::<Result<_, _>>()?))
    }
}

/// Opens the places that are allowed. Clients are kept, so that opening is cheap.
#[derive(Debug)]
pub struct AllowedSources {
    allowed: Allowed,
    s3: S3Clients,
    stores: StoreClients,
    spool: Arc<Spool>,
}

impl AllowedSources {
    /// The places that a service may open; objects larger than `max_file_bytes` are rejected. Nothing is connected to yet.
    ///
    /// # Errors
    /// `Stop` when the configuration is wrong.
    pub fn new(config: &SourcesConfig, s3: &S3Config, max_file_bytes: u64) -> Result<Self, Failure> {
        Self::of(config.within()?, config, s3, max_file_bytes)
    }

    /// The places that the user of this machine may open: any, unless the configuration names some.
    ///
    /// # Errors
    /// As [`AllowedSources::new`].
    pub fn of_user(config: &SourcesConfig, s3: &S3Config, max_file_bytes: u64) -> Result<Self, Failure> {
        let allowed = if config.allowed.is_empty() { Allowed::Anything } else { config.within()? };
        Self::of(allowed, config, s3, max_file_bytes)
    }

    fn of(
        allowed: Allowed,
        config: &SourcesConfig,
        s3: &S3Config,
        max_file_bytes: u64,
    ) -> Result<Self, Failure> {
        let spool_dir = config.spool_dir.clone().map_or_else(temporary_spool_dir, Ok)?;
        Ok(Self {
            allowed,
            s3: S3Clients::new(s3.clone())?,
            stores: StoreClients::new(config.azure.clone(), config.gcs.clone())?,
            spool: Arc::new(Spool::open(&spool_dir, max_file_bytes)?),
        })
    }

    fn check(&self, name: &SourceName) -> Result<(), Failure> {
        match &self.allowed {
            Allowed::Anything => Ok(()),
            Allowed::Within(places) if places.iter().any(|place| name.is_within(place)) => Ok(()),
            Allowed::Within(_) => {
                Err(Failure::stop(format!("`{name}` may not be read; `sources.allowed` lists what may")))
            }
        }
    }

    /// Opens a place.
    ///
    /// # Errors
    /// `Stop` when it may not be opened or the set-up is wrong; `Retry` when credentials cannot be had now.
    pub async fn open_name(&self, name: SourceName) -> Result<Arc<dyn Objects>, Failure> {
        match name.scheme() {
            Scheme::File => {
                let folder = Folder::open(Path::new(name.prefix()))?;
                // As the operating system sees it: a link must not lead out of what is allowed.
                self.check(&parse_source(folder.source())?)?;
                Ok(Arc::new(folder))
            }
            Scheme::S3 => {
                self.check(&name)?;
                let client = self.s3.client(name.bucket()).await?;
                Ok(Arc::new(S3Objects::new(client, name, self.spool.clone())))
            }
            Scheme::Gs | Scheme::Az => {
                self.check(&name)?;
                let store = self.stores.client(&name)?;
                Ok(Arc::new(StoreObjects::new(store, name, self.spool.clone())?))
            }
        }
    }
}

/// A folder of this user's own: in one that somebody else made beforehand, copies would not be private.
fn temporary_spool_dir() -> Result<PathBuf, Failure> {
    let user = rustix::process::geteuid().as_raw();
    let folder = std::env::temp_dir().join(format!("pagemill-{user}"));
    match std::fs::symlink_metadata(&folder) {
        Ok(there) if there.uid() != user || !there.is_dir() => Err(Failure::stop(format!(
            "{} is not this user's; set `sources.spool_dir` to a folder that is",
            folder.display()
        ))),
        _ => Ok(folder),
    }
}

#[async_trait]
impl Sources for AllowedSources {
    async fn open(&self, source: &str) -> Result<Arc<dyn Objects>, Failure> {
        self.open_name(parse_source(source)?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(prefixes: &[&str], spool: &Path) -> Result<AllowedSources, Failure> {
        let allowed = prefixes.iter().map(|prefix| AllowedPrefix { prefix: (*prefix).to_owned() }).collect();
        let config = SourcesConfig { allowed, spool_dir: Some(spool.to_owned()), ..SourcesConfig::default() };
        AllowedSources::new(&config, &S3Config::default(), 1 << 20)
    }

    #[tokio::test]
    async fn only_what_is_allowed_is_opened() {
        let root = tempfile::tempdir().expect("a folder");
        for folder in ["data/in", "database", "spool"] {
            std::fs::create_dir_all(root.path().join(folder)).expect("made");
        }
        std::os::unix::fs::symlink(root.path().join("database"), root.path().join("data/out"))
            .expect("linked");
        let data = root.path().join("data").canonicalize().expect("there");
        let allowed = format!("file://{}/", data.display());
        let sources = sources(&[&allowed], &root.path().join("spool")).expect("right");
        let opened = sources.open(&format!("{allowed}in")).await.expect("allowed");
        assert_eq!(opened.source(), format!("file://{}/in", data.display()));
        for (name, why) in [
            (
                format!("file://{}", root.path().join("database").display()),
                "a neighbour with the same beginning",
            ),
            (format!("{allowed}out"), "a link out"),
            (format!("{allowed}../database"), "a way around"),
            ("s3://contracts/x".to_owned(), "another kind of place"),
        ] {
            let Err(Failure::Stop(message)) = sources.open(&name).await else { panic!("{why}") };
            assert!(message.contains("sources.allowed"), "{message}");
        }
    }

    #[tokio::test]
    async fn with_nothing_allowed_nothing_is_opened() {
        let root = tempfile::tempdir().expect("a folder");
        let sources = sources(&[], root.path()).expect("right");
        for name in
            [format!("file://{}", root.path().display()), "s3://b/x".into(), "gs://b".into(), "az://c".into()]
        {
            assert!(matches!(sources.open(&name).await, Err(Failure::Stop(_))), "{name}");
        }
    }

    #[tokio::test]
    async fn the_user_may_open_anything_unless_told_otherwise() {
        let root = tempfile::tempdir().expect("a folder");
        let mut config = SourcesConfig { spool_dir: Some(root.path().join("s")), ..SourcesConfig::default() };
        let folder = format!("file://{}", root.path().display());
        let sources = AllowedSources::of_user(&config, &S3Config::default(), 1).expect("right");
        assert!(sources.open(&folder).await.is_ok());
        config.allowed.push(AllowedPrefix { prefix: "s3://contracts".into() });
        let sources = AllowedSources::of_user(&config, &S3Config::default(), 1).expect("right");
        assert!(matches!(sources.open(&folder).await, Err(Failure::Stop(_))));
    }

    #[test]
    fn a_wrong_prefix_is_named() {
        let root = tempfile::tempdir().expect("a folder");
        let Err(Failure::Stop(message)) = sources(&["s3://a/", "ftp://x"], root.path()) else {
            panic!("it must be refused")
        };
        assert!(message.contains("`sources.allowed`") && message.contains("ftp"), "{message}");
    }
}
