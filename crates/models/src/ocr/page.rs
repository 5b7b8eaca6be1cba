//! How a page is read: which way up, in which language, in which parts, and what is tried again. In: a
//! raster and engines. Out: the recognised page.

use super::OcrError;
use super::engine::{Engine, Layout, Reading};
use super::hocr::FoundWord;
use super::line::{self, FoundLine};
use pagemill_document::{Raster, Rect, Ruling};
use pagemill_extract::raster::{self, Grey, Ink, Prepared, Region};
use pagemill_extract::{FEWEST_LETTERS, RecognizedPage, RecognizedWord};

/// Mean confidence of a probe from which neither another language nor another side up is tried.
const SURE: f32 = 0.85;
/// Share of letters in words that are certain from which a probe stands upright.
const UPRIGHT: f32 = 0.3;
/// Confidence from which a page read upside down stands on its head, and how far ahead of reading it upright.
const TURNED_SURE: f32 = 0.7;
const TURNED_AHEAD: f32 = 0.2;
/// Below this a line is tried in the other languages.
const DOUBTFUL: f32 = 0.75;
/// How much surer another reading must be to replace a line or word.
const MARGIN: f32 = 0.05;
/// Below this a line is no text but dirt or a picture.
const DIRT: f32 = 0.25;
/// Regions that the layout analysis passed over are text only from this confidence on.
const FOUND_LATER: f32 = 0.6;

/// Reads a page.
pub fn recognize(engines: &[Engine], raster: &Raster) -> Result<RecognizedPage, OcrError> {
    let mut prepared = raster::prepare(raster);
    let mut ink = Ink::of(&prepared.image);
    let choice = choose(engines, &prepared, &ink)?;
    if choice.overturned {
        prepared = prepared.overturned();
        ink = Ink::of(&prepared.image);
    }
    let lines = read_lines(engines, choice.engine, &prepared, &ink)?;
    let mut page = assemble(&prepared, &ink, &lines);
    let shown = ink.pictures.iter().filter(|p| is_picture(p, &lines, &prepared.image));
    page.pictures = shown.map(|p| prepared.to_points(&rect(p))).collect();
    Ok(page)
}

/// Reads a part of a page, which stands as the page does. One that shows hardly any letters is not read: most images on
/// pages are photographs, and reading them finds nothing, slowly.
pub fn recognize_region(engines: &[Engine], raster: &Raster) -> Result<RecognizedPage, OcrError> {
    let prepared = raster::prepare_upright(raster);
    let ink = Ink::of(&prepared.image);
    if letters(&ink) < FEWEST_LETTERS {
        return Ok(RecognizedPage::default());
    }
    let Some(probe) = probe(&ink) else { return Ok(RecognizedPage::default()) };
    let language = best_engine(engines, &cut_out(&prepared.image, &probe), prepared.dpi)?;
    let lines = read_lines(engines, language.engine, &prepared, &ink)?;
    Ok(assemble(&prepared, &ink, &lines))
}

/// Reads all of a prepared image in one language, and in the others what reads badly in that one.
fn read_lines(
    engines: &[Engine],
    language: usize,
    prepared: &Prepared,
    ink: &Ink,
) -> Result<Vec<FoundLine>, OcrError> {
    let Some(engine) = engines.get(language) else { return Err(OcrError::NoLanguage) };
    let reading = engine.take(&prepared.image, prepared.dpi)?;
    let mut lines = read_page(&reading, engine, (&prepared.image, ink))?;
    for other in engines.iter().enumerate().filter(|&(i, _)| i != language).map(|(_, e)| e) {
        try_again(other, engine.is_of_blocks(), prepared, &mut lines)?;
    }
    lines.retain(|line| line.confidence() >= DIRT && !is_drawn(line));
    Ok(lines)
}

fn cut_out(image: &Grey, part: &Region) -> Grey {
    image.crop(part.x0 as usize, part.y0 as usize, part.width() as usize, part.height() as usize)
}

/// Whether a line of "text" is what is left of a drawn one.
fn is_drawn(line: &FoundLine) -> bool {
    let stroke = |c: char| "|_-—–~=.:'`\"°¦¬,;^*".contains(c) || c.is_whitespace();
    line.words.iter().all(|w| w.text.chars().all(stroke))
}

