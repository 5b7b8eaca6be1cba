//! Where S3 is and who asks. In: the `[s3]` section. Out: what holds for one bucket. Never holds a secret: credentials come
//! from where the AWS tools take them.

use pagemill_pipeline::Failure;
use serde::Deserialize;
use std::path::PathBuf;

/// S3, and what speaks it (MinIO, R2, Ceph, versitygw).
///
/// Credentials come from the usual chain of the AWS tools: variables (`AWS_ACCESS_KEY_ID`, ...), profiles with SSO or
/// assumed roles, web identity (IRSA), the container's or machine's role. With `profile` or `credentials_file` set, from
/// there alone. A private certificate authority is trusted by `SSL_CERT_FILE`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3Config {
    /// The server's address, such as `http://minio:9000`; AWS when not set.
    pub endpoint: Option<String>,
    /// Where the bucket is, such as `eu-central-1`. When not set: what `AWS_REGION`, the profile or the machine say, and
    /// `us-east-1` where `endpoint` is set.
    pub region: Option<String>,
    /// The bucket stands in the path (`http://minio:9000/bucket/key`) instead of the host's name. When not set: yes
    /// where `endpoint` is set, no on AWS.
    pub path_style: Option<bool>,
    /// The profile in AWS's configuration files that gives the credentials.
    pub profile: Option<String>,
    /// The file that gives the credentials, in the form of `~/.aws/credentials`.
    pub credentials_file: Option<PathBuf>,
    /// What is different for single buckets.
    pub buckets: Vec<S3Bucket>,
}

/// What is different for one bucket; what is not set is as in `[s3]`, except that a bucket with an endpoint of its own
/// takes nothing of the other server's region and path style.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Bucket {
    pub name: String,
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub path_style: Option<bool>,
    pub profile: Option<String>,
    pub credentials_file: Option<PathBuf>,
}

/// What holds for one bucket. Buckets with the same settings share a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Settings {
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub path_style: bool,
    pub profile: Option<String>,
    pub credentials_file: Option<PathBuf>,
}

impl S3Config {
    /// # Errors
    /// `Stop` when an endpoint is no address, or a bucket is described twice.
    pub fn check(&self) -> Result<(), Failure> {
        let endpoints = self.buckets.iter().map(|bucket| &bucket.endpoint).chain([&self.endpoint]);
        for endpoint in endpoints.flatten() {
            check_endpoint("s3", endpoint)?;
        }
        for (position, bucket) in self.buckets.iter().enumerate() {
            if self.buckets[..position].iter().any(|other| other.name == bucket.name) {
                return Err(Failure::stop(format!(
                    "`s3.buckets`: `{}` is described twice; leave one of them",
                    bucket.name
                )));
            }
        }
        Ok(())
    }

    pub(super) fn settings(&self, bucket: &str) -> Settings {
        let own = self.buckets.iter().find(|own| own.name == bucket);
        let elsewhere = own.is_some_and(|own| own.endpoint.is_some());
        let endpoint = own.and_then(|own| own.endpoint.clone()).or_else(|| self.endpoint.clone());
        let or = |own: Option<&String>, all: &Option<String>| own.cloned().or_else(|| all.clone());
        let place = if elsewhere { Self::default() } else { self.clone() };
        let identity = own.filter(|own| own.profile.is_some() || own.credentials_file.is_some());
        let (profile, credentials_file) = match identity {
            Some(own) => (own.profile.clone(), own.credentials_file.clone()),
            None => (self.profile.clone(), self.credentials_file.clone()),
        };
        Settings {
            region: or(own.and_then(|own| own.region.as_ref()), &place.region),
            path_style: own.and_then(|own| own.path_style).or(place.path_style).unwrap_or(endpoint.is_some()),
            endpoint,
            profile,
            credentials_file,
        }
    }
}

/// # Errors
/// `Stop` when it is no web address, or holds a name and password, which would then stand in logs.
pub(crate) fn check_endpoint(section: &str, endpoint: &str) -> Result<(), Failure> {
    let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
    match host {
        Some(host) if host.contains('@') => Err(Failure::stop(format!(
            "`{section}.endpoint` holds a name or password; leave it out, credentials come from elsewhere"
        ))),
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(()),
        _ => Err(Failure::stop(format!(
            "`{section}.endpoint` is `{endpoint}`; write an address such as http://minio:9000"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(name: &str) -> S3Bucket {
        S3Bucket {
            name: name.into(),
            endpoint: None,
            region: None,
            path_style: None,
            profile: None,
            credentials_file: None,
        }
    }

    #[test]
    fn a_bucket_has_what_is_its_own_and_the_rest_from_the_section() {
        let config = S3Config {
            endpoint: Some("http://minio:9000".into()),
            region: Some("eu-west-1".into()),
            profile: Some("all".into()),
            buckets: vec![
                S3Bucket {
                    region: Some("ap-northeast-2".into()),
                    profile: Some("legal".into()),
                    ..bucket("a")
                },
                S3Bucket {
                    endpoint: Some("https://s3.example".into()),
                    path_style: Some(false),
                    ..bucket("b")
                },
            ],
            ..S3Config::default()
        };
        config.check().expect("right");
        let a = config.settings("a");
        assert_eq!(a.endpoint.as_deref(), Some("http://minio:9000"));
        assert_eq!((a.region.as_deref(), a.profile.as_deref()), (Some("ap-northeast-2"), Some("legal")));
        assert!(a.path_style, "a server of one's own");
        let b = config.settings("b");
        assert_eq!((b.endpoint.as_deref(), b.region), (Some("https://s3.example"), None), "another server");
        assert_eq!((b.path_style, b.profile.as_deref()), (false, Some("all")));
        assert_eq!(config.settings("c"), config.settings("d"));
        assert!(!S3Config::default().settings("c").path_style, "AWS");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (endpoint, said) in
            [("minio:9000", "an address"), ("https://", "an address"), ("http://k:s@h", "password")]
        {
            let config = S3Config { endpoint: Some(endpoint.into()), ..S3Config::default() };
            let Err(Failure::Stop(message)) = config.check() else { panic!("{endpoint} must be refused") };
            assert!(message.contains(said) && message.contains("s3.endpoint"), "{message}");
        }
        let twice = S3Config { buckets: vec![bucket("a"), bucket("a")], ..S3Config::default() };
        assert!(
            matches!(twice.check(), Err(Failure::Stop(message)) if message.contains("`a` is described twice"))
        );
    }
}
