//! Records for machines: block lines, tables, the whole document. In: a document. Out: JSON.
//! Boxes are `[x0, y0, x1, y1]` in points, origin top left, to a hundredth of a point.

use crate::{BlockContent, Document, Rect};
use serde_json::{Value, json as value};

fn numbers(bbox: &Rect) -> Value {
    let round = |v: f32| (f64::from(v) * 100.0).round() / 100.0;
    value!([round(bbox.x0), round(bbox.y0), round(bbox.x1), round(bbox.y1)])
}

/// Pretty JSON of the value. A document always has a JSON form, so the error is no case of its own.
pub(super) fn pretty(document: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// The whole document as pretty JSON; reads back as the same value.
pub fn json(document: &Document) -> String {
    pretty(document)
}

/// One JSON line a block, furniture included: `{"page", "kind", "bbox", "text"}`.
pub fn blocks(document: &Document) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        let kind = match &block.content {
            BlockContent::Heading { .. } => "heading",
            BlockContent::Paragraph { .. } => "paragraph",
            BlockContent::ListItem { .. } => "list_item",
            BlockContent::Table(_) => "table",
            BlockContent::Figure { .. } => "figure",
            BlockContent::Caption { .. } => "caption",
            BlockContent::Footnote { .. } => "footnote",
            BlockContent::Furniture { .. } => "furniture",
        };
        let text = match &block.content {
            BlockContent::ListItem { marker, text, .. } => format!("{marker} {text}"),
            other => other.text(),
        };
        let line = value!({"page": block.page, "kind": kind, "bbox": numbers(&block.bbox), "text": text});
        out.push_str(&line.to_string());
        out.push('\n');
    }
    out
}

/// All tables as one JSON list: `[{"page", "bbox", "caption", "cells": [{"row", "col", "row_span",
/// "col_span", "header", "page", "bbox", "text"}]}]`.
pub fn tables(document: &Document) -> String {
    let tables: Vec<Value> = document
        .blocks
        .iter()
        .filter_map(|block| match &block.content {
            BlockContent::Table(table) => Some((block, table)),
            _ => None,
        })
        .map(|(block, table)| {
            let cells: Vec<Value> = table
                .cells
                .iter()
                .map(|c| {
                    value!({
                        "row": c.row, "col": c.column, "row_span": c.row_span, "col_span": c.column_span,
                        "header": c.header, "page": c.page, "bbox": numbers(&c.bbox), "text": c.text,
                    })
                })
                .collect();
            value!({"page": block.page, "bbox": numbers(&block.bbox), "caption": table.caption, "cells": cells})
        })
        .collect();
    pretty(&tables)
}

#[cfg(test)]
mod tests {
    use crate::export::sample::{cell, document, table, texts};
    use crate::{BlockContent, Document};
    use serde_json::Value;

    #[test]
    fn records_read_back() {
        let mut contents = texts();
        contents.push(BlockContent::Table(table(1, vec![cell(0, 0, 1, true, "x")])));
        let document = document(contents);
        let read: Document = serde_json::from_str(&super::json(&document)).expect("JSON");
        assert_eq!(read, document);
        let lines: Vec<Value> =
            super::blocks(&document).lines().map(|l| serde_json::from_str(l).expect("a line")).collect();
        assert_eq!(lines.len(), document.blocks.len());
        assert_eq!(lines[4]["text"], "3. two");
        assert_eq!(lines[1]["bbox"], serde_json::json!([72.0, 80.5, 310.25, 96.0]));
        let tables: Value = serde_json::from_str(&super::tables(&document)).expect("JSON");
        assert_eq!(tables[0]["cells"][0]["col_span"], 1);
        assert_eq!(tables[0]["cells"][0]["header"], true);
    }
}
