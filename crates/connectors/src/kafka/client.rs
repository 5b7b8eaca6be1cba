//! Settings that all clients share, and what an error of Kafka means.

use super::KafkaConfig;
use pagemill_pipeline::Failure;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::collections::BTreeMap;

/// Settings that would break a promise: they are ours.
const OURS: &[&str] = &[
    "bootstrap.servers",
    "group.id",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "auto.offset.reset",
    "partition.assignment.strategy",
    "acks",
    "enable.idempotence",
];

/// A client's settings, the operator's own included.
///
/// # Errors
/// `Stop` naming the key when an option is not the operator's to set or the password cannot be read.
pub(super) fn client_config(config: &KafkaConfig) -> Result<ClientConfig, Failure> {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", &config.brokers).set("client.id", "pagemill");
    apply(&mut client, "options", &config.options)?;
    if let Some(file) = &config.password_file {
        let password = std::fs::read_to_string(file).map_err(|error| {
            Failure::stop(format!("`kafka.password_file` {} cannot be read: {error}", file.display()))
        })?;
        client.set("sasl.password", password.trim_end());
    }
    Ok(client)
}

/// A consumer's settings: `defaults` where the operator says nothing.
///
/// # Errors
/// As [`client_config`].
pub(super) fn consumer_config(
    config: &KafkaConfig,
    defaults: &[(&str, &str)],
) -> Result<ClientConfig, Failure> {
    let mut client = client_config(config)?;
    for (key, value) in defaults.iter().filter(|(key, _)| !config.options.contains_key(*key)) {
        client.set(*key, *value);
    }
    apply(&mut client, "consumer_options", &config.consumer_options)?;
    client
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest");
    Ok(client)
}

fn apply(client: &mut ClientConfig, table: &str, options: &BTreeMap<String, String>) -> Result<(), Failure> {
    for (key, value) in options {
        if OURS.contains(&key.as_str()) {
            return Err(Failure::stop(format!(
                "`kafka.{table}.{key}` is set by Pagemill itself; leave it out"
            )));
        }
        client.set(key, value);
    }
    Ok(())
}

/// What to do about an error. Only refusals that no waiting mends stop the process.
pub(super) fn failure(error: &KafkaError, what: &str) -> Failure {
    let wrong_set_up = match error {
        KafkaError::ClientConfig(_, reason, key, _) => {
            return Failure::stop(format!(
                "`{key}` in `kafka.options` or `kafka.consumer_options`: {reason}"
            ));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table(options: &[(&str, &str)]) -> BTreeMap<String, String> {
        options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn consumers_take_the_operators_settings_before_ours_and_producers_never_see_them() {
        let config = KafkaConfig {
            options: table(&[("session.timeout.ms", "6000")]),
            consumer_options: table(&[("fetch.min.bytes", "1000"), ("fetch.wait.max.ms", "500")]),
            ..KafkaConfig::default()
        };
        let defaults =
            [("session.timeout.ms", "30000"), ("fetch.wait.max.ms", "100"), ("queued.min.messages", "9")];
        let consumer = consumer_config(&config, &defaults).expect("fine");
        let expected = [
            ("session.timeout.ms", "6000"),
            ("fetch.min.bytes", "1000"),
            ("fetch.wait.max.ms", "500"),
            ("queued.min.messages", "9"),
            ("enable.auto.commit", "false"),
        ];
        for (key, value) in expected {
            assert_eq!(consumer.get(key), Some(value), "{key}");
        }
        assert_eq!(client_config(&config).expect("fine").get("fetch.min.bytes"), None);
    }

    #[test]
    fn what_would_break_a_promise_is_refused_by_name() {
        let refused = |config: &KafkaConfig| consumer_config(config, &[]).expect_err("refused").to_string();
        let ours = table(&[("enable.auto.commit", "true")]);
        let shared = KafkaConfig { options: ours.clone(), ..KafkaConfig::default() };
        assert!(refused(&shared).contains("`kafka.options.enable.auto.commit`"));
        let consumers = KafkaConfig { consumer_options: ours, ..KafkaConfig::default() };
        assert!(refused(&consumers).contains("`kafka.consumer_options.enable.auto.commit`"));
    }
}
