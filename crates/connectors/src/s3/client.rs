//! Connections to S3. In: what holds for a bucket. Out: a client with credentials found and a region known, or what is
//! missing. TLS by rustls over ring. Never writes credentials anywhere.

use super::config::{S3Config, Settings};
use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::interceptors::InterceptorContext;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction, RetryConfig};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{ProvideCredentials, Region, RequestChecksumCalculation, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::retry::ErrorKind;
use pagemill_pipeline::Failure;
use std::collections::HashMap;
use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::Mutex;

/// Where a server of one's own does not care.
const DEFAULT_REGION: &str = "us-east-1";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Until the answer begins; a body that stalls is seen by the library.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Attempts within one call; what lasts longer goes back into the queue.
const ATTEMPTS: u32 = 4;
/// However long a server asks us to wait, a call does not block a worker for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The clients of a configuration, one for each way to reach a bucket.
#[derive(Debug)]
pub(crate) struct S3Clients {
    config: S3Config,
    clients: Mutex<HashMap<Settings, Client>>,
}

impl S3Clients {
    /// # Errors
    /// `Stop` when the configuration is wrong.
    pub(crate) fn new(config: S3Config) -> Result<Self, Failure> {
        config.check()?;
        Ok(Self { config, clients: Mutex::default() })
    }

    /// The client for a bucket.
    ///
    /// # Errors
    /// `Stop` when there are no credentials or no region; `Retry` when whoever gives them does not answer.
    pub(crate) async fn client(&self, bucket: &str) -> Result<Client, Failure> {
        let settings = self.config.settings(bucket);
        let mut clients = self.clients.lock().await;
        if let Some(client) = clients.get(&settings) {
            return Ok(client.clone());
        }
        let client = connect(&settings).await?;
        clients.insert(settings, client.clone());
        Ok(client)
    }
}

async fn connect(settings: &Settings) -> Result<Client, Failure> {
    let shared = shared(settings).await?;
    let config = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(settings.path_style)
        // A checksum that nobody asked for is refused by some servers that speak S3.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .retry_classifier(RetryAfter)
        .build();
    Ok(Client::from_conf(config))
}

/// What the clients of all AWS services need, checked.
pub(crate) async fn aws(endpoint: Option<&str>, region: Option<&str>) -> Result<SdkConfig, Failure> {
    shared(&Settings {
        endpoint: endpoint.map(str::to_owned),
        region: region.map(str::to_owned),
        path_style: false,
        profile: None,
        credentials_file: None,
    })
    .await
}

async fn shared(settings: &Settings) -> Result<SdkConfig, Failure> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .region(region(settings))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE))
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(ANSWER_TIMEOUT).build(),
        );
    if let Some(endpoint) = &settings.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if settings.profile.is_some() || settings.credentials_file.is_some() {
        loader = loader.credentials_provider(profile(settings)?);
    }
    let config = loader.load().await;
    if config.region().is_none() {
        return Err(Failure::stop("no AWS region is known; set `s3.region` or AWS_REGION"));
    }
    let Some(provider) = config.credentials_provider() else { return Err(no_credentials("none are set up")) };
    provider.provide_credentials().await.map_err(|error| credentials_failure(&error))?;
    Ok(config)
}

fn region(settings: &Settings) -> RegionProviderChain {
    let configured = settings.region.clone().map(Region::new);
    match settings.endpoint {
        // Asking the machine for its region would take seconds, to learn what this server does not look at.
        Some(_) => RegionProviderChain::first_try(configured)
            .or_else(EnvironmentVariableRegionProvider::new())
            .or_else(DEFAULT_REGION),
        None => {
            let mut chain = DefaultRegionChain::builder();
            if let Some(profile) = &settings.profile {
                chain = chain.profile_name(profile);
            }
            RegionProviderChain::first_try(configured).or_else(chain.build())
        }
    }
}

/// The credentials of a profile, and of nothing else.
fn profile(settings: &Settings) -> Result<ProfileFileCredentialsProvider, Failure> {
    let client = ProviderConfig::without_region()
        .with_region(settings.region.clone().map(Region::new))
        .with_http_client(http_client());
    let mut provider = ProfileFileCredentialsProvider::builder().configure(&client);
    if let Some(name) = &settings.profile {
        provider = provider.profile_name(name);
    }
    if let Some(file) = &settings.credentials_file {
        if !file.is_file() {
            return Err(Failure::stop(format!(
                "`s3.credentials_file` is {}, and there is no such file",
                file.display()
            )));
        }
        let files = EnvConfigFiles::builder().with_file(EnvConfigFileKind::Credentials, file);
        provider = provider.profile_files(files.build());
    }
    Ok(provider.build())
}

fn credentials_failure(error: &CredentialsError) -> Failure {
    let detail = causes(error);
    match error {
        CredentialsError::ProviderTimedOut(_) | CredentialsError::ProviderError(_) => {
            Failure::retry(format!("AWS credentials cannot be had now: {detail}"))
        }
        // Not loaded, a wrong configuration, and whatever the library may add: trying again would not help.
        _ => no_credentials(&detail),
    }
}

fn no_credentials(detail: &str) -> Failure {
    Failure::stop(format!(
        "no AWS credentials are found ({detail}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, `s3.profile` or \
         `s3.credentials_file`, or give the machine a role"
    ))
}

/// One pool of connections for all clients.
fn http_client() -> SharedHttpClient {
    static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
    let build = || {
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
    };
    CLIENT.get_or_init(build).clone()
}

/// What an error says, and what its causes say where they say more.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text.replace(['\r', '\n'], " ")
}

/// The pause that an answer asks for: `Retry-After` in whole seconds, as RFC 9110 has it.
pub(super) fn retry_after(header: Option<&str>) -> Option<Duration> {
    Some(Duration::from_secs(header?.trim().parse().ok()?))
}

/// Honours `Retry-After` between the attempts of one call.
#[derive(Debug)]
struct RetryAfter;

impl ClassifyRetry for RetryAfter {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(response) = context.response() else { return RetryAction::NoActionIndicated };
        let pause = retry_after(response.headers().get("retry-after"));
        match (response.status().as_u16(), pause) {
            (429 | 503, Some(pause)) => RetryAction::retryable_error_with_explicit_delay(
                ErrorKind::ThrottlingError,
                pause.min(LONGEST_PAUSE),
            ),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Retry-After"
    }
}
