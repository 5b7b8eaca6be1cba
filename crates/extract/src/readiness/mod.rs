//! What a document is worth for retrieval: seven traits, measured. In: the segmented document, the facts of
//! the file and its pages. Out: for each trait a score, the evidence that makes it up, and one remedy, in
//! English and Korean. A score is the sum of its parts, so that each can be explained by its evidence.

mod forms;
mod said;
mod scan;
mod text;

use pagemill_document::{
    Document, DocumentFacts, Evidence, Grade, Page, Points, Readiness, Statement, Trait, TraitReport,
};

/// The same in both languages.
macro_rules! say {
    ($en:literal, $ko:literal) => {
        pagemill_document::Statement::new(format!($en), format!($ko))
    };
}
use say;

pub fn readiness(document: &Document, facts: &DocumentFacts, pages: &[Page]) -> Readiness {
    let mut traits = vec![
        forms::structure(document, facts, pages),
        said::metadata(document, facts),
        text::text_quality(document, pages),
        text::keywords(document),
        forms::consistency(document),
        scan::scan_quality(document),
        forms::variety(document),
    ];
    // What looks at the text can say nothing of its own where there is none.
    if document.blocks.is_empty() {
        let of_text = |t: &&mut TraitReport| {
            matches!(t.name, Trait::Structure | Trait::Keywords | Trait::Consistency | Trait::Variety)
        };
        traits.iter_mut().filter(of_text).for_each(|t| t.advice = unread());
    }
    let scores: Vec<f32> = traits.iter().filter_map(|t| t.score).collect();
    let score = if scores.is_empty() { 0.0 } else { scores.iter().sum::<f32>() / scores.len() as f32 };
    Readiness { score, grade: Grade::of(score), traits }
}

/// From this score on nothing needs doing.
const ENOUGH: f32 = 0.85;

/// A part of a trait's score.
struct Part {
    /// What it can give at most; the parts of a trait give 1 in all.
    most: f32,
    /// The share of it that it gives, 0 to 1.
    share: f32,
    measured: Statement,
    remedy: Statement,
}

impl Part {
    fn new(most: f32, share: f32, measured: Statement, remedy: Statement) -> Self {
        Self { most, share: if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }, measured, remedy }
    }

    fn lost(&self) -> f32 {
        self.most * (1.0 - self.share)
    }

    fn evidence(&self) -> Evidence {
        let points = Points { given: tenths(self.most * self.share), most: tenths(self.most) };
        Evidence { statement: self.measured.clone(), points: Some(points) }
    }
}

/// Hundredths, to a tenth of one.
fn tenths(share: f32) -> f32 {
    // A zero is shown without a sign.
    (share * 1000.0).round() / 10.0 + 0.0
}

/// The remedy of traits that look at the text, where there is none.
fn unread() -> Statement {
    say!(
        "First let its text be read; text quality says how.",
        "먼저 텍스트를 읽을 수 있게 해 주세요. 방법은 ‘텍스트 품질’에 있습니다."
    )
}

/// The report of parts. Its remedy is that of the part that costs most: one thing to do first.
fn report(name: Trait, parts: &[Part]) -> TraitReport {
    let score = parts.iter().map(|p| p.most * p.share).sum::<f32>().clamp(0.0, 1.0);
    // Of equals the first, which is the one that matters more.
    let worst = parts.iter().rev().max_by(|a, b| a.lost().total_cmp(&b.lost()));
    let advice = worst.filter(|_| score < ENOUGH).map(|p| p.remedy.clone()).unwrap_or_default();
    TraitReport { name, score: Some(score), evidence: parts.iter().map(Part::evidence).collect(), advice }
}

/// `part` of `whole` from 0 to 1; 1 where there is nothing to count.
fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 1.0 } else { part as f32 / whole as f32 }
}

/// "1 page", "2 pages"; the plural of what does not just take an s is not counted here.
fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
