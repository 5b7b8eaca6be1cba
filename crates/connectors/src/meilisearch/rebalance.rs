//! Moves documents to the nodes that they belong to, after a node was added at the end of the list. In: the nodes. Out:
//! how many moved. A document is written to its new home before it leaves the old one, so that a search finds it at
//! every moment, and a move that breaks off is taken up by the next.

use super::batch::Change;
use super::entries::{self, Prepared, StoredCard, field};
use super::node::Node;
use super::trouble::Trouble;
use super::{Shard, exact, filter, shards};
use pagemill_pipeline::{DocumentCard, Failure};

/// Cards of one look at a node.
const CARDS: usize = 1_000;

/// Moves what does not belong where it is. Returns the number of documents moved.
pub(super) async fn rebalance(nodes: &[Shard]) -> Result<u64, Failure> {
    let mut moved = 0;
    for (place, shard) in nodes.iter().enumerate() {
        let mut after: Option<DocumentCard> = None;
        loop {
            let cards = cards(&shard.node, after.as_ref()).await.map_err(|t| t.at(&shard.node.url))?;
            let Some(last) = cards.last().cloned() else { break };
            for card in cards {
                let home = shards::home(&card.id, nodes.len());
                if home != place {
                    let id = card.id.clone();
                    let document = read(&shard.node, card).await.map_err(|t| t.at(&shard.node.url))?;
                    nodes[home].writer.write(Change::Put(document)).await?;
                    shard.writer.write(Change::Remove(id)).await?;
                    moved += 1;
                }
            }
            after = Some(last);
        }
    }
    Ok(moved)
}

async fn cards(node: &Node, after: Option<&DocumentCard>) -> Result<Vec<DocumentCard>, Trouble> {
    let filter = after.map_or_else(filter::any_card, filter::after);
    let found = node.first::<StoredCard>(&node.cards(), &filter, &order(), CARDS).await?;
    Ok(found.into_iter().map(|stored| stored.card).collect())
}

/// What cards are ordered by.
pub(super) fn order() -> Vec<String> {
    (1..=exact::ORDER_PIECES).map(|piece| format!("{}:asc", field::order(piece))).collect()
}

/// A document as it stands on a node, vectors included.
async fn read(node: &Node, card: DocumentCard) -> Result<Prepared, Trouble> {
    let chunks = node.whole(&node.names.chunks, &filter::of_document(&card.id)).await?;
    Ok(Prepared {
        id: card.id.clone(),
        version_ms: card.version_ms,
        chunk_count: card.chunk_count,
        chunks: chunks.iter().map(|entry| entry.to_string().into_bytes()).collect(),
        card: entries::card_line(&card).map_err(|failure| Trouble::Unreadable(failure.to_string()))?,
    })
}
