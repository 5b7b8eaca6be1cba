//! Search over both stores: keywords and vectors each find candidates, their ranks are fused, and what is shown
//! comes from the store. A filter narrows both before they rank.

use super::store::View;
use super::{IndexError, Inner};
use pagemill_document::DocumentId;
use pagemill_pipeline::{DocumentCard, Hit, SearchFilter, SearchMode, SearchQuery};
use roaring::RoaringBitmap;
use std::collections::HashMap;

/// Candidates that each side brings, at least.
const CANDIDATES: usize = 60;
/// Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): what a rank is added to.
const RANK_OFFSET: f32 = 60.0;
/// What a rank among the vectors weighs against one among the keywords.
const VECTOR_WEIGHT: f32 = 1.0;

#[derive(Clone, Copy, Default)]
struct Scores {
    fused: f32,
    keyword: Option<f32>,
    vector: Option<f32>,
}

impl Inner {
    pub(super) fn search(&self, query: &SearchQuery) -> Result<Vec<Hit>, IndexError> {
        let wants_vector = query.mode != SearchMode::Keyword;
        if wants_vector && query.vector.is_none() {
            return Err(IndexError::Invalid("a vector or hybrid search needs the question's vector".into()));
        }
        let (view, searcher) = {
            let _gate = self.gate.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            (self.store.read()?, self.keywords.searcher()?)
        };
        let among = self.admitted(&view, &query.filter)?;
        let count = CANDIDATES.max(query.limit * 3);
        let mut scores: HashMap<u32, Scores> = HashMap::new();
        if query.mode != SearchMode::Vector {
            let found = self.keywords.find(&searcher, &query.text, count, among.as_ref())?;
            for (rank, (item, score)) in found.into_iter().enumerate() {
                let entry = scores.entry(item).or_default();
                entry.fused += 1.0 / (RANK_OFFSET + rank as f32 + 1.0);
                entry.keyword = Some(score);
            }
        }
        if let Some(vector) = query.vector.as_ref().filter(|_| wants_vector) {
            let found = self.store.nearest(&view, vector, count, among.as_ref())?;
            for (rank, (item, cosine)) in found.into_iter().enumerate() {
                let entry = scores.entry(item).or_default();
                entry.fused += VECTOR_WEIGHT / (RANK_OFFSET + rank as f32 + 1.0);
                entry.vector = Some(cosine);
            }
        }
        self.resolve(&view, scores, query.limit)
    }

    /// Items of the documents that a filter admits; `None` admits all.
    fn admitted(&self, view: &View<'_>, filter: &SearchFilter) -> Result<Option<RoaringBitmap>, IndexError> {
        if filter.is_empty() {
            return Ok(None);
        }
        let mut among = RoaringBitmap::new();
        for card in self.store.all_cards(view)? {
            let card = card?;
            if filter.admits(&card) {
                among.extend(self.store.items(view, &card.id)?);
            }
        }
        Ok(Some(among))
    }

    /// Chunks and cards of the best; equal scores stand in the order of item numbers.
    fn resolve(
        &self,
        view: &View<'_>,
        scores: HashMap<u32, Scores>,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let mut ranked: Vec<(u32, Scores)> = scores.into_iter().collect();
        ranked.sort_by(|a, b| b.1.fused.total_cmp(&a.1.fused).then(a.0.cmp(&b.0)));
        let mut cards: HashMap<DocumentId, DocumentCard> = HashMap::new();
        let mut hits = Vec::new();
        for (item, scores) in ranked {
            if hits.len() == limit {
                break;
            }
            // The keyword index may be behind by a commit that another process is making.
            let Some(chunk) = self.store.chunk(view, item)? else { continue };
            let card = match cards.get(&chunk.document) {
                Some(card) => card.clone(),
                None => {
                    let Some(card) = self.store.card(view, &chunk.document)? else { continue };
                    cards.insert(card.id.clone(), card.clone());
                    card
                }
            };
            hits.push(Hit {
                card,
                chunk,
                score: scores.fused,
                keyword_score: scores.keyword,
                vector_score: scores.vector,
            });
        }
        Ok(hits)
    }
}
