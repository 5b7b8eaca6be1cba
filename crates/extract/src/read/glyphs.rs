//! The glyphs of a page on the page as shown. In: pdfium's text page. Out: glyphs in stream order, each
//! with its place and the style of its text object. Decides nothing about words.

use super::frame::Frame;
use super::{symbols, unicode};
use crate::pdfium::{FontTraits, Matrix, Object, TextPage};
use pagemill_document::{FontFace, Rect};
use std::collections::HashMap;

/// A character of the text page.
#[derive(Clone, Debug, PartialEq)]
pub struct Glyph {
    /// What it reads as; U+FFFD where the font says nothing.
    pub text: char,
    pub kind: GlyphKind,
    /// Where it is set on the baseline.
    pub origin: (f32, f32),
    /// Box from ascent, descent and advance.
    pub loose: Rect,
    /// Box of the ink; empty for blank glyphs.
    pub tight: Rect,
    /// Index into [`PageGlyphs::styles`].
    pub style: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlyphKind {
    /// Drawn by the page.
    Drawn,
    /// Drawn, but its text is a guess: the font maps it to nothing.
    Unmapped,
    /// White space that pdfium derives from the layout; it has no place.
    Derived,
}

/// What the glyphs of a text object share.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Index into [`PageGlyphs::faces`].
    pub face: u16,
    /// Em in points as shown.
    pub size: f32,
    pub color: [u8; 3],
    /// Neither filled nor stroked, or fully transparent.
    pub invisible: bool,
    /// Unit vector of writing on the page as shown (y down).
    pub direction: (f32, f32),
    pub marked_content: Option<i32>,
    pub artifact: bool,
}

/// What a page draws as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageGlyphs {
    pub glyphs: Vec<Glyph>,
    pub styles: Vec<Style>,
    pub faces: Vec<FontFace>,
    /// Glyphs beyond the limit that were not read.
    pub left_out: u32,
}

/// Reads the glyphs of a page, at most `max_glyphs` of them.
pub fn read_glyphs(text: &TextPage<'_>, frame: &Frame, max_glyphs: u32) -> PageGlyphs {
    let total = text.len();
    let mut page = PageGlyphs { left_out: total.saturating_sub(max_glyphs), ..PageGlyphs::default() };
    page.glyphs.reserve(total.min(max_glyphs) as usize);
    let mut styles = Styles { faces: HashMap::new(), current: None };
    let mut high_surrogate = None;
    for index in 0..total.min(max_glyphs) {
        let mut code = text.unicode(index);
        if text.is_generated(index) {
            if let Some(white) = char::from_u32(code).filter(|c| c.is_whitespace()) {
                page.glyphs.push(derived(white));
            }
            continue;
        }
        // Characters beyond the basic plane may come as two halves.
        match (high_surrogate.take(), code) {
            (_, 0xD800..=0xDBFF) => {
                high_surrogate = Some(code);
                continue;
            }
            (Some(high), 0xDC00..=0xDFFF) => code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00),
            _ => {}
        }
        let Some(object) = text.object(index) else { continue };
        let Some(style) = styles.of(&object, text, index, frame, &mut page) else { continue };
        let Some((x, y)) = text.origin(index) else { continue };
        let origin = frame.point(x, y);
        let at_origin = Rect::new(origin.0, origin.1, origin.0, origin.1);
        let loose = text.loose_box(index).map_or(at_origin, |r| frame.rect(&r));
        let tight = text.tight_box(index).map_or(at_origin, |r| frame.rect(&r));
        let font = page.faces.get(usize::from(page.styles[style].face)).map_or("", |face| face.name.as_str());
        let (reads_as, kind) = reading(code, font, text, index);
        page.glyphs.push(Glyph { text: reads_as, kind, origin, loose, tight, style });
    }
    page
}

fn derived(white: char) -> Glyph {
    let nowhere = Rect::default();
    Glyph {
        text: white,
        kind: GlyphKind::Derived,
        origin: (0.0, 0.0),
        loose: nowhere,
        tight: nowhere,
        style: 0,
    }
}

/// What a drawn glyph reads as.
fn reading(code: u32, font: &str, text: &TextPage<'_>, index: u32) -> (char, GlyphKind) {
    /// pdfium's mark for a hyphen that breaks a word at the end of a line.
    const LINE_END_HYPHEN: u32 = 0x02;
    if code == LINE_END_HYPHEN || text.is_hyphen(index) {
        return ('-', GlyphKind::Drawn);
    }
    let kind = if text.is_unmapped(index) { GlyphKind::Unmapped } else { GlyphKind::Drawn };
    match char::from_u32(code) {
        Some('\u{AD}') => ('-', kind),
        Some(c) if c.is_whitespace() => (' ', GlyphKind::Drawn),
        Some(c) if unicode::maps_to_nothing(c) => match symbols::public(c, font) {
            Some(known) => (known, GlyphKind::Drawn),
            None => (c, GlyphKind::Unmapped),
        },
        Some(c) if !c.is_control() => (c, kind),
        _ => (char::REPLACEMENT_CHARACTER, GlyphKind::Unmapped),
    }
}

