//! What a document is worth for retrieval: seven traits, measured. In: the segmented document, the facts of
//! the file and its pages. Out: for each trait a score, the evidence in short statements, and one sentence
//! of advice. Scores are shares of what was counted, so that each can be explained by its evidence.

mod forms;
mod text;

use pagemill_document::{Document, DocumentFacts, Grade, Page, Readiness, Trait, TraitReport};

pub fn readiness(document: &Document, facts: &DocumentFacts, pages: &[Page]) -> Readiness {
    let traits = vec![
        forms::structure(document, facts, pages),
        text::metadata(document),
        text::text_quality(document, pages),
        text::keywords(document),
        forms::consistency(document),
        text::scan_quality(document),
        forms::variety(document),
    ];
    let scores: Vec<f32> = traits.iter().filter_map(|t| t.score).collect();
    let score = if scores.is_empty() { 0.0 } else { scores.iter().sum::<f32>() / scores.len() as f32 };
    Readiness { score, grade: Grade::of(score), traits }
}

/// A report whose advice is given only where something is to be gained.
fn report(name: Trait, score: f32, evidence: Vec<String>, advice: &str) -> TraitReport {
    let score = score.clamp(0.0, 1.0);
    let advice = if score >= 0.85 { String::new() } else { advice.to_owned() };
    TraitReport { name, score: Some(score), evidence, advice }
}

/// `part` of `whole` from 0 to 1; 1 where there is nothing to count.
fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 1.0 } else { part as f32 / whole as f32 }
}

#[cfg(test)]
mod tests {
    use crate::segment::fixture::{page, text_line};
    use crate::{DocumentIdentity, segment};
    use pagemill_document::{ContentHash, DocumentFacts, DocumentId, Page, TextSource, Trait};

    fn read(facts: DocumentFacts, pages: Vec<Page>) -> pagemill_document::Document {
        let identity = DocumentIdentity {
            id: DocumentId::new("s", "k"),
            source: "s".into(),
            key: "k".into(),
            content_hash: ContentHash::of(b""),
            size_bytes: 0,
        };
        segment(identity, facts, pages)
    }

    #[test]
    fn all_seven_traits_are_reported_in_order_with_evidence() {
        let mut words = text_line("Annual Report", 50.0, 100.0, 20.0);
        words.extend(text_line("The report describes the year and what was done in it.", 50.0, 140.0, 10.0));
        let facts =
            DocumentFacts { page_count: 1, title: Some("Annual Report".into()), ..DocumentFacts::default() };
        let found = read(facts, vec![page(words)]).readiness;
        let names: Vec<Trait> = found.traits.iter().map(|t| t.name).collect();
        assert!(names.is_sorted() && names.len() == 7);
        assert!(found.traits.iter().all(|t| !t.evidence.is_empty()));
        assert_eq!(found.traits[5].score, None);
        assert!(found.traits.iter().filter_map(|t| t.score).all(|s| (0.0..=1.0).contains(&s)));
    }

    #[test]
    fn pages_without_text_cost_text_quality() {
        let failed = Page { text_source: TextSource::Failed { error: "x".into() }, ..page(Vec::new()) };
        let found = read(DocumentFacts::default(), vec![failed]).readiness;
        assert_eq!(found.traits[2].score, Some(0.0));
        assert!(!found.traits[2].advice.is_empty());
        // An empty document has no evidence for anything, and no panic either.
        assert_eq!(read(DocumentFacts::default(), Vec::new()).readiness.traits.len(), 7);
    }
}
