//! From glyphs to words. In: the glyphs of a page in stream order. Out: words, each a run of glyphs in
//! one style without white space, in the same order, and what was dropped on the way. Never reorders:
//! that is segmenting.

use super::glyphs::{Glyph, GlyphKind, PageGlyphs, Style};
use super::spacing::{Spacing, extent, spacings};
use super::unicode;
use pagemill_document::{Rect, Word, WordOrigin};
use std::collections::HashSet;

/// A word, and what the OCR decision and the cleaning need to know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadWord {
    pub word: Word,
    /// Painted with no ink (render mode 3 or fully transparent).
    pub invisible: bool,
    /// In content marked as an artifact.
    pub artifact: bool,
    pub glyphs: u32,
    /// Glyphs whose text is a guess: their font does not say what they mean.
    pub guessed: u32,
    /// Glyphs that map to nothing: private use, U+FFFD.
    pub unreadable: u32,
    /// Box of the ink.
    pub ink: Rect,
}

/// Words of a page and how many glyphs were drawn twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadWords {
    pub words: Vec<ReadWord>,
    pub doubled_glyphs: u32,
}

/// Shift across the writing direction, in ems, that makes another line.
const LINE_SHIFT: f32 = 0.5;
/// Shift that makes a superscript or subscript: the same line, another word.
const SCRIPT_SHIFT: f32 = 0.12;
/// Step back along the writing direction, in ems, that starts anew.
const STEP_BACK: f32 = 0.6;

/// Makes words of glyphs.
pub fn words(page: &PageGlyphs) -> ReadWords {
    let mut out = ReadWords::default();
    let mut seen = Drawn::default();
    let mut white = White::None;
    let mut open: Option<Open> = None;
    let spacings = spacings(page);
    for (glyph, spacing) in page.glyphs.iter().zip(&spacings) {
        if glyph.kind == GlyphKind::Derived {
            if white == White::None {
                white = White::Derived;
            }
            continue;
        }
        let Some(style) = page.styles.get(glyph.style) else { continue };
        if glyph.text == ' ' {
            white = White::Drawn(glyph.loose);
            continue;
        }
        if seen.again(glyph, style) {
            out.doubled_glyphs += 1;
            continue;
        }
        match open.as_mut().map(|word| word.joint(glyph, style, white, spacing)) {
            Some(Joint::Same) => {
                if let Some(word) = &mut open {
                    word.push(glyph);
                }
            }
            Some(Joint::Accent(base)) => {
                if let Some(word) = &mut open {
                    word.compose(base, glyph);
                }
            }
            joint => {
                let space_before = !matches!(joint, Some(Joint::Styled));
                out.words.extend(open.take().and_then(Open::close));
                open = Some(Open::new(glyph, style, glyph.style, space_before));
            }
        }
        white = White::None;
    }
    out.words.extend(open.and_then(Open::close));
    out
}

/// White space since the last glyph.
#[derive(Clone, Copy, PartialEq)]
enum White {
    None,
    Derived,
    /// The box of the space.
    Drawn(Rect),
}

/// How a glyph follows the open word.
enum Joint {
    Same,
    /// Joined without white space, in another style.
    Styled,
    Apart,
    /// An accent set apart, to be composed with this base.
    Accent(char),
}

/// A glyph, its size in tenths of a point, and its cell in a grid whose step follows the size: only cells of one size
/// can be compared.
type Place = (char, i32, i32, i32);

/// Glyphs seen so far, to find those drawn twice to look bold or shaded.
#[derive(Default)]
struct Drawn {
    places: HashSet<Place>,
    style: Option<usize>,
    pending: Vec<Place>,
}

