//! A search over all nodes. In: a query. Out: hits, best first. Each node is asked once for candidates, by words and by
//! vector, apart: a hybrid query of the server would become a keyword query without a word when something is missing. By
//! vector it is asked in the question's script and in the others. Candidates of all nodes are ranked together, then fused as in the embedded index. What is shown is fetched for the
//! best alone. A node that does not answer fails the search: an answer from the rest would look complete.

use super::entries::{EntryId, StoredCard, StoredChunk, document_of, entry_id};
use super::filter;
use super::node::Node;
use super::question::{self, Question};
use super::settings::MAX_TOTAL_HITS;
use super::shards;
use super::trouble::Trouble;
use crate::fusion::{self, Scores, Vectors};
use futures::future::try_join_all;
use meilisearch_sdk::search::{MatchingStrategies, MultiSearchQuery, SearchQuery as Query, Selectors};
use pagemill_document::{Chunk, DocumentId, Script};
use pagemill_pipeline::{DocumentCard, Failure, Hit, SearchMode, SearchQuery};
use std::collections::{HashMap, HashSet};

/// What one node found.
#[derive(Default)]
struct Found {
    whole: Vec<(String, f32)>,
    /// For each word: chunks that hold it, and how many there are in all.
    words: Vec<(Vec<(String, f32)>, u64)>,
    vectors: Vectors<String>,
}

struct Asked<'a> {
    question: Option<&'a Question>,
    vector: Option<&'a [f32]>,
    script: Script,
    embedder: &'a str,
    filter: Option<&'a str>,
    count: usize,
}

pub(super) async fn search(
    nodes: &[impl AsRef<Node>],
    embedder: &str,
    query: &SearchQuery,
) -> Result<Vec<Hit>, Failure> {
    let vector = match (query.mode, &query.vector) {
        (SearchMode::Keyword, _) => None,
        (SearchMode::Hybrid | SearchMode::Vector, Some(vector)) => Some(vector.as_slice()),
        (SearchMode::Hybrid | SearchMode::Vector, None) => {
            return Err(Failure::stop("a vector or hybrid search needs the question's vector"));
        }
    };
    let question = match query.mode {
        SearchMode::Vector => None,
        SearchMode::Hybrid | SearchMode::Keyword => question::split(&query.text),
    };
    let filter = filter::of_search(&query.filter);
    let count = fusion::candidates(query.limit).min(MAX_TOTAL_HITS);
    let script = Script::of(&query.text);
    let asked =
        Asked { question: question.as_ref(), vector, script, embedder, filter: filter.as_deref(), count };
    let found = try_join_all(nodes.iter().enumerate().map(|(place, node)| {
        let (node, asked) = (node.as_ref(), &asked);
        async move { Ok::<_, Failure>((place, ask(node, asked).await.map_err(|t| t.at(&node.url))?)) }
    }))
    .await?;
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, found) in &found {
        let by_words = found.whole.iter().chain(found.words.iter().flat_map(|word| &word.0));
        for (id, _) in by_words.chain(&found.vectors.own).chain(&found.vectors.other) {
            // While documents move, a chunk may be found on two nodes: the one it goes to has all of it.
            let at_home = document_of(id).is_some_and(|id| shards::home(&id, nodes.len()) == *place);
            if at_home || !places.contains_key(id) {
                places.insert(id.clone(), *place);
            }
        }
    }
    let found: Vec<Found> = found.into_iter().map(|(_, found)| found).collect();
    let keywords = by_keywords(&found, count);
    let own = best(found.iter().flat_map(|found| found.vectors.own.iter().cloned()).collect(), count);
    let other = best(found.iter().flat_map(|found| found.vectors.other.iter().cloned()).collect(), count);
    let vectors = Vectors { own: borrowed(&own).collect(), other: borrowed(&other).collect() };
    let ranked = fusion::fuse(borrowed(&keywords), vectors, count);
    let ranked = ranked.into_iter().filter_map(|(id, scores)| Some((id, *places.get(id)?, scores))).collect();
    resolve(nodes, query, ranked).await
}

fn borrowed(list: &[(String, f32)]) -> impl Iterator<Item = (&str, f32)> {
    list.iter().map(|(id, score)| (id.as_str(), *score))
}

