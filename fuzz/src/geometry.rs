//! Geometry and text out of bytes: numbers that make sense most of the time and none at all now and then, boxes on
//! and off grids, text in the scripts that Pagemill treats on its own.

use arbitrary::{Result, Unstructured};
use pagemill_document::{
    Fill, FontFace, ImageArea, OcrReason, OcrRegion, Page, Rect, Ruling, TagRole, TextSource, Word,
    WordOrigin,
};

pub const WIDTH: f32 = 600.0;
pub const HEIGHT: f32 = 800.0;

/// A coordinate within `most`, on a grid or off it; one in sixteen is whatever the bits say.
pub fn number(u: &mut Unstructured<'_>, most: f32) -> Result<f32> {
    let kind: u8 = u.arbitrary()?;
    Ok(match kind % 16 {
        0 => f32::from_bits(u.arbitrary()?),
        1..=7 => f32::from(u.int_in_range(0u8..=60)?) * most / 60.0,
        _ => f32::from(u.arbitrary::<u16>()?) * most / 65_535.0,
    })
}

/// Within `most`, always finite and not negative.
pub fn place(u: &mut Unstructured<'_>, most: f32) -> Result<f32> {
    let v = number(u, most)?;
    Ok(if v.is_finite() { v.abs().min(most) } else { 0.0 })
}

pub fn rect(u: &mut Unstructured<'_>) -> Result<Rect> {
    let (x, y) = (number(u, WIDTH)?, number(u, HEIGHT)?);
    Ok(Rect { x0: x, y0: y, x1: x + number(u, WIDTH)?, y1: y + number(u, 200.0)? })
}

/// A character: letters of many scripts, markers of lists, what maps to nothing.
pub fn character(u: &mut Unstructured<'_>) -> Result<char> {
    const ONES: [char; 32] = [
        'a', 'e', 'Z', '0', '1', '9', '.', ',', '-', '(', ')', '[', '•', '·', '가', '힣', 'ㄱ', 'ㅏ',
        '\u{1112}', '\u{1161}', '제', '장', '漢', 'あ', 'א', 'ا', '\u{301}', '\u{ad}', '\u{fffd}',
        '\u{e000}', '\u{200b}', 'ﬁ',
    ];
    let kind: u8 = u.arbitrary()?;
    if kind < 240 { Ok(ONES[usize::from(kind) % ONES.len()]) } else { u.arbitrary() }
}

pub fn text(u: &mut Unstructured<'_>, most: usize) -> Result<String> {
    let length = u.int_in_range(0..=most)?;
    (0..length).map(|_| character(u)).collect()
}

/// A word that lies on the page and makes sense, with a text that no other word has.
pub fn sound_word(u: &mut Unstructured<'_>, name: String) -> Result<Word> {
    let size = 4.0 + place(u, 26.0)?;
    let (along, across) = (name.chars().count() as f32 * size * 0.5, size);
    let angle = *u.choose(&[0i16, 0, 0, 0, 0, 0, 90, 180, 270])?;
    let (w, h) = if angle % 180 == 0 { (along, across) } else { (across, along) };
    let (x, y) = (place(u, WIDTH - w.min(WIDTH))?, place(u, HEIGHT - h.min(HEIGHT))?);
    Ok(Word {
        text: name,
        bbox: Rect::new(x, y, x + w, y + h),
        baseline: if angle == 0 { y + h * 0.8 } else { y + h },
        font: u.int_in_range(0..=2)?,
        size,
        color: [0; 3],
        angle,
        space_before: true,
        origin: WordOrigin::Native,
        tag: None,
        marked_content: None,
    })
}

