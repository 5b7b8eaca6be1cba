//! Words to lines. In: words of one region of an upright page. Out: lines from top to bottom, their words
//! from left to right, with the style most of their characters have. Never decides what a line means.

use super::marker;
use pagemill_document::{FontFace, Rect, Word};

/// Words that share a baseline.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    pub words: Vec<&'a Word>,
    /// Union of the words' boxes.
    pub bbox: Rect,
    pub baseline: f32,
    /// Em size in points of most of its characters.
    pub size: f32,
    pub style: Style,
}

/// How a line looks, as far as headings and paragraphs differ by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Style {
    /// Size in half points: sizes of one style differ by rounding in the file.
    pub half_points: u16,
    pub bold: bool,
    pub italic: bool,
    /// All letters are capitals, and there are at least four.
    pub capitals: bool,
    /// sRGB.
    pub color: [u8; 3],
    /// Index of the face of most characters.
    pub font: u16,
}

/// The part of a word that two words of one line share and two words of neighbouring lines do not: from
/// the baseline up to the height of a lower-case letter or a bit more. Boxes that come from fonts are too
/// tall for this where lines are set tight.
pub fn core(word: &Word) -> Rect {
    // Sideways words have no place on a line.
    if is_sideways(word) {
        return word.bbox;
    }
    let size = em(word);
    let base = if word.baseline > word.bbox.y0 && word.baseline <= word.bbox.y1 + size * 0.3 {
        word.baseline
    } else {
        word.bbox.y1
    };
    Rect { x0: word.bbox.x0, y0: base - size * 0.6, x1: word.bbox.x1, y1: base }
}

/// Whether a word runs up or down the page.
pub fn is_sideways(word: &Word) -> bool {
    (45..135).contains(&i32::from(word.angle).rem_euclid(180))
}

/// Em size in points; the box tells it where the font does not.
pub fn em(word: &Word) -> f32 {
    if word.size.is_finite() && word.size > 0.5 { word.size } else { word.bbox.height().max(1.0) }
}

/// Groups words into lines by the overlap of their cores. Sorting bounds the work: a word is compared
/// with the last few lines only.
pub fn lines<'a>(words: &[&'a Word], fonts: &[FontFace]) -> Vec<Line<'a>> {
    let (turned, upright): (Vec<&Word>, Vec<&Word>) = words.iter().partition(|w| is_sideways(w));
    let initials = initials(&upright);
    let mut sorted: Vec<&Word> = upright;
    sorted.retain(|w| !initials.iter().any(|(initial, _)| std::ptr::eq(*initial, *w)));
    // Tall words first within a baseline, so that a line starts from its own text and not from a superscript.
    sorted.sort_by(|a, b| core(a).y1.total_cmp(&core(b).y1).then(a.bbox.x0.total_cmp(&b.bbox.x0)));
    let mut bands: Vec<(Rect, Vec<&Word>)> = Vec::new();
    for word in sorted {
        let own = core(word);
        let start = bands.len().saturating_sub(6);
        let home = (start..bands.len()).rev().find(|i| {
            let band = &bands[*i].0;
            let (small, large) = (own.height().min(band.height()), own.height().max(band.height()));
            // An initial over several lines belongs to one of them; it must not pull them together.
            let close = large < small * 1.9 || (own.y1 - band.y1).abs() < small * 0.4;
            close && own.overlap_y(band) >= 0.5 * small
        });
        match home {
            Some(i) => {
                let band = &mut bands[i];
                // The band keeps the extent of its largest word; marks above and below do not widen it.
                if own.height() > band.0.height() && own.height() < band.0.height() * 1.9 {
                    band.0 = own;
                }
                band.1.push(word);
            }
            None => bands.push((own, vec![word])),
        }
    }
    adopt_marks(&mut bands);
    for (initial, host) in initials {
        let home = bands.iter_mut().find(|band| band.1.iter().any(|w| std::ptr::eq(*w, host)));
        if let Some(band) = home {
            band.1.push(initial);
        }
    }
    let mut out: Vec<Line> = bands.into_iter().filter_map(|(_, words)| line(words, fonts)).collect();
    out.extend(sideways_lines(turned).into_iter().filter_map(|words| {
        let read = line(words.clone(), fonts)?;
        Some(Line { words, ..read })
    }));
    out.sort_by(|a, b| a.baseline.total_cmp(&b.baseline).then(a.bbox.x0.total_cmp(&b.bbox.x0)));
    out
}

/// Letters looked at on a page for initials.
const MOST_INITIALS: usize = 64;

