//! What a paragraph is: heading, list item, caption, footnote or text. In: the paragraphs of a document with
//! what its body text looks like. Out: a kind for each. Every rule needs two kinds of evidence at least:
//! how the text looks, and how it stands or what it says.

use super::line::{Line, Style};
use super::marker::{self, Captioned, Marker};
use super::paragraph::Paragraph;
use pagemill_document::{FontFace, OutlineEntry, TagRole, Word, WordOrigin};
use std::collections::{HashMap, HashSet};

/// Em size in half points, bold, italic, colour.
type Look = (u16, bool, bool, [u8; 3]);

/// How most text of a document looks.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Em size of most characters, in points.
    pub size: f32,
    pub bold: bool,
    pub italic: bool,
    pub capitals: bool,
    pub color: [u8; 3],
    /// Names of outline entries, folded, with their level, by page.
    outline: HashMap<(u32, String), u8>,
    /// Whether heading tags can be trusted: there are some, and they are a small part of the text.
    pub honest_tags: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// With the level that outline or tags state.
    Heading {
        stated: Option<u8>,
    },
    Text,
    Item(Marker),
    Caption(Captioned),
    Footnote,
}

impl Body {
    pub fn measure<'a>(
        words: impl Iterator<Item = (&'a pagemill_document::Word, Option<&'a FontFace>)>,
        outline: &[OutlineEntry],
    ) -> Self {
        let mut counts: HashMap<Look, usize> = HashMap::new();
        let (mut all, mut headings, mut upper, mut lower) = (0usize, 0usize, 0usize, 0usize);
        for (word, face) in words {
            let letters = word.text.chars().count();
            let size = super::line::half_points(super::line::em(word));
            let look = (size, face.is_some_and(|f| f.bold), face.is_some_and(|f| f.italic), word.color);
            *counts.entry(look).or_default() += letters;
            all += letters;
            if matches!(word.tag, Some(TagRole::Heading { .. })) {
                headings += letters;
            }
            upper += word.text.chars().filter(|c| c.is_uppercase()).count();
            lower += word.text.chars().filter(|c| c.is_lowercase()).count();
        }
        let mut sizes: HashMap<u16, usize> = HashMap::new();
        for (look, n) in &counts {
            *sizes.entry(look.0).or_default() += n;
        }
        let size = sizes.iter().max_by_key(|(s, n)| (**n, **s)).map_or(20, |(s, _)| *s);
        let look =
            counts.iter().filter(|(l, _)| l.0 == size).max_by_key(|(l, n)| (**n, **l)).map(|(l, _)| *l);
        // Bold and italic set something off against plain text. They are the body's own look only where next
        // to nothing of its size is plain: a page of headings over short clauses may hold more bold letters.
        let share = |test: &dyn Fn(&Look) -> bool| {
            let own = || counts.iter().filter(|(l, _)| l.0 == size);
            let (part, whole): (usize, usize) =
                (own().filter(|(l, _)| test(l)).map(|c| c.1).sum(), own().map(|c| c.1).sum());
            part * 4 >= whole * 3
        };
        let outline = outline
            .iter()
            .filter_map(|e| Some(((e.page?, fold(&e.title)), e.level)))
            .filter(|((_, title), _)| title.chars().count() >= 2)
            .collect();
        Self {
            size: f32::from(size) / 2.0,
            bold: share(&|l| l.1),
            italic: share(&|l| l.2),
            capitals: upper > lower,
            color: look.map_or([0; 3], |l| l.3),
            outline,
            honest_tags: headings > 0 && headings * 4 < all,
        }
    }
}

/// Letters and digits in lower case.
pub fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A paragraph's surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// From 1.
    pub page: u32,
    /// White above and below in ems.
    pub above: f32,
    pub below: f32,
    /// Middle of the paragraph over the page's height.
    pub height: f32,
    /// Whether a table or a figure stands right above or right below.
    pub beside_object: bool,
    /// Whether a short rule stands right above, as over footnotes.
    pub rule_above: bool,
}

