//! The OCR decision for each page that was not plain native text, and what came of it: a grade for the page, and one for the
//! document.

use pagemill_document::{Document, Grade, OcrReason, TextSource};
use serde::{Deserialize, Serialize};

/// The OCR decision for one page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageOcr {
    /// From 1.
    pub page: u32,
    pub reason: OcrReason,
    pub evidence: String,
    /// 0 to 1; `None` when OCR did not run or failed.
    pub confidence: Option<f32>,
}

impl PageOcr {
    /// The pages of a document that needed OCR.
    pub fn of(document: &Document) -> Vec<Self> {
        let decision = |page: u32, source: &TextSource| match source {
            TextSource::NeedsOcr { reason, evidence } => {
                Some(Self { page, reason: *reason, evidence: evidence.clone(), confidence: None })
            }
            TextSource::Ocr { reason, evidence, confidence } => Some(Self {
                page,
                reason: *reason,
                evidence: evidence.clone(),
                confidence: Some(*confidence),
            }),
            TextSource::Native | TextSource::Blank | TextSource::Failed { .. } => None,
        };
        document.pages.iter().filter_map(|page| decision(page.number, &page.text_source)).collect()
    }

    /// A page that needed OCR and did not get it is poor.
    pub fn grade(&self) -> Grade {
        Grade::of_ocr(self.known_confidence())
    }

    /// The lowest confidence among these pages, 0 for one that was not recognised; `None` when there are none.
    pub fn lowest(pages: &[Self]) -> Option<f32> {
        pages.iter().map(Self::known_confidence).min_by(f32::total_cmp)
    }

    fn known_confidence(&self) -> f32 {
        self.confidence.unwrap_or(0.0)
    }
}

/// How well OCR read a document.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OcrSummary {
    /// That needed OCR.
    pub pages: u32,
    /// Mean over these pages, 0 to 1; a page that was not recognised counts 0.
    pub confidence: f32,
    /// Of that mean.
    pub grade: Grade,
    /// Of the worst page.
    pub worst: Grade,
}

impl OcrSummary {
    /// `None` where no page needed OCR.
    pub fn of(pages: &[PageOcr]) -> Option<Self> {
        let worst = Grade::of_ocr(PageOcr::lowest(pages)?);
        let confidence = pages.iter().map(PageOcr::known_confidence).sum::<f32>() / pages.len() as f32;
        Some(Self { pages: pages.len() as u32, confidence, grade: Grade::of_ocr(confidence), worst })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(confidences: &[Option<f32>], expected: Option<(Grade, Grade)>) {
        let pages: Vec<PageOcr> = (1..)
            .zip(confidences)
            .map(|(page, confidence)| PageOcr {
                page,
                reason: OcrReason::NoText,
                evidence: String::new(),
                confidence: *confidence,
            })
            .collect();
        let summary = OcrSummary::of(&pages);
        assert_eq!(summary.map(|found| (found.grade, found.worst)), expected, "{confidences:?}");
    }

    #[test]
    fn a_document_is_graded_by_its_pages() {
        check(&[], None);
        check(&[Some(0.99)], Some((Grade::Excellent, Grade::Excellent)));
        check(&[Some(0.99), Some(0.99), Some(0.3)], Some((Grade::Fair, Grade::Poor)));
        check(&[Some(0.99), None], Some((Grade::Poor, Grade::Poor)));
        check(&[None], Some((Grade::Poor, Grade::Poor)));
    }
}
