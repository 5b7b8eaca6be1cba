//! Running headers, footers and page numbers. In: all upright pages. Out: for each page the words that are
//! furniture, as lines with a role. Evidence is repetition over pages at one height; where there is only
//! one page, a lone small line at the very edge. What is doubtful stays content: losing text is worse.

use super::line::{Line, lines};
use pagemill_document::{FurnitureRole, Page, Word};
use std::collections::{HashMap, HashSet};

/// Part of the page height, from either end, in which furniture stands.
const EDGE: f32 = 0.14;
/// Lines looked at from either end.
const DEEPEST: usize = 4;

/// Words below which a lone page has no body that anything could stand apart from: covers, slides, notices.
const FEWEST_WORDS: usize = 60;

/// A furniture line of a page.
#[derive(Clone, Debug)]
pub struct Found {
    pub role: FurnitureRole,
    pub words: Vec<usize>,
}

struct Candidate {
    words: Vec<usize>,
    text: String,
    key: String,
    y: f32,
    top: bool,
    size: f32,
    /// Whether its first word is raised or smaller, as the numbers of notes are.
    marked: bool,
    /// White between it and the next line inwards, in ems.
    clearance: f32,
}

/// `body_size` is the em size of most text of the document, in points.
pub fn find(pages: &[Page], body_size: f32) -> Vec<Vec<Found>> {
    let candidates: Vec<Vec<Candidate>> = pages.iter().map(candidates).collect();
    // Pages on which a text stands at about one height; heights fall into bins that overlap.
    let mut seen: HashMap<(bool, &str), Vec<(usize, f32)>> = HashMap::new();
    for (page, list) in candidates.iter().enumerate() {
        for c in list {
            seen.entry((c.top, c.key.as_str())).or_default().push((page, c.y));
        }
    }
    let needed = if pages.len() <= 5 { 2 } else { 3 };
    let bodies: Vec<HashSet<String>> = pages.iter().map(body).collect();
    candidates
        .iter()
        .enumerate()
        .map(|(page, list)| {
            let repeated = |c: &Candidate| {
                let at = seen.get(&(c.top, c.key.as_str())).map_or(&[][..], Vec::as_slice);
                // Copies of one page repeat its text as well; only what other text stands between runs over pages.
                let level = at.iter().filter(|(_, y)| (y - c.y).abs() < 12.0).take(MOST_COMPARED);
                let mut between: Vec<&HashSet<String>> = Vec::new();
                for (page, _) in level {
                    if between.len() < needed && !between.iter().any(|b| is_copy(b, &bodies[*page])) {
                        between.push(&bodies[*page]);
                    }
                }
                between.len() >= needed
            };
            let mut chosen: Vec<bool> = list.iter().map(repeated).collect();
            for top in [true, false] {
                peel(list, top, &pages[page], body_size, pages.len() == 1, &mut chosen);
            }
            list.iter()
                .zip(&chosen)
                .filter(|(_, chosen)| **chosen)
                .map(|(c, _)| Found {
                    role: match (is_page_number(&c.text), c.top) {
                        (true, _) => FurnitureRole::PageNumber,
                        (_, true) => FurnitureRole::Header,
                        _ => FurnitureRole::Footer,
                    },
                    words: c.words.clone(),
                })
                .collect()
        })
        .collect()
}

/// Pages looked at to see whether a line runs over them.
const MOST_COMPARED: usize = 64;
/// Words that tell the text of one page from that of another.
const TELLING_WORDS: usize = 40;

/// The words that stand between the edges of a page, as far as they tell pages apart.
fn body(page: &Page) -> HashSet<String> {
    let inside = |w: &&Word| {
        let y = w.bbox.center().1;
        y > page.height * EDGE && y < page.height * (1.0 - EDGE)
    };
    page.words.iter().filter(inside).take(TELLING_WORDS).map(|w| key(&w.text)).collect()
}

/// Whether two pages hold the same text, up to what a form was filled in with.
fn is_copy(a: &HashSet<String>, b: &HashSet<String>) -> bool {
    let common = a.intersection(b).count();
    common * 10 >= a.len().max(b.len()) * 6
}

