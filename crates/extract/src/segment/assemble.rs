//! Items of all pages to blocks. In: each page's items in reading order. Out: blocks with what only the
//! whole document tells: headings and their levels, lists that count, tables stitched over pages, captions
//! bound to their tables.

use super::classify::{self, Body, Kind, Place};
use super::join::Vocabulary;
use super::level::{self, Seen};
use super::line::Style;
use super::lists;
use super::marker::{self, Captioned};
use super::notes;
use super::page::Item;
use super::paragraph::{Paragraph, paragraphs};
use super::slope::Pose;
use super::tables::grid::Draft;
use super::tables::stitch;
use pagemill_document::{Block, BlockContent, Page, Rect};

/// A page's items with the page and how it lay.
pub struct Laid<'a> {
    pub page: &'a Page,
    pub pose: Pose,
    pub items: Vec<Item<'a>>,
}

/// A paragraph with its place, or something that already is a block.
pub enum Entry<'a> {
    Text { page: usize, paragraph: Paragraph<'a>, place: Place, bbox: Rect },
    Table { page: usize, draft: Box<Draft> },
    Ready { page: usize, bbox: Rect, content: BlockContent },
}

pub fn blocks(pages: Vec<Laid>, body: &Body, vocabulary: &Vocabulary) -> Vec<Block> {
    let shown: Vec<(u32, Pose)> = pages.iter().map(|p| (p.page.number, p.pose)).collect();
    let mut entries = entries(pages);
    stitch_tables(&mut entries);
    let mut kinds: Vec<(Kind, f32)> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Text { paragraph, place, bbox, .. } => (classify::kind(paragraph, place, body), bbox.x0),
            _ => (Kind::Text, 0.0),
        })
        .collect();
    lists::amounts_within_sentences(&entries, &mut kinds);
    lists::clauses_among_items(&entries, &mut kinds, body);
    lists::numbers_over_headings(&entries, &mut kinds);
    lists::listed_headings(&entries, &mut kinds, body);
    lists::lines_among_their_like(&entries, &mut kinds);
    lists::numbered_paragraphs(&entries, &mut kinds);
    let counting = classify::items_that_count(&kinds);
    for (i, (kind, _)) in kinds.iter_mut().enumerate() {
        if matches!(kind, Kind::Item(_)) && !counting.contains(&i) {
            *kind = Kind::Text;
        }
    }
    notes::behind_text(&mut entries, &mut kinds, body);
    let kinds = merge_headings(&mut entries, kinds);
    let depths = lists::depths(&kinds);
    let headings: Vec<(usize, Seen)> = entries
        .iter()
        .zip(&kinds)
        .enumerate()
        .filter_map(|(i, (entry, (kind, _)))| match (entry, kind) {
            (Entry::Text { paragraph, .. }, Kind::Heading { stated }) => {
                let style = paragraph.lines.first().map_or(Style::default(), |l| l.style);
                Some((i, Seen { style, text: vocabulary.paragraph(&paragraph.lines), stated: *stated }))
            }
            _ => None,
        })
        .collect();
    let levels = level::levels(&headings.iter().map(|h| h.1.clone()).collect::<Vec<_>>());
    let mut level_of = vec![1u8; entries.len()];
    for ((i, _), level) in headings.iter().zip(levels) {
        level_of[*i] = level;
    }
    let mut out: Vec<Block> = Vec::with_capacity(entries.len());
    for (i, entry) in entries.into_iter().enumerate() {
        let (page, bbox, content) = match entry {
            Entry::Ready { page, bbox, content } => (page, bbox, content),
            Entry::Table { page, draft } => {
                let mut table = draft.table;
                for cell in &mut table.cells {
                    let pose = shown.iter().find(|s| s.0 == cell.page).map(|s| s.1);
                    cell.bbox = pose.map_or(cell.bbox, |p| p.undo(&cell.bbox));
                }
                (page, draft.bbox, BlockContent::Table(table))
            }
            Entry::Text { page, paragraph, bbox, .. } => {
                let text = vocabulary.paragraph(&paragraph.lines);
                (page, bbox, content(&kinds[i].0, text, level_of[i], depths[i]))
            }
        };
        let (number, pose) = shown[page];
        out.push(Block { page: number, bbox: pose.undo(&bbox), content });
    }
    rejoin_hyphens(&mut out);
    bind_captions(&mut out, &kinds);
    out
}

