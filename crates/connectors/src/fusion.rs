//! One ranking out of two: chunks found by keywords and by vectors, each best first, become one list. In: ranked
//! lists with the scores of their side. Out: candidates by their fused score. Never looks at what a chunk says.
//!
//! Questions find documents in another script too (docs/decisions/0007): vectors are asked for apart in the question's
//! script and in the others, and what those lose only for being written otherwise is made up for.

use pagemill_pipeline::OTHER_SCRIPT_COSINE;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Candidates that each side brings, at least.
const CANDIDATES: usize = 60;
/// Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): what a rank is added to.
const RANK_OFFSET: f32 = 60.0;

/// What is known of a candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scores {
    pub fused: f32,
    pub keyword: Option<f32>,
    pub vector: Option<f32>,
}

/// What vectors found, with cosines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vectors<K> {
    /// Chunks in the question's script.
    pub own: Vec<(K, f32)>,
    /// Chunks in other scripts.
    pub other: Vec<(K, f32)>,
}

impl<K> Default for Vectors<K> {
    fn default() -> Self {
        Self { own: Vec::new(), other: Vec::new() }
    }
}

/// How many candidates a side brings for an answer of `limit` hits.
pub(crate) fn candidates(limit: usize) -> usize {
    CANDIDATES.max(limit.saturating_mul(3))
}

/// Fuses by rank: scores of the two sides have nothing in common, ranks do. Each side counts with its first `count`.
/// Equal scores stand in the order of their keys, so that an answer repeats.
///
/// Words cannot find a chunk in another script. Where they found anything, such a chunk counts as if they had found it at
/// the rank that it has among the vectors: otherwise every chunk that shares a word with the question would stand
/// before it.
pub(crate) fn fuse<K: Copy + Eq + Hash + Ord>(
    keywords: impl IntoIterator<Item = (K, f32)>,
    vectors: Vectors<K>,
    count: usize,
) -> Vec<(K, Scores)> {
    let mut scores: HashMap<K, Scores> = HashMap::new();
    for (rank, (key, score)) in keywords.into_iter().take(count).enumerate() {
        scores.insert(key, Scores { fused: of_rank(rank), keyword: Some(score), vector: None });
    }
    let by_words = !scores.is_empty();
    let other: HashSet<K> = vectors.other.iter().map(|(key, _)| *key).collect();
    for (rank, (key, cosine)) in by_meaning(vectors).into_iter().take(count).enumerate() {
        let entry = scores.entry(key).or_default();
        if by_words && other.contains(&key) {
            entry.fused = entry.fused.max(of_rank(rank));
        }
        entry.fused += of_rank(rank);
        entry.vector = Some(cosine);
    }
    let mut ranked: Vec<(K, Scores)> = scores.into_iter().collect();
    ranked.sort_by(|a, b| b.1.fused.total_cmp(&a.1.fused).then(a.0.cmp(&b.0)));
    ranked
}

/// What a rank, from 0, is worth.
fn of_rank(rank: usize) -> f32 {
    1.0 / (RANK_OFFSET + rank as f32 + 1.0)
}

/// One list of both scripts, as if all were written in the question's.
fn by_meaning<K: Ord>(vectors: Vectors<K>) -> Vec<(K, f32)> {
    let own = vectors.own.into_iter().map(|(key, cosine)| (cosine, key, cosine));
    let other = vectors.other.into_iter().map(|(key, cosine)| (cosine + OTHER_SCRIPT_COSINE, key, cosine));
    let mut all: Vec<(f32, K, f32)> = own.chain(other).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    all.into_iter().map(|(_, key, cosine)| (key, cosine)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(own: &[(&'static str, f32)], other: &[(&'static str, f32)]) -> Vectors<&'static str> {
        Vectors { own: own.to_vec(), other: other.to_vec() }
    }

    fn check(keywords: &[(&'static str, f32)], vectors: Vectors<&'static str>, expected: &[&str]) {
        let ranked = fuse(keywords.to_vec(), vectors, 60);
        assert_eq!(ranked.iter().map(|(key, _)| *key).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_both_sides_find_comes_first() {
        let ranked = fuse([("a", 9.0), ("b", 8.0)], vectors(&[("b", 0.9), ("c", 0.8)], &[]), 60);
        assert_eq!(ranked.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!((ranked[0].1.keyword, ranked[0].1.vector), (Some(8.0), Some(0.9)));
        assert_eq!((ranked[1].1.vector, ranked[2].1.keyword), (None, None));
    }

    #[test]
    fn equals_keep_the_order_of_their_keys() {
        check(&[("z", 1.0)], vectors(&[("a", 1.0)], &[]), &["a", "z"]);
        assert_eq!((candidates(5), candidates(100)), (60, 300));
    }

    #[test]
    fn another_script_is_made_up_for_in_the_ranking_and_not_in_the_cosine() {
        let near = vectors(&[("own", 0.80), ("far", 0.70)], &[("other", 0.77)]);
        let ranked = fuse([], near, 60);
        assert_eq!(ranked.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["other", "own", "far"]);
        assert_eq!(ranked[0].1.vector, Some(0.77));
        check(&[], vectors(&[("own", 0.80)], &[("other", 0.75)]), &["own", "other"]);
    }

    #[test]
    fn a_chunk_that_words_cannot_find_is_not_behind_all_that_share_a_word() {
        let noise = [("own", 3.0), ("again", 2.0)];
        let found = vectors(&[("own", 0.79), ("again", 0.78)], &[("other", 0.80)]);
        check(&noise, found.clone(), &["other", "own", "again"]);
        // Where words did find it (names, figures), the better of the two ranks counts.
        check(&[("own", 3.0), ("other", 2.0)], found, &["other", "own", "again"]);
        // A passage of the question's script that both sides find first stays first.
        check(&noise, vectors(&[("own", 0.90)], &[("other", 0.80)]), &["own", "other", "again"]);
    }

    #[test]
    fn each_side_counts_with_its_first() {
        let ranked = fuse([("a", 2.0), ("b", 1.0)], vectors(&[("c", 0.9)], &[("d", 0.8)]), 1);
        assert_eq!(ranked.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["a", "c"]);
    }
}
