//! A page, or an area of it, as pixels within a budget of pixels.

use super::{RejectReason, Rejection, View};
use crate::pdfium::{Document, Window};
use pagemill_document::{Raster, Rect};

const POINTS_PER_INCH: f32 = 72.0;
/// Below this resolution nothing can be read, and rendering is refused.
const MIN_DPI: f32 = 8.0;

/// Renders what a view asks for, at less resolution where its `max_pixels` asks for it.
pub(super) fn render(document: &Document, view: &View) -> Result<Raster, Rejection> {
    let page = view.page;
    let missing = || Rejection::new(RejectReason::BadRequest, format!("page {page} is missing or damaged"));
    let loaded = page.checked_sub(1).and_then(|index| document.page(index)).ok_or_else(missing)?;
    let (width, height) = loaded.size();
    let area = view.area.unwrap_or(Rect { x0: 0.0, y0: 0.0, x1: width, y1: height });
    let fitted = fit((width, height), &area, view.dpi, view.max_pixels).ok_or_else(|| {
        let (w, h) = (area.width(), area.height());
        Rejection::new(
            RejectReason::TooLarge,
            format!("{w} x {h} points of page {page} ({width} x {height})"),
        )
    })?;
    loaded
        .render(fitted.page, fitted.window, view.channels, fitted.dpi)
        .map_err(|error| Rejection::new(RejectReason::OutOfMemory, error.to_string()))
}

#[derive(Debug)]
struct Fitted {
    /// Pixels of the whole page.
    page: (u32, u32),
    window: Window,
    dpi: f32,
}

/// Pixels and resolution for an area of a page of that size, both in points; `None` where it does not fit in any way.
fn fit((width, height): (f32, f32), area: &Rect, dpi: f32, max_pixels: u64) -> Option<Fitted> {
    let pixels = |points: f32, dpi: f32| f64::from(points) * f64::from(dpi / POINTS_PER_INCH);
    let size = |w: f32, h: f32, dpi: f32| (pixels(w, dpi).round().max(1.0), pixels(h, dpi).round().max(1.0));
    let sane = |w: f32, h: f32| w.is_finite() && h.is_finite() && w > 0.0 && h > 0.0;
    if !(sane(width, height) && sane(area.width(), area.height()) && dpi > 0.0) {
        return None;
    }
    let (w, h) = size(area.width(), area.height(), dpi);
    let allowed = max_pixels as f64;
    let dpi = if w * h <= allowed { dpi } else { dpi * ((allowed / (w * h)).sqrt() as f32) * 0.999 };
    let (page, (w, h)) = (size(width, height, dpi), size(area.width(), area.height(), dpi));
    let most = f64::from(u16::MAX);
    // The page itself is never drawn beyond what its coordinates allow.
    let fits = dpi >= MIN_DPI && page.0 <= most && page.1 <= most && w * h <= allowed;
    let (x, y) =
        (pixels(area.x0.max(0.0), dpi).floor().min(most), pixels(area.y0.max(0.0), dpi).floor().min(most));
    let window = Window { x: x as u32, y: y as u32, width: w as u32, height: h as u32 };
    fits.then_some(Fitted { page: (page.0 as u32, page.1 as u32), window, dpi })
}

#[cfg(test)]
mod tests {
    use super::{Rect, Window, fit};

    fn check(size: (f32, f32), dpi: f32, max_pixels: u64, expected: Option<(u32, u32)>) {
        let whole = Rect { x0: 0.0, y0: 0.0, x1: size.0, y1: size.1 };
        assert_eq!(fit(size, &whole, dpi, max_pixels).map(|fitted| fitted.page), expected);
    }

    #[test]
    fn resolution_gives_way_to_the_budget() {
        check((612.0, 792.0), 200.0, 10_000_000, Some((1700, 2200)));
        check((612.0, 792.0), 200.0, 935_000, Some((849, 1099)));
        check((14_400.0, 14_400.0), 200.0, 10_000, None);
        check((0.0, 792.0), 200.0, 10_000_000, None);
        check((f32::NAN, 792.0), 200.0, 10_000_000, None);
    }

    #[test]
    fn an_area_is_a_window_of_its_page() {
        let area = Rect::new(72.0, 144.0, 144.0, 180.0);
        let fitted = fit((612.0, 792.0), &area, 144.0, 1_000_000).expect("fits");
        assert_eq!(fitted.page, (1224, 1584));
        assert_eq!(fitted.window, Window { x: 144, y: 288, width: 144, height: 72 });
        // The budget is for what is rendered, not for the page around it.
        assert!(fit((612.0, 792.0), &area, 300.0, 45_000).is_some_and(|f| f.dpi == 300.0));
        assert!(fit((612.0, 792.0), &Rect::new(5.0, 5.0, 5.0, 9.0), 300.0, 45_000).is_none());
    }
}
