//! One page, from pdfium to a [`Page`]. In: a loaded page and limits. Out: words, rulings, fills and
//! images in the frame as shown, where the text comes from, and warnings about what was dropped. Never
//! makes structure of it.

mod evidence;
mod frame;
pub(crate) mod glyphs;
mod paint;
mod regions;
mod respace;
pub(crate) mod rulings;
mod spacing;
mod symbols;
mod tags;
pub(crate) mod unicode;
mod visibility;
pub(crate) mod words;

use crate::ocr_need;
use crate::pdfium;
use crate::work::ReadLimits;
use frame::Frame;
use pagemill_document::{OcrReason, Page, TagRole, TextSource};

/// Forms within forms are followed this deep.
const MAX_FORM_DEPTH: u32 = 16;

/// Reads one page. `number` counts from 1; `tagged` says whether the document claims tags.
pub fn read_page(page: &pdfium::Page<'_>, number: u32, tagged: bool, limits: &ReadLimits) -> Page {
    let mut warnings = Vec::new();
    let (width, height) = page.size();
    let visible =
        page.bounding_box().unwrap_or(pdfium::RectF { left: 0.0, top: height, right: width, bottom: 0.0 });
    let frame = Frame::new(visible, page.quarter_turns());
    let (width, height) = frame.size();
    let painted = paint::read_painted(
        page,
        &frame,
        &paint::PaintLimits {
            max_objects: limits.max_objects_per_page,
            max_segments: limits.max_path_segments_per_page,
            max_form_depth: MAX_FORM_DEPTH,
        },
    );
    if painted.cut_short {
        warnings.push("the drawing is too complex to read whole: lines and areas may be missing".to_owned());
    }
    let Some(text) = page.text() else {
        let error = "the text of the page cannot be analysed".to_owned();
        return Page { number, width, height, text_source: TextSource::Failed { error }, ..Page::default() };
    };
    let page_glyphs = glyphs::read_glyphs(&text, &frame, limits.max_glyphs_per_page);
    if page_glyphs.left_out > 0 {
        warnings
            .push(format!("{} characters beyond the limit of a page were left out", page_glyphs.left_out));
    }
    let read = words::words(&page_glyphs);
    let sorted = visibility::sort(read.words, &painted, (width, height));
    warnings.extend(sorted.warnings());
    let evidence = evidence::gather(&sorted, &painted, (width, height));
    let text_source = ocr_need::judge(&evidence);
    let mut kept = respace::respace(sorted.into_kept());
    let mut ocr_regions = Vec::new();
    if text_source == TextSource::Native {
        let judged = evidence.hidden.glyphs == 0;
        ocr_regions = regions::take_out_unreadable(&mut kept, &page_glyphs.faces, judged);
        ocr_regions.extend(regions::images(&kept, &painted.images, (width, height)));
    }
    if tagged {
        let roles = tags::roles(page);
        for word in &mut kept {
            word.word.tag = word.word.marked_content.and_then(|id| roles.get(&id).copied());
        }
    }
    for word in kept.iter_mut().filter(|word| word.artifact) {
        word.word.tag = Some(TagRole::Artifact);
    }
    Page {
        number,
        width,
        height,
        rotation: frame.rotation_degrees(),
        words: kept.into_iter().map(|word| word.word).collect(),
        fonts: page_glyphs.faces,
        rulings: painted.rulings,
        fills: painted.fills,
        images: painted.images,
        text_source,
        ocr_regions,
        skew_degrees: 0.0,
        warnings,
    }
}

/// Marks a page for OCR that would not need it.
pub fn force_ocr(page: &mut Page) {
    if matches!(page.text_source, TextSource::Native | TextSource::Blank) {
        let evidence = "asked for".to_owned();
        page.text_source = TextSource::NeedsOcr { reason: OcrReason::Forced, evidence };
        page.ocr_regions.clear();
    }
}