/// Whether a large piece of ink is a picture: neither the dark rim of a scan nor a frame around text.
fn is_picture(place: &Region, lines: &[FoundLine], image: &Grey) -> bool {
    const MOST_OF_PAGE: f32 = 0.6;
    const MOST_WORDS: f32 = 0.1;
    let area = |r: &Region| r.width() as f32 * r.height() as f32;
    let words = lines.iter().filter(|l| l.confidence() >= DOUBTFUL).flat_map(|l| &l.words);
    let read: f32 = words.filter(|w| covers(place, &w.place)).map(|w| area(&w.place)).sum();
    area(place) < MOST_OF_PAGE * (image.width * image.height) as f32 && read < MOST_WORDS * area(place)
}

fn rect(r: &Region) -> Rect {
    Rect { x0: r.x0 as f32, y0: r.y0 as f32, x1: r.x1 as f32, y1: r.y1 as f32 }
}

/// Side up and language of a page.
struct Choice {
    engine: usize,
    overturned: bool,
}

/// Reads a few lines in each language, and upside down where that reads badly, and takes what reads best.
/// A page that reads well at once costs only these lines.
fn choose(engines: &[Engine], prepared: &Prepared, ink: &Ink) -> Result<Choice, OcrError> {
    let Some(probe) = probe(ink) else { return Ok(Choice { engine: 0, overturned: false }) };
    let part = cut_out(&prepared.image, &probe);
    let upright = best_engine(engines, &part, prepared.dpi)?;
    // A page whose lines ran along it lies on either side with the same right; any other stands upright
    // until the contrary is certain: formulas and drawings read badly both ways.
    let (needed, ahead) = if prepared.was_sideways { (0.0, 0.0) } else { (TURNED_SURE, TURNED_AHEAD) };
    if upright.confidence < SURE && upright.certain < UPRIGHT {
        let overturned = best_engine(engines, &raster::overturned(&part), prepared.dpi)?;
        if overturned.confidence >= needed && overturned.confidence > upright.confidence + ahead {
            return Ok(Choice { engine: overturned.engine, overturned: true });
        }
    }
    Ok(Choice { engine: upright.engine, overturned: false })
}

/// How a part of a page reads.
#[derive(Clone, Copy, Default)]
struct Probed {
    engine: usize,
    confidence: f32,
    /// Share of letters in words that are certain, by whichever engine found most of them.
    certain: f32,
}

/// The engine that reads a part best, and how sure it is; the first that is sure enough.
fn best_engine(engines: &[Engine], part: &Grey, dpi: f32) -> Result<Probed, OcrError> {
    let whole = Region { x0: 0, y0: 0, x1: part.width as u32, y1: part.height as u32 };
    let mut best = Probed::default();
    for (index, engine) in engines.iter().enumerate() {
        let mut words = engine.take(part, dpi)?.read(&whole, Layout::Column)?;
        words.retain(|word| is_whole(&word.place, &whole));
        let (confidence, certain) = (line::confidence(&words), certain_share(&words));
        if confidence > best.confidence {
            best = Probed { engine: index, confidence, ..best };
        }
        best.certain = best.certain.max(certain);
        if confidence >= SURE {
            break;
        }
    }
    Ok(best)
}

/// Whether a word keeps off the edges of its part: what is cut there says nothing of how the page reads.
fn is_whole(word: &Region, part: &Region) -> bool {
    const OFF: u32 = 2;
    word.x0 > OFF && word.y0 > OFF && word.x1 + OFF < part.x1 && word.y1 + OFF < part.y1
}

/// Share of the letters that stand in words read with certainty. Upside down hardly any do, whatever the language.
fn certain_share(words: &[FoundWord]) -> f32 {
    const CERTAIN: f32 = 0.9;
    const MIN_LETTERS: usize = 3;
    let letters = |word: &FoundWord| word.text.chars().filter(|c| c.is_alphanumeric()).count();
    let certain = words.iter().filter(|w| w.confidence >= CERTAIN).map(letters).filter(|n| *n >= MIN_LETTERS);
    certain.sum::<usize>() as f32 / words.iter().map(letters).sum::<usize>().max(1) as f32
}

