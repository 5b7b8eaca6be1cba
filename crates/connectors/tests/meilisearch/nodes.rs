//! Several nodes: who holds what, one that is dead, one that is added; and what a node is asked at the start.

use super::*;
use pagemill_connectors::Generations;
use pagemill_pipeline::Secret;
use std::collections::BTreeSet;
use std::sync::Arc;

const CARDS: &str = "pagemill_cards";
const CHUNKS: &str = "pagemill_chunks";

async fn fill(index: &MeilisearchIndex, count: usize) -> Vec<IndexedDocument> {
    let documents: Vec<IndexedDocument> = (0..count)
        .map(|n| document(&format!("{n:03}.pdf"), 1, &["shared text", &format!("word{n}")]))
        .collect();
    let writes = documents.iter().map(|document| index.replace(document.clone()));
    for written in futures::future::join_all(writes).await {
        written.expect("written");
    }
    documents
}

#[tokio::test]
async fn documents_are_spread_and_all_are_found() {
    let nodes = stand_ins(3).await;
    let index = connect(config(&nodes)).await;
    let documents = fill(&index, 40).await;
    for node in &nodes {
        let held = node.faults().entries(CARDS).len();
        assert!((5..25).contains(&held), "{held} of 40 on one of three nodes");
        assert_eq!(node.faults().entries(CHUNKS).len(), 2 * held, "chunks stand beside their cards");
    }
    assert_eq!(by_words(&index, "shared").await.expect("answers").len(), 40);
    for document in &documents {
        let id = &document.card.id;
        assert_eq!(index.card(id).await.expect("answers").as_ref(), Some(&document.card));
        assert_eq!(index.chunks(id).await.expect("answers"), document.chunks);
    }
    let statistics = index.statistics().await.expect("answers");
    assert_eq!((statistics.documents, statistics.chunks, statistics.embedder.as_str()), (40, 80, "contract"));
    let before = statistics.generation;
    index.replace(document("one more.pdf", 1, &["text"])).await.expect("written");
    assert!(index.statistics().await.expect("answers").generation > before);
}

#[tokio::test]
async fn a_dead_node_fails_a_search_and_is_named() {
    let nodes = stand_ins(3).await;
    let index = connect(config(&nodes)).await;
    fill(&index, 12).await;
    nodes[1].faults().down(true);
    let Err(Failure::Retry { detail, .. }) = by_words(&index, "shared").await else {
        panic!("an answer from two of three nodes would look complete")
    };
    assert!(detail.contains(&nodes[1].url()), "{detail}");
    let listed = index.cards(None, 5).await;
    assert!(matches!(listed, Err(Failure::Retry { .. })), "a list with holes would remove what is not in it");
    assert!(matches!(index.statistics().await, Err(Failure::Retry { .. })));
    nodes[1].faults().down(false);
    assert_eq!(by_words(&index, "shared").await.expect("answers").len(), 12);
}

#[tokio::test]
async fn a_node_is_added() {
    let nodes = stand_ins(3).await;
    let two = connect(config(&nodes[..2])).await;
    let documents = fill(&two, 60).await;
    drop(two);
    let three = connect(config(&nodes)).await;
    assert_eq!(by_words(&three, "shared").await.expect("answers").len(), 60, "before anything has moved");

    let moved = three.rebalance().await.expect("moves");
    assert_eq!(nodes[2].faults().entries(CARDS).len() as u64, moved);
    assert!((10..32).contains(&moved), "{moved} of 60 moved");
    let held: Vec<String> = nodes.iter().flat_map(|node| node.faults().entries(CHUNKS)).collect();
    assert_eq!((held.len(), held.iter().collect::<BTreeSet<_>>().len()), (120, 120), "nothing stands twice");
    for document in &documents {
        assert_eq!(three.chunks(&document.card.id).await.expect("answers"), document.chunks);
        assert_eq!(three.card(&document.card.id).await.expect("answers").as_ref(), Some(&document.card));
    }
    let vector = Some(vec![0.0, 1.0, 0.0, 0.0]);
    let query = SearchQuery { vector, mode: SearchMode::Vector, limit: 100, ..SearchQuery::default() };
    let hits = three.search(query).await.expect("answers");
    assert_eq!(hits.iter().filter(|hit| hit.vector_score.is_some_and(|cosine| cosine > 0.99)).count(), 60);
    assert_eq!(three.rebalance().await.expect("nothing to move"), 0);
}

