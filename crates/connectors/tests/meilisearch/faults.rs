//! What goes wrong on a node, and that a write then waits, is sent again, fails as it should, and never counts too soon.

use super::*;
use pagemill_extract::RejectReason;
use pagemill_meilisearch_stand_in::Refusal;
use std::time::Duration;

const CARDS: &str = "pagemill_cards";
const CHUNKS: &str = "pagemill_chunks";

fn nothing_counts(node: &StandIn) {
    assert!(node.faults().entries(CARDS).is_empty(), "no document may count");
}

#[tokio::test]
async fn accepted_is_not_succeeded() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let node = nodes[0].faults();
    node.hold_tasks(true);
    let write = index.replace(document("a.pdf", 1, &["text"]));
    tokio::pin!(write);
    tokio::select! {
        early = &mut write => panic!("it said {early:?} before anything was done"),
        () = until(|| node.open_tasks() == 1) => {}
    }
    node.take_recorded();
    tokio::select! {
        early = &mut write => panic!("it said {early:?} before anything was done"),
        // It asks for its task, again and again.
        () = async {
            let mut asked = 0;
            while asked < 3 {
                asked += node.take_recorded().iter().filter(|request| request.path == "/tasks").count();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        } => {}
    }
    nothing_counts(&nodes[0]);
    node.hold_tasks(false);
    write.await.expect("written");
    assert_eq!(by_words(&index, "text").await.expect("answers"), ["text"]);
}

#[tokio::test]
async fn a_failed_task_is_an_error_in_the_servers_words() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let write = |key: &str| index.replace(document(key, 1, &["text"]));
    for (code, expected) in [
        ("vector_embedding_error", "stop"),
        ("invalid_vector_dimensions", "stop"),
        ("a_code_from_the_future", "stop"),
        ("internal", "retry"),
        ("no_space_left_on_device", "retry"),
        ("max_fields_limit_exceeded", "reject"),
    ] {
        nodes[0].faults().fail_next_write(code, "the server's words");
        let failure = write("a.pdf").await.expect_err(code);
        let kind = match &failure {
            Failure::Retry { .. } => "retry",
            Failure::Reject(_) => "reject",
            Failure::Stop(_) => "stop",
        };
        assert_eq!(kind, expected, "{code}");
        assert!(failure.to_string().contains("the server's words"), "{failure}");
        assert!(failure.to_string().contains(&nodes[0].url()), "{failure}");
        nothing_counts(&nodes[0]);
        assert!(by_words(&index, "text").await.expect("answers").is_empty(), "{code}");
    }
    write("a.pdf").await.expect("nothing is in the way of the next attempt");
}

/// The server checks vectors when it does the task: an embedder that somebody added makes every write fail.
#[tokio::test]
async fn vectors_that_the_node_misses_are_told() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let more =
        serde_json::json!({ "embedders": { "stranger": { "source": "userProvided", "dimensions": 3 } } });
    let url = format!("{}/indexes/{CHUNKS}/settings", nodes[0].url());
    reqwest::Client::new().patch(url).json(&more).send().await.expect("taken");
    let failure = index.replace(document("a.pdf", 1, &["text"])).await.expect_err("refused");
    assert!(matches!(&failure, Failure::Stop(message) if message.contains("stranger")), "{failure:?}");
    nothing_counts(&nodes[0]);
}

#[tokio::test]
async fn one_document_that_cannot_go_in_does_not_hold_up_others() {
    let nodes = stand_ins(1).await;
    let index = connect(MeilisearchConfig { batches_in_flight: 1, ..config(&nodes) }).await;
    let bad = DocumentId::new("s", "3.pdf");
    nodes[0].faults().poison(bad.as_str(), "invalid_document_fields", "it cannot go in");
    nodes[0].faults().hold_tasks(true);
    let writes = (0..6).map(|n| index.replace(document(&format!("{n}.pdf"), 1, &["text"])));
    let release = async {
        until(|| nodes[0].faults().open_tasks() == 1).await;
        nodes[0].faults().hold_tasks(false);
    };
    let (outcomes, ()) = tokio::join!(futures::future::join_all(writes), release);
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Err(Failure::Reject(rejection)) if n == 3 => {
                assert!(rejection.detail.contains("it cannot go in"))
            }
            outcome => assert!(n != 3 && outcome.is_ok(), "{n}: {outcome:?}"),
        }
    }
    assert_eq!(by_words(&index, "text").await.expect("answers").len(), 5);
}

