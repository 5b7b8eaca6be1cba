//! What a write leaves in the index, and what it sends: versions, leftovers, batches.

use super::*;
use pagemill_pipeline::SearchFilter;
use serde_json::json;

const CARDS: &str = "pagemill_cards";
const CHUNKS: &str = "pagemill_chunks";

#[tokio::test]
async fn an_older_version_changes_nothing_and_the_same_again_is_one() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let newer = document("a.pdf", 5, &["newer"]);
    index.replace(newer.clone()).await.expect("written");
    nodes[0].faults().take_recorded();
    index.replace(document("a.pdf", 4, &["older", "text"])).await.expect("not an error");
    let asked = nodes[0].faults().take_recorded();
    assert!(asked.iter().all(|request| request.path.ends_with("/fetch")), "nothing was sent: {asked:?}");
    index.replace(newer.clone()).await.expect("again");
    assert_eq!(index.chunks(&newer.card.id).await.expect("answers"), newer.chunks);
    assert_eq!(nodes[0].faults().entries(CHUNKS).len(), 1);
}

#[tokio::test]
async fn versions_in_flight_at_the_same_time_end_with_the_newest() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let versions = [3, 9, 1, 7, 2, 8];
    let texts: Vec<String> = versions.iter().map(|version| format!("version{version}")).collect();
    let writes = versions.iter().zip(&texts).map(|(version, text)| {
        index.replace(document("a.pdf", *version, &vec![text.as_str(); *version as usize]))
    });
    for written in futures::future::join_all(writes).await {
        written.expect("written");
    }
    let id = DocumentId::new("s", "a.pdf");
    assert_eq!(index.card(&id).await.expect("answers").map(|card| card.version_ms), Some(9));
    let chunks = index.chunks(&id).await.expect("answers");
    assert_eq!((chunks.len(), chunks[0].text.as_str()), (9, "version9"));
    assert_eq!(nodes[0].faults().entries(CHUNKS).len(), 9);
}

#[tokio::test]
async fn what_an_attempt_left_behind_goes_with_the_next() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let id = DocumentId::new("s", "a.pdf");
    // An attempt whose chunks arrived and whose card did not: nobody knows how many there were.
    let node = nodes[0].faults();
    let left =
        |position: u32| json!({ "id": format!("{id}-{position}"), "document": id, "position": position });
    for position in [0, 1, 5, 1_200] {
        node.tamper(CHUNKS, &format!("{id}-{position}"), Some(left(position)));
    }
    index.replace(document("a.pdf", 1, &["one", "two"])).await.expect("written");
    assert_eq!(node.entries(CHUNKS), [format!("{id}-0"), format!("{id}-1")]);

    index.replace(document("a.pdf", 2, &[])).await.expect("a document may have no chunks");
    assert_eq!((node.entries(CHUNKS).len(), node.entries(CARDS).len()), (0, 1));

    node.tamper(CHUNKS, &format!("{id}-7"), Some(left(7)));
    index.delete(std::slice::from_ref(&id)).await.expect("deleted");
    assert_eq!((node.entries(CHUNKS).len(), node.entries(CARDS).len()), (0, 0));
}

#[tokio::test]
async fn a_chunk_without_a_card_is_not_shown() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    for n in 0..5 {
        index.replace(document(&format!("{n}.pdf"), 1, &["text"])).await.expect("written");
    }
    let hidden = DocumentId::new("s", "2.pdf");
    nodes[0].faults().tamper(CARDS, hidden.as_str(), None);
    let query =
        SearchQuery { text: "text".into(), mode: SearchMode::Keyword, limit: 4, ..SearchQuery::default() };
    let hits = index.search(query).await.expect("answers");
    assert_eq!(hits.len(), 4, "others take its place");
    assert!(hits.iter().all(|hit| hit.card.id != hidden));
}

