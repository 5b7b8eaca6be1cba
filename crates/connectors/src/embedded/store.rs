//! The truth of the index in LMDB: cards, chunks and vectors in one transaction, and the journal from which the
//! keyword index catches up.

use super::packed::Packed;
use super::{IndexError, VectorSpace};
use hannoy::distances::Cosine;
use heed::byteorder::BE;
use heed::types::{Bytes, Str, U32, U64};
use heed::{CommitOrAbort, Database, Env, EnvOpenOptions, RoTxn, RwTxn, WithoutTls};
use pagemill_document::{Chunk, DocumentId, Script};
use pagemill_pipeline::{DocumentCard, IndexedDocument};
use rand::SeedableRng;
use std::ops::Bound;
use std::path::Path;

/// Address space for the store, not disk: the file grows as it is filled. 256 GiB hold some 50 million chunks.
const MAP_BYTES: usize = 256 << 30;
/// Edges of the graph: the values that its authors use, and as many on the ground layer twice.
const EDGES: usize = 16;
const GROUND_EDGES: usize = 32;

/// Of what is stored; grows when cards or chunks change their form.
const FORMAT: u64 = 3;
/// All vectors in the graph of [`Script::Other`]: read as it is, parted when writing begins.
const ONE_GRAPH: u64 = 2;
const FORMAT_KEY: &str = "format";
const SPACE_KEY: &str = "space";
const GENERATION_KEY: &str = "generation";
const NEXT_ITEM_KEY: &str = "next_item";
const CHUNK_COUNT_KEY: &str = "chunk_count";

/// A graph of vectors a script. A filter would do in one graph too, but slowly: texts of a script lie together, and a search
/// for the others would first walk through all that lie nearer.
fn graph(script: Script) -> u16 {
    match script {
        Script::Other => 0,
        Script::Hangul => 1,
    }
}

/// What a chunk's vector is made of decides where it is looked for.
fn script_of(chunk: &Chunk) -> Script {
    Script::of(&chunk.contextualized)
}

/// A view of the store at one moment.
pub(super) type View<'a> = RoTxn<'a, WithoutTls>;

pub(super) struct Store {
    env: Env<WithoutTls>,
    space: VectorSpace,
    meta: Database<'static, Str, U64<BE>>,
    cards: Database<'static, Str, Packed<DocumentCard>>,
    /// source, NUL, key -> document id: the stable order.
    order: Database<'static, Bytes, Str>,
    /// Document id -> item numbers by position.
    items: Database<'static, Str, Packed<Vec<u32>>>,
    chunks: Database<'static, U32<BE>, Packed<Chunk>>,
    /// Generation -> documents that it changed.
    journal: Database<'static, U64<BE>, Packed<Vec<DocumentId>>>,
    vectors: hannoy::Database<'static, Cosine>,
}