fn content(kind: &Kind, text: String, level: u8, depth: u8) -> BlockContent {
    match kind {
        Kind::Heading { .. } => BlockContent::Heading { level, text },
        Kind::Text => BlockContent::Paragraph { text },
        Kind::Caption(_) => BlockContent::Caption { text },
        Kind::Footnote => BlockContent::Footnote { text },
        Kind::Item(marker) => {
            let (mark, rest) = text.split_at(marker.length.min(text.len()));
            let marker = marker::printed(mark).to_owned();
            BlockContent::ListItem { depth, marker, text: rest.trim_start().to_owned() }
        }
    }
}

fn entries(pages: Vec<Laid>) -> Vec<Entry> {
    let mut out = Vec::new();
    for (index, laid) in pages.into_iter().enumerate() {
        let page = laid.page;
        let objects: Vec<Rect> = laid
            .items
            .iter()
            .filter_map(|i| match i {
                Item::Table(d) => Some(d.bbox),
                Item::Figure(f) => Some(f.bbox),
                _ => None,
            })
            .collect();
        for item in laid.items {
            match item {
                Item::Table(draft) => out.push(Entry::Table { page: index, draft: Box::new(draft) }),
                Item::Figure(figure) => out.push(Entry::Ready {
                    page: index,
                    bbox: figure.bbox,
                    content: BlockContent::Figure { text: figure.text },
                }),
                Item::Furniture { role, bbox, text } => out.push(Entry::Ready {
                    page: index,
                    bbox,
                    content: BlockContent::Furniture { role, text },
                }),
                Item::Column(lines) => {
                    let found = paragraphs(lines);
                    let spaces: Vec<f32> =
                        found.iter().skip(1).map(|p| p.space_above).chain([10.0]).collect();
                    for (paragraph, below) in found.into_iter().zip(spaces) {
                        let Some(bbox) = Rect::union_all(paragraph.lines.iter().map(|l| &l.bbox)) else {
                            continue;
                        };
                        let place = place(page, &paragraph, &bbox, &objects, below);
                        out.push(Entry::Text { page: index, paragraph, place, bbox });
                    }
                }
            }
        }
    }
    out
}

fn place(page: &Page, paragraph: &Paragraph, bbox: &Rect, objects: &[Rect], below: f32) -> Place {
    let em = paragraph.lines.first().map_or(10.0, |l| l.size);
    let beside = |o: &Rect| {
        let gap = (bbox.y0 - o.y1).max(o.y0 - bbox.y1);
        gap < em * 3.0 && gap > -em * 1.5 && o.overlap_x(bbox) > 0.0
    };
    let rule_above = page.rulings.iter().take(4000).any(|r| {
        let gap = bbox.y0 - r.bbox.y1;
        r.horizontal
            && gap > -2.0
            && gap < em * 2.2
            && r.bbox.width() < page.width * 0.5
            && (r.bbox.x0 - bbox.x0).abs() < em * 2.5
    });
    Place {
        page: page.number,
        above: paragraph.space_above,
        below,
        height: bbox.center().1 / page.height.max(1.0),
        beside_object: objects.iter().any(beside),
        rule_above,
    }
}

/// Joins a table at the top of a page to the one at the bottom of the page before.
fn stitch_tables(entries: &mut Vec<Entry>) {
    let mut last: Option<(usize, usize)> = None;
    let mut i = 0;
    while i < entries.len() {
        match &entries[i] {
            Entry::Ready { content: BlockContent::Furniture { .. }, .. } => {}
            Entry::Table { page, draft } => {
                let page = *page;
                let home = last.filter(|(_, p)| *p + 1 == page).map(|(h, _)| h);
                let fits = home.is_some_and(|h| matches!(&entries[h], Entry::Table { draft: first, .. } if stitch::continues(first, draft)));
                if let (Some(home), true) = (home, fits) {
                    if let Entry::Table { draft: next, .. } = entries.remove(i)
                        && let Entry::Table { draft: first, .. } = &mut entries[home]
                    {
                        stitch::append(&mut first.table, next.table);
                    }
                    last = Some((home, page));
                    continue;
                }
                last = Some((i, page));
            }
            _ => last = None,
        }
        i += 1;
    }
}

