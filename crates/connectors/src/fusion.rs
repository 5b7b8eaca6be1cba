//! One ranking out of two: chunks found by keywords and by vectors, each best first, become one list. In: ranked
//! lists with the scores of their side. Out: candidates by their fused score. Never looks at what a chunk says.

use std::collections::HashMap;
use std::hash::Hash;

/// Candidates that each side brings, at least.
const CANDIDATES: usize = 60;
/// Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): what a rank is added to.
const RANK_OFFSET: f32 = 60.0;
/// What a rank among the vectors weighs against one among the keywords.
const VECTOR_WEIGHT: f32 = 1.0;

/// What is known of a candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scores {
    pub fused: f32,
    pub keyword: Option<f32>,
    pub vector: Option<f32>,
}

/// How many candidates a side brings for an answer of `limit` hits.
pub(crate) fn candidates(limit: usize) -> usize {
    CANDIDATES.max(limit.saturating_mul(3))
}

/// Fuses by rank: scores of the two sides have nothing in common, ranks do. Equal scores stand in the order of
/// their keys, so that an answer repeats.
pub(crate) fn fuse<K: Copy + Eq + Hash + Ord>(
    keywords: impl IntoIterator<Item = (K, f32)>,
    vectors: impl IntoIterator<Item = (K, f32)>,
) -> Vec<(K, Scores)> {
    let mut scores: HashMap<K, Scores> = HashMap::new();
    for (rank, (key, score)) in keywords.into_iter().enumerate() {
        let entry = scores.entry(key).or_default();
        entry.fused += 1.0 / (RANK_OFFSET + rank as f32 + 1.0);
        entry.keyword = Some(score);
    }
    for (rank, (key, cosine)) in vectors.into_iter().enumerate() {
        let entry = scores.entry(key).or_default();
        entry.fused += VECTOR_WEIGHT / (RANK_OFFSET + rank as f32 + 1.0);
        entry.vector = Some(cosine);
    }
    let mut ranked: Vec<(K, Scores)> = scores.into_iter().collect();
    ranked.sort_by(|a, b| b.1.fused.total_cmp(&a.1.fused).then(a.0.cmp(&b.0)));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_sides_find_comes_first() {
        let ranked = fuse([("a", 9.0), ("b", 8.0)], [("b", 0.9), ("c", 0.8)]);
        assert_eq!(ranked.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!((ranked[0].1.keyword, ranked[0].1.vector), (Some(8.0), Some(0.9)));
        assert_eq!((ranked[1].1.vector, ranked[2].1.keyword), (None, None));
    }

    #[test]
    fn equals_keep_the_order_of_their_keys() {
        let ranked = fuse([("z", 1.0)], [("a", 1.0)]);
        assert_eq!(ranked.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["a", "z"]);
        assert_eq!((candidates(5), candidates(100)), (60, 300));
    }
}