/// Whatever the node's filter says, the card decides.
#[tokio::test]
async fn a_chunk_with_a_wrong_mark_is_not_shown_to_others() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let mut theirs = document("theirs.pdf", 1, &["text"]);
    theirs.card.collection = "theirs".into();
    index.replace(theirs.clone()).await.expect("written");
    let entry = format!("{}-0", theirs.card.id);
    let wrong = json!({ "id": entry, "document": theirs.card.id, "position": 0, "collection_hex": "6f757273",
        "chunk": theirs.chunks[0], "_vectors": { "contract": [1.0, 0.0, 0.0, 0.0] } });
    nodes[0].faults().tamper(CHUNKS, &entry, Some(wrong));
    let filter = SearchFilter { collections: vec!["ours".into()], ..SearchFilter::default() };
    let query =
        SearchQuery { text: "text".into(), mode: SearchMode::Keyword, limit: 4, filter, vector: None };
    assert!(index.search(query).await.expect("answers").is_empty());
}

#[tokio::test]
async fn deletes_go_by_id_and_together() {
    let nodes = stand_ins(1).await;
    let index = connect(config(&nodes)).await;
    let ids: Vec<DocumentId> = (0..30).map(|n| DocumentId::new("s", &format!("{n}.pdf"))).collect();
    let writes = (0..30).map(|n| index.replace(document(&format!("{n}.pdf"), 1, &["a", "b"])));
    for written in futures::future::join_all(writes).await {
        written.expect("written");
    }
    nodes[0].faults().take_recorded();
    let strange = DocumentId::from_text("../settings?x=\"1\"");
    index.delete(&[ids.clone(), vec![strange]].concat()).await.expect("deleted");
    let asked = nodes[0].faults().take_recorded();
    let deletions = asked.iter().filter(|request| request.path.ends_with("/delete-batch")).count();
    assert!(deletions < 20, "{deletions} tasks for 30 documents");
    assert!(
        asked
            .iter()
            .all(|r| r.path.ends_with("/delete-batch") || r.path.ends_with("/fetch") || r.path == "/tasks")
    );
    assert!(nodes[0].faults().entries(CHUNKS).is_empty() && nodes[0].faults().entries(CARDS).is_empty());
}

#[tokio::test]
async fn batches_are_gathered_and_bounded_by_bytes() {
    let nodes = stand_ins(1).await;
    let limits = MeilisearchConfig { max_batch_bytes: 20_000, batches_in_flight: 2, ..config(&nodes) };
    let index = connect(limits).await;
    nodes[0].faults().hold_tasks(true);
    nodes[0].faults().take_recorded();
    let text = "word ".repeat(200);
    let writes = (0..40).map(|n| index.replace(document(&format!("{n}.pdf"), 1, &[&text])));
    let release = async {
        // Both places are taken: what comes now waits and is gathered.
        until(|| nodes[0].faults().open_tasks() == 2).await;
        nodes[0].faults().hold_tasks(false);
    };
    let (written, ()) = tokio::join!(futures::future::join_all(writes), release);
    written.into_iter().for_each(|written| written.expect("written"));
    let asked = nodes[0].faults().take_recorded();
    let uploads: Vec<usize> = asked
        .iter()
        .filter(|r| r.path == format!("/indexes/{CHUNKS}/documents"))
        .map(|r| r.body_bytes)
        .collect();
    assert!(uploads.iter().all(|bytes| *bytes <= 20_000), "{uploads:?}");
    assert!(uploads.len() < 20, "{} uploads for 40 documents", uploads.len());
    assert_eq!(nodes[0].faults().entries(CARDS).len(), 40);
}

#[tokio::test]
async fn a_document_larger_than_a_batch_goes_in_pieces_that_do_not_wait_for_each_other() {
    let nodes = stand_ins(1).await;
    let limits = MeilisearchConfig { max_batch_bytes: 5_000, ..config(&nodes) };
    let index = connect(limits).await;
    nodes[0].faults().hold_tasks(true);
    let text = "word ".repeat(200);
    let large = document("large.pdf", 1, &[text.as_str(); 12]);
    let release = async {
        until(|| nodes[0].faults().open_tasks() >= 4).await;
        nodes[0].faults().hold_tasks(false);
    };
    let (written, ()) = tokio::join!(index.replace(large.clone()), release);
    written.expect("written");
    assert_eq!(index.chunks(&large.card.id).await.expect("answers"), large.chunks);
}