impl Drawn {
    /// Whether the same glyph stands at nearly the same place, set by another text object.
    fn again(&mut self, glyph: &Glyph, style: &Style) -> bool {
        /// Places are compared on a grid of this share of an em.
        const GRID: f32 = 0.12;
        if self.style != Some(glyph.style) {
            self.places.extend(self.pending.drain(..));
            self.style = Some(glyph.style);
        }
        let step = (style.size * GRID).max(0.05);
        let cell = |v: f32| (v / step).round() as i32;
        let (x, y) = (cell(glyph.origin.0), cell(glyph.origin.1));
        let size = (style.size * 10.0).round() as i32;
        let found = !self.places.is_empty()
            && (-1..=1).any(|dx| {
                (-1..=1).any(|dy| {
                    self.places.contains(&(glyph.text, size, x.saturating_add(dx), y.saturating_add(dy)))
                })
            });
        if !found {
            self.pending.push((glyph.text, size, x, y));
        }
        found
    }
}

/// A word being collected.
struct Open<'s> {
    text: String,
    style: &'s Style,
    style_index: usize,
    space_before: bool,
    bbox: Rect,
    ink: Option<Rect>,
    /// Of the first glyph.
    origin: (f32, f32),
    last_origin: (f32, f32),
    /// Where the last glyph ends along the writing direction.
    last_box: Rect,
    glyphs: u32,
    guessed: u32,
    unreadable: u32,
}

impl<'s> Open<'s> {
    fn new(glyph: &Glyph, style: &'s Style, style_index: usize, space_before: bool) -> Self {
        let mut word = Self {
            text: String::new(),
            style,
            style_index,
            space_before,
            bbox: glyph.loose,
            ink: None,
            origin: glyph.origin,
            last_origin: glyph.origin,
            last_box: glyph.loose,
            glyphs: 0,
            guessed: 0,
            unreadable: 0,
        };
        word.push(glyph);
        word
    }

    fn joint(&self, glyph: &Glyph, style: &Style, white: White, spacing: &Spacing) -> Joint {
        let same_object = self.style_index == glyph.style;
        let (dx, dy) = self.style.direction;
        let turned = dx * style.direction.0 + dy * style.direction.1 < 0.99;
        if turned {
            return Joint::Apart;
        }
        let em = self.style.size.max(style.size).max(0.1);
        let along = |p: (f32, f32)| p.0 * dx + p.1 * dy;
        let across = |p: (f32, f32)| p.1 * dx - p.0 * dy;
        let shift = (across(glyph.origin) - across(self.last_origin)).abs() / em;
        let (last_start, last_end) = extent(&self.last_box, (dx, dy));
        let (start, end) = extent(&glyph.loose, (dx, dy));
        let rtl = unicode::is_right_to_left(glyph.text)
            && self.text.chars().last().is_some_and(unicode::is_right_to_left);
        let gap = if rtl { last_start - end } else { start - last_end } / em;
        if shift > LINE_SHIFT
            || matches!(white, White::Drawn(space) if !(same_object && is_taken_back(&space, &glyph.loose, self.style.direction)))
        {
            return Joint::Apart;
        }
        if let Some(base) = self.text.chars().last()
            && unicode::accent_over(base, glyph.text).is_some()
            && start.max(last_start) < end.min(last_end)
        {
            return Joint::Accent(base);
        }
        let allowed = if same_object { spacing.within_object } else { spacing.between_objects };
        if gap > allowed || (white == White::Derived && gap > spacing.derived) {
            return Joint::Apart;
        }
        let stepped_back = !rtl && (along(glyph.origin) - along(self.last_origin)) / em < -STEP_BACK;
        if stepped_back {
            return Joint::Apart;
        }
        let resized = (self.style.size - style.size).abs() / em > 0.12;
        if resized
            || shift > SCRIPT_SHIFT
            || self.style.color != style.color
            || self.style.face != style.face
            || self.style.invisible != style.invisible
        {
            return Joint::Styled;
        }
        Joint::Same
    }

    fn push(&mut self, glyph: &Glyph) {
        unicode::push(&mut self.text, glyph.text);
        self.bbox = self.bbox.union(&glyph.loose);
        if glyph.tight.area() > 0.0 {
            self.ink = Some(self.ink.map_or(glyph.tight, |ink| ink.union(&glyph.tight)));
        }
        self.last_origin = glyph.origin;
        self.last_box = glyph.loose;
        self.glyphs += 1;
        self.guessed += u32::from(glyph.kind == GlyphKind::Unmapped);
        self.unreadable += u32::from(unicode::maps_to_nothing(glyph.text));
    }

