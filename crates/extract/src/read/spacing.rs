//! How far apart glyphs of one word stand, line by line. In: the glyphs of a page in stream order. Out: for
//! each glyph the gap before it that parts words. Some producers draw spaces, some only move on, some do
//! both, and some track their letters: only the other gaps of the line tell.

use super::glyphs::{Glyph, GlyphKind, PageGlyphs, Style};
use pagemill_document::Rect;

/// Gaps, in ems, from which on two glyphs belong to two words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spacing {
    /// Between glyphs of different text objects.
    pub between_objects: f32,
    /// Between glyphs of one text object.
    pub within_object: f32,
    /// Where pdfium sees a space.
    pub derived: f32,
}

/// About a third of what a space is wide at least. Within one text object pdfium weighs character spacing
/// against the gap itself, and only what it cannot have meant is overruled.
const USUAL: Spacing = Spacing { between_objects: 0.25, within_object: 0.6, derived: 0.06 };
/// Lines with fewer gaps tell nothing of themselves.
const MIN_GAPS: usize = 8;
/// A line has drawn spaces when it has one in so many glyphs; words are rarely longer.
const GLYPHS_A_SPACE: usize = 16;
/// Wider usual gaps are not tracking but columns.
const MAX_TRACKING: f32 = 0.35;
/// Tighter letters overlap by more than a font's own side bearings: their widths are wrong.
const MAX_TIGHTENING: f32 = 0.15;
/// In a line without drawn spaces, how much wider than usual a gap between words is.
const BEYOND_USUAL: f32 = 0.12;

/// The spacing before each glyph.
pub fn spacings(page: &PageGlyphs) -> Vec<Spacing> {
    let mut out = vec![USUAL; page.glyphs.len()];
    let mut start = 0;
    while start < page.glyphs.len() {
        let end = line_end(page, start);
        let spacing = of_line(page, &page.glyphs[start..end]);
        out[start..end].fill(spacing);
        start = end;
    }
    out
}

/// Where the line that starts at `start` ends: at a glyph off its baseline or in another direction.
fn line_end(page: &PageGlyphs, start: usize) -> usize {
    /// Shift across the line, in ems, that makes another line.
    const LINE_SHIFT: f32 = 0.5;
    let mut first: Option<(&Glyph, &Style)> = None;
    for (index, glyph) in page.glyphs.iter().enumerate().skip(start) {
        let Some(style) = page.styles.get(glyph.style).filter(|_| glyph.kind != GlyphKind::Derived) else {
            continue;
        };
        let Some((origin, leading)) = first.map(|(g, s)| (g.origin, s)) else {
            first = Some((glyph, style));
            continue;
        };
        let (dx, dy) = leading.direction;
        let across = (glyph.origin.1 - origin.1) * dx - (glyph.origin.0 - origin.0) * dy;
        let turned = dx * style.direction.0 + dy * style.direction.1 < 0.99;
        if turned || across.abs() > LINE_SHIFT * leading.size.max(style.size).max(0.1) {
            return index;
        }
    }
    page.glyphs.len()
}

fn of_line(page: &PageGlyphs, glyphs: &[Glyph]) -> Spacing {
    let mut gaps = Vec::new();
    let mut spaces = 0;
    let mut before: Option<&Glyph> = None;
    for glyph in glyphs.iter().filter(|glyph| glyph.kind != GlyphKind::Derived) {
        if glyph.text == ' ' {
            spaces += 1;
            before = None;
            continue;
        }
        let Some(style) = page.styles.get(glyph.style) else { continue };
        if let Some(before) = before {
            let (_, end) = extent(&before.loose, style.direction);
            let (from, _) = extent(&glyph.loose, style.direction);
            gaps.push((from - end) / style.size.max(0.1));
        }
        before = Some(glyph);
    }
    if gaps.len() < MIN_GAPS {
        return USUAL;
    }
    let drawn = spaces * GLYPHS_A_SPACE >= gaps.len();
    let middle = gaps.len() / 2;
    let usual = *gaps.select_nth_unstable_by(middle, f32::total_cmp).1;
    let tracking = if usual > MAX_TRACKING { 0.0 } else { usual.max(-MAX_TIGHTENING) };
    if drawn {
        return Spacing {
            between_objects: USUAL.between_objects + tracking,
            derived: USUAL.derived + tracking,
            ..USUAL
        };
    }
    let parting = tracking + BEYOND_USUAL;
    Spacing { between_objects: parting, within_object: parting, derived: USUAL.derived + tracking }
}

/// The part of a box along a direction.
pub fn extent(r: &Rect, (dx, dy): (f32, f32)) -> (f32, f32) {
    if dx.abs() > 0.99 {
        return if dx > 0.0 { (r.x0, r.x1) } else { (-r.x1, -r.x0) };
    }
    if dy.abs() > 0.99 {
        return if dy > 0.0 { (r.y0, r.y1) } else { (-r.y1, -r.y0) };
    }
    // The box of a slanted glyph holds more than the glyph: take its middle, and half its smaller side.
    let (cx, cy) = r.center();
    let middle = cx * dx + cy * dy;
    let half = r.width().min(r.height()) / 2.0;
    (middle - half, middle + half)
}
