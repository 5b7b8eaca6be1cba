//! Settings that all clients share, and what an error of Kafka means.

use super::KafkaConfig;
use pagemill_pipeline::Failure;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode as Code;

/// Settings that would break a promise: they are ours.
const OURS: &[&str] = &["bootstrap.servers", "group.id", "enable.auto.commit", "acks", "enable.idempotence"];

/// A client's settings, the operator's own included.
///
/// # Errors
/// `Stop` naming the key when an option is not the operator's to set or the password cannot be read.
pub(super) fn client_config(config: &KafkaConfig) -> Result<ClientConfig, Failure> {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", &config.brokers).set("client.id", "pagemill");
    for (key, value) in &config.options {
        if OURS.contains(&key.as_str()) {
            return Err(Failure::stop(format!(
                "`kafka.options.{key}` is set by Pagemill itself; leave it out"
            )));
        }
        client.set(key, value);
    }
    if let Some(file) = &config.password_file {
        let password = std::fs::read_to_string(file).map_err(|error| {
            Failure::stop(format!("`kafka.password_file` {} cannot be read: {error}", file.display()))
        })?;
        client.set("sasl.password", password.trim_end());
    }
    Ok(client)
}

/// What to do about an error. Only refusals that no waiting mends stop the process.
pub(super) fn failure(error: &KafkaError, what: &str) -> Failure {
    let wrong_set_up = match error {
        KafkaError::ClientConfig(_, reason, key, _) => {
            return Failure::stop(format!("`kafka.options.{key}`: {reason}"));
        }
        KafkaError::ClientCreation(_) => true,
        other => other.rdkafka_error_code().is_some_and(is_refusal),
    };
    let message = format!("Kafka: {what}: {error}");
    if wrong_set_up {
        return Failure::stop(format!(
            "{message}; look at `kafka.brokers`, `kafka.options` and the rights of this client"
        ));
    }
    Failure::retry(message)
}

fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::IllegalSASLState
            | Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::InvalidTopic
            | Code::InvalidReplicationFactor
            | Code::InvalidPartitions
            | Code::PolicyViolation
            | Code::UnsupportedVersion
            | Code::Fatal
    )
}
