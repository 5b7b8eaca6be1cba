//! Search over both stores: keywords and vectors each find candidates, their ranks are fused, and what is shown
//! comes from the store. Vectors are asked in the question's script and in the others. A filter narrows all before they rank.

use super::store::View;
use super::{IndexError, Inner};
use crate::fusion::{self, Scores, Vectors};
use pagemill_document::{DocumentId, Script};
use pagemill_pipeline::{DocumentCard, Hit, SearchFilter, SearchMode, SearchQuery};
use roaring::RoaringBitmap;
use std::collections::HashMap;

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
        let count = fusion::candidates(query.limit);
        let keywords = match query.mode {
            SearchMode::Vector => Vec::new(),
            SearchMode::Keyword | SearchMode::Hybrid => {
                self.keywords.find(&searcher, &query.text, count, among.as_ref())?
            }
        };
        let vectors = match query.vector.as_ref().filter(|_| wants_vector) {
            Some(vector) => self.nearest(&view, Script::of(&query.text), vector, count, among.as_ref())?,
            None => Vectors::default(),
        };
        self.resolve(&view, fusion::fuse(keywords, vectors, count), query.limit)
    }

    /// What lies nearest to a question asked in `asked`.
    fn nearest(
        &self,
        view: &View<'_>,
        asked: Script,
        vector: &[f32],
        count: usize,
        among: Option<&RoaringBitmap>,
    ) -> Result<Vectors<u32>, IndexError> {
        // Before the graphs are parted nothing tells the scripts apart.
        let parted = self.store.is_parted(view)?;
        let mut found = Vectors::default();
        for script in Script::ALL {
            let near = self.store.nearest(view, script, vector, count, among)?;
            if script == asked || !parted {
                found.own.extend(near);
            } else {
                found.other.extend(near);
            }
        }
        Ok(found)
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
        ranked: Vec<(u32, Scores)>,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
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