/// The best of a list, each once; equal scores stand in the order of ids.
fn best(mut list: Vec<(String, f32)>, count: usize) -> Vec<(String, f32)> {
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut seen = HashSet::new();
    list.retain(|(id, _)| seen.insert(id.clone()));
    list.truncate(count);
    list
}

/// How much of the question a chunk holds, from 0 to 1: what the server says of the whole, or the share of the words
/// by their weights, whichever is more. Either may miss something: the whole drops the chunks that lack a rare word, a
/// common word lists only its first chunks.
fn by_keywords(found: &[Found], count: usize) -> Vec<(String, f32)> {
    let mut shares: HashMap<&str, f32> = HashMap::new();
    let words = found.iter().map(|found| found.words.len()).max().unwrap_or(0);
    let mut total = 0.0;
    for word in 0..words {
        let of_word: Vec<_> = found.iter().filter_map(|found| found.words.get(word)).collect();
        let weight = question::weight(of_word.iter().map(|(_, total)| total).sum());
        total += weight;
        for (id, score) in of_word.iter().flat_map(|(list, _)| list) {
            *shares.entry(id).or_default() += weight * score;
        }
    }
    shares.values_mut().for_each(|share| *share /= total);
    for (id, score) in found.iter().flat_map(|found| &found.whole) {
        let share = shares.entry(id).or_default();
        *share = share.max(*score);
    }
    best(shares.into_iter().map(|(id, share)| (id.to_owned(), share)).collect(), count)
}

async fn ask(node: &Node, asked: &Asked<'_>) -> Result<Found, Trouble> {
    let index = node.searches.index(&node.names.chunks);
    let scripts = Script::ALL.map(|script| (script, filter::in_script(script, asked.filter)));
    let mut all = MultiSearchQuery::new(&node.searches);
    let query = || {
        let mut query = Query::new(&index);
        query.with_limit(asked.count).with_attributes_to_retrieve(Selectors::Some(&["id"]));
        query.with_show_ranking_score(true);
        if let Some(filter) = asked.filter {
            query.with_filter(filter);
        }
        query
    };
    if let Some(question) = asked.question {
        let mut whole = query();
        whole.with_query(&question.whole).with_matching_strategy(MatchingStrategies::FREQUENCY);
        all.with_search_query(whole);
        for word in &question.words {
            let mut single = query();
            // What the server cuts a word into: from the front, so that Korean endings may differ.
            single.with_query(word).with_matching_strategy(MatchingStrategies::LAST);
            all.with_search_query(single);
        }
    }
    if let Some(vector) = asked.vector {
        for (_, within) in &scripts {
            let mut near = query();
            near.with_vector(vector).with_hybrid(asked.embedder, 1.0).with_filter(within);
            all.with_search_query(near);
        }
    }
    if all.queries.is_empty() {
        return Ok(Found::default());
    }
    let expected = all.queries.len();
    let answer = all.execute::<EntryId>().await?;
    if answer.results.len() != expected {
        return Err(Trouble::Unreadable(format!("{} answers to {expected} queries", answer.results.len())));
    }
    let mut lists = answer.results.into_iter().map(|result| {
        let total = result.estimated_total_hits.unwrap_or(result.hits.len()) as u64;
        let hits = result.hits.into_iter();
        (hits.map(|hit| (hit.result.id, hit.ranking_score.unwrap_or(0.0) as f32)).collect::<Vec<_>>(), total)
    });
    let mut found = Found::default();
    if let Some(question) = asked.question {
        found.whole = lists.next().map(|(list, _)| list).unwrap_or_default();
        found.words = lists.by_ref().take(question.words.len()).collect();
    }
    if asked.vector.is_some() {
        for ((script, _), (near, _)) in scripts.iter().zip(lists) {
            // The server gives (1 + cosine) / 2.
            let near = near.into_iter().map(|(id, score)| (id, 2.0 * score - 1.0)).collect();
            if *script == asked.script { found.vectors.own = near } else { found.vectors.other = near }
        }
    }
    Ok(found)
}