/// About five lines where most letters are.
fn probe(ink: &Ink) -> Option<Region> {
    /// In letter heights.
    const HEIGHT: u32 = 12;
    const WIDTH: u32 = 60;
    let letter = ink.letter_height?;
    let windows = ink.regions().into_iter().flat_map(|r| {
        (r.y0..r.y1).step_by((HEIGHT * letter) as usize).map(move |y0| Region {
            x0: r.x0,
            y0,
            x1: r.x1.min(r.x0 + WIDTH * letter),
            y1: r.y1.min(y0 + HEIGHT * letter),
        })
    });
    windows.max_by_key(|window| ink.letters_in(window))
}

fn read_page(
    reading: &Reading<'_>,
    engine: &Engine,
    (image, ink): (&Grey, &Ink),
) -> Result<Vec<FoundLine>, OcrError> {
    /// Ink of so many letters is text even where layout analysis sees none.
    const FEW_LETTERS: usize = 2;
    let mut lines: Vec<FoundLine> = Vec::new();
    let next = |lines: &[FoundLine]| lines.last().map_or(0, |line| line.paragraph + 1);
    if engine.is_of_blocks() {
        for region in ink.regions() {
            let mut words = reading.read(&region, Layout::Column)?;
            if words.is_empty() && ink.letters_in(&region) >= FEW_LETTERS {
                words = reading.read(&region, Layout::Block)?;
            }
            words.iter_mut().for_each(|word| word.place = upright_extent(image, &word.place));
            lines.extend(line::lines(words, next(&lines)));
        }
        return Ok(lines);
    }
    lines.extend(line::lines(reading.read(&ink.whole(), Layout::Page)?, 0));
    let read: Vec<Region> = lines.iter().flat_map(|line| &line.words).map(|word| word.place).collect();
    for region in ink.regions_outside(&read) {
        let words = reading.read(&region, Layout::Column)?;
        // A region may take in a part of lines that were read.
        let new = |word: &FoundWord| !read.iter().any(|r| covers(r, &word.place));
        let mut later = line::lines(words.into_iter().filter(new).collect(), next(&lines));
        later.retain(|line| line.confidence() >= FOUND_LATER);
        lines.extend(later);
    }
    Ok(lines)
}

/// The box of a word cut to its own ink: where letters touch those of neighbouring lines, tesseract stretches it over
/// the lines. From the middle outwards to the first white rows, higher than those within a syllable.
fn upright_extent(image: &Grey, place: &Region) -> Region {
    const INK: u8 = 127;
    /// Share of the box.
    const WHITE: u32 = 8;
    let width = (place.x1 as usize).min(image.width);
    let white =
        |y: u32| image.row(y as usize)[(place.x0 as usize).min(width)..width].iter().all(|&v| v > INK);
    let end = place.y1.min(image.height as u32);
    let (middle, gap) = ((place.y0 + end) / 2, (place.height() / WHITE).max(2));
    let extent = |rows: &mut dyn Iterator<Item = u32>| {
        let mut last = middle;
        for y in rows {
            if !white(y) {
                last = y;
            } else if y.abs_diff(last) > gap {
                break;
            }
        }
        last
    };
    let (top, bottom) = (extent(&mut (place.y0..middle).rev()), extent(&mut (middle..end)) + 1);
    // What is left of a word in a white middle is nothing to go by.
    if 2 * (bottom - top) < place.height() / 2 { *place } else { Region { y0: top, y1: bottom, ..*place } }
}

/// Whether the middle of a box lies in another.
fn covers(outer: &Region, r: &Region) -> bool {
    let (x, y) = ((r.x0 + r.x1) / 2, (r.y0 + r.y1) / 2);
    (outer.x0..outer.x1).contains(&x) && (outer.y0..outer.y1).contains(&y)
}