pub fn kind(paragraph: &Paragraph, place: &Place, body: &Body) -> Kind {
    let Some(first) = paragraph.lines.first() else { return Kind::Text };
    let text = first.text();
    if body.honest_tags
        && let Some(level) = tagged_heading(paragraph)
    {
        return Kind::Heading { stated: Some(level) };
    }
    if let Some((kind, set_off)) = marker::caption(&text) {
        let differs = looks_apart(first, body) || first.size < body.size * 0.96;
        if (set_off || differs) && (place.beside_object || set_off || paragraph.lines.len() <= 3) {
            return Kind::Caption(kind);
        }
    }
    if is_footnote(first, &text, place, body) {
        return Kind::Footnote;
    }
    let heading = heading(paragraph, place, body);
    let marker = marker_of(first, &text);
    match (heading, marker) {
        (Some(stated), None) => Kind::Heading { stated },
        // A bold or large line that begins with a number is a heading; a bullet never is one, nor is a field
        // of a form with its content ("(73) Assignee: ...").
        (Some(stated), Some(m))
            if m.counting != marker::Counting::Bullet && !(m.is_code() && text.contains(':')) =>
        {
            Kind::Heading { stated }
        }
        (_, Some(m)) => Kind::Item(m),
        (None, None) => Kind::Text,
    }
}

/// The marker that a text begins with, whose first line is given. Bullets of a scan are of one kind, whatever sign each
/// is taken for.
pub fn marker_of(line: &Line, text: &str) -> Option<Marker> {
    let found = marker::list(text).or_else(|| letter_bullet(line))?;
    let (Some(sign), None) = found.shape else { return Some(found) };
    let dot = found.counting == marker::Counting::Bullet && !"-–—−".contains(sign);
    Some(if dot && line.words.first().is_some_and(|word| is_recognized(word)) {
        Marker { shape: (Some('•'), None), ..found }
    } else {
        found
    })
}

fn is_recognized(word: &Word) -> bool {
    matches!(word.origin, WordOrigin::Ocr { .. })
}

/// Bullets of symbol fonts come out as letters ("v", "o", "n"): a lone small letter in a font of its own. Bullets of a scan
/// come out as other signs.
fn letter_bullet(line: &Line) -> Option<Marker> {
    let [first, second, ..] = line.words.as_slice() else { return None };
    let mut chars = first.text.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else { return None };
    // The letters under which Wingdings, Zapf Dingbats and Courier hold squares, diamonds and circles. Other
    // lone letters in a font of their own are variables in running text.
    let lone = matches!(c, 'l'..='s' | 'u'..='w' | '§' | 'Ø' | 'ü' | '¡' | '¢' | '¨' | 'Ÿ' | '\u{9f}' | '\u{95}' | '\u{fffd}');
    let opens = second.text.chars().next().is_some_and(|c| c.is_alphanumeric() || "\"'“‘(«[".contains(c));
    let misread = marker::MISREAD_BULLETS.contains(c) && is_recognized(first);
    let apart = second.bbox.x0 - first.bbox.x1 > 0.3 * line.size;
    (opens && (misread || lone && apart && first.font != second.font)).then_some(Marker {
        counting: marker::Counting::Bullet,
        value: 0,
        shape: (Some(c), None),
        length: first.text.len(),
    })
}

fn tagged_heading(paragraph: &Paragraph) -> Option<u8> {
    let words: Vec<_> = paragraph.lines.iter().flat_map(|l| &l.words).collect();
    let levels: Vec<u8> = words
        .iter()
        .filter_map(|w| if let Some(TagRole::Heading { level }) = w.tag { Some(level) } else { None })
        .collect();
    let letters: usize = words.iter().map(|w| w.text.chars().count()).sum();
    (levels.len() * 10 >= words.len() * 9 && letters <= 200)
        .then(|| levels.first().copied().unwrap_or(1).clamp(1, 6))
}

/// Whether a line looks unlike the body in a way that is meant to be seen.
fn looks_apart(line: &Line, body: &Body) -> bool {
    (line.style.bold && !body.bold) || (line.style.italic && !body.italic) || line.style.color != body.color
}

