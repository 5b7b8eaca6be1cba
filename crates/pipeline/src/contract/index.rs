//! The rules of a search index: a write replaces whole, a delete leaves nothing, a filter never leaks.

use crate::{
    DocumentCard, Failure, Hit, IndexedDocument, SearchFilter, SearchIndex, SearchMode, SearchQuery,
};
use pagemill_document::{Chunk, ChunkId, ChunkKind, ContentHash, DocumentId, PageBox, Rect};

/// Dimensions of the vectors that the suite writes.
pub const DIMENSIONS: usize = 4;

fn document(
    key: &str,
    version_ms: i64,
    language: &str,
    texts: &[(&str, [f32; DIMENSIONS])],
) -> IndexedDocument {
    let id = DocumentId::new("contract://", key);
    let chunks: Vec<Chunk> = texts
        .iter()
        .zip(0..)
        .map(|((text, _), position)| Chunk {
            id: ChunkId::new(&id, position, text),
            document: id.clone(),
            position,
            kind: ChunkKind::Text,
            heading_path: vec!["Heading".into()],
            text: (*text).to_owned(),
            contextualized: (*text).to_owned(),
            tokens: 3,
            boxes: vec![PageBox { page: 1, bbox: Rect::new(1.0, 2.0, 3.0, 4.0) }],
        })
        .collect();
    let card = DocumentCard {
        id,
        source: "contract://".into(),
        key: key.into(),
        collection: language.into(),
        content_hash: ContentHash::of(format!("{key} {version_ms}").as_bytes()),
        version_ms,
        title: key.into(),
        author: None,
        language: Some(language.into()),
        page_count: 1,
        chunk_count: chunks.len() as u32,
    };
    IndexedDocument { card, chunks, vectors: texts.iter().map(|(_, vector)| vector.to_vec()).collect() }
}

const X: [f32; DIMENSIONS] = [1.0, 0.0, 0.0, 0.0];
const Y: [f32; DIMENSIONS] = [0.0, 1.0, 0.0, 0.0];
const Z: [f32; DIMENSIONS] = [0.0, 0.0, 1.0, 0.0];

async fn find(index: &dyn SearchIndex, mode: SearchMode, text: &str, vector: [f32; DIMENSIONS]) -> Vec<Hit> {
    filtered(index, mode, text, vector, SearchFilter::default()).await
}

async fn filtered(
    index: &dyn SearchIndex,
    mode: SearchMode,
    text: &str,
    vector: [f32; DIMENSIONS],
    filter: SearchFilter,
) -> Vec<Hit> {
    let vector = (mode != SearchMode::Keyword).then(|| vector.to_vec());
    let query = SearchQuery { text: text.into(), vector, mode, limit: 10, filter };
    index.search(query).await.expect("a search answers")
}

fn texts(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.chunk.text.as_str()).collect()
}

/// Runs the suite on an empty index whose vectors have [`DIMENSIONS`] dimensions.
pub async fn search_index(index: &dyn SearchIndex) {
    assert!(find(index, SearchMode::Hybrid, "anything", X).await.is_empty(), "an empty index finds nothing");

    let leave = document("leave.pdf", 1, "en", &[("annual leave of employees", X), ("sick pay", Y)]);
    let phone = document("phone.pdf", 1, "ko", &[("phone rules 전화", Z)]);
    index.replace(leave.clone()).await.expect("written");
    index.replace(phone.clone()).await.expect("written");

    assert_eq!(texts(&find(index, SearchMode::Keyword, "leave", X).await), ["annual leave of employees"]);
    assert_eq!(
        find(index, SearchMode::Vector, "", Z).await[0].chunk,
        phone.chunks[0],
        "a chunk comes back as written"
    );
    let hybrid = find(index, SearchMode::Hybrid, "sick pay", Y).await;
    assert_eq!(hybrid[0].chunk.text, "sick pay");
    assert!(hybrid[0].keyword_score.is_some() && hybrid[0].vector_score.is_some_and(|cosine| cosine > 0.99));
    assert!(hybrid.windows(2).all(|pair| pair[0].score >= pair[1].score), "best first");

    let without = SearchQuery { text: "leave".into(), limit: 5, ..SearchQuery::default() };
    assert!(matches!(index.search(without).await, Err(Failure::Stop(_))), "a hybrid search needs its vector");

    filters(index).await;
    scripts(index).await;
    order(index, &leave, &phone).await;
    replacing(index).await;
}

