//! What a node stores: an entry a chunk and an entry a document. In: documents with their vectors. Out: lines of NDJSON.
//! Chunk and card stand whole in their entries and come back as they went in; beside them stands what filters and order
//! need, in the form that the server compares exactly.

use super::exact;
use pagemill_document::{Chunk, DocumentId, Script};
use pagemill_pipeline::{DocumentCard, Failure, IndexedDocument};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The server takes letters, digits, `-` and `_` in the ids of entries, up to 511 bytes.
const MAX_ID_BYTES: usize = 400;

/// Whether an id can be one of ours. Ids come from outside too; one that cannot be stored is not there.
pub(super) fn is_storable(id: &DocumentId) -> bool {
    let text = id.as_str();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !text.is_empty() && text.len() <= MAX_ID_BYTES && text.bytes().all(fits)
}

pub(super) fn entry_id(document: &DocumentId, position: u32) -> String {
    format!("{document}-{position}")
}

/// The document that an entry of a chunk is of.
pub(super) fn document_of(entry: &str) -> Option<DocumentId> {
    entry.rsplit_once('-').map(|(document, _)| DocumentId::from_text(document))
}

/// The fields of a chunk's entry that filters name.
pub(super) mod field {
    pub const DOCUMENT: &str = "document";
    pub const POSITION: &str = "position";
    pub const SOURCE: &str = "source_hex";
    pub const COLLECTION: &str = "collection_hex";
    pub const LANGUAGE: &str = "language_hex";
    pub const AUTHOR: &str = "author_hex";
    pub const SCRIPT: &str = "script";

    /// A piece of the key, from 1.
    pub fn key(piece: usize) -> String {
        format!("key_hex_{piece}")
    }

    /// A piece of a card's place in the order, from 1.
    pub fn order(piece: usize) -> String {
        format!("order_hex_{piece}")
    }
}

/// What [`field::SCRIPT`] says.
pub(super) fn script_name(script: Script) -> &'static str {
    match script {
        Script::Hangul => "hangul",
        Script::Other => "other",
    }
}

/// Parts of entries that are read back.
#[derive(Deserialize)]
pub(super) struct EntryId {
    pub id: String,
}

#[derive(Deserialize)]
pub(super) struct StoredChunk {
    pub chunk: Chunk,
}

#[derive(Deserialize)]
pub(super) struct StoredCard {
    pub card: DocumentCard,
}

/// A document as it travels: one line an entry.
#[derive(Debug)]
pub(super) struct Prepared {
    pub id: DocumentId,
    pub version_ms: i64,
    pub chunk_count: u32,
    pub chunks: Vec<Vec<u8>>,
    pub card: Vec<u8>,
}

impl Prepared {
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum::<usize>() + self.card.len()
    }
}

/// Written straight to text: a value in between would print each float as a double, at twice the length.
#[derive(Serialize)]
struct ChunkEntry<'a> {
    id: String,
    position: u32,
    script: &'static str,
    #[serde(flatten)]
    filters: &'a BTreeMap<String, String>,
    chunk: &'a Chunk,
    #[serde(rename = "_vectors")]
    vectors: BTreeMap<&'a str, Embeddings<'a>>,
}

#[derive(Serialize)]
struct Embeddings<'a> {
    embeddings: [&'a [f32]; 1],
    /// They are ours: the server makes none.
    regenerate: bool,
}

#[derive(Serialize)]
struct CardEntry<'a> {
    id: &'a DocumentId,
    #[serde(flatten)]
    place: BTreeMap<String, String>,
    card: &'a DocumentCard,
}

/// Writes a document out.
///
/// # Errors
/// `Stop` when chunks and vectors do not fit each other or the embedder, which is ours to get right.
pub(super) fn prepare(
    document: &IndexedDocument,
    embedder: &str,
    dimensions: usize,
) -> Result<Prepared, Failure> {
    let IndexedDocument { card, chunks, vectors } = document;
    if chunks.len() != vectors.len() || vectors.iter().any(|vector| vector.len() != dimensions) {
        return Err(Failure::stop(format!(
            "search index: {} chunks came with {} vectors, wanted one each of {dimensions} dimensions",
            chunks.len(),
            vectors.len()
        )));
    }
    if !is_storable(&card.id) {
        return Err(Failure::stop(format!("search index: `{}` cannot be the id of a document", card.id)));
    }
    let filters = filters(card);
    let entries = chunks.iter().zip(vectors).map(|(chunk, vector)| {
        let vectors = Embeddings { embeddings: [vector], regenerate: false };
        line(&ChunkEntry {
            id: entry_id(&card.id, chunk.position),
            position: chunk.position,
            script: script_name(Script::of(&chunk.contextualized)),
            filters: &filters,
            chunk,
            vectors: BTreeMap::from([(embedder, vectors)]),
        })
    });
    Ok(Prepared {
        id: card.id.clone(),
        version_ms: card.version_ms,
        chunk_count: chunks.len() as u32,
        chunks: entries.collect::<Result<_, _>>()?,
        card: card_line(card)?,
    })
}

/// The entry of a document.
pub(super) fn card_line(card: &DocumentCard) -> Result<Vec<u8>, Failure> {
    let place = (1..).zip(exact::order(&card.source, &card.key));
    let place = place.map(|(piece, text)| (field::order(piece), text)).collect();
    line(&CardEntry { id: &card.id, place, card })
}

fn filters(card: &DocumentCard) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::from([
        (field::DOCUMENT.to_owned(), card.id.as_str().to_owned()),
        (field::SOURCE.to_owned(), exact::value(&card.source)),
        (field::COLLECTION.to_owned(), exact::value(&card.collection)),
    ]);
    for (name, value) in [(field::LANGUAGE, &card.language), (field::AUTHOR, &card.author)] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), exact::value(value));
        }
    }
    fields.extend((1..).zip(exact::key(&card.key)).map(|(piece, text)| (field::key(piece), text)));
    fields
}

fn line<T: Serialize>(entry: &T) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(entry)
        .map_err(|error| Failure::stop(format!("search index: an entry cannot be written: {error}")))
}
