//! A server with a bucket, opened as the program opens it, and a client of the test's own.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder;
use futures::TryStreamExt;
use pagemill_connectors::{AllowedSources, S3Config, SourcesConfig, parse_source};
use pagemill_pipeline::{Failure, Fetched, ListedObject, Objects};
use pagemill_test_servers::S3;
use std::path::Path;
use std::sync::Arc;

pub const BUCKET: &str = "contracts";
pub const MAX_BYTES: u64 = 64 << 20;

pub struct Place {
    pub server: S3,
    pub folder: tempfile::TempDir,
}

impl Place {
    pub async fn start() -> Self {
        let server = S3::start().await.expect("an S3 server");
        server.create_bucket(BUCKET).expect("a bucket");
        Self { server, folder: tempfile::tempdir().expect("a folder") }
    }

    /// Opens a source through the fault proxy.
    pub async fn open(&self, source: &str) -> Arc<dyn Objects> {
        self.open_at(&self.server.endpoint(), source).await
    }

    pub async fn open_at(&self, endpoint: &str, source: &str) -> Arc<dyn Objects> {
        let secret = self.server.secret_key();
        open(endpoint, self.server.access_key(), secret, source, self.folder.path()).await.expect("opens")
    }

    /// Straight to the server, whatever faults are on.
    pub fn client(&self) -> Client {
        let credentials =
            Credentials::new(self.server.access_key(), self.server.secret_key(), None, None, "test");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.server.region()))
            .credentials_provider(credentials)
            .http_client(Builder::new().build_http())
            .endpoint_url(self.server.direct_endpoint())
            .force_path_style(true)
            .build();
        Client::from_conf(config)
    }
}

/// Opens a source with credentials from a file, as the program does.
pub async fn open(
    endpoint: &str,
    access_key: &str,
    secret_key: &str,
    source: &str,
    folder: &Path,
) -> Result<Arc<dyn Objects>, Failure> {
    let credentials_file = folder.join("credentials");
    let text = format!("[default]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n");
    std::fs::write(&credentials_file, text).expect("written");
    let s3 = S3Config {
        endpoint: Some(endpoint.to_owned()),
        region: Some("us-east-1".into()),
        credentials_file: Some(credentials_file),
        ..S3Config::default()
    };
    let config = SourcesConfig { spool_dir: Some(folder.join("spool")), ..SourcesConfig::default() };
    let sources = AllowedSources::of_user(&config, &s3, MAX_BYTES)?;
    sources.open_name(parse_source(source)?).await
}

pub async fn list(objects: &dyn Objects, after: Option<&str>) -> Vec<ListedObject> {
    objects.list(after).try_collect().await.expect("listed")
}

/// The object's bytes, or `None` when it is gone.
pub async fn fetch(objects: &dyn Objects, key: &str) -> Option<(Vec<u8>, ListedObject)> {
    match objects.fetch(key).await.unwrap_or_else(|failure| panic!("{key}: {failure}")) {
        Fetched::Object(file) => Some((std::fs::read(file.path()).expect("read"), file.listed().clone())),
        Fetched::Gone => None,
    }
}
