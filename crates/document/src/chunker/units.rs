//! From blocks to sections: what stands under one heading, as units that are not torn apart without need.

use crate::captions::bound_captions;
use crate::{Block, BlockContent, ChunkKind, Document, PageBox, Table};

/// The blocks between two headings.
pub(super) struct Section {
    /// Outermost first; the last is the section's own heading.
    pub heading_path: Vec<String>,
    pub units: Vec<Unit>,
}

/// A paragraph, list item, table or figure.
pub(super) struct Unit {
    pub kind: ChunkKind,
    pub text: String,
    pub boxes: Vec<PageBox>,
    /// Lines to repeat when a table is cut, and the lines that may be parted.
    pub rows: Option<TableRows>,
}

pub(super) struct TableRows {
    /// Caption and header rows.
    pub head: String,
    pub body: Vec<(String, Vec<PageBox>)>,
}

pub(super) fn sections(document: &Document) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut path: Vec<(u8, String)> = Vec::new();
    let mut current = Section { heading_path: Vec::new(), units: Vec::new() };
    let mut pending_heading: Option<Unit> = None;
    // A bound caption is part of its table's chunk; on its own it would be found twice.
    let bound = bound_captions(&document.blocks);
    for (place, block) in document.blocks.iter().enumerate() {
        if bound.iter().any(|(caption, _)| *caption == place) {
            continue;
        }
        if let BlockContent::Heading { level, text } = &block.content {
            // A heading that says nothing begins nothing.
            if text.trim().is_empty() {
                continue;
            }
            // A heading under which nothing stands is content itself, unless a deeper one takes it into its path.
            if let Some(unit) = pending_heading.take()
                && path.last().is_some_and(|(last, _)| level <= last)
            {
                current.units.push(unit);
            }
            push_section(&mut sections, &mut current);
            path.retain(|(above, _)| above < level);
            path.push((*level, text.clone()));
            current.heading_path = path.iter().map(|(_, text)| text.clone()).collect();
            pending_heading = Some(text_unit(block, text.clone()));
            continue;
        }
        if let Some(unit) = unit(block) {
            pending_heading = None;
            current.units.push(unit);
        }
    }
    if let Some(unit) = pending_heading {
        current.units.push(unit);
    }
    push_section(&mut sections, &mut current);
    sections
}

fn push_section(sections: &mut Vec<Section>, current: &mut Section) {
    if current.units.is_empty() {
        return;
    }
    let empty = Section { heading_path: Vec::new(), units: Vec::new() };
    sections.push(std::mem::replace(current, empty));
}

fn unit(block: &Block) -> Option<Unit> {
    let unit = match &block.content {
        BlockContent::Heading { .. } | BlockContent::Furniture { .. } => return None,
        BlockContent::Paragraph { text }
        | BlockContent::Caption { text }
        | BlockContent::Footnote { text } => text_unit(block, text.clone()),
        BlockContent::ListItem { depth, marker, text } => {
            let indent = "  ".repeat(usize::from(*depth).min(6));
            let marker = if marker.is_empty() { "-" } else { marker };
            text_unit(block, format!("{indent}{marker} {text}"))
        }
        BlockContent::Figure { text } => Unit { kind: ChunkKind::Figure, ..text_unit(block, text.clone()) },
        BlockContent::Table(table) => table_unit(block, table),
    };
    (!unit.text.trim().is_empty()).then_some(unit)
}

fn text_unit(block: &Block, text: String) -> Unit {
    let boxes = vec![PageBox { page: block.page, bbox: block.bbox }];
    Unit { kind: ChunkKind::Text, text, boxes, rows: None }
}

fn table_unit(block: &Block, table: &Table) -> Unit {
    let header_rows = table.header_rows().min(table.rows.saturating_sub(1));
    let lines: Vec<String> = table.grid().iter().map(|row| row_line(row)).collect();
    let mut head: Vec<&str> = table.caption.iter().map(String::as_str).collect();
    head.extend(lines.iter().take(header_rows as usize).map(String::as_str));
    let body: Vec<(String, Vec<PageBox>)> = (header_rows..table.rows)
        .map(|row| (lines[row as usize].clone(), row_boxes(table, row)))
        .filter(|(line, _)| !line.is_empty())
        .collect();
    let head = head.join("\n");
    let text: Vec<&str> = [head.as_str()]
        .into_iter()
        .chain(body.iter().map(|(line, _)| line.as_str()))
        .filter(|line| !line.is_empty())
        .collect();
    Unit {
        kind: ChunkKind::Table,
        text: text.join("\n"),
        boxes: table_boxes(block, table),
        rows: Some(TableRows { head, body }),
    }
}

/// Cells of a row with bars between them; an empty row gives an empty line.
fn row_line(row: &[&str]) -> String {
    if row.iter().all(|cell| cell.trim().is_empty()) {
        String::new()
    } else {
        format!("| {} |", row.join(" | "))
    }
}

/// One box for each page that the cells of a row stand on.
fn row_boxes(table: &Table, row: u32) -> Vec<PageBox> {
    boxes_by_page(
        table
            .cells
            .iter()
            .filter(|c| c.row <= row && row < c.row + c.row_span)
            .map(|c| PageBox { page: c.page, bbox: c.bbox }),
    )
}

fn table_boxes(block: &Block, table: &Table) -> Vec<PageBox> {
    let whole = PageBox { page: block.page, bbox: block.bbox };
    let elsewhere =
        table.cells.iter().filter(|c| c.page != block.page).map(|c| PageBox { page: c.page, bbox: c.bbox });
    boxes_by_page(std::iter::once(whole).chain(elsewhere))
}

/// Joins the boxes of each page into one, pages ascending.
pub(super) fn boxes_by_page(boxes: impl Iterator<Item = PageBox>) -> Vec<PageBox> {
    let mut joined: Vec<PageBox> = Vec::new();
    for next in boxes {
        match joined.iter_mut().find(|b| b.page == next.page) {
            Some(there) => there.bbox = there.bbox.union(&next.bbox),
            None => joined.push(next),
        }
    }
    joined.sort_by_key(|b| b.page);
    joined
}