async fn filters(index: &dyn SearchIndex) {
    let korean = SearchFilter { languages: vec!["ko".into()], ..SearchFilter::default() };
    for mode in [SearchMode::Hybrid, SearchMode::Vector, SearchMode::Keyword] {
        let hits = filtered(index, mode, "leave phone", X, korean.clone()).await;
        assert_eq!(texts(&hits), ["phone rules 전화"], "{mode:?} with a filter");
    }
    let collection = SearchFilter { collections: vec!["ko".into()], ..SearchFilter::default() };
    for mode in [SearchMode::Hybrid, SearchMode::Vector, SearchMode::Keyword] {
        let hits = filtered(index, mode, "leave phone", X, collection.clone()).await;
        assert_eq!(texts(&hits), ["phone rules 전화"], "{mode:?} within a collection");
    }
    let prefix = SearchFilter { key_prefixes: vec!["lea".into()], ..SearchFilter::default() };
    assert!(
        filtered(index, SearchMode::Hybrid, "phone", Z, prefix)
            .await
            .iter()
            .all(|h| h.card.key == "leave.pdf")
    );
    let nobody = SearchFilter { authors: vec!["nobody".into()], ..SearchFilter::default() };
    assert!(filtered(index, SearchMode::Hybrid, "phone", Z, nobody).await.is_empty());
}

/// What is written in another script than the question is not behind for that alone.
async fn scripts(index: &dyn SearchIndex) {
    let (english, korean) = ("what to do in a fire", "불이 나면 할 일");
    let near = [0.0, 0.436, 0.0, 0.9];
    let nearly_as_near = [0.0, 0.475, 0.0, 0.88];
    const ASKED: [f32; DIMENSIONS] = [0.0, 0.0, 0.0, 1.0];
    let ids = ["fire.pdf", "화재.pdf"].map(|key| DocumentId::new("contract://", key));
    for (in_english, in_korean, text, first) in
        [(near, nearly_as_near, "alarm", korean), (nearly_as_near, near, "경보", english)]
    {
        let version_ms = if first == korean { 1 } else { 2 };
        index
            .replace(document("fire.pdf", version_ms, "en", &[(english, in_english)]))
            .await
            .expect("written");
        index.replace(document("화재.pdf", version_ms, "ko", &[(korean, in_korean)])).await.expect("written");
        let hits = find(index, SearchMode::Vector, text, ASKED).await;
        assert_eq!(hits[0].chunk.text, first, "asked for {text}");
        assert!(hits[0].vector_score < hits[1].vector_score, "a cosine is shown as it is");
        let own = SearchFilter { languages: vec!["en".into()], ..SearchFilter::default() };
        let hits = filtered(index, SearchMode::Vector, text, ASKED, own).await;
        assert_eq!(hits[0].chunk.text, english, "a filter holds in each script");
    }
    index.delete(&ids).await.expect("deleted");
    assert!(
        find(index, SearchMode::Vector, "alarm", ASKED).await.iter().all(|hit| !ids.contains(&hit.card.id))
    );
}

async fn order(index: &dyn SearchIndex, leave: &IndexedDocument, phone: &IndexedDocument) {
    let first = index.cards(None, 1).await.expect("cards");
    assert_eq!(first, std::slice::from_ref(&leave.card));
    assert_eq!(index.cards(first.first(), 9).await.expect("cards"), std::slice::from_ref(&phone.card));
    assert_eq!(index.chunks(&leave.card.id).await.expect("chunks"), leave.chunks);
    assert_eq!(index.card(&phone.card.id).await.expect("card"), Some(phone.card.clone()));
    let statistics = index.statistics().await.expect("statistics");
    assert_eq!((statistics.documents, statistics.chunks), (2, 3));
}

async fn replacing(index: &dyn SearchIndex) {
    let newer = document("leave.pdf", 5, "en", &[("parental leave", X)]);
    index.replace(newer.clone()).await.expect("replaced");
    assert_eq!(
        texts(&find(index, SearchMode::Keyword, "annual employees sick", X).await),
        Vec::<&str>::new()
    );
    let near_y = find(index, SearchMode::Vector, "", Y).await;
    assert!(near_y.iter().all(|hit| hit.chunk.text != "sick pay"), "the old vectors are gone");

    let older = document("leave.pdf", 3, "en", &[("stale leave", X)]);
    index.replace(older).await.expect("not an error");
    assert_eq!(
        index.chunks(&newer.card.id).await.expect("chunks"),
        newer.chunks,
        "an older version changes nothing"
    );

    index.replace(newer.clone()).await.expect("again");
    assert_eq!(index.statistics().await.expect("statistics").chunks, 2, "the same write twice is one");

    let unknown = DocumentId::new("contract://", "unknown.pdf");
    index.delete(&[newer.card.id.clone(), unknown]).await.expect("deleted");
    assert!(find(index, SearchMode::Keyword, "leave", X).await.is_empty());
    assert!(find(index, SearchMode::Vector, "", X).await.iter().all(|hit| hit.card.key == "phone.pdf"));
    assert_eq!(index.statistics().await.expect("statistics").documents, 1);

    let empty = document("empty.pdf", 1, "en", &[]);
    index.replace(empty.clone()).await.expect("a document may have no chunks");
    assert_eq!(index.card(&empty.card.id).await.expect("card"), Some(empty.card));
}