fn order_key(source: &str, key: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(source.len() + key.len() + 1);
    bytes.extend_from_slice(source.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(key.as_bytes());
    // LMDB takes keys of at most 511 bytes; beyond, the hash of the rest keeps them apart.
    if bytes.len() > 500 {
        let hash = DocumentId::new(source, key);
        bytes.truncate(470);
        bytes.extend_from_slice(hash.as_str().as_bytes());
    }
    bytes
}

impl Store {
    pub fn open(folder: &Path, wanted: Option<&VectorSpace>) -> Result<Self, IndexError> {
        std::fs::create_dir_all(folder)?;
        // SAFETY: LMDB maps its file; the folder belongs to Pagemill and is changed through LMDB only.
        #[allow(unsafe_code)]
        let env = unsafe {
            EnvOpenOptions::new().read_txn_without_tls().map_size(MAP_BYTES).max_dbs(8).open(folder)?
        };
        let txn = env.write_txn()?;
        let (spaces, meta, cards, order, items, chunks, journal, vectors) = env
            .create_databases_and_commit(txn, |opener, txn| -> Result<_, IndexError> {
                Ok(CommitOrAbort::<_, ()>::Commit((
                    opener.create_database::<Str, Packed<VectorSpace>>(txn, Some("space"))?,
                    opener.create_database::<Str, U64<BE>>(txn, Some("meta"))?,
                    opener.create_database::<Str, Packed<DocumentCard>>(txn, Some("cards"))?,
                    opener.create_database::<Bytes, Str>(txn, Some("order"))?,
                    opener.create_database::<Str, Packed<Vec<u32>>>(txn, Some("items"))?,
                    opener.create_database::<U32<BE>, Packed<Chunk>>(txn, Some("chunks"))?,
                    opener.create_database::<U64<BE>, Packed<Vec<DocumentId>>>(txn, Some("journal"))?,
                    opener.create_database(txn, Some("vectors"))?,
                )))
            })?
            .unwrap_commit();
        let mut txn = env.write_txn()?;
        let space = match (spaces.get(&txn, SPACE_KEY)?, wanted) {
            (None, None) => return Err(IndexError::Invalid("it is empty; ingest first".into())),
            (None, Some(wanted)) => {
                spaces.put(&mut txn, SPACE_KEY, wanted)?;
                meta.put(&mut txn, FORMAT_KEY, &FORMAT)?;
                wanted.clone()
            }
            (Some(_), _) if !matches!(meta.get(&txn, FORMAT_KEY)?, Some(FORMAT | ONE_GRAPH)) => {
                return Err(IndexError::Invalid(
                    "it was made by another version of Pagemill; use another `data_dir` and ingest again"
                        .into(),
                ));
            }
            (Some(there), Some(wanted)) if there != *wanted => {
                return Err(IndexError::Invalid(format!(
                    "it was made with the embedder `{}`, the configuration names `{}`; `pagemill reindex` makes it anew from \
                     the stored documents, or set `embedder.model` back",
                    there.embedder, wanted.embedder
                )));
            }
            (Some(there), _) => there,
        };
        txn.commit()?;
        Ok(Self { space, meta, cards, order, items, chunks, journal, vectors, env })
    }

    pub fn space(&self) -> &VectorSpace {
        &self.space
    }

    pub fn read(&self) -> Result<View<'_>, IndexError> {
        Ok(self.env.read_txn()?)
    }

    pub fn write(&self) -> Result<RwTxn<'_>, IndexError> {
        Ok(self.env.write_txn()?)
    }

    pub fn generation(&self, txn: &View<'_>) -> Result<u64, IndexError> {
        Ok(self.meta.get(txn, GENERATION_KEY)?.unwrap_or(0))
    }

    /// Documents and chunks.
    pub fn counts(&self, txn: &View<'_>) -> Result<(u64, u64), IndexError> {
        Ok((self.cards.len(txn)?, self.meta.get(txn, CHUNK_COUNT_KEY)?.unwrap_or(0)))
    }

    pub fn card(&self, txn: &View<'_>, id: &DocumentId) -> Result<Option<DocumentCard>, IndexError> {
        Ok(self.cards.get(txn, id.as_str())?)
    }

    pub fn cards(
        &self,
        txn: &View<'_>,
        after: Option<&(String, String)>,
        limit: usize,
    ) -> Result<Vec<DocumentCard>, IndexError> {
        let start = after.map(|(source, key)| order_key(source, key));
        let bounds: (Bound<&[u8]>, Bound<&[u8]>) =
            (start.as_deref().map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let mut cards = Vec::new();
        for entry in self.order.range(txn, &bounds)?.take(limit) {
            let (_, id) = entry?;
            cards.extend(self.cards.get(txn, id)?);
        }
        Ok(cards)
    }

    /// Every card, for filters.
    pub fn all_cards<'t>(
        &self,
        txn: &'t View<'_>,
    ) -> Result<impl Iterator<Item = Result<DocumentCard, IndexError>> + 't, IndexError> {
        Ok(self.cards.iter(txn)?.map(|entry| entry.map(|(_, card)| card).map_err(IndexError::from)))
    }

    pub fn items(&self, txn: &RoTxn<'_>, id: &DocumentId) -> Result<Vec<u32>, IndexError> {
        Ok(self.items.get(txn, id.as_str())?.unwrap_or_default())
    }

    pub fn chunk(&self, txn: &RoTxn<'_>, item: u32) -> Result<Option<Chunk>, IndexError> {
        Ok(self.chunks.get(txn, &item)?)
    }

    pub fn chunks(&self, txn: &View<'_>, id: &DocumentId) -> Result<Vec<Chunk>, IndexError> {
        let mut chunks = Vec::new();
        for item in self.items(txn, id)? {
            chunks.extend(self.chunk(txn, item)?);
        }
        Ok(chunks)
    }

    /// Whether the vectors of each script stand in a graph of their own.
    pub fn is_parted(&self, txn: &RoTxn<'_>) -> Result<bool, IndexError> {
        Ok(self.meta.get(txn, FORMAT_KEY)? == Some(FORMAT))
    }

    /// Parts the vectors of a store that was made with one graph.
    pub fn part(&self) -> Result<(), IndexError> {
        let mut txn = self.write()?;
        if self.is_parted(&txn)? {
            return Ok(());
        }
        let mut moving = Vec::new();
        for entry in self.chunks.iter(&txn)? {
            let (item, chunk) = entry?;
            if script_of(&chunk) == Script::Hangul {
                moving.push(item);
            }
        }
        tracing::info!(chunks = moving.len(), "vectors of texts in Hangul get a graph of their own");
        let (from, to) = (self.graph(Script::Other), self.graph(Script::Hangul));
        for item in moving {
            if let Some(vector) = from.item_vector(&txn, item)? {
                to.add_item(&mut txn, item, &vector)?;
                from.del_item(&mut txn, item)?;
            }
        }
        self.link(&mut txn)?;
        self.meta.put(&mut txn, FORMAT_KEY, &FORMAT)?;
        Ok(txn.commit()?)
    }

    fn graph(&self, script: Script) -> hannoy::Writer<'static, Cosine> {
        hannoy::Writer::new(self.vectors, graph(script), self.space.dimensions)
    }

    /// Links new vectors into their graphs.
    fn link(&self, txn: &mut RwTxn<'_>) -> Result<(), IndexError> {
        for vectors in Script::ALL.map(|script| self.graph(script)) {
            if vectors.need_build(txn)? {
                // The seed decides how high items stand in the graph; a fixed one keeps builds comparable.
                let mut rng = rand::rngs::StdRng::seed_from_u64(0x9a6e_3171);
                vectors.builder(&mut rng).build::<EDGES, GROUND_EDGES>(txn)?;
            }
        }
        Ok(())
    }

    /// The items of a script nearest to a vector with their cosines, nearest first.
    pub fn nearest(
        &self,
        txn: &View<'_>,
        script: Script,
        vector: &[f32],
        count: usize,
        among: Option<&roaring::RoaringBitmap>,
    ) -> Result<Vec<(u32, f32)>, IndexError> {
        let reader = match hannoy::Reader::<Cosine>::open(txn, graph(script), self.vectors) {
            Ok(reader) => reader,
            // Nothing was written since the graph could be there.
            Err(hannoy::Error::MissingMetadata(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut nns = reader.nns(count);
        nns.ef_search(count.max(EF_SEARCH));
        if let Some(among) = among {
            nns.candidates(among);
        }
        let found = nns.by_vector(txn, vector)?.into_nns();
        Ok(found.into_iter().map(|(item, distance)| (item, 1.0 - 2.0 * distance)).collect())
    }

    /// Documents changed after a generation, or `None` when the journal does not reach back that far.
    pub fn changed_since(
        &self,
        txn: &View<'_>,
        generation: u64,
    ) -> Result<Option<Vec<DocumentId>>, IndexError> {
        let now = self.generation(txn)?;
        if generation > now {
            return Ok(None);
        }
        let mut changed = Vec::new();
        for wanted in generation + 1..=now {
            match self.journal.get(txn, &wanted)? {
                Some(documents) => changed.extend(documents),
                None => return Ok(None),
            }
        }
        changed.sort();
        changed.dedup();
        Ok(Some(changed))
    }

    /// Whether a write of this version would be a step back.
    pub fn is_stale(&self, txn: &RwTxn<'_>, card: &DocumentCard) -> Result<bool, IndexError> {
        let there = self.cards.get(txn, card.id.as_str())?;
        Ok(there.is_some_and(|there| there.version_ms > card.version_ms))
    }

    /// Takes a document out: card, chunks, vectors.
    pub fn remove(&self, txn: &mut RwTxn<'_>, id: &DocumentId) -> Result<(), IndexError> {
        let Some(card) = self.cards.get(txn, id.as_str())? else { return Ok(()) };
        let graphs = Script::ALL.map(|script| self.graph(script));
        let items = self.items(txn, id)?;
        for item in &items {
            self.chunks.delete(txn, item)?;
            for vectors in &graphs {
                vectors.del_item(txn, *item)?;
            }
        }
        let chunk_count = self.meta.get(txn, CHUNK_COUNT_KEY)?.unwrap_or(0);
        self.meta.put(txn, CHUNK_COUNT_KEY, &chunk_count.saturating_sub(items.len() as u64))?;
        self.items.delete(txn, id.as_str())?;
        self.order.delete(txn, &order_key(&card.source, &card.key))?;
        self.cards.delete(txn, id.as_str())?;
        Ok(())
    }

    /// Puts a document in, which must not be there.
    pub fn insert(&self, txn: &mut RwTxn<'_>, document: &IndexedDocument) -> Result<(), IndexError> {
        let first = self.meta.get(txn, NEXT_ITEM_KEY)?.unwrap_or(0);
        let mut items = Vec::with_capacity(document.chunks.len());
        for (chunk, vector) in document.chunks.iter().zip(&document.vectors) {
            let item = u32::try_from(first + items.len() as u64).map_err(|_| {
                IndexError::Invalid("the index has used all of its 4 billion item numbers".into())
            })?;
            self.chunks.put(txn, &item, chunk)?;
            self.graph(script_of(chunk)).add_item(txn, item, vector)?;
            items.push(item);
        }
        self.meta.put(txn, NEXT_ITEM_KEY, &(first + items.len() as u64))?;
        let chunk_count = self.meta.get(txn, CHUNK_COUNT_KEY)?.unwrap_or(0);
        self.meta.put(txn, CHUNK_COUNT_KEY, &(chunk_count + items.len() as u64))?;
        self.items.put(txn, document.card.id.as_str(), &items)?;
        self.order.put(
            txn,
            &order_key(&document.card.source, &document.card.key),
            document.card.id.as_str(),
        )?;
        self.cards.put(txn, document.card.id.as_str(), &document.card)?;
        Ok(())
    }

    /// Links new vectors, enters the change into the journal and commits. Returns the generation.
    pub fn commit(&self, mut txn: RwTxn<'_>, changed: &[DocumentId]) -> Result<u64, IndexError> {
        self.link(&mut txn)?;
        let generation = self.meta.get(&txn, GENERATION_KEY)?.unwrap_or(0) + 1;
        self.meta.put(&mut txn, GENERATION_KEY, &generation)?;
        self.journal.put(&mut txn, &generation, &changed.to_vec())?;
        txn.commit()?;
        Ok(generation)
    }

    /// Drops journal entries that the keyword index no longer needs.
    pub fn trim_journal(&self, txn: &mut RwTxn<'_>, done: u64) -> Result<(), IndexError> {
        self.journal.delete_range(txn, &(..done))?;
        Ok(())
    }
}

/// Candidates that a search keeps open: at 100 the graph finds what an exhaustive search finds for all but a few
/// in a hundred questions, at a few milliseconds.
const EF_SEARCH: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use pagemill_document::{ChunkId, ChunkKind, ContentHash};

    fn document(key: &str, text: &str) -> IndexedDocument {
        let id = DocumentId::new("s", key);
        let chunk = Chunk {
            id: ChunkId::new(&id, 0, text),
            document: id.clone(),
            position: 0,
            kind: ChunkKind::Text,
            heading_path: Vec::new(),
            text: text.into(),
            contextualized: text.into(),
            tokens: 1,
            boxes: Vec::new(),
        };
        let card = DocumentCard {
            id,
            source: "s".into(),
            key: key.into(),
            collection: "c".into(),
            content_hash: ContentHash::of(b""),
            version_ms: 1,
            title: String::new(),
            author: None,
            language: None,
            page_count: 1,
            chunk_count: 1,
        };
        IndexedDocument { card, chunks: vec![chunk], vectors: vec![vec![0.6, 0.8]] }
    }

    fn found(store: &Store, script: Script) -> Vec<u32> {
        let view = store.read().expect("reads");
        let near = store.nearest(&view, script, &[1.0, 0.0], 9, None).expect("searches");
        near.into_iter().map(|(item, _)| item).collect()
    }

    #[test]
    fn a_store_of_one_graph_is_parted_once_and_loses_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let space = VectorSpace { embedder: "e".into(), dimensions: 2 };
        let store = Store::open(folder.path(), Some(&space)).expect("opens");
        assert_eq!(found(&store, Script::Hangul), Vec::<u32>::new(), "nothing was written yet");
        let mut txn = store.write().expect("writes");
        store.insert(&mut txn, &document("en", "annual leave")).expect("goes in");
        store.insert(&mut txn, &document("ko", "연차 휴가")).expect("goes in");
        // As it was before scripts had graphs.
        store.graph(Script::Hangul).del_item(&mut txn, 1).expect("deletes");
        store.graph(Script::Other).add_item(&mut txn, 1, &[0.6, 0.8]).expect("adds");
        store.meta.put(&mut txn, FORMAT_KEY, &ONE_GRAPH).expect("puts");
        store.commit(txn, &[]).expect("commits");
        drop(store);

        let store = Store::open(folder.path(), Some(&space)).expect("opens what was made before");
        assert_eq!(found(&store, Script::Other), [0, 1]);
        for _ in 0..2 {
            store.part().expect("parts");
            assert_eq!((found(&store, Script::Other), found(&store, Script::Hangul)), (vec![0], vec![1]));
        }
        let mut txn = store.write().expect("writes");
        store.remove(&mut txn, &DocumentId::new("s", "ko")).expect("removes");
        store.commit(txn, &[]).expect("commits");
        assert_eq!((found(&store, Script::Other), found(&store, Script::Hangul)), (vec![0], Vec::new()));
    }
}
