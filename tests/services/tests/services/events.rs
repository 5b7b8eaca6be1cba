//! What a real S3 server tells Kafka of its changes, read as a planner reads it.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_smithy_http_client::Builder;
use pagemill_connectors::events::read_changes;
use pagemill_pipeline::{Change, ChangeKind};
use pagemill_test_servers::{Events, Kafka, S3};
use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::Message;

const TOPIC: &str = "object-events";
const BUCKET: &str = "contracts";
/// Names that an encoding would change.
const KEYS: &[&str] = &["계약/1+1 100%.pdf", "a b%20c+d.pdf", "#?&=.pdf"];

fn client(server: &S3) -> Client {
    let credentials = Credentials::new(server.access_key(), server.secret_key(), None, None, "test");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(server.region()))
        .credentials_provider(credentials)
        .http_client(Builder::new().build_http())
        .endpoint_url(server.endpoint())
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

/// Changes of the source, until so many have come.
async fn changes(consumer: &StreamConsumer, count: usize) -> Vec<Change> {
    let sources = ["s3://contracts/in".to_owned(), "s3://others".to_owned()];
    let mut all = Vec::new();
    while all.len() < count {
        let message = consumer.recv().await.expect("a message");
        let read = read_changes(message.payload().unwrap_or_default(), &sources);
        all.extend(read.into_iter().map(|change| change.expect("it can be read")));
    }
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

#[tokio::test]
async fn puts_and_deletes_become_changes_of_the_source() {
    let kafka = Kafka::start().await.expect("Kafka");
    kafka.create_topic(TOPIC, 1).await.expect("a topic");
    let events = Events { bootstrap: kafka.bootstrap(), topic: TOPIC.into() };
    let server = S3::start_with_events(events).await.expect("an S3 server");
    server.create_bucket(BUCKET).expect("a bucket");
    let client = client(&server);
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", kafka.bootstrap())
        .set("group.id", "test")
        .set("auto.offset.reset", "earliest")
        .create()
        .expect("a consumer");
    consumer.subscribe(&[TOPIC]).expect("subscribed");
    let mut sorted = KEYS.to_vec();
    sorted.sort_unstable();

    let mut etags = Vec::new();
    for key in &sorted {
        let put = client.put_object().bucket(BUCKET).key(format!("in/{key}")).body(b"%PDF-".to_vec().into());
        etags.push(put.send().await.expect("put").e_tag().expect("an etag").trim_matches('"').to_owned());
    }
    client.put_object().bucket(BUCKET).key("invoices/elsewhere.pdf").send().await.expect("put");
    let made = changes(&consumer, sorted.len()).await;
    for ((change, key), etag) in made.iter().zip(&sorted).zip(&etags) {
        assert_eq!((change.source.as_str(), change.key.as_str()), ("s3://contracts/in", *key));
        assert_eq!(change.kind, ChangeKind::Put { etag: Some(etag.clone()), size_bytes: 5 });
    }

    client.delete_object().bucket(BUCKET).key(format!("in/{}", sorted[0])).send().await.expect("deleted");
    let rest = sorted[1..]
        .iter()
        .map(|key| ObjectIdentifier::builder().key(format!("in/{key}")).build().expect("named"));
    let several = Delete::builder().set_objects(Some(rest.collect())).build().expect("named");
    client.delete_objects().bucket(BUCKET).delete(several).send().await.expect("deleted");
    let removed = changes(&consumer, sorted.len()).await;
    for (change, key) in removed.iter().zip(&sorted) {
        assert_eq!((change.key.as_str(), &change.kind), (*key, &ChangeKind::Removed));
    }
}
