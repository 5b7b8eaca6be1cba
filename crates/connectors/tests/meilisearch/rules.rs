//! What must hold on every server, beyond the contract of the seam.

use super::*;
use pagemill_pipeline::{SearchFilter, contract};
use std::collections::BTreeSet;

#[tokio::test]
async fn the_contract_on_one_node() {
    let nodes = stand_ins(1).await;
    contract::search_index(&connect(config(&nodes)).await).await;
    assert_eq!(nodes[0].faults().hybrid_without_vector(), 0);
}

#[tokio::test]
async fn the_contract_on_three_nodes() {
    let nodes = stand_ins(3).await;
    contract::search_index(&connect(config(&nodes)).await).await;
}

/// On one node, then on three.
async fn on_stand_ins(rule: impl AsyncFn(&dyn SearchIndex)) {
    for count in [1, 3] {
        let nodes = stand_ins(count).await;
        rule(&connect(config(&nodes)).await).await;
    }
}

#[tokio::test]
async fn filters_compare_exactly() {
    on_stand_ins(filters_are_exact).await;
}

#[tokio::test]
async fn cards_are_listed_by_source_and_key() {
    on_stand_ins(cards_are_in_order).await;
}

#[tokio::test]
async fn a_vector_score_is_the_cosine() {
    on_stand_ins(vector_scores_are_cosines).await;
}

#[tokio::test]
async fn a_question_finds_by_any_of_its_words() {
    on_stand_ins(any_word_finds).await;
}

/// Values that differ in case, width or marks only, that are quotes, or that are long, are not the same.
pub async fn filters_are_exact(index: &dyn SearchIndex) {
    let long = "x".repeat(600);
    let values: Vec<String> = [
        "secret",
        "Secret",
        "SECRET",
        "ｓｅｃｒｅｔ",
        "é",
        "e",
        "a\" OR document EXISTS",
        "a'b",
        "a\\",
        "*",
        "비밀",
        "비밀 ",
        &long,
        &format!("{long}y"),
    ]
    .map(str::to_owned)
    .into();
    for (place, value) in values.iter().enumerate() {
        let mut document = document(&format!("{value}/{place}.pdf"), 1, &["common words"]);
        document.card.collection = value.clone();
        document.card.author = Some(value.clone());
        index.replace(document).await.expect("written");
    }
    let keys = |filter: SearchFilter| async move {
        let (text, vector) = ("common".into(), Some(vec![1.0, 0.0, 0.0, 0.0]));
        let query = SearchQuery { text, vector, mode: SearchMode::Hybrid, limit: 50, filter };
        let hits = index.search(query).await.expect("answers");
        hits.into_iter().map(|hit| hit.card.key).collect::<BTreeSet<String>>()
    };
    assert_eq!(keys(SearchFilter::default()).await.len(), values.len());
    for (place, value) in values.iter().enumerate() {
        let own = BTreeSet::from([format!("{value}/{place}.pdf")]);
        let collections = SearchFilter { collections: vec![value.clone()], ..SearchFilter::default() };
        assert_eq!(keys(collections).await, own, "collection {value}");
        let authors = SearchFilter { authors: vec![value.clone()], ..SearchFilter::default() };
        assert_eq!(keys(authors).await, own, "author {value}");
        let prefix = SearchFilter { key_prefixes: vec![format!("{value}/")], ..SearchFilter::default() };
        assert_eq!(keys(prefix).await, own, "keys that begin with {value}/");
    }
    let none = SearchFilter { collections: vec!["nobody's".into()], ..SearchFilter::default() };
    assert!(keys(none).await.is_empty());
    let foreign =
        SearchFilter { documents: vec![DocumentId::from_text("\"] OR x")], ..SearchFilter::default() };
    assert!(keys(foreign).await.is_empty());
}

/// Cards come by source and key, byte for byte, however the pages are cut.
pub async fn cards_are_in_order(index: &dyn SearchIndex) {
    let mut keys: Vec<String> =
        ["B", "a", "a b", "a/1", "a/10", "a/2", "a10", "aa", "é", "가", "Ａ", "\u{1F600}"]
            .map(str::to_owned)
            .into();
    for length in [199, 200, 450] {
        keys.extend(["", "a", "b"].map(|end| format!("{}{end}", "k".repeat(length))));
    }
    for key in &keys {
        index.replace(document(key, 1, &["text"])).await.expect("written");
    }
    keys.sort();
    for limit in [1, 4, 100] {
        let mut listed: Vec<DocumentCard> = Vec::new();
        loop {
            let page = index.cards(listed.last(), limit).await.expect("cards");
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        let listed: Vec<String> = listed.into_iter().map(|card| card.key).collect();
        assert_eq!(listed, keys, "by {limit}");
    }
}

/// The score that a server gives a vector hit is turned into the cosine; this holds the formula to what it must be.
pub async fn vector_scores_are_cosines(index: &dyn SearchIndex) {
    let vectors: Vec<Vec<f32>> = vec![
        vec![1.0, 0.0, 0.0, 0.0],
        vec![0.6, 0.8, 0.0, 0.0],
        vec![0.0, 1.0, 0.0, 0.0],
        vec![-0.6, 0.0, 0.8, 0.0],
        vec![-1.0, 0.0, 0.0, 0.0],
        vec![0.28, 0.0, 0.0, 0.96],
    ];
    let mut one = document("vectors.pdf", 1, &["a", "b", "c", "d", "e", "f"]);
    one.vectors = vectors.clone();
    index.replace(one).await.expect("written");
    let asked = vec![1.0, 0.0, 0.0, 0.0];
    let query =
        SearchQuery { vector: Some(asked), mode: SearchMode::Vector, limit: 10, ..SearchQuery::default() };
    let hits = index.search(query).await.expect("answers");
    assert_eq!(hits.len(), vectors.len());
    for hit in &hits {
        let cosine = vectors[hit.chunk.position as usize][0];
        let score = hit.vector_score.expect("found by its vector");
        assert!((score - cosine).abs() < 1e-4, "{}: {score} is not {cosine}", hit.chunk.text);
        assert_eq!(hit.keyword_score, None);
    }
    assert_eq!(hits.iter().map(|hit| hit.chunk.position).collect::<Vec<_>>(), [0, 1, 5, 2, 3, 4]);
}

/// The server wants all words of a query, or drops the common ones; a question finds by any of its words, and more of
/// them rank higher.
pub async fn any_word_finds(index: &dyn SearchIndex) {
    for (key, text) in [
        ("both.pdf", "the carry over of annual leave"),
        ("one.pdf", "annual report of the company"),
        ("other.pdf", "carry your own bag"),
        ("none.pdf", "the and of a"),
    ] {
        index.replace(document(key, 1, &[text])).await.expect("written");
    }
    let found =
        by_words(index, "How much of the annual leave can I carry over, and when?").await.expect("answers");
    assert_eq!(found[0], "the carry over of annual leave");
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>().len(), 3, "{found:?}");
    assert_eq!(
        by_words(index, "-annual \"report\"").await.expect("answers")[0],
        "annual report of the company"
    );
    assert!(by_words(index, "?!").await.expect("answers").is_empty());
}