/// A word as it may come from anywhere.
pub fn any_word(u: &mut Unstructured<'_>) -> Result<Word> {
    Ok(Word {
        text: text(u, 12)?,
        bbox: rect(u)?,
        baseline: number(u, HEIGHT)?,
        font: u.int_in_range(0..=4)?,
        size: number(u, 40.0)?,
        color: u.arbitrary()?,
        angle: u.int_in_range(-179..=180)?,
        space_before: u.arbitrary()?,
        origin: if u.arbitrary()? {
            WordOrigin::Native
        } else {
            WordOrigin::Ocr { confidence: number(u, 1.0)? }
        },
        tag: tag(u)?,
        marked_content: u.arbitrary()?,
    })
}

fn tag(u: &mut Unstructured<'_>) -> Result<Option<TagRole>> {
    Ok(match u.int_in_range(0u8..=15)? {
        0 => Some(TagRole::Heading { level: u.arbitrary()? }),
        1 => Some(TagRole::Paragraph),
        2 => Some(TagRole::ListItem),
        3 => Some(TagRole::TableCell),
        4 => Some(TagRole::Caption),
        5 => Some(TagRole::Figure),
        6 => Some(TagRole::Note),
        7 => Some(TagRole::Artifact),
        _ => None,
    })
}

/// A ruling as pages have them, or one with no length or no thickness.
pub fn ruling(u: &mut Unstructured<'_>) -> Result<Ruling> {
    let (horizontal, bbox, length) = (u.arbitrary()?, rect(u)?, number(u, 500.0)?);
    let Rect { x0, y0, .. } = bbox;
    let bbox = match u.int_in_range(0u8..=15)? {
        0 => bbox,
        _ if horizontal => Rect { x0, y0, x1: x0 + length, y1: y0 },
        _ => Rect { x0, y0, x1: x0, y1: y0 + length },
    };
    Ok(Ruling { bbox, thickness: number(u, 4.0)?, horizontal })
}

/// Lines, areas, pictures and faces of a page; its words are added by whoever asks.
pub fn bare_page(u: &mut Unstructured<'_>, number_of_page: u32) -> Result<Page> {
    let mut many = |most: u8| u.int_in_range(0..=most);
    let (lines, areas, pictures) = (many(24)?, many(16)?, many(3)?);
    let face = |bold, italic| FontFace { name: "Face".into(), bold, italic, monospace: false };
    Ok(Page {
        number: number_of_page,
        width: WIDTH,
        height: HEIGHT,
        fonts: vec![face(false, false), face(true, false), face(false, true)],
        rulings: (0..lines).map(|_| ruling(u)).collect::<Result<_>>()?,
        fills: (0..areas)
            .map(|_| Ok(Fill { bbox: rect(u)?, color: u.arbitrary()? }))
            .collect::<Result<_>>()?,
        images: (0..pictures)
            .map(|_| Ok(ImageArea { bbox: rect(u)?, pixels: u.arbitrary()?, dpi: number(u, 600.0)? }))
            .collect::<Result<_>>()?,
        ..Page::default()
    })
}

/// A part of a page to be read from its picture.
pub fn region(u: &mut Unstructured<'_>) -> Result<OcrRegion> {
    let reason = *u.choose(&[OcrReason::Image, OcrReason::UnmappedText, OcrReason::GarbledText])?;
    let confidence = if u.arbitrary()? { Some(number(u, 1.0)?) } else { None };
    Ok(OcrRegion { bbox: rect(u)?, reason, evidence: "fuzzed".to_owned(), confidence })
}

pub fn text_source(u: &mut Unstructured<'_>) -> Result<TextSource> {
    let evidence = || "fuzzed".to_owned();
    let reason =
        *u.choose(&[OcrReason::NoText, OcrReason::UnmappedText, OcrReason::GarbageLayer, OcrReason::Forced])?;
    Ok(match u.int_in_range(0u8..=9)? {
        0 => TextSource::NeedsOcr { reason, evidence: evidence() },
        1 | 2 => TextSource::Ocr { reason, evidence: evidence(), confidence: number(u, 1.0)? },
        3 => TextSource::Blank,
        4 => TextSource::Failed { error: evidence() },
        _ => TextSource::Native,
    })
}
