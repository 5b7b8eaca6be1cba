//! Running headers, footers and page numbers. In: all upright pages. Out: for each page the words that are
//! furniture, as lines with a role. Evidence is repetition over pages at one height; where there is only
//! one page, a lone small line at the very edge. What is doubtful stays content: losing text is worse.

use super::line::{Line, lines};
use pagemill_document::{FurnitureRole, Page, Word};
use std::collections::HashMap;

/// Part of the page height, from either end, in which furniture stands.
const EDGE: f32 = 0.13;
/// Lines looked at from either end.
const DEEPEST: usize = 4;

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
    /// White between it and the next line inwards, in ems.
    clearance: f32,
    /// From 0 at the edge inwards.
    place: usize,
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
    candidates
        .iter()
        .enumerate()
        .map(|(page, list)| {
            let repeated = |c: &Candidate| {
                let at = seen.get(&(c.top, c.key.as_str())).map_or(&[][..], Vec::as_slice);
                let mut on: Vec<usize> = at.iter().filter(|(_, y)| (y - c.y).abs() < 12.0).map(|(p, _)| *p).collect();
                on.dedup();
                on.len() >= needed
            };
            let chosen: Vec<bool> = list
                .iter()
                .map(|c| repeated(c) || lone_page_number(c) || (pages.len() == 1 && edge_line(c, &pages[page], body_size, list)))
                .collect();
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

fn candidates(page: &Page) -> Vec<Candidate> {
    let index: HashMap<*const Word, usize> = page.words.iter().enumerate().map(|(i, w)| (w as *const Word, i)).collect();
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
            let clearance = found.get(place + 1).map_or(20.0, |next| (next.baseline - line.baseline).abs() / line.size.max(1.0));
            let text = line.text();
            out.push(Candidate {
                words: line.words.iter().filter_map(|w| index.get(&(*w as *const Word)).copied()).collect(),
                key: key(&text),
                text,
                y: if top { y } else { page.height - y },
                top,
                size: line.size,
                clearance,
                place,
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
    let bare = bare.trim_matches(|c: char| matches!(c, '-' | '–' | '—' | '|' | '[' | ']' | '(' | ')' | '.' | '~' | '·' | '•'));
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let rest = bare.chars().filter(|c| !c.is_ascii_digit()).all(|c| matches!(c, '/' | '-'));
    let lettered = bare.len() <= 5
        && bare.split_once('-').is_some_and(|(a, b)| a.len() <= 2 && !b.is_empty() && b.bytes().all(|x| x.is_ascii_digit()));
    (digits > 0 && digits <= 8 && bare.len() <= 9 && rest) || (!bare.is_empty() && super::marker::roman(bare).is_some()) || lettered
}

/// A page number alone at the outermost place is one, on whatever page.
fn lone_page_number(c: &Candidate) -> bool {
    c.place == 0 && is_page_number(&c.text) && c.clearance >= 1.3
}

/// On a document of one page nothing repeats. A line at the very edge is furniture if it stands clear of
/// the text, is no larger than it, and either carries a page number or is short.
fn edge_line(c: &Candidate, page: &Page, body_size: f32, all: &[Candidate]) -> bool {
    // A second line below a header line, as close as lines of text are, shares its fate.
    let outer = all.iter().filter(|o| o.top == c.top && o.place < c.place);
    if outer.clone().any(|o| o.clearance > 1.6) || c.place > 1 {
        return false;
    }
    let clearance = if c.place == 0 {
        let next = all.iter().find(|o| o.top == c.top && o.place == 1);
        next.filter(|_| c.clearance <= 1.6).map_or(c.clearance, |n| n.clearance)
    } else {
        c.clearance
    };
    let near_edge = c.y < page.height * 0.085;
    let numbered = {
        let first = c.text.split_whitespace().next().unwrap_or("");
        let last = c.text.split_whitespace().last().unwrap_or("");
        [first, last].iter().any(|t| t.len() <= 4 && t.bytes().all(|b| b.is_ascii_digit()))
    };
    let short = c.text.chars().count() <= 90;
    near_edge && c.size <= body_size * 1.06 && clearance >= 1.9 && (numbered || short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{page, text_line};

    #[test]
    fn repeated_edges_are_furniture_and_the_rest_is_not() {
        let pages: Vec<Page> = (1..=3)
            .map(|n| {
                let mut words = text_line("Annual Report", 50.0, 40.0, 8.0);
                words.extend(text_line(&format!("Chapter {n} body text that differs {}", "x".repeat(n)), 50.0, 100.0, 10.0));
                words.extend(text_line(&format!("{n}"), 300.0, 780.0, 8.0));
                Page { number: n as u32, ..page(words) }
            })
            .collect();
        for found in find(&pages, 10.0) {
            let roles: Vec<FurnitureRole> = found.iter().map(|f| f.role).collect();
            assert_eq!(roles, [FurnitureRole::Header, FurnitureRole::PageNumber]);
        }
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
}