fn candidates(page: &Page) -> Vec<Candidate> {
    let index: HashMap<*const Word, usize> =
        page.words.iter().enumerate().map(|(i, w)| (w as *const Word, i)).collect();
    let flat: Vec<&Word> = page.words.iter().filter(|w| w.angle == 0).collect();
    let mut out = Vec::new();
    for top in [true, false] {
        let limit = page.height * (EDGE + 0.05);
        let near: Vec<&Word> = flat
            .iter()
            .copied()
            .filter(|w| if top { w.bbox.center().1 < limit } else { w.bbox.center().1 > page.height - limit })
            .collect();
        let mut found: Vec<Line> = lines(&near, &page.fonts);
        if !top {
            found.reverse();
        }
        for (place, line) in found.iter().take(DEEPEST).enumerate() {
            let y = line.bbox.center().1;
            if if top { y > page.height * EDGE } else { y < page.height * (1.0 - EDGE) } {
                break;
            }
            let clearance = found
                .get(place + 1)
                .map_or(20.0, |next| (next.baseline - line.baseline).abs() / line.size.max(1.0));
            let text = line.text();
            out.push(Candidate {
                words: line.words.iter().filter_map(|w| index.get(&(*w as *const Word)).copied()).collect(),
                key: key(&text),
                text,
                y: if top { y } else { page.height - y },
                top,
                size: line.size,
                marked: line.words.first().is_some_and(|w| {
                    super::line::em(w) < line.size * 0.85
                        || super::line::core(w).y1 < line.baseline - line.size * 0.15
                }),
                clearance,
            });
        }
    }
    out
}

/// Text without what differs from page to page.
fn key(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_numeric() {
            if !out.ends_with('#') {
                out.push('#');
            }
        } else if !c.is_whitespace() {
            out.push(c);
        }
    }
    if super::marker::roman(text.trim()).is_some() { "#".into() } else { out }
}

/// "12", "- 12 -", "Page 3 of 10", "3/10", "iv", "12쪽".
pub fn is_page_number(text: &str) -> bool {
    let mut bare: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    for word in ["page", "of", "p.", "쪽", "페이지", "pg."] {
        bare = bare.replacen(word, "", 1);
    }
    let bare = bare.trim_matches(|c: char| {
        matches!(c, '-' | '–' | '—' | '|' | '[' | ']' | '(' | ')' | '.' | '~' | '·' | '•')
    });
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let rest = bare.chars().filter(|c| !c.is_ascii_digit()).all(|c| matches!(c, '/' | '-'));
    let lettered = bare.len() <= 5
        && bare
            .split_once('-')
            .is_some_and(|(a, b)| a.len() <= 2 && !b.is_empty() && b.bytes().all(|x| x.is_ascii_digit()));
    (digits > 0 && digits <= 8 && bare.len() <= 9 && rest)
        || (!bare.is_empty() && super::marker::roman(bare).is_some())
        || lettered
}

/// Takes furniture off one edge of a page, from the outside in: page numbers that stand alone, on any page;
/// and on a document of one page, where nothing repeats, groups of lines that stand clear of the text.
fn peel(list: &[Candidate], top: bool, page: &Page, body_size: f32, single: bool, chosen: &mut [bool]) {
    let own: Vec<usize> = (0..list.len()).filter(|i| list[*i].top == top).collect();
    let mut start = 0;
    while start < own.len() {
        let first = own[start];
        if chosen[first] {
            start += 1;
            continue;
        }
        if is_page_number(&list[first].text) && list[first].clearance >= 1.2 {
            chosen[first] = true;
            start += 1;
            continue;
        }
        // Lines as close as lines of text are one group.
        let mut end = start + 1;
        while end < own.len() && list[own[end - 1]].clearance <= 1.6 {
            end += 1;
        }
        let group: Vec<&Candidate> = own[start..end].iter().map(|i| &list[*i]).collect();
        let taken_before = own[..start].iter().any(|i| chosen[*i] && !is_page_number(&list[*i].text));
        if !single
            || taken_before
            || page.words.len() < FEWEST_WORDS
            || !stands_apart(&group, page, body_size)
        {
            return;
        }
        own[start..end].iter().for_each(|i| chosen[*i] = true);
        start = end;
    }
}

/// What publishers print on every page: the numbers of a serial, an identifier, a claim of rights.
fn is_imprint(text: &str) -> bool {
    let lower = text.to_lowercase();
    let volume = lower.contains("vol.") && lower.contains(|c: char| c.is_ascii_digit());
    volume || ["issn", "isbn", "doi:", "doi.org/", "©", "copyright "].iter().any(|mark| lower.contains(mark))
}