/// Reads in another language what reads badly: whole lines, then single words.
fn try_again(
    other: &Engine,
    in_blocks: bool,
    prepared: &Prepared,
    lines: &mut [FoundLine],
) -> Result<(), OcrError> {
    let doubtful = |line: &FoundLine| {
        line.confidence() < DOUBTFUL || line.words.iter().any(|w| is_foreign(w, in_blocks))
    };
    if !lines.iter().any(doubtful) {
        return Ok(());
    }
    let reading = other.take(&prepared.image, prepared.dpi)?;
    let size = (prepared.image.width as u32, prepared.image.height as u32);
    for line in lines.iter_mut() {
        if line.confidence() < DOUBTFUL {
            let words = reading.read(&padded(&line.place(), size), Layout::Line)?;
            if is_better(&words, line.confidence(), in_blocks) {
                line.words = words;
                continue;
            }
        }
        for word in &mut line.words {
            if !is_foreign(word, in_blocks) {
                continue;
            }
            let again = reading.read(&padded(&word.place, size), Layout::Line)?;
            if is_better(&again, word.confidence, in_blocks) {
                word.text = again.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
                word.confidence = line::confidence(&again);
            }
        }
    }
    Ok(())
}

/// Whether another language reads a part better than that of the page did: it is surer, and what it reads
/// is in its own script. A language reads its own letters into dirt and into foreign letters alike.
fn is_better(again: &[FoundWord], confidence: f32, in_blocks: bool) -> bool {
    /// A language of thousands of letters always finds one that fits somewhat.
    const SURE_OF_BLOCKS: f32 = 0.8;
    let (blocks, letters) = again
        .iter()
        .flat_map(|w| w.text.chars())
        .filter(|c| c.is_alphanumeric())
        .fold((0, 0), |(blocks, letters), c| (blocks + u32::from(is_of_blocks(c)), letters + 1));
    let now = line::confidence(again);
    let own_script =
        if in_blocks { blocks == 0 && letters > 0 } else { 2 * blocks > letters && now >= SURE_OF_BLOCKS };
    own_script && now > confidence + MARGIN
}

/// Hangul, Han and kana.
fn is_of_blocks(c: char) -> bool {
    ('\u{2E80}'..='\u{D7FF}').contains(&c)
}

/// Whether a word may belong to another language than the page: it reads badly, or, on a page in Hangul
/// and its like, it holds none of it and is no plain number.
fn is_foreign(word: &FoundWord, in_blocks: bool) -> bool {
    const BADLY: f32 = 0.5;
    const LATIN_BADLY: f32 = 0.9;
    let letters = word.text.chars().filter(|c| c.is_alphanumeric()).count();
    let of_blocks = word.text.chars().any(is_of_blocks);
    if letters == 0 {
        return false;
    }
    if in_blocks { !of_blocks && word.confidence < LATIN_BADLY } else { word.confidence < BADLY }
}

fn padded(place: &Region, (width, height): (u32, u32)) -> Region {
    let pad = (place.height() / 6).max(3);
    Region {
        x0: place.x0.saturating_sub(pad),
        y0: place.y0.saturating_sub(pad),
        x1: (place.x1 + pad).min(width),
        y1: (place.y1 + pad).min(height),
    }
}

/// Pieces of ink the size of letters.
fn letters(ink: &Ink) -> u32 {
    ink.letters_in(&ink.whole()) as u32
}

fn assemble(prepared: &Prepared, ink: &Ink, lines: &[FoundLine]) -> RecognizedPage {
    const POINTS_PER_INCH: f32 = 72.0;
    let scale = POINTS_PER_INCH / prepared.dpi.max(1.0);
    let mut words = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let (baseline, em) = (line.baseline(), line.em());
        for word in &line.words {
            let pixels = rect(&line.word_place(word));
            words.push(RecognizedWord {
                text: word.text.clone(),
                bbox: prepared.to_points(&pixels),
                baseline: prepared.baseline_to_points((pixels.center().0, baseline)),
                size: em * scale,
                confidence: word.confidence,
                line: number as u32,
                paragraph: line.paragraph,
            });
        }
    }
    let sideways = prepared.quarter_turns % 2 == 1;
    let rulings = prepared.rules.iter().map(|rule| {
        let thickness = rule.place.width().min(rule.place.height()) as f32 * scale;
        Ruling {
            bbox: prepared.to_points(&rect(&rule.place)),
            thickness,
            horizontal: rule.horizontal != sideways,
        }
    });
    RecognizedPage {
        words,
        skew_degrees: prepared.skew_degrees,
        quarter_turns: prepared.quarter_turns,
        rulings: rulings.collect(),
        pictures: Vec::new(),
        letters: letters(ink),
    }
}
