//! Recognising what pages show and do not say. In: pages as they were read. Out: the same with the words that OCR found on
//! them and in regions of them. A page that cannot be rendered or recognised keeps what it has, with a warning.

use super::Reader;
use crate::{Failure, Ocr};
use futures::{StreamExt, stream};
use pagemill_document::{Page, TextSource};
use pagemill_extract::work::View;
use pagemill_extract::{Extent, apply_ocr, apply_ocr_to_region, ocr_dpi, region_dpi};

/// What of a document is recognised in one go: a page, or a region of one by its index.
#[derive(Clone, Copy)]
struct Due {
    /// Index among the pages.
    page: usize,
    region: Option<usize>,
}

/// What is to be recognised of pages. Regions of a page come last to first: one that turns out to hold no text is dropped,
/// which leaves those before it where they are.
fn due(pages: &[Page]) -> Vec<Due> {
    let mut out = Vec::new();
    for (at, page) in pages.iter().enumerate() {
        if matches!(page.text_source, TextSource::NeedsOcr { .. }) {
            out.push(Due { page: at, region: None });
        }
        let unread = page.ocr_regions.iter().enumerate().filter(|(_, region)| region.confidence.is_none());
        out.extend(unread.rev().map(|(index, _)| Due { page: at, region: Some(index) }));
    }
    out
}

/// Recognises what needs it, a few at a time: rendered one after the other, recognised side by side.
///
/// # Errors
/// `Stop` when no process can be started to render, and whatever OCR answers with `Retry` or `Stop`. What is rejected is
/// noted among the warnings of its page.
pub(super) async fn recognize_pages(
    reader: &mut Reader<'_>,
    ocr: &dyn Ocr,
    pages: &mut [Page],
) -> Result<(), Failure> {
    let parallel = reader.config.ocr_parallel.max(1);
    for window in due(pages).chunks(parallel) {
        let mut rendered = Vec::with_capacity(window.len());
        for due in window {
            let page = &pages[due.page];
            let region = due.region.map(|index| &page.ocr_regions[index]);
            let view = View {
                page: page.number,
                area: region.map(|region| region.bbox),
                dpi: match region {
                    None => ocr_dpi(page, ocr.dpi()),
                    Some(region) => region_dpi(page, &region.bbox, ocr.dpi()),
                },
                channels: 1,
                max_pixels: reader.config.max_raster_pixels,
            };
            rendered.push((*due, reader.render(view).await));
        }
        // In order: a region that is dropped moves those after it, which are done by then.
        let mut recognized = stream::iter(rendered)
            .map(|(due, raster)| async move {
                let extent = if due.region.is_some() { Extent::Region } else { Extent::Page };
                match raster {
                    Ok(raster) => (due, ocr.recognize(raster, extent).await),
                    Err(failure) => (due, Err(failure)),
                }
            })
            .buffered(parallel);
        while let Some((due, outcome)) = recognized.next().await {
            let page = &mut pages[due.page];
            match (outcome, due.region) {
                (Ok(words), None) => apply_ocr(page, words),
                (Ok(words), Some(region)) => apply_ocr_to_region(page, region, words),
                (Err(Failure::Reject(rejection)), None) => {
                    page.warnings.push(format!("OCR failed: {rejection}"));
                }
                (Err(Failure::Reject(rejection)), Some(_)) => {
                    page.warnings.push(format!("OCR of a part of the page failed: {rejection}"));
                }
                (Err(other), _) => return Err(other),
            }
        }
    }
    Ok(())
}