/// Whether a group at the edge of a lone page is furniture: few short lines, no larger than the text (a
/// little at the very edge), with white or a rule between them and it. The white must stand nearer to the
/// edge than text usually begins, unless a page number or a rule says what the line is.
fn stands_apart(group: &[&Candidate], page: &Page, body_size: f32) -> bool {
    let imprint = group.iter().any(|c| is_imprint(&c.text));
    let (Some(inner), true) = (group.last(), group.len() <= if imprint { 4 } else { 3 }) else {
        return false;
    };
    let size = group.iter().map(|c| c.size).fold(0.0, f32::max);
    let is_number = |t: &str| t.len() <= 4 && t.bytes().all(|b| b.is_ascii_digit());
    let numbered = group.iter().any(|c| {
        let mut tokens = c.text.split_whitespace();
        tokens.next().is_some_and(is_number) && inner.top || tokens.next_back().is_some_and(is_number)
    });
    let note = !inner.top
        && group.iter().any(|c| {
            let first = c.text.split_whitespace().next().unwrap_or("");
            // "6 User's Guide" is a page number beside a title: alone in the outermost strip, and no sentence.
            let foot = group.len() == 1 && c.y < page.height * 0.065 && !c.marked && !c.text.ends_with('.');
            (is_number(first) && c.text.len() > 12 && !foot)
                || c.text.starts_with(['*', '†', '‡', '¹', '²', '³'])
        });
    let y = if inner.top { inner.y } else { page.height - inner.y };
    // A rule of its own: tables have several alike, further in.
    let wide =
        || page.rulings.iter().take(4000).filter(|r| r.horizontal && r.bbox.width() > page.width * 0.5);
    let inside = |y: f32| y > page.height * EDGE && y < page.height * (1.0 - EDGE);
    let ruled = !wide().any(|r| inside(r.bbox.y0))
        && wide().any(|r| {
            let gap = if inner.top { r.bbox.y0 - y } else { y - r.bbox.y1 };
            gap > 0.0 && gap < size * 2.0
        });
    let depth = inner.y / page.height.max(1.0);
    let limit = match group.len() {
        1 if numbered || ruled || imprint => EDGE,
        2 if numbered || ruled || imprint => 0.1,
        _ if imprint && size < body_size * 0.92 => 0.12,
        _ => 0.085,
    };
    let longest = group.iter().map(|c| c.text.chars().count()).max().unwrap_or(0);
    let length = if size < body_size * 0.92 { 160 } else { 90 };
    // Numbers of documents are set larger than running heads in words.
    let code = group.iter().all(|c| {
        let digits = c.text.chars().filter(char::is_ascii_digit).count();
        digits * 2 >= c.text.chars().filter(|c| c.is_alphanumeric()).count()
    });
    let largest = if code {
        1.6
    } else if depth < 0.062 {
        1.25
    } else {
        1.06
    };
    let clear = inner.clearance >= 1.9 || (ruled && inner.clearance >= 1.4);
    clear && !note && depth < limit && longest <= length && size <= body_size * largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{page, text_line};

    #[test]
    fn repeated_edges_are_furniture_and_the_rest_is_not() {
        let pages: Vec<Page> = (1u32..=3)
            .map(|n| {
                let mut words = text_line("Annual Report", 50.0, 40.0, 8.0);
                let told = ["rain fell on the fields", "snow lay over all roads", "wind took many roofs off"];
                words.extend(text_line(&format!("Chapter {n} {}", told[n as usize - 1]), 50.0, 200.0, 10.0));
                words.extend(text_line(&format!("{n}"), 300.0, 780.0, 8.0));
                Page { number: n, ..page(words) }
            })
            .collect();
        for found in find(&pages, 10.0) {
            let roles: Vec<FurnitureRole> = found.iter().map(|f| f.role).collect();
            assert_eq!(roles, [FurnitureRole::Header, FurnitureRole::PageNumber]);
        }
    }

    #[test]
    fn copies_of_one_page_have_no_furniture() {
        let copies = |text: fn(u32) -> &'static str| {
            let pages: Vec<Page> = (1..=4)
                .map(|n| {
                    let mut words = text_line("Application for a permit", 50.0, 40.0, 10.0);
                    words.extend(text_line(text(n), 50.0, 300.0, 10.0));
                    Page { number: n, ..page(words) }
                })
                .collect();
            find(&pages, 10.0).iter().map(Vec::len).sum::<usize>()
        };
        assert_eq!(copies(|_| "First name and last name"), 0);
        assert_eq!(copies(|n| ["one", "two", "three", "four"][n as usize - 1]), 4);
    }

    #[test]
    fn page_numbers_are_read() {
        for text in ["12", "- 12 -", "Page 3 of 10", "iv", "3 / 10", "12쪽", "A-3"] {
            assert!(is_page_number(text), "{text}");
        }
        for text in ["Total 12", "2.5 %", "1,234,567,890", "a", ""] {
            assert!(!is_page_number(text), "{text}");
        }
    }

    #[test]
    fn a_number_beside_a_title_is_a_foot_and_a_note_is_not() {
        let found = |foot: &str| {
            let body = (0..20).flat_map(|i| {
                text_line("body text of a page that goes on for a while", 50.0, 100.0 + 12.0 * i as f32, 10.0)
            });
            let words = body.chain(text_line(foot, 50.0, 770.0, 8.0)).collect();
            find(&[page(words)], 10.0)[0].len()
        };
        assert_eq!(found("306 Utilities for Systems: User's Guide"), 1);
        assert_eq!(found("3 See the report on it, page 65."), 0);
        assert!(is_imprint("Revista Signa 33 (2024), ISSN 2254-9307") && is_imprint("RJSH Vol. 3, No. 2"));
        assert!(!is_imprint("the vol. of it") && !is_imprint("copyrighted works"));
    }
}