/// Chunks and cards of the best. A chunk without a card is not shown: its document is only on its way in, or out.
async fn resolve(
    nodes: &[impl AsRef<Node>],
    query: &SearchQuery,
    ranked: Vec<(&str, usize, Scores)>,
) -> Result<Vec<Hit>, Failure> {
    let mut hits = Vec::new();
    for part in ranked.chunks(query.limit.max(1)) {
        if hits.len() >= query.limit {
            break;
        }
        let shown = try_join_all(nodes.iter().enumerate().map(|(place, node)| {
            let ids = part.iter().filter(|(_, at, _)| *at == place).map(|(id, ..)| *id).collect();
            fetch(node.as_ref(), ids)
        }));
        let mut chunks = HashMap::new();
        let mut cards: HashMap<DocumentId, DocumentCard> = HashMap::new();
        for (some_chunks, some_cards) in shown.await? {
            let entries = some_chunks.into_iter();
            chunks.extend(entries.map(|chunk| (entry_id(&chunk.document, chunk.position), chunk)));
            cards.extend(some_cards.into_iter().map(|card| (card.id.clone(), card)));
        }
        for (id, _, scores) in part {
            let Some(chunk) = chunks.remove(*id) else { continue };
            let Some(card) = cards.get(&chunk.document) else { continue };
            if !query.filter.admits(card) {
                // The node's filter said otherwise; whoever asked may not see it.
                tracing::debug!(id, "a candidate was not admitted by its card");
                continue;
            }
            hits.push(Hit {
                card: card.clone(),
                chunk,
                score: scores.fused,
                keyword_score: scores.keyword,
                vector_score: scores.vector,
            });
        }
    }
    hits.truncate(query.limit);
    Ok(hits)
}

async fn fetch(node: &Node, ids: Vec<&str>) -> Result<(Vec<Chunk>, Vec<DocumentCard>), Failure> {
    if ids.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let documents: HashSet<DocumentId> = ids.iter().filter_map(|id| document_of(id)).collect();
    let documents: Vec<&str> = documents.iter().map(DocumentId::as_str).collect();
    let (chunk_index, card_index) =
        (node.searches.index(&node.names.chunks), node.searches.index(&node.names.cards));
    let chunks = node.by_ids::<StoredChunk>(&chunk_index, &ids, &["chunk"]);
    let cards = node.by_ids::<StoredCard>(&card_index, &documents, &["card"]);
    let (chunks, cards) = futures::try_join!(chunks, cards).map_err(|trouble| trouble.at(&node.url))?;
    Ok((
        chunks.into_iter().map(|stored| stored.chunk).collect(),
        cards.into_iter().map(|stored| stored.card).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, f32)]) -> Vec<(String, f32)> {
        entries.iter().map(|(id, score)| ((*id).to_owned(), *score)).collect()
    }

    #[test]
    fn the_best_of_all_nodes_each_once() {
        let all = list(&[("b", 0.5), ("a", 0.5), ("c", 0.9), ("b", 0.4)]);
        assert_eq!(best(all.clone(), 9), list(&[("c", 0.9), ("a", 0.5), ("b", 0.5)]));
        assert_eq!(best(all, 1), list(&[("c", 0.9)]));
    }

    #[test]
    fn rare_words_outrank_common_ones_over_all_nodes() {
        let node = |common: &[(&str, f32)], rare: &[(&str, f32)]| Found {
            whole: Vec::new(),
            words: vec![(list(common), 500), (list(rare), rare.len() as u64)],
            vectors: Vectors::default(),
        };
        let found = [node(&[("common", 1.0), ("both", 1.0)], &[("both", 1.0)]), node(&[], &[("rare", 1.0)])];
        let ranked = by_keywords(&found, 9);
        assert_eq!(ranked.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["both", "rare", "common"]);
        assert!((ranked[0].1 - 1.0).abs() < 1e-6, "all of the question is there");
    }

    #[test]
    fn what_matches_the_whole_is_not_ranked_lower_for_a_cut_list() {
        let found = Found {
            whole: list(&[("whole", 0.95)]),
            words: vec![(list(&[("half", 1.0)]), 9_000), (Vec::new(), 9_000)],
            vectors: Vectors::default(),
        };
        let ranked = by_keywords(&[found], 9);
        assert_eq!(ranked[0], ("whole".to_owned(), 0.95));
    }
}
