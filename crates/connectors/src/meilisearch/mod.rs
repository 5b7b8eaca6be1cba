//! The search index in Meilisearch, on one node or several. In: documents with their vectors, and questions. Out: hits.
//!
//! A node holds two indexes of a generation: `NAME_chunks`, an entry a chunk, and `NAME_cards`, an entry a document. A
//! document lives on the node that its id says. A write counts when its tasks succeeded, never when they were accepted.
//! Nothing here knows how vectors are made, and no node knows of the others.

mod batch;
mod config;
mod entries;
mod exact;
mod filter;
mod http;
mod node;
mod pace;
mod question;
mod rebalance;
mod search;
mod settings;
mod shards;
mod tasks;
mod trouble;
mod write;
mod writer;

pub use config::MeilisearchConfig;

use crate::VectorSpace;
use async_trait::async_trait;
use batch::Change;
use entries::{StoredCard, StoredChunk};
use futures::future::try_join_all;
use futures::stream::{self, TryStreamExt};
use node::Node;
use pagemill_document::{Chunk, DocumentId};
use pagemill_pipeline::{
    DocumentCard, Failure, Hit, IndexStatistics, IndexedDocument, SearchIndex, SearchQuery,
};
use std::sync::Arc;
use writer::{Limits, Writer};

/// Deletions that are handed to the writers at the same time; they gather them.
const DELETIONS: usize = 1_000;

/// The index on the nodes of a configuration.
pub struct MeilisearchIndex {
    nodes: Vec<Shard>,
    space: VectorSpace,
}

struct Shard {
    node: Arc<Node>,
    writer: Writer,
}

impl AsRef<Node> for Shard {
    fn as_ref(&self) -> &Node {
        &self.node
    }
}

impl MeilisearchIndex {
    /// Connects to every node and makes or checks its indexes. Must be called within a tokio runtime, whose tasks do
    /// the writing.
    ///
    /// # Errors
    /// `Stop` when the configuration cannot work, a node refuses the key, or its vectors are another embedder's;
    /// `Retry` when a node does not answer within `patience_seconds`.
    pub async fn connect(config: MeilisearchConfig, space: VectorSpace) -> Result<Self, Failure> {
        config.check()?;
        let nodes: Vec<Node> =
            config.urls.iter().map(|url| Node::new(url, &config)).collect::<Result<_, _>>()?;
        try_join_all(nodes.iter().map(|node| settings::ensure(node, &space))).await?;
        Ok(Self::over(nodes, &config, space))
    }

    /// Connects to the generation that `retiring` names, to take documents out of it. What made its vectors does not matter:
    /// nothing goes in. `None` when no such generation is named.
    ///
    /// # Errors
    /// `Stop` when it is not there or a node refuses the key; `Retry` as for [`MeilisearchIndex::connect`].
    pub async fn retiring(config: &MeilisearchConfig) -> Result<Option<Self>, Failure> {
        config.check()?;
        let Some(index) = config.retiring.clone() else { return Ok(None) };
        let config = MeilisearchConfig { index, retiring: None, ..config.clone() };
        let nodes: Vec<Node> =
            config.urls.iter().map(|url| Node::new(url, &config)).collect::<Result<_, _>>()?;
        try_join_all(nodes.iter().map(settings::require)).await?;
        Ok(Some(Self::over(nodes, &config, VectorSpace { embedder: String::new(), dimensions: 0 })))
    }

    fn over(nodes: Vec<Node>, config: &MeilisearchConfig, space: VectorSpace) -> Self {
        let limits =
            Limits { batch_bytes: config.max_batch_bytes, batches_in_flight: config.batches_in_flight };
        let shard = |node: Node| {
            let node = Arc::new(node);
            Shard { writer: Writer::start(node.clone(), limits), node }
        };
        Self { nodes: nodes.into_iter().map(shard).collect(), space }
    }