#[tokio::test]
async fn a_canceled_and_a_forgotten_task_are_to_be_tried_again() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let node = nodes[0].faults();
    for (lose, expected) in [(false, "canceled"), (true, "no longer knows")] {
        node.hold_tasks(true);
        let lost = async {
            until(|| node.open_tasks() == 1).await;
            if lose {
                node.forget_tasks();
            } else {
                assert_eq!(node.cancel_open_tasks(), 1);
            }
        };
        let (written, ()) = tokio::join!(index.replace(document("a.pdf", 1, &["text"])), lost);
        let Err(Failure::Retry { detail, .. }) = written else { panic!("{written:?}") };
        assert!(detail.contains(expected), "{detail}");
        nothing_counts(&nodes[0]);
        node.hold_tasks(false);
    }
    index.replace(document("a.pdf", 1, &["text"])).await.expect("written");
}

#[tokio::test]
async fn a_task_that_is_not_done_in_time_is_to_be_tried_again() {
    let nodes = stand_ins(1).await;
    let index = connect(MeilisearchConfig { task_deadline_seconds: 1, ..config(&nodes) }).await;
    nodes[0].faults().hold_tasks(true);
    let written = index.replace(document("a.pdf", 1, &["text"])).await;
    let Err(Failure::Retry { detail, .. }) = written else { panic!("{written:?}") };
    assert!(detail.contains("not done after 1 s"), "{detail}");
    nothing_counts(&nodes[0]);
}

#[tokio::test]
async fn a_busy_node_is_asked_again_until_it_takes_the_write() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let node = nodes[0].faults();
    for (status, code, retry_after_seconds) in [(429, "", None), (503, "", Some(0)), (502, "", None)] {
        node.take_recorded();
        node.refuse(Refusal { path: "_chunks/documents", status, code, retry_after_seconds, times: 3 });
        index.replace(document(&format!("{status}.pdf"), 1, &["text"])).await.expect("written");
        let refused = node.take_recorded().iter().filter(|request| request.status == status).count();
        assert_eq!(refused, 3, "each refusal was followed by one more attempt");
    }
    assert_eq!(by_words(&index, "text").await.expect("answers").len(), 3);
}

#[tokio::test]
async fn a_full_queue_holds_writes_until_it_is_worked_off() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let node = nodes[0].faults();
    node.queue_capacity(Some(0));
    node.take_recorded();
    let release = async {
        let mut refused = 0;
        while refused < 2 {
            refused += node.take_recorded().iter().filter(|request| request.status == 422).count();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        node.queue_capacity(None);
    };
    let (written, ()) = tokio::join!(index.replace(document("a.pdf", 1, &["text"])), release);
    written.expect("written");

    let index = connect(MeilisearchConfig { patience_seconds: 0, ..config(&nodes) }).await;
    node.queue_capacity(Some(0));
    let written = index.replace(document("b.pdf", 1, &["text"])).await;
    let Err(Failure::Retry { detail, .. }) = written else { panic!("{written:?}") };
    assert!(detail.contains("task database"), "{detail}");
}

#[tokio::test]
async fn a_payload_that_is_too_large_is_sent_in_smaller_ones() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let node = nodes[0].faults();
    node.payload_limit_bytes(4_000);
    node.take_recorded();
    let text = "word ".repeat(100);
    let large = document("large.pdf", 1, &vec![text.as_str(); 20]);
    index.replace(large.clone()).await.expect("written");
    assert_eq!(index.chunks(&large.card.id).await.expect("answers"), large.chunks);
    let refused = |recorded: &[pagemill_meilisearch_stand_in::Recorded]| {
        recorded.iter().filter(|request| request.status == 413).count()
    };
    let first = refused(&node.take_recorded());
    assert!((1..8).contains(&first), "{first} payloads were too large");
    index.replace(document("second.pdf", 1, &vec![text.as_str(); 20])).await.expect("written");
    assert_eq!(refused(&node.take_recorded()), 0, "the limit was learnt");

    let huge = "word ".repeat(2_000);
    let written = index.replace(document("huge.pdf", 1, &[&huge])).await;
    assert!(matches!(&written, Err(Failure::Reject(r)) if r.reason == RejectReason::TooLarge), "{written:?}");
    assert_eq!(index.statistics().await.expect("answers").documents, 2);
}