/// Lines of one heading that stand as paragraphs of their own (ragged or centred titles) become one.
fn merge_headings(entries: &mut Vec<Entry>, kinds: Vec<(Kind, f32)>) -> Vec<(Kind, f32)> {
    let old = std::mem::take(entries);
    let mut kept: Vec<(Kind, f32)> = Vec::with_capacity(kinds.len());
    for (entry, kind) in old.into_iter().zip(kinds) {
        let joins = match (entries.last(), kept.last(), &entry, &kind.0) {
            (
                Some(Entry::Text { page: p0, paragraph: a, .. }),
                Some((Kind::Heading { stated: s0 }, _)),
                Entry::Text { page: p1, paragraph: b, .. },
                Kind::Heading { stated: s1 },
            ) => p0 == p1 && s0 == s1 && one_heading(a, b),
            _ => false,
        };
        if joins
            && let (
                Some(Entry::Text { paragraph, bbox, .. }),
                Entry::Text { paragraph: more, bbox: other, .. },
            ) = (entries.last_mut(), &entry)
        {
            paragraph.lines.extend(more.lines.iter().cloned());
            *bbox = bbox.union(other);
            continue;
        }
        entries.push(entry);
        kept.push(kind);
    }
    kept
}

fn one_heading(a: &Paragraph, b: &Paragraph) -> bool {
    let (Some(last), Some(first)) = (a.lines.last(), b.lines.first()) else { return false };
    let alike = last.style.half_points.abs_diff(first.style.half_points) <= 1
        && last.style.bold == first.style.bold
        && last.style.color == first.style.color
        && last.style.capitals == first.style.capitals;
    let numbered = super::marker::heading_number(&first.text()).is_some()
        || super::marker::list(&first.text()).is_some();
    let step = (first.baseline - last.baseline) / first.size.max(1.0);
    let apart = first.bbox.overlap_x(&last.bbox) <= 0.0;
    // Set wide, only a line that goes on in small letters is known to go on: headings follow one another as well.
    let goes_on = first.text().starts_with(char::is_lowercase);
    let near = step > 0.0 && step < if goes_on { 2.4 } else { 1.5 };
    alike && !numbered && !apart && near && a.lines.len() + b.lines.len() <= 5
}

/// A word cut by the end of a column or page is made whole in the first of the two blocks.
fn rejoin_hyphens(blocks: &mut [Block]) {
    let mut last: Option<usize> = None;
    for i in 0..blocks.len() {
        match &blocks[i].content {
            BlockContent::Paragraph { text } | BlockContent::ListItem { text, .. } => {
                let goes_on = text.chars().next().is_some_and(char::is_lowercase);
                let (head, rest) = text.split_once(' ').unwrap_or((text.as_str(), ""));
                let (head, rest) = (head.to_owned(), rest.to_owned());
                if let Some(first) = last.filter(|_| goes_on)
                    && let (
                        BlockContent::Paragraph { text: a } | BlockContent::ListItem { text: a, .. },
                        true,
                    ) = (&mut blocks[first].content, !rest.is_empty())
                    && a.ends_with('-')
                    && a[..a.len() - 1].ends_with(char::is_alphabetic)
                {
                    a.pop();
                    a.push_str(&head);
                    if let BlockContent::Paragraph { text } | BlockContent::ListItem { text, .. } =
                        &mut blocks[i].content
                    {
                        *text = rest;
                    }
                }
                last = Some(i);
            }
            BlockContent::Heading { .. } => last = None,
            _ => {}
        }
    }
}

/// A caption that names a table is bound to the nearest table beside it; it also stays a block of its own.
fn bind_captions(blocks: &mut [Block], kinds: &[(Kind, f32)]) {
    for i in 0..blocks.len() {
        let BlockContent::Caption { text } = &blocks[i].content else { continue };
        if !matches!(kinds.get(i), Some((Kind::Caption(Captioned::Table), _))) {
            continue;
        }
        let (text, page, bbox) = (text.clone(), blocks[i].page, blocks[i].bbox);
        let near = i.saturating_sub(2)..(i + 3).min(blocks.len());
        let distance = |b: &Block| (b.bbox.y0 - bbox.y1).max(bbox.y0 - b.bbox.y1).max(0.0);
        let nearest = near
            .filter(|j| matches!(&blocks[*j].content, BlockContent::Table(t) if t.caption.is_none()))
            .filter(|j| blocks[*j].page == page && distance(&blocks[*j]) < 60.0)
            .min_by(|a, b| distance(&blocks[*a]).total_cmp(&distance(&blocks[*b])));
        if let Some(j) = nearest
            && let BlockContent::Table(table) = &mut blocks[j].content
        {
            table.caption = Some(text);
        }
    }
}
