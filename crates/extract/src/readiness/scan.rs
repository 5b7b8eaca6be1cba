//! The trait of scan quality: resolution, skew and what OCR made of it, with the grades of its pages. In: the document. Out:
//! the report, without a score where no page is a scan.

use super::{Part, plural, report, say};
use pagemill_document::{
    Document, Evidence, Grade, OcrReason, PageSummary, Statement, TextSource, Trait, TraitReport,
};

/// What OCR engines ask for; below the lower one small type is lost.
const GOOD_DPI: f32 = 300.0;
const POOR_DPI: f32 = 100.0;
/// From this skew on lines of text run into each other.
const MAX_SKEW_DEGREES: f32 = 5.0;

/// The worst pages are named, at most so many.
const NAMED_PAGES: usize = 5;

pub fn scan_quality(document: &Document) -> TraitReport {
    let scans: Vec<&PageSummary> = document.pages.iter().filter(|p| is_scan(p)).collect();
    if scans.is_empty() {
        let statement = say!("no page is a scan", "스캔한 쪽이 없음");
        let evidence = vec![Evidence { statement, points: None }];
        return TraitReport { name: Trait::ScanQuality, score: None, evidence, advice: Statement::default() };
    }
    let resolutions: Vec<f32> = scans.iter().filter_map(|p| p.scan_dpi).filter(|d| d.is_finite()).collect();
    let dpi = mean(&resolutions);
    let skew = mean(&scans.iter().map(|p| p.skew_degrees.abs()).collect::<Vec<_>>());
    let confidences: Vec<f32> = scans
        .iter()
        .filter_map(|p| {
            if let TextSource::Ocr { confidence, .. } = p.text_source { Some(confidence) } else { None }
        })
        .collect();
    let (read, count) = (confidences.len(), scans.len());
    // A page that nobody recognised gives nothing.
    let confidence = confidences.iter().sum::<f32>() / count as f32;
    let grades = grades(&scans);
    let (grades_en, grades_ko) = (&grades.en, &grades.ko);
    let (scans_said, percent) = (plural(count, "scanned page"), mean(&confidences) * 100.0);
    report(
        Trait::ScanQuality,
        &[
            Part::new(
                0.3,
                if resolutions.is_empty() { 0.5 } else { (dpi - POOR_DPI) / (GOOD_DPI - POOR_DPI) },
                if resolutions.is_empty() {
                    say!("{scans_said} of unknown resolution", "스캔한 쪽 {count}개, 해상도를 알 수 없음")
                } else {
                    say!("{scans_said}, {dpi:.0} dpi on average", "스캔한 쪽 {count}개, 평균 {dpi:.0}dpi")
                },
                say!("Scan again at {GOOD_DPI} dpi.", "{GOOD_DPI}dpi로 다시 스캔해 주세요."),
            ),
            Part::new(
                0.2,
                1.0 - skew / MAX_SKEW_DEGREES,
                say!("turned by {skew:.1} degrees on average", "평균 {skew:.1}도 기울어짐"),
                say!("Scan again with the pages laid straight.", "종이를 반듯하게 놓고 다시 스캔해 주세요."),
            ),
            Part::new(
                0.5,
                confidence,
                if read == 0 {
                    say!("none of them was read by OCR", "OCR로 읽은 쪽이 없음")
                } else {
                    say!(
                        "OCR read {read} of them and is {percent:.0} % sure of its words: {grades_en}",
                        "그중 {read}쪽을 OCR로 읽음, 확신도 {percent:.0}%: {grades_ko}"
                    )
                },
                if read < count {
                    say!(
                        "Let OCR read these pages (`ingest.read.ocr`), or use the original file.",
                        "이 쪽들을 OCR(`ingest.read.ocr`)로 읽거나 원본 파일을 써 주세요."
                    )
                } else {
                    say!(
                        "Scan again with clean glass and good contrast, or use the original file.",
                        "유리를 닦고 또렷하게 다시 스캔하거나 원본 파일을 써 주세요."
                    )
                },
            ),
        ],
    )
}

/// A page that OCR read because its own text lies is no scan, unless a picture covers it.
fn is_scan(page: &PageSummary) -> bool {
    match page.text_source {
        TextSource::Ocr { reason, .. } | TextSource::NeedsOcr { reason, .. } => {
            matches!(reason, OcrReason::NoText | OcrReason::GarbageLayer) || page.scan_dpi.is_some()
        }
        TextSource::Native | TextSource::Blank | TextSource::Failed { .. } => false,
    }
}

/// How sure OCR is of a page; 0 where it did not read it.
fn confidence(page: &PageSummary) -> f32 {
    if let TextSource::Ocr { confidence, .. } = page.text_source { confidence } else { 0.0 }
}

/// How many pages have which grade, best first, and which are the worst.
fn grades(scans: &[&PageSummary]) -> Statement {
    let (mut en, mut ko) = (Vec::new(), Vec::new());
    for grade in [Grade::Excellent, Grade::Good, Grade::Fair, Grade::Poor] {
        let count = scans.iter().filter(|page| Grade::of_ocr(confidence(page)) == grade).count();
        if count > 0 {
            let label = grade.label();
            en.push(format!("{count} {}", label.en));
            ko.push(format!("{} {count}쪽", label.ko));
        }
    }
    let (mut en, mut ko) = (en.join(", "), ko.join(", "));
    let mut worst: Vec<&&PageSummary> =
        scans.iter().filter(|page| Grade::of_ocr(confidence(page)) < Grade::Good).collect();
    worst.sort_by(|a, b| confidence(a).total_cmp(&confidence(b)));
    let named: Vec<String> = worst.iter().take(NAMED_PAGES).map(|page| page.number.to_string()).collect();
    if !named.is_empty() {
        let pages = named.join(", ");
        en.push_str(&format!("; worst on page{} {pages}", if named.len() > 1 { "s" } else { "" }));
        ko.push_str(&format!(", 가장 나쁜 쪽: {pages}"));
    }
    Statement { en, ko }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}