/// Styles by text object and faces by font, so that each is asked for once.
struct Styles {
    faces: HashMap<usize, u16>,
    /// The text object of the glyph before, and its style where it has one.
    current: Option<(usize, Option<usize>)>,
}

impl Styles {
    fn of(
        &mut self,
        object: &Object<'_>,
        text: &TextPage<'_>,
        index: u32,
        frame: &Frame,
        page: &mut PageGlyphs,
    ) -> Option<usize> {
        if let Some((id, style)) = self.current
            && id == object.id()
        {
            return style;
        }
        let style = text.matrix(index).map(|matrix| {
            let face = self.face(object, page);
            page.styles.push(style_of(object, &matrix, frame, face));
            page.styles.len() - 1
        });
        self.current = Some((object.id(), style));
        style
    }

    fn face(&mut self, object: &Object<'_>, page: &mut PageGlyphs) -> u16 {
        let id = object.font_id().unwrap_or(0);
        *self.faces.entry(id).or_insert_with(|| {
            let face = object.font_traits().map_or_else(no_face, |traits| face_of(&traits));
            // Subsets of one font are one face.
            if let Some(known) = page.faces.iter().position(|known| *known == face) {
                return known as u16;
            }
            if page.faces.len() > usize::from(u16::MAX) - 1 {
                return 0;
            }
            page.faces.push(face);
            (page.faces.len() - 1) as u16
        })
    }
}

fn no_face() -> FontFace {
    FontFace { name: String::new(), bold: false, italic: false, monospace: false }
}

fn style_of(object: &Object<'_>, matrix: &Matrix, frame: &Frame, face: u16) -> Style {
    const INVISIBLE: i32 = 3;
    const STROKE_ONLY: i32 = 1;
    /// Below this share of 255 nothing is seen.
    const TRANSPARENT: u8 = 6;
    let mode = object.text_render_mode();
    let painted = if mode == STROKE_ONLY { object.stroke_color() } else { object.fill_color() };
    let [r, g, b, alpha] = painted.unwrap_or([0, 0, 0, 255]);
    let (x, y) = frame.direction(matrix.a, matrix.b);
    let length = x.hypot(y);
    let direction = if length > 0.0 { (x / length, y / length) } else { (1.0, 0.0) };
    Style {
        face,
        size: object.font_size().unwrap_or(1.0).abs() * matrix.scale_y(),
        color: [r, g, b],
        invisible: mode == INVISIBLE || alpha < TRANSPARENT,
        direction,
        marked_content: object.marked_content_id(),
        artifact: object.is_artifact(),
    }
}

/// Name and manner of a font, from its descriptor and, where that is silent, from its name.
fn face_of(traits: &FontTraits) -> FontFace {
    const FIXED_PITCH: u32 = 1;
    const ITALIC: u32 = 1 << 6;
    const FORCE_BOLD: u32 = 1 << 18;
    const SEMIBOLD: i32 = 600;
    let name = without_subset_prefix(&traits.base_name).to_owned();
    let lower = name.to_lowercase();
    let named = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // The weight is derived from the width of stems, which some producers guess. These families carry their
    // weight in the name, and a name that states another weight is believed as well.
    let states_weight = named(&[
        "roman",
        "regular",
        "book",
        "light",
        "times",
        "arial",
        "helvetica",
        "courier",
        "georgia",
        "verdana",
        "calibri",
        "cambria",
        "garamond",
        "palatino",
    ]);
    FontFace {
        bold: traits.flags & FORCE_BOLD != 0
            || (traits.weight >= SEMIBOLD && !states_weight)
            || named(&["bold", "black", "heavy", "-bd", "demi", "extrab"]),
        italic: traits.flags & ITALIC != 0
            || traits.italic_angle != 0
            || named(&["italic", "oblique", "-it"]),
        monospace: traits.flags & FIXED_PITCH != 0
            || named(&["mono", "courier", "consol", "typewriter", "menlo", "fixed"]),
        name,
    }
}

/// `ABCDEF+Name` is a subset of `Name` (ISO 32000-2, 9.9.2).
fn without_subset_prefix(name: &str) -> &str {
    match name.split_once('+') {
        Some((prefix, rest)) if prefix.len() == 6 && prefix.bytes().all(|b| b.is_ascii_uppercase()) => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base_name: &str, flags: u32, weight: i32, expected: (&str, bool, bool, bool)) {
        let traits = FontTraits {
            base_name: base_name.into(),
            flags,
            weight,
            italic_angle: 0,
            ascent: 0.8,
            descent: -0.2,
        };
        let face = face_of(&traits);
        assert_eq!((face.name.as_str(), face.bold, face.italic, face.monospace), expected);
    }

    #[test]
    fn faces_follow_descriptor_and_name() {
        check("ABCDEF+Arial-BoldMT", 32, 0, ("Arial-BoldMT", true, false, false));
        check("Times-Italic", 32, 400, ("Times-Italic", false, true, false));
        check("WILYWO+Times-Roman", 4, 740, ("Times-Roman", false, false, false));
        check("GHIJKL+F12", 1 | 64, 700, ("F12", true, true, true));
        check("NanumGothic", 4, 400, ("NanumGothic", false, false, false));
        check("A+B", 4, 400, ("A+B", false, false, false));
    }
}
