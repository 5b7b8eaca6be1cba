//! A page as pixels, within a budget of pixels.

use super::{RejectReason, Rejection};
use crate::pdfium::Document;
use pagemill_document::Raster;

const POINTS_PER_INCH: f32 = 72.0;
/// Below this resolution nothing can be read, and rendering is refused.
const MIN_DPI: f32 = 8.0;

/// Renders a page (from 1) at `dpi`, or at less where `max_pixels` asks for it.
pub(super) fn render(
    document: &Document,
    page: u32,
    dpi: f32,
    channels: u8,
    max_pixels: u64,
) -> Result<Raster, Rejection> {
    let missing = || Rejection::new(RejectReason::BadRequest, format!("page {page} is missing or damaged"));
    let loaded = page.checked_sub(1).and_then(|index| document.page(index)).ok_or_else(missing)?;
    let (width, height) = loaded.size();
    let (width_pixels, height_pixels, dpi) = fit((width, height), dpi, max_pixels).ok_or_else(|| {
        Rejection::new(RejectReason::TooLarge, format!("page {page} measures {width} x {height} points"))
    })?;
    loaded
        .render(width_pixels, height_pixels, channels, dpi)
        .map_err(|error| Rejection::new(RejectReason::OutOfMemory, error.to_string()))
}

/// Pixels and resolution for a page of that size in points; `None` where it does not fit in any way.
fn fit((width, height): (f32, f32), dpi: f32, max_pixels: u64) -> Option<(u32, u32, f32)> {
    let pixels_at = |dpi: f32| {
        let scale = f64::from(dpi / POINTS_PER_INCH);
        ((f64::from(width) * scale).round().max(1.0), (f64::from(height) * scale).round().max(1.0))
    };
    if !(width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0 && dpi > 0.0) {
        return None;
    }
    let (w, h) = pixels_at(dpi);
    let allowed = max_pixels as f64;
    let dpi = if w * h <= allowed { dpi } else { dpi * ((allowed / (w * h)).sqrt() as f32) * 0.999 };
    let (w, h) = pixels_at(dpi);
    let fits = dpi >= MIN_DPI && w <= f64::from(u16::MAX) && h <= f64::from(u16::MAX) && w * h <= allowed;
    fits.then_some((w as u32, h as u32, dpi))
}

#[cfg(test)]
mod tests {
    use super::fit;

    fn check(size: (f32, f32), dpi: f32, max_pixels: u64, expected: Option<(u32, u32)>) {
        assert_eq!(fit(size, dpi, max_pixels).map(|(w, h, _)| (w, h)), expected);
    }

    #[test]
    fn resolution_gives_way_to_the_budget() {
        check((612.0, 792.0), 200.0, 10_000_000, Some((1700, 2200)));
        check((612.0, 792.0), 200.0, 935_000, Some((849, 1099)));
        check((14_400.0, 14_400.0), 200.0, 10_000, None);
        check((0.0, 792.0), 200.0, 10_000_000, None);
        check((f32::NAN, 792.0), 200.0, 10_000_000, None);
    }
}
