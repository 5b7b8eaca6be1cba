//! How much the passages found speak of the question. In: a question and its hits. Out: 0 to 1. Says "not in these
//! documents" possible.

use super::Claim;
use super::prompt::is_korean;
use super::sentences::{coverage, terms};
use crate::Hit;
use crate::embedder::in_one_script;
use pagemill_document::Script;
use std::collections::BTreeSet;

/// Below this the documents are taken to be silent. On 296 generated questions about handbooks (45 of them without an answer)
/// this refused 1 of 251 wrongly and 25 of 45 rightly; many of the 45 lie so near that only reading tells.
pub(super) const DEFAULT_MINIMUM: f32 = 0.5;

/// Cosines of multilingual-e5 lie close together: unrelated text near the first value, an answer near the second.
const COSINE_RANGE: (f32, f32) = (0.78, 0.90);
/// Share of the question's terms that claims and their passages must hold.
const CLAIM_COVERAGE: f32 = 0.3;

/// Evidence of the best hits: words and meaning, whichever of the hits has most of both. A passage in another script
/// than the question shares no words with it: then meaning speaks alone, once what the script costs it is made up for.
pub(super) fn of(question: &str, hits: &[Hit]) -> f32 {
    let (asked, script) = (terms(question), Script::of(question));
    hits.iter()
        .take(3)
        .map(|hit| {
            let cosine = hit.vector_score.unwrap_or(COSINE_RANGE.0);
            let written = Script::of(&hit.chunk.contextualized);
            let cosine = in_one_script(cosine, script, written);
            let meaning = ((cosine - COSINE_RANGE.0) / (COSINE_RANGE.1 - COSINE_RANGE.0)).clamp(0.0, 1.0);
            if script != written {
                return meaning;
            }
            0.5 * coverage(&asked, &terms(&hit.chunk.contextualized)) + 0.5 * meaning
        })
        .fold(0.0, f32::max)
}

/// Whether claims, with the passages they cite, speak of what was asked. Asking in one language and answering in
/// another shares no words: then nothing can be held against the claims.
pub(super) fn claims_cover(question: &str, claims: &[Claim], passages: &[&str]) -> bool {
    let asked = terms(question);
    let mut there: BTreeSet<String> = BTreeSet::new();
    for claim in claims {
        there.extend(terms(&claim.text));
        for number in &claim.citations {
            if let Some(passage) = passages.get(*number as usize - 1) {
                there.extend(terms(passage));
            }
        }
    }
    let other_language = is_korean(question) != passages.iter().any(|passage| is_korean(passage));
    other_language || coverage(&asked, &there) >= CLAIM_COVERAGE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DocumentCard;
    use pagemill_document::{Chunk, ChunkId, ChunkKind, ContentHash, DocumentId};

    fn hit(text: &str, cosine: f32) -> Hit {
        let id = DocumentId::new("s", "k");
        Hit {
            card: DocumentCard {
                id: id.clone(),
                source: "s".into(),
                key: "k".into(),
                collection: "c".into(),
                content_hash: ContentHash::of(b""),
                version_ms: 1,
                title: String::new(),
                author: None,
                language: None,
                page_count: 1,
                chunk_count: 1,
            },
            chunk: Chunk {
                id: ChunkId::new(&id, 0, text),
                document: id,
                position: 0,
                kind: ChunkKind::Text,
                heading_path: Vec::new(),
                text: text.into(),
                contextualized: text.into(),
                tokens: 1,
                boxes: Vec::new(),
            },
            score: 1.0,
            keyword_score: None,
            vector_score: Some(cosine),
        }
    }

    #[test]
    fn a_passage_in_another_script_needs_no_shared_words_and_may_lie_a_little_farther() {
        let retirement = "정년은 만 60세로 한다.";
        let question = "At what age do employees retire?";
        assert!(of(question, &[hit(retirement, 0.81)]) > DEFAULT_MINIMUM);
        assert!(of(question, &[hit(retirement, 0.78)]) < DEFAULT_MINIMUM, "what is unrelated stays so");
        let english = "Windows are cleaned twice a year.";
        assert!(
            of(question, &[hit(english, 0.81)]) < DEFAULT_MINIMUM,
            "in one script words are asked for too"
        );
        assert!(of("정년은 몇 세입니까?", &[hit(retirement, 0.88)]) > DEFAULT_MINIMUM);
        assert_eq!(of(question, &[]), 0.0);
    }
}