#[tokio::test]
async fn a_second_start_changes_nothing_and_needs_no_task() {
    let nodes = stand_ins(1).await;
    drop(connect(config(&nodes)).await);
    nodes[0].faults().take_recorded();
    nodes[0].faults().hold_tasks(true);
    drop(connect(config(&nodes)).await);
    let asked = nodes[0].faults().take_recorded();
    assert!(!asked.is_empty() && asked.iter().all(|request| request.method == "GET"), "{asked:?}");
}

#[tokio::test]
async fn another_embedder_is_refused_by_name() {
    let nodes = stand_ins(2).await;
    drop(connect(config(&nodes)).await);
    let other = VectorSpace { embedder: "other".into(), dimensions: DIMENSIONS };
    let Err(Failure::Stop(message)) = MeilisearchIndex::connect(config(&nodes), other).await else {
        panic!("it must not connect")
    };
    assert!(message.contains("`contract`") && message.contains("`other`"), "{message}");
}

#[tokio::test]
async fn a_wrong_key_stops_and_is_not_told() {
    let node = StandIn::start_with_key(Some("right-key")).await.expect("a free port");
    let with = |key: Option<&str>| MeilisearchConfig {
        key: key.map(Secret::new),
        ..config(std::slice::from_ref(&node))
    };
    for key in [None, Some("wrong-key")] {
        let Err(Failure::Stop(message)) = MeilisearchIndex::connect(with(key), space()).await else {
            panic!("it must not connect")
        };
        assert!(message.contains(&node.url()) && !message.contains("wrong-key"), "{message}");
    }
    let index = connect(with(Some("right-key"))).await;
    index.replace(document("a.pdf", 1, &["text"])).await.expect("written");
    assert_eq!(by_words(&index, "text").await.expect("answers"), ["text"]);
}

#[tokio::test]
async fn a_node_that_is_away_at_the_start_is_to_be_tried_again() {
    let nodes = stand_ins(1).await;
    nodes[0].faults().down(true);
    let config = MeilisearchConfig { patience_seconds: 0, ..config(&nodes) };
    let Err(Failure::Retry { detail, .. }) = MeilisearchIndex::connect(config, space()).await else {
        panic!("it must not connect")
    };
    assert!(detail.contains(&nodes[0].url()), "{detail}");
}

#[tokio::test]
async fn a_generation_is_made_beside_the_one_that_retires() {
    let nodes = stand_ins(2).await;
    let old = connect(config(&nodes)).await;
    let documents = fill(&old, 6).await;
    let beside =
        MeilisearchConfig { index: "next".into(), retiring: Some("pagemill".into()), ..config(&nodes) };
    // Another embedder, which the old generation's vectors are not of.
    let space = VectorSpace { embedder: "another".into(), dimensions: DIMENSIONS };
    let new = MeilisearchIndex::connect(beside.clone(), space).await.expect("connects");
    let retiring = MeilisearchIndex::retiring(&beside).await.expect("is there").expect("is named");
    let both = Generations::new(Arc::new(new), Arc::new(retiring));
    both.replace(documents[0].clone()).await.expect("written");
    let changed = &documents[1].card.key;
    let mut changed = document(changed, 2, &["changed text"]);
    changed.card.content_hash = ContentHash::of(b"changed");
    both.replace(changed.clone()).await.expect("written");
    both.delete(std::slice::from_ref(&documents[2].card.id)).await.expect("deleted");
    assert_eq!(both.statistics().await.expect("answers").documents, 2);
    assert_eq!(both.card(&changed.card.id).await.expect("answers"), Some(changed.card));
    let held = old.statistics().await.expect("answers");
    assert_eq!(held.documents, 4, "what was replaced or deleted has left, the others answer");
    assert_eq!(old.card(&documents[0].card.id).await.expect("answers").as_ref(), Some(&documents[0].card));

    let absent = MeilisearchConfig { retiring: Some("absent".into()), ..beside };
    let Err(Failure::Stop(message)) = MeilisearchIndex::retiring(&absent).await else { panic!("not there") };
    assert!(message.contains("absent_chunks") && message.contains("meilisearch.retiring"), "{message}");
    assert!(MeilisearchIndex::retiring(&config(&nodes)).await.expect("nothing is named").is_none());
}
