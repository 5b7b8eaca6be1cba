//! Connections to Google Cloud Storage and Azure Blob Storage. In: the `[sources.gcs]` and `[sources.azure]` sections and what the
//! environment says. Out: a client a bucket, or what is missing. TLS by rustls over ring. Never holds a secret itself.

use crate::s3::{causes, check_endpoint};
use crate::source_name::{Scheme, SourceName};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use pagemill_pipeline::Failure;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const ATTEMPTS: usize = 4;
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Azure Blob Storage. Credentials come from the environment, as the Azure tools name them: `AZURE_STORAGE_ACCOUNT_KEY`,
/// `AZURE_STORAGE_SAS_TOKEN`, `AZURE_CLIENT_ID` with `AZURE_CLIENT_SECRET` or `AZURE_FEDERATED_TOKEN_FILE`, or the
/// machine's managed identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AzureConfig {
    /// The storage account; `AZURE_STORAGE_ACCOUNT_NAME` when not set.
    pub account: Option<String>,
    /// The address of the blob service where it is not Azure's own.
    pub endpoint: Option<String>,
}

/// Google Cloud Storage. Credentials come from `service_account_file`, else `GOOGLE_APPLICATION_CREDENTIALS`, what
/// `gcloud auth application-default login` left, or the machine's service account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GcsConfig {
    /// A service account's key as JSON.
    pub service_account_file: Option<PathBuf>,
    /// The address of the service where it is not Google's own.
    pub endpoint: Option<String>,
}

/// The clients of a configuration.
#[derive(Debug)]
pub(crate) struct StoreClients {
    azure: AzureConfig,
    gcs: GcsConfig,
    clients: Mutex<HashMap<(Scheme, String), Arc<dyn ObjectStore>>>,
}

impl StoreClients {
    /// # Errors
    /// `Stop` when the configuration is wrong.
    pub(crate) fn new(azure: AzureConfig, gcs: GcsConfig) -> Result<Self, Failure> {
        for (section, endpoint) in [("sources.azure", &azure.endpoint), ("sources.gcs", &gcs.endpoint)] {
            endpoint.as_ref().map_or(Ok(()), |endpoint| check_endpoint(section, endpoint))?;
        }
        if let Some(file) = gcs.service_account_file.as_ref().filter(|file| !file.is_file()) {
            return Err(Failure::stop(format!(
                "`sources.gcs.service_account_file` is {}, and there is no such file",
                file.display()
            )));
        }
        Ok(Self { azure, gcs, clients: Mutex::default() })
    }

    /// The client for a bucket.
    ///
    /// # Errors
    /// `Stop` when something is missing that the client needs.
    pub(crate) fn client(&self, name: &SourceName) -> Result<Arc<dyn ObjectStore>, Failure> {
        let place = (name.scheme(), name.bucket().to_owned());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&place) {
            return Ok(client.clone());
        }
        // The HTTP library takes whichever cryptography the process has chosen; whoever comes first chooses the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = match name.scheme() {
            Scheme::Az => self.azure(name.bucket()),
            _ => self.gcs(name.bucket()),
        };
        let client =
            client.map_err(|error| Failure::stop(format!("{name} cannot be opened: {}", causes(&error))))?;
        clients.insert(place, client.clone());
        Ok(client)
    }

    fn azure(&self, container: &str) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        let mut builder =
            MicrosoftAzureBuilder::from_env().with_container_name(container).with_retry(retries());
        if let Some(account) = &self.azure.account {
            builder = builder.with_account(account);
        }
        if let Some(endpoint) = &self.azure.endpoint {
            builder = builder.with_endpoint(endpoint.clone()).with_client_options(options(endpoint));
        }
        Ok(Arc::new(builder.build()?))
    }

    fn gcs(&self, bucket: &str) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        let mut builder =
            GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retries());
        if let Some(file) = &self.gcs.service_account_file {
            builder = builder.with_service_account_path(file.to_string_lossy());
        }
        if let Some(endpoint) = &self.gcs.endpoint {
            builder = builder.with_base_url(endpoint).with_client_options(options(endpoint));
        }
        Ok(Arc::new(builder.build()?))
    }
}

/// A plain address is taken for what it is only where it is configured.
fn options(endpoint: &str) -> ClientOptions {
    ClientOptions::new().with_allow_http(endpoint.starts_with("http://"))
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig { max_backoff: LONGEST_PAUSE, ..BackoffConfig::default() },
        max_retries: ATTEMPTS,
        retry_timeout: CALL_TIMEOUT,
    }
}