    /// Puts an accent and its base, drawn one over the other, into one character.
    fn compose(&mut self, base: char, glyph: &Glyph) {
        if let Some(composed) = unicode::accent_over(base, glyph.text) {
            self.text.pop();
            self.text.push(composed);
        }
        self.bbox = self.bbox.union(&glyph.loose);
        self.glyphs += 1;
        let (_, end) = extent(&glyph.loose, self.style.direction);
        let (_, last_end) = extent(&self.last_box, self.style.direction);
        if end > last_end {
            self.last_box = glyph.loose;
            self.last_origin = glyph.origin;
        }
    }

    fn close(self) -> Option<ReadWord> {
        let text = unicode::tidy(&self.text);
        if text.is_empty() {
            return None;
        }
        let ink = self.ink.unwrap_or(self.bbox);
        let angle = angle_degrees(self.style.direction);
        let bbox = shown_box(&self.bbox, &ink, self.origin.1, self.style.size, angle);
        let upright = angle == 0;
        Some(ReadWord {
            word: Word {
                text,
                bbox,
                baseline: if upright { self.origin.1 } else { bbox.y1 },
                font: self.style.face,
                size: em(self.style.size, &bbox, angle),
                color: self.style.color,
                angle,
                space_before: self.space_before,
                origin: WordOrigin::Native,
                tag: None,
                marked_content: self.style.marked_content,
            },
            invisible: self.style.invisible,
            artifact: self.style.artifact,
            glyphs: self.glyphs,
            guessed: self.guessed,
            unreadable: self.unreadable,
            ink,
        })
    }
}

/// Whether a space that was drawn is taken back, so that the next glyph stands where the space began:
/// producers kern so, and a reader sees one word.
fn is_taken_back(space: &Rect, next: &Rect, direction: (f32, f32)) -> bool {
    const SHARE: f32 = 0.25;
    let (from, to) = extent(space, direction);
    let (start, _) = extent(next, direction);
    (from - to..from + SHARE * (to - from)).contains(&start)
}

/// Degrees counter-clockwise, -179 to 180, from a direction with y down.
fn angle_degrees((dx, dy): (f32, f32)) -> i16 {
    let degrees = (-dy).atan2(dx).to_degrees().round() as i16;
    if degrees == -180 { 180 } else { degrees }
}

/// The box to show for an upright word: as wide as the advances, as high as ascent and descent where the
/// font states believable ones. Fonts lie about both, and a box that reaches into the next line misleads.
fn shown_box(loose: &Rect, ink: &Rect, baseline: f32, size: f32, angle: i16) -> Rect {
    /// Of an em, above and below the baseline.
    const ASCENT: (f32, f32) = (0.6, 1.0);
    const DESCENT: (f32, f32) = (0.1, 0.35);
    if angle != 0 || size <= 0.0 || loose.height() <= 0.0 {
        return if loose.height() > 0.0 && loose.width() > 0.0 { *loose } else { *ink };
    }
    // A size that has nothing to do with the ink (Type 3 fonts) says nothing about the box.
    if ink.height() > 3.0 * size || loose.height() > 4.0 * size || loose.height() < 0.3 * size {
        return loose.union(ink);
    }
    let ascent = ((baseline - loose.y0) / size).clamp(ASCENT.0, ASCENT.1);
    let descent = ((loose.y1 - baseline) / size).clamp(DESCENT.0, DESCENT.1);
    Rect { x0: loose.x0, y0: baseline - ascent * size, x1: loose.x1, y1: baseline + descent * size }
}

/// The em, or what the box suggests where a font's units make the stated size meaningless.
fn em(size: f32, bbox: &Rect, angle: i16) -> f32 {
    let height = if angle.rem_euclid(180) == 90 { bbox.width() } else { bbox.height() };
    let believable = size > 0.0 && (0.3..4.0).contains(&(height / size));
    if believable || angle.rem_euclid(90) != 0 { size } else { height }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