#[tokio::test]
async fn an_upload_cut_short_is_to_be_tried_again() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    nodes[0].faults().truncate_uploads(1);
    let written = index.replace(document("a.pdf", 1, &["text"])).await;
    assert!(
        matches!(&written, Err(Failure::Retry { detail, .. }) if detail.contains("malformed")),
        "{written:?}"
    );
    nothing_counts(&nodes[0]);
    index.replace(document("a.pdf", 1, &["text"])).await.expect("written");
}

#[tokio::test]
async fn a_node_that_is_away_for_a_while_loses_no_write() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let node = nodes[0].faults();
    node.down(true);
    let back = async {
        until(|| node.cut_connections() >= 2).await;
        node.down(false);
    };
    let (written, ()) = tokio::join!(index.replace(document("a.pdf", 1, &["text"])), back);
    written.expect("written");

    // Away after it has accepted a task, which it keeps.
    node.hold_tasks(true);
    let back = async {
        until(|| node.open_tasks() == 1).await;
        let cut = node.cut_connections();
        node.down(true);
        until(|| node.cut_connections() >= cut + 2).await;
        node.down(false);
        node.hold_tasks(false);
    };
    let (written, ()) = tokio::join!(index.replace(document("b.pdf", 1, &["text"])), back);
    written.expect("written");
    assert_eq!(by_words(&index, "text").await.expect("answers").len(), 2);
}

#[tokio::test]
async fn a_flood_of_searches_is_passed_on_with_the_servers_delay() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    nodes[0].faults().flood_searches(true);
    let Err(Failure::Retry { after, detail }) = by_words(&index, "text").await else {
        panic!("it is flooded")
    };
    assert_eq!(after, Duration::from_secs(10));
    assert!(detail.contains("Too many search requests"), "{detail}");
    nodes[0].faults().flood_searches(false);
    by_words(&index, "text").await.expect("answers");
}

#[tokio::test]
async fn a_search_that_takes_too_long_fails() {
    let nodes = stand_ins(1).await;
    let index = connect(MeilisearchConfig { search_timeout_seconds: 1, ..config(&nodes) }).await;
    nodes[0].faults().answer_after(Duration::from_secs(30));
    let Err(Failure::Retry { detail, .. }) = by_words(&index, "text").await else { panic!("too slow") };
    assert!(detail.contains("timed out") && detail.contains(&nodes[0].url()), "{detail}");
}

#[tokio::test]
async fn several_uploads_are_under_way_at_the_same_time() {
    let nodes = stand_ins(1).await;
    let index = connect(MeilisearchConfig { batches_in_flight: 3, ..config(&nodes) }).await;
    nodes[0].faults().hold_tasks(true);
    let release = async {
        until(|| nodes[0].faults().open_tasks() == 3).await;
        nodes[0].faults().hold_tasks(false);
    };
    // One after the other into the writer, so that each becomes a batch of its own.
    let first = index.replace(document("first.pdf", 1, &["text"]));
    let second = async {
        until(|| nodes[0].faults().open_tasks() >= 1).await;
        index.replace(document("second.pdf", 1, &["text"])).await
    };
    let third = async {
        until(|| nodes[0].faults().open_tasks() >= 2).await;
        index.replace(document("third.pdf", 1, &["text"])).await
    };
    let (first, second, third, ()) = tokio::join!(first, second, third, release);
    first.and(second).and(third).expect("written");
    assert_eq!(nodes[0].faults().entries(CHUNKS).len(), 3);
}