fn is_footnote(first: &Line, text: &str, place: &Place, body: &Body) -> bool {
    // Notes are set to be overlooked, never in bold: a bold line with a number low on the page is a heading.
    if place.height < 0.55 || first.size > body.size * 0.93 || (first.style.bold && !body.bold) {
        return false;
    }
    let Some(word) = first.words.first() else { return false };
    let token = word.text.trim_end_matches(['.', ')']);
    let number = !token.is_empty() && token.len() <= 3 && token.bytes().all(|b| b.is_ascii_digit());
    let sign = text.starts_with(['*', '†', '‡', '§', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹', '※', '주']);
    let raised = super::line::em(word) < first.size * 0.85;
    let leading_digit = text.chars().next().is_some_and(|c| c.is_ascii_digit()) && place.rule_above;
    // Statutes letter their notes: "(a) S.I. 2016/618; relevant amending instruments are ...".
    let letter =
        marker::list(text).is_some_and(|m| m.letter().is_some() && m.shape == (Some('('), Some(')')));
    // A line of small text right below a short rule low on the page that begins with a small letter goes on with a
    // note of the page before. Below the bar of a fraction there are fewer words.
    let goes_on = place.rule_above && first.words.len() >= 5 && text.starts_with(char::is_lowercase);
    (number && (raised || place.rule_above || place.height > 0.75))
        || goes_on
        || (letter && (place.rule_above || place.height > 0.75))
        || (sign && text.chars().count() > 3)
        || leading_digit
}

/// The stated level if the paragraph is a heading.
fn heading(paragraph: &Paragraph, place: &Place, body: &Body) -> Option<Option<u8>> {
    let lines = &paragraph.lines;
    let first = &lines[0];
    let text: String = lines.iter().map(Line::text).collect::<Vec<_>>().join(" ");
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let length = text.chars().count();
    let words = text.split_whitespace().count();
    if letters < 2 || length > 220 || words > 30 || lines.len() > 5 {
        return None;
    }
    // Nothing stands below it that it could head: a mark at the foot of the page.
    if place.height > 0.93 {
        return None;
    }
    // A page number far right makes it an entry of a table of contents.
    let last = &lines[lines.len() - 1];
    if let [.., before, number] = last.words.as_slice()
        && number.text.len() <= 4
        && number.text.bytes().all(|b| b.is_ascii_digit())
        && number.bbox.x0 - before.bbox.x1 > last.size * 1.5
    {
        return None;
    }
    if text.contains("....") || text.contains(". . .") || text.contains("……") {
        return None;
    }
    if let Some(level) = body.outline.get(&(place.page, fold(&text)))
        && lines.len() <= 3
    {
        return Some(Some((*level).clamp(1, 6)));
    }
    let style: Style = first.style;
    let distinct = style.bold && !body.bold;
    // Small capitals are set in a smaller size; the true capitals among them show the size that is meant.
    let size = if first.style.capitals {
        first.words.iter().map(|w| super::line::em(w)).fold(first.size, f32::max)
    } else {
        first.size
    };
    let ratio = size / body.size.max(1.0);
    if is_section_name(&text) && ratio > 0.85 {
        return Some(None);
    }
    // Blanks to fill in, formulas and continuation marks.
    let bracketed = text.starts_with('[') && text.ends_with(']');
    if bracketed || text.contains('=') || text.starts_with(['-', '–', '—']) {
        return None;
    }
    let ends_open = text.ends_with([',', ';', '—']);
    let wide = text.chars().filter(|c| super::join::is_wide_letter(*c)).count() * 2 > length;
    if wide && length > 40 {
        return None;
    }
    let sentence = text.ends_with('.') && !text.ends_with("...") && words > 3
        || text.ends_with(['。', '：', '；', '，']);
    let lower_start = text.chars().next().is_some_and(char::is_lowercase);
    let apart = place.above >= 1.35 || place.below >= 1.35;
    let number = marker::heading_number(&text);
    let same_throughout = lines.iter().all(|l| {
        l.style.bold == first.style.bold && l.style.half_points.abs_diff(first.style.half_points) <= 1
    });
    if ends_open || !same_throughout || lower_start && ratio < 1.3 {
        return None;
    }
    // Most of a heading is letters: prices, formulas and codes set large are not headings.
    let counted = number.map_or(0, |(_, bytes)| text.get(..bytes).map_or(0, |n| n.chars().count()));
    let visible = text.chars().filter(|c| !c.is_whitespace()).count();
    if letters * 10 < visible.saturating_sub(counted) * 6
        || text.contains(['■', '●', '↑', '↓', '▲', '▼', '%']) && ratio < 1.6
        // A square or a disc between words explains a colour of a chart, however large it is set.
        || text.chars().skip(1).any(|c| matches!(c, '■' | '●'))
    {
        return None;
    }
    // A lead of several lines in large type is text.
    if words > 14 && !distinct && ratio < 1.4 && (words > 20 || text.ends_with(':')) {
        return None;
    }
    // Large type is also used for pull quotes and leads, which are sentences.
    if ratio >= 1.14 && lines.len() <= 4 && !(sentence && words > if distinct { 18 } else { 8 }) {
        return Some(None);
    }
    // Small bold lines head sections in some designs; smaller than that they are labels of pictures.
    // A single sentence in bold on its own heads what follows, as risk factors and questions do.
    let one_sentence = text.matches(". ").count() == 0;
    if distinct
        && sentence
        && place.above >= 1.3
        && (place.below >= 1.3 || place.above >= 1.6)
        && one_sentence
        && lines.len() <= 3
        && words <= 40
        && !wide
    {
        return Some(None);
    }
    if sentence && number.is_none() || ratio < if distinct && apart { 0.6 } else { 0.88 } {
        return None;
    }
    if distinct && lines.len() <= 3 && words <= 22 && (!sentence || words <= 10) {
        return Some(None);
    }
    if style.capitals && !body.capitals && lines.len() <= 2 && words <= 14 && apart && length >= 5 {
        return Some(None);
    }
    if let Some((depth, _)) = number
        && lines.len() <= 2
        && (2..=16).contains(&words)
        && !sentence
        && apart
        && (looks_apart(first, body) || depth >= 2 || style.capitals || text.starts_with(['제', '第']))
    {
        return Some(None);
    }
    if style.italic
        && !body.italic
        && lines.len() == 1
        && words <= 10
        && place.above >= 1.5
        && !sentence
        && !lower_start
    {
        return Some(None);
    }
    if style.color != body.color
        && lines.len() == 1
        && words <= 12
        && apart
        && ratio >= 0.96
        && !sentence
        && (saturated(style.color) || ratio >= 1.06)
    {
        return Some(None);
    }
    None
}

/// Names that sections have and that stand alone on a line for no other reason.
pub fn is_section_name(text: &str) -> bool {
    const NAMES: [&str; 46] = [
        "abstract",
        "introduction",
        "background",
        "methods",
        "materialsandmethods",
        "results",
        "discussion",
        "conclusion",
        "conclusions",
        "references",
        "bibliography",
        "acknowledgements",
        "acknowledgments",
        "acknowledgement",
        "appendix",
        "contents",
        "tableofcontents",
        "summary",
        "executivesummary",
        "preface",
        "foreword",
        "glossary",
        "index",
        "résumé",
        "zusammenfassung",
        "inhaltsverzeichnis",
        "literaturverzeichnis",
        "introducción",
        "conclusiones",
        "bibliografía",
        "referencias",
        "목차",
        "차례",
        "초록",
        "요약",
        "서론",
        "본론",
        "결론",
        "참고문헌",
        "부록",
        "머리말",
        "감사의글",
        "目录",
        "目次",
        "摘要",
        "附录",
    ];
    NAMES.contains(&fold(text).as_str())
}

/// A colour that is chosen, not a shade of grey.
fn saturated(color: [u8; 3]) -> bool {
    let (low, high) = (color.iter().min().copied().unwrap_or(0), color.iter().max().copied().unwrap_or(0));
    high - low > 60
}

/// Numbers and letters count as list markers only where they count: a neighbour in the sequence stands
/// among the paragraphs nearby. Bullets need no neighbour; nor do the codes that label the fields of a form
/// ("(21)", "(22)", "(51)" on the first page of a patent, WIPO ST.9), which are several of one shape that
/// skip numbers.
pub fn items_that_count(kinds: &[(Kind, f32)]) -> HashSet<usize> {
    let mut out = HashSet::new();
    for (i, (kind, _)) in kinds.iter().enumerate() {
        let Kind::Item(m) = kind else { continue };
        if matches!(m.counting, marker::Counting::Bullet | marker::Counting::Circled) {
            out.insert(i);
            continue;
        }
        let near = i.saturating_sub(14)..(i + 15).min(kinds.len());
        let neighbour = kinds[near.clone()].iter().any(|(other, _)| {
            matches!(other, Kind::Item(o) if m.follows(o) || o.follows(m)
                || (m.counting == marker::Counting::Clause && o.counting == m.counting && m.value == 1))
        });
        let codes = || kinds[near.clone()].iter().filter(|k| matches!(&k.0, Kind::Item(o) if o.is_code()));
        if neighbour || (m.is_code() && codes().count() >= 4) {
            out.insert(i);
        }
    }
    out
}
