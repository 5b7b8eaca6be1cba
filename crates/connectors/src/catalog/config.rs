//! Where the catalog of a cluster is. The URL holds a password: it is never printed.

use pagemill_pipeline::Failure;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;

#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CatalogConfig {
    /// `postgres://user:password@host:5432/database`.
    pub url: String,
    /// A file that holds the URL instead, such as a mounted secret.
    pub url_file: Option<PathBuf>,
    /// Connections of one process.
    pub connections: u32,
}

impl Default for CatalogConfig {
    fn default() -> Self {
        Self { url: String::new(), url_file: None, connections: 8 }
    }
}

impl fmt::Debug for CatalogConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogConfig")
            .field("url", &"***")
            .field("url_file", &self.url_file)
            .field("connections", &self.connections)
            .finish()
    }
}

impl CatalogConfig {
    /// The URL, from wherever it is given.
    ///
    /// # Errors
    /// `Stop` when it is not given or its file cannot be read.
    pub fn url(&self) -> Result<String, Failure> {
        let url = match &self.url_file {
            None => self.url.clone(),
            Some(file) => std::fs::read_to_string(file).map_err(|error| {
                Failure::stop(format!("`catalog.url_file` {} cannot be read: {error}", file.display()))
            })?,
        };
        let url = url.trim();
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Failure::stop(
                "`catalog.url` (or the file of `catalog.url_file`) has to be of the form \
                 postgres://user:password@host:5432/database",
            ));
        }
        Ok(url.to_owned())
    }
}
