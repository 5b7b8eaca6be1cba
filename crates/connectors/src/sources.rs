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
use std::path::Path;
use std::sync::Arc;

/// Which places may be opened.
#[derive(Clone, Debug)]
pub enum Allowed {
    /// Whatever the user names: it is the user's own machine.
    Anything,
    /// These, and what lies within them.
    Within(Vec<SourceName>),
}

/// The `[sources]` section of a service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourcesConfig {
    /// Places that may be read; with none, nothing may.
    pub allowed: Vec<AllowedPrefix>,
}

/// A place that may be read, with all that lies within it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedPrefix {
    /// Such as `s3://contracts/` or `file:///data`. `s3://contracts/in` does not allow `s3://contracts/invoices`.
    pub prefix: String,
}

impl SourcesConfig {
    /// # Errors
    /// `Stop` when a prefix is no name of a place.
    pub fn allowed(&self) -> Result<Allowed, Failure> {
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

/// How places that are not folders are reached.
#[derive(Clone, Debug, Default)]
pub struct Remote {
    pub s3: S3Config,
    pub azure: AzureConfig,
    pub gcs: GcsConfig,
}

impl AllowedSources {
    /// # Errors
    /// `Stop` when the configuration is wrong. Nothing is connected to yet.
    pub fn new(allowed: Allowed, remote: Remote, spool: Spool) -> Result<Self, Failure> {
        Ok(Self {
            allowed,
            s3: S3Clients::new(remote.s3)?,
            stores: StoreClients::new(remote.azure, remote.gcs)?,
            spool: Arc::new(spool),
        })
    }

    /// Whether a place may be opened, without opening it.
    ///
    /// # Errors
    /// `Stop` when it may not; says no more than that.
    pub fn check(&self, name: &SourceName) -> Result<(), Failure> {
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
        let allowed = SourcesConfig { allowed }.allowed()?;
        AllowedSources::new(allowed, Remote::default(), Spool::open(spool, 1 << 20)?)
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

    #[test]
    fn a_wrong_prefix_is_named() {
        let root = tempfile::tempdir().expect("a folder");
        let Err(Failure::Stop(message)) = sources(&["s3://a/", "ftp://x"], root.path()) else {
            panic!("it must be refused")
        };
        assert!(message.contains("`sources.allowed`") && message.contains("ftp"), "{message}");
    }
}