    /// Moves documents to where they belong after a node was added at the end of `urls`. Searches find everything
    /// meanwhile; what is asked for by id is found once it has moved. Returns how many moved.
    ///
    /// # Errors
    /// As those of a write; what had moved stays moved, and another call goes on.
    pub async fn rebalance(&self) -> Result<u64, Failure> {
        rebalance::rebalance(&self.nodes).await
    }

    fn home(&self, document: &DocumentId) -> &Shard {
        &self.nodes[shards::home(document, self.nodes.len())]
    }
}

#[async_trait]
impl SearchIndex for MeilisearchIndex {
    async fn replace(&self, document: IndexedDocument) -> Result<(), Failure> {
        let prepared = entries::prepare(&document, &self.space.embedder, self.space.dimensions)?;
        drop(document);
        self.home(&prepared.id).writer.write(Change::Put(prepared)).await
    }

    async fn delete(&self, documents: &[DocumentId]) -> Result<(), Failure> {
        let there = documents.iter().filter(|id| entries::is_storable(id)).cloned();
        stream::iter(there.map(Ok))
            .try_for_each_concurrent(DELETIONS, |id| async move {
                self.home(&id).writer.write(Change::Remove(id)).await
            })
            .await
    }

    async fn search(&self, query: SearchQuery) -> Result<Vec<Hit>, Failure> {
        search::search(&self.nodes, &self.space.embedder, &query).await
    }

    async fn card(&self, document: &DocumentId) -> Result<Option<DocumentCard>, Failure> {
        if !entries::is_storable(document) {
            return Ok(None);
        }
        let node = &self.home(document).node;
        let found = node.by_ids::<StoredCard>(&node.cards(), &[document.as_str()], &["card"]).await;
        Ok(found.map_err(|trouble| trouble.at(&node.url))?.pop().map(|stored| stored.card))
    }

    async fn cards(&self, after: Option<&DocumentCard>, limit: usize) -> Result<Vec<DocumentCard>, Failure> {
        let filter = after.map_or_else(filter::any_card, filter::after);
        let order = rebalance::order();
        let first = self.nodes.iter().map(|Shard { node, .. }| {
            let (filter, order) = (&filter, &order);
            async move {
                let first = node.first::<StoredCard>(&node.cards(), filter, order, limit).await;
                first.map_err(|trouble| trouble.at(&node.url))
            }
        });
        let first = try_join_all(first).await?;
        let mut cards: Vec<DocumentCard> = first.into_iter().flatten().map(|stored| stored.card).collect();
        cards.sort_by_cached_key(|card| exact::order(&card.source, &card.key));
        // While documents move, one may stand on two nodes.
        cards.dedup_by(|one, other| one.id == other.id);
        cards.truncate(limit);
        Ok(cards)
    }

    async fn chunks(&self, document: &DocumentId) -> Result<Vec<Chunk>, Failure> {
        if !entries::is_storable(document) {
            return Ok(Vec::new());
        }
        let node = &self.home(document).node;
        let filter = filter::of_document(document);
        let found = node.by_filter::<StoredChunk>(&node.chunks(), &filter, &["chunk"]).await;
        let found = found.map_err(|trouble| trouble.at(&node.url))?;
        let mut chunks: Vec<Chunk> = found.into_iter().map(|stored| stored.chunk).collect();
        chunks.sort_by_key(|chunk| chunk.position);
        Ok(chunks)
    }

    /// `generation` is how many tasks of the indexes the nodes have done, as far as they number them.
    async fn statistics(&self) -> Result<IndexStatistics, Failure> {
        let held = self.nodes.iter().map(|Shard { node, .. }| async move {
            node.held().await.map_err(|trouble| trouble.at(&node.url))
        });
        let held = try_join_all(held).await?;
        Ok(IndexStatistics {
            documents: held.iter().map(|held| held.documents).sum(),
            chunks: held.iter().map(|held| held.chunks).sum(),
            generation: held.iter().map(|held| held.last_task).sum(),
            size_bytes: held.iter().map(|held| held.bytes).sum(),
            embedder: self.space.embedder.clone(),
        })
    }
}
