//! Kafka as the task queue: what is published arrives, what is not settled comes again, one slow document holds nobody up,
//! and a broker that goes away comes back to where it was.

use pagemill_connectors::{KafkaConfig, KafkaTasks};
use pagemill_document::DocumentId;
use pagemill_pipeline::{Due, Received, Stage, Tasks};
use pagemill_test_servers::Kafka;
use std::collections::BTreeSet;
use std::time::Duration;

const BOTH: &[Stage] = &[Stage::Read, Stage::Index];
const ARRIVES_WITHIN: Duration = Duration::from_secs(60);

fn due(number: usize, size_bytes: u64) -> Due {
    Due {
        document: DocumentId::new("s3://b", &format!("{number}.pdf")),
        size_bytes,
        stage: Stage::Read,
        version_ms: 0,
    }
}

async fn receive(tasks: &KafkaTasks) -> Received {
    tokio::time::timeout(ARRIVES_WITHIN, tasks.receive())
        .await
        .expect("in time")
        .expect("no trouble")
        .expect("a message")
}

async fn receive_all(tasks: &KafkaTasks, wanted: &[Due]) {
    let mut missing: BTreeSet<DocumentId> = wanted.iter().map(|due| due.document.clone()).collect();
    while !missing.is_empty() {
        let received = receive(tasks).await;
        missing.remove(&received.document);
        tasks.settle(received.receipt).await.expect("settled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_arrives_until_it_is_settled() {
    let mut server = Kafka::start().await.expect("a Kafka server");
    let config = KafkaConfig { brokers: server.bootstrap(), partitions: 4, ..KafkaConfig::default() };
    let publisher = KafkaTasks::publisher(&config).await.expect("connects");
    let documents: Vec<Due> = (0..40).map(|number| due(number, 10)).collect();
    publisher.publish(&documents).await.expect("published");

    // A worker that dies with one document unsettled and the others settled.
    let first = KafkaTasks::worker(&config, 4, BOTH).await.expect("connects");
    let kept = receive(&first).await;
    let mut settled = 1;
    while settled < documents.len() {
        let received = receive(&first).await;
        settled += 1;
        first.settle(received.receipt).await.expect("settled");
    }
    drop(first);

    let second = KafkaTasks::worker(&config, 4, BOTH).await.expect("connects");
    let mut again = receive(&second).await;
    // Messages after the unsettled one in its partition come too: the catalog turns them away.
    while again.document != kept.document {
        second.settle(again.receipt).await.expect("settled");
        again = receive(&second).await;
    }
    second.settle(again.receipt).await.expect("settled");

    server.restart().await.expect("restarted");
    let later: Vec<Due> = (100..120).map(|number| due(number, 10)).collect();
    publisher.publish(&later).await.expect("published after the restart");
    receive_all(&second, &later).await;
}

/// A worker that has enough pauses its partitions. One that leaves it then and comes back is read again.
#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_comes_back_is_read() {
    let server = Kafka::start().await.expect("a Kafka server");
    let config = KafkaConfig { brokers: server.bootstrap(), partitions: 4, ..KafkaConfig::default() };
    let documents: Vec<Due> = (0..40).map(|number| due(number, 10)).collect();
    let first = KafkaTasks::worker(&config, 1, BOTH).await.expect("connects");
    first.publish(&documents).await.expect("published");
    let full = [receive(&first).await, receive(&first).await];

    let second = KafkaTasks::worker(&config, 1, BOTH).await.expect("connects");
    let elsewhere = receive(&second).await;
    drop(second);
    for received in full {
        first.settle(received.receipt).await.expect("settled");
    }
    let left = documents.iter().filter(|due| due.document == elsewhere.document);
    receive_all(&first, &left.cloned().collect::<Vec<_>>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_documents_do_not_hold_up_small_ones() {
    let server = Kafka::start().await.expect("a Kafka server");
    let config = KafkaConfig {
        brokers: server.bootstrap(),
        partitions: 1,
        large_from_mib: 1,
        large_in_flight: 1,
        ..KafkaConfig::default()
    };
    let tasks = KafkaTasks::worker(&config, 2, BOTH).await.expect("connects");
    let large: Vec<Due> = (0..3).map(|number| due(number, 5 << 20)).collect();
    let small: Vec<Due> = (10..20).map(|number| due(number, 10)).collect();
    tasks.publish(&large).await.expect("published");
    tasks.publish(&small).await.expect("published");
    let (mut held, mut done) = (Vec::new(), 0);
    while done < small.len() || held.is_empty() {
        let received = receive(&tasks).await;
        if large.iter().any(|due| due.document == received.document) {
            held.push(received);
        } else {
            tasks.settle(received.receipt).await.expect("settled");
            done += 1;
        }
    }
    assert_eq!(held.len(), 1, "one large document at a time");
    for received in held {
        tasks.settle(received.receipt).await.expect("settled");
    }
    receive_all(&tasks, &large[1..]).await;
}