/// Initials that reach down over several lines, each with the word that it begins: the one right behind it on
/// the uppermost of the lines beside it. By its own baseline it would stand on the last of them.
fn initials<'a>(words: &[&'a Word]) -> Vec<(&'a Word, &'a Word)> {
    let single = |w: &&&'a Word| {
        let mut letters = w.text.chars().filter(|c| c.is_alphabetic());
        letters.next().is_some_and(char::is_uppercase)
            && w.text.chars().count() <= 2
            && letters.next().is_none()
    };
    let mut out = Vec::new();
    for initial in words.iter().filter(single).take(MOST_INITIALS) {
        let large = em(initial);
        // Beside it: smaller, within its height, right at its edge.
        let beside = words.iter().filter(|w| {
            let (size, y) = (em(w), core(w).center().1);
            size * 1.6 < large
                && y > initial.bbox.y0
                && y < core(initial).y1
                && (w.bbox.x0 - initial.bbox.x1).abs() < size
        });
        let (mut first, mut last): (Option<&&Word>, f32) = (None, f32::NEG_INFINITY);
        for word in beside {
            last = last.max(core(word).y1);
            if first.is_none_or(|f| core(word).y1 < core(f).y1) {
                first = Some(word);
            }
        }
        // Text before it on that line speaks against an initial.
        let preceded = |first: &Word| {
            words.iter().any(|w| {
                let level = (core(w).y1 - core(first).y1).abs() < em(first) * 0.3;
                level && w.bbox.x1 <= initial.bbox.x0 + 1.0 && initial.bbox.x0 - w.bbox.x1 < large
            })
        };
        if let Some(first) = first
            && last - core(first).y1 > em(first) * 0.8
            && !preceded(first)
        {
            out.push((*initial, *first));
        }
    }
    out
}

/// Words that run up or down, as lines in their own direction: each line's words in the order they are read.
fn sideways_lines(words: Vec<&Word>) -> Vec<Vec<&Word>> {
    let mut sorted = words;
    let upwards = |w: &Word| (0..180).contains(&i32::from(w.angle).rem_euclid(360));
    sorted.sort_by(|a, b| {
        let along =
            if upwards(a) { b.bbox.y1.total_cmp(&a.bbox.y1) } else { a.bbox.y0.total_cmp(&b.bbox.y0) };
        a.angle.cmp(&b.angle).then(along).then(a.bbox.x0.total_cmp(&b.bbox.x0))
    });
    let mut out: Vec<Vec<&Word>> = Vec::new();
    for word in sorted {
        let home = out.iter_mut().rev().take(12).find(|line| {
            let last = line[line.len() - 1];
            let gap = (last.bbox.y0 - word.bbox.y1).max(word.bbox.y0 - last.bbox.y1);
            let narrower = last.bbox.width().min(word.bbox.width());
            last.angle == word.angle
                && last.bbox.overlap_x(&word.bbox) > narrower * 0.5
                && gap < em(word) * 0.7
        });
        match home {
            Some(line) => line.push(word),
            None => out.push(vec![word]),
        }
    }
    out
}

/// Moves words that are raised or lowered marks of another line to that line: much smaller than its text,
/// within its height, and right beside one of its words. Bullets of a scan are as small, and stand further off before it.
fn adopt_marks(bands: &mut Vec<(Rect, Vec<&Word>)>) {
    /// Ems between a bullet and its text.
    const FURTHEST_BULLET: f32 = 2.5;
    for i in 0..bands.len() {
        if bands[i].1.len() > 12 {
            continue;
        }
        let height = bands[i].0.height();
        // By its own ink a bullet stands above the baseline of its text.
        let is_bullet = matches!(bands[i].1[..], [word] if marker::is_bullet(&word.text));
        for j in i.saturating_sub(3)..(i + 4).min(bands.len()) {
            let host = bands[j].0;
            if j == i || bands[j].1.is_empty() || (host.height() * 0.82 < height && !is_bullet) {
                continue;
            }
            let em = host.height() / 0.6;
            let left = bands[j].1.iter().map(|w| w.bbox.x0).fold(f32::INFINITY, f32::min);
            let near = |mark: &Word| {
                let own = core(mark).center().1;
                let beside = |w: &&Word| {
                    let gap = (mark.bbox.x0 - w.bbox.x1).max(w.bbox.x0 - mark.bbox.x1);
                    gap < em * 0.35 && gap > -em * 0.6
                };
                let leads = || {
                    let gap = left - mark.bbox.x1;
                    is_bullet && gap > 0.0 && gap < em * FURTHEST_BULLET
                };
                own > host.y0 - em * 0.3
                    && own < host.y1 + em * 0.25
                    && (bands[j].1.iter().any(beside) || leads())
            };
            let (moved, kept): (Vec<&Word>, Vec<&Word>) = bands[i].1.iter().copied().partition(|w| near(w));
            bands[i].1 = kept;
            bands[j].1.extend(moved);
        }
    }
    bands.retain(|b| !b.1.is_empty());
}

