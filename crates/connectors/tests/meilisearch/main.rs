//! The search index in Meilisearch: the contract and our own rules on a stand-in with one node and with three, and on a
//! real server where `PAGEMILL_TEST_MEILI_URL` (and `PAGEMILL_TEST_MEILI_KEY`) say where one is; then everything that can
//! go wrong, which only the stand-in does when told.

mod faults;
mod nodes;
mod real;
mod rules;
mod writes;

use pagemill_connectors::{MeilisearchConfig, MeilisearchIndex, VectorSpace};
use pagemill_document::{Chunk, ChunkId, ChunkKind, ContentHash, DocumentId, PageBox, Rect};
use pagemill_meilisearch_stand_in::StandIn;
use pagemill_pipeline::{DocumentCard, Failure, IndexedDocument, SearchIndex, SearchMode, SearchQuery};

const DIMENSIONS: usize = 4;

fn space() -> VectorSpace {
    VectorSpace { embedder: "contract".into(), dimensions: DIMENSIONS }
}

async fn stand_ins(count: usize) -> Vec<StandIn> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(StandIn::start().await.expect("a free port"));
    }
    nodes
}

/// Patient, and quick to ask again.
fn config(nodes: &[StandIn]) -> MeilisearchConfig {
    MeilisearchConfig {
        urls: nodes.iter().map(StandIn::url).collect(),
        first_pause_milliseconds: 1,
        ..MeilisearchConfig::default()
    }
}

async fn connect(config: MeilisearchConfig) -> MeilisearchIndex {
    MeilisearchIndex::connect(config, space()).await.expect("connects")
}

/// A document of chunks with these texts, the vectors of which point away from each other.
fn document(key: &str, version_ms: i64, texts: &[&str]) -> IndexedDocument {
    let id = DocumentId::new("s", key);
    let chunk = |(text, position): (&&str, u32)| Chunk {
        id: ChunkId::new(&id, position, text),
        document: id.clone(),
        position,
        kind: ChunkKind::Table,
        heading_path: vec!["제목 \"one\"".into(), "two\\".into()],
        text: (*text).to_owned(),
        contextualized: (*text).to_owned(),
        tokens: 3,
        boxes: vec![PageBox { page: position + 1, bbox: Rect::new(0.1, 72.333_336, 1.0 / 3.0, 841.89) }],
    };
    let chunks: Vec<Chunk> = texts.iter().zip(0..).map(chunk).collect();
    let vectors = (0..chunks.len())
        .map(|place| (0..DIMENSIONS).map(|at| f32::from(at == place % DIMENSIONS)).collect());
    let card = DocumentCard {
        id: id.clone(),
        source: "s".into(),
        key: key.into(),
        collection: "default".into(),
        content_hash: ContentHash::of(format!("{key} {version_ms}").as_bytes()),
        version_ms,
        title: key.into(),
        author: None,
        language: None,
        page_count: 1,
        chunk_count: chunks.len() as u32,
    };
    IndexedDocument { card, vectors: vectors.collect(), chunks }
}

async fn by_words(index: &dyn SearchIndex, text: &str) -> Result<Vec<String>, Failure> {
    let query =
        SearchQuery { text: text.into(), mode: SearchMode::Keyword, limit: 100, ..SearchQuery::default() };
    Ok(index.search(query).await?.into_iter().map(|hit| hit.chunk.text).collect())
}

/// Waits for something that will happen; a test that waits for what never happens does not end.
async fn until(happened: impl Fn() -> bool) {
    while !happened() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}
