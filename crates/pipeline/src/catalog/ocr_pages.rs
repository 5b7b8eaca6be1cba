//! The OCR decision for each page that was not plain native text, and for each part of one that was read from its picture,
//! and what came of it: a grade for the page or part, and one for the document.

use pagemill_document::{Document, Grade, OcrReason, OcrRegion, PageSummary, Rect, TextSource};
use serde::{Deserialize, Serialize};

/// The OCR decision for one page, or for a part of a page with text of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageOcr {
    /// From 1.
    pub page: u32,
    /// The part, in points as shown; `None` for the whole page.
    #[serde(default)]
    pub region: Option<Rect>,
    pub reason: OcrReason,
    pub evidence: String,
    /// 0 to 1; `None` when OCR did not run or failed.
    pub confidence: Option<f32>,
}

impl PageOcr {
    /// The pages of a document that needed OCR, and the parts of pages. An image that nobody looked into is none: most hold
    /// no text.
    pub fn of(document: &Document) -> Vec<Self> {
        document
            .pages
            .iter()
            .flat_map(|page| Self::whole(page).into_iter().chain(Self::parts(page)))
            .collect()
    }

    fn whole(page: &PageSummary) -> Option<Self> {
        let (reason, evidence, confidence) = match &page.text_source {
            TextSource::NeedsOcr { reason, evidence } => (*reason, evidence, None),
            TextSource::Ocr { reason, evidence, confidence } => (*reason, evidence, Some(*confidence)),
            TextSource::Native | TextSource::Blank | TextSource::Failed { .. } => return None,
        };
        Some(Self { page: page.number, region: None, reason, evidence: evidence.clone(), confidence })
    }

    fn parts(page: &PageSummary) -> impl Iterator<Item = Self> {
        let counts = |part: &&OcrRegion| part.confidence.is_some() || part.reason != OcrReason::Image;
        page.ocr_regions.iter().filter(counts).map(|part| Self {
            page: page.number,
            region: Some(part.bbox),
            reason: part.reason,
            evidence: part.evidence.clone(),
            confidence: part.confidence,
        })
    }

    /// How many of these are whole pages.
    pub fn count_whole(pages: &[Self]) -> usize {
        pages.iter().filter(|page| page.region.is_none()).count()
    }

    /// A page that needed OCR and did not get it is poor.
    pub fn grade(&self) -> Grade {
        Grade::of_ocr(self.known_confidence())
    }

    /// The lowest confidence among these, 0 for one that was not recognised; `None` when there are none.
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
    /// That needed OCR, whole.
    pub pages: u32,
    /// Parts of other pages that did.
    pub parts: u32,
    /// Mean over these pages and parts, 0 to 1; one that was not recognised counts 0.
    pub confidence: f32,
    /// Of that mean.
    pub grade: Grade,
    /// Of the worst page or part.
    pub worst: Grade,
}

impl OcrSummary {
    /// `None` where nothing needed OCR.
    pub fn of(pages: &[PageOcr]) -> Option<Self> {
        let worst = Grade::of_ocr(PageOcr::lowest(pages)?);
        let confidence = pages.iter().map(PageOcr::known_confidence).sum::<f32>() / pages.len() as f32;
        let whole = PageOcr::count_whole(pages);
        let parts = (pages.len() - whole) as u32;
        Some(Self { pages: whole as u32, parts, confidence, grade: Grade::of_ocr(confidence), worst })
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
                region: None,
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

    /// Regions of a page with text of its own, by reason and confidence; expected is what the document is graded by.
    fn check_parts(regions: &[(OcrReason, Option<f32>)], expected: Option<(u32, Grade)>) {
        let bbox = Rect::new(0.0, 0.0, 100.0, 50.0);
        let ocr_regions = regions
            .iter()
            .map(|&(reason, confidence)| OcrRegion { bbox, reason, evidence: "why".into(), confidence })
            .collect();
        let page = PageSummary {
            number: 7,
            width: 600.0,
            height: 800.0,
            text_source: TextSource::Native,
            ocr_regions,
            characters: 100,
            scan_dpi: None,
            skew_degrees: 0.0,
        };
        let parts: Vec<PageOcr> = PageOcr::parts(&page).collect();
        assert!(parts.iter().all(|part| (part.page, part.region) == (7, Some(bbox))));
        let summary = OcrSummary::of(&parts);
        assert!(summary.is_none_or(|found| found.pages == 0));
        assert_eq!(summary.map(|found| (found.parts, found.worst)), expected, "{regions:?}");
    }

    #[test]
    fn parts_of_pages_count_where_they_hold_text() {
        check_parts(&[], None);
        check_parts(&[(OcrReason::Image, Some(0.95))], Some((1, Grade::Excellent)));
        check_parts(&[(OcrReason::Image, None)], None);
        check_parts(&[(OcrReason::UnmappedText, None)], Some((1, Grade::Poor)));
    }
}