/// One line out of words in any order; `None` without words.
pub fn line<'a>(mut words: Vec<&'a Word>, fonts: &[FontFace]) -> Option<Line<'a>> {
    words.sort_by(|a, b| a.bbox.x0.total_cmp(&b.bbox.x0));
    let bbox = Rect::union_all(words.iter().map(|w| &w.bbox))?;
    // The word with the most characters among those of the most common size speaks for the line.
    let mut sizes: Vec<(u16, usize)> = Vec::new();
    for word in &words {
        let half_points = half_points(em(word));
        let length = word.text.chars().count();
        match sizes.iter_mut().find(|(s, _)| *s == half_points) {
            Some(entry) => entry.1 += length,
            None => sizes.push((half_points, length)),
        }
    }
    let half = sizes.iter().max_by_key(|(s, n)| (*n, *s))?.0;
    let speaker =
        words.iter().filter(|w| half_points(em(w)) == half).max_by_key(|w| w.text.chars().count())?;
    let face = |w: &Word| fonts.get(usize::from(w.font));
    let (mut total, mut bold, mut italic, mut upper, mut lower) = (0usize, 0usize, 0usize, 0usize, 0usize);
    for word in &words {
        let letters = word.text.chars().filter(|c| c.is_alphanumeric()).count();
        total += letters;
        if face(word).is_some_and(|f| f.bold) {
            bold += letters;
        }
        if face(word).is_some_and(|f| f.italic) {
            italic += letters;
        }
        upper += word.text.chars().filter(|c| c.is_uppercase()).count();
        lower += word.text.chars().filter(|c| c.is_lowercase()).count();
    }
    let most = |part: usize| total > 0 && part * 10 >= total * 8;
    let style = Style {
        half_points: half,
        bold: most(bold),
        italic: most(italic),
        capitals: upper >= 4 && lower * 10 <= upper,
        color: speaker.color,
        font: speaker.font,
    };
    Some(Line { bbox, baseline: core(speaker).y1, size: em(speaker), style, words })
}

pub fn half_points(size: f32) -> u16 {
    (size * 2.0).round().clamp(1.0, 2000.0) as u16
}

impl Line<'_> {
    pub fn text(&self) -> String {
        super::join::words(&self.words)
    }

    /// Splits the words where the gap is at least `gap` points wide; each part from left to right.
    pub fn segments(&self, gap: f32) -> Vec<Vec<&Word>> {
        let mut out: Vec<Vec<&Word>> = Vec::new();
        let mut right = f32::NEG_INFINITY;
        for word in &self.words {
            match out.last_mut() {
                Some(part) if word.bbox.x0 - right < gap => part.push(word),
                _ => out.push(vec![word]),
            }
            right = right.max(word.bbox.x1);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{face, word};

    #[test]
    fn superscripts_stay_on_their_line_and_tight_lines_apart() {
        let mut mark = word("2", 30.3, 95.0, 6.0);
        mark.bbox.x1 = 33.0;
        mark.space_before = false;
        let words = [word("area", 10.0, 100.0, 10.0), mark, word("next", 10.0, 110.0, 10.0)];
        let found = lines(&words.iter().collect::<Vec<_>>(), &[face()]);
        let texts: Vec<String> = found.iter().map(Line::text).collect();
        assert_eq!(texts, ["area2", "next"]);
    }

    /// On a scan a bullet is a dot with a baseline of its own, well before its text.
    #[test]
    fn a_bullet_of_a_scan_stays_on_its_line() {
        let bullet = |y: f32| {
            let mut bullet = word("ㆍ", 67.7, y, 10.0);
            bullet.bbox = Rect { x0: 67.7, y0: y - 2.5, x1: 70.2, y1: y };
            bullet
        };
        let (one, two) = (bullet(96.4), bullet(110.4));
        let words =
            [one, word("first", 80.0, 100.0, 10.0), two, word("second", 80.0, 114.0, 10.0), bullet(140.0)];
        let found = lines(&words.iter().collect::<Vec<_>>(), &[face()]);
        let texts: Vec<String> = found.iter().map(Line::text).collect();
        assert_eq!(texts, ["ㆍ first", "ㆍ second", "ㆍ"]);
    }

    #[test]
    fn an_initial_begins_the_first_of_the_lines_beside_it() {
        let mut begun = word("ynamic", 67.0, 100.0, 10.0);
        begun.space_before = false;
        let mut initial = word("D", 50.0, 114.0, 30.0);
        initial.bbox.x1 = 66.0;
        let words = [
            initial,
            begun,
            word("work", 100.0, 100.0, 10.0),
            word("of", 67.0, 114.0, 10.0),
            word("many", 90.0, 114.0, 10.0),
            word("hands", 50.0, 128.0, 10.0),
        ];
        let texts = |words: &[Word]| {
            let found = lines(&words.iter().collect::<Vec<_>>(), &[face()]);
            found.iter().map(Line::text).collect::<Vec<String>>()
        };
        assert_eq!(texts(&words), ["Dynamic work", "of many", "hands"]);
        // On the baseline of the first line it is merely large.
        let mut raised = words;
        raised[0].baseline = 100.0;
        assert_eq!(texts(&raised), ["Dynamic work", "of many", "hands"]);
    }
}
