//! Docling's document JSON, schema 1.10 (`DoclingDocument` of docling-core), so that its users can read what
//! Pagemill extracts. In: a document. Out: JSON with body, groups, texts, tables, pictures and pages, every
//! item with page and box. Never holds images; text inside a figure becomes a child of its picture.

use crate::captions::bound_captions;
use crate::{Block, BlockContent, Document, FurnitureRole, Rect, Table};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Version of the schema that the export follows.
const SCHEMA: &str = "1.10.0";

/// A place in one of the lists of the document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Body,
    Group(usize),
    Text(usize),
    Table(usize),
    Picture(usize),
}

impl Place {
    fn reference(self) -> Value {
        let path = match self {
            Self::Body => "#/body".to_owned(),
            Self::Group(i) => format!("#/groups/{i}"),
            Self::Text(i) => format!("#/texts/{i}"),
            Self::Table(i) => format!("#/tables/{i}"),
            Self::Picture(i) => format!("#/pictures/{i}"),
        };
        json!({ "$ref": path })
    }
}

/// An item with its place in the tree, before it is JSON.
struct Item {
    parent: Place,
    children: Vec<Place>,
    fields: Map<String, Value>,
}

#[derive(Default)]
struct Tree {
    body: Vec<Place>,
    groups: Vec<Item>,
    texts: Vec<Item>,
    tables: Vec<Item>,
    pictures: Vec<Item>,
    /// Heights of pages in points, to count boxes from the bottom as Docling does.
    heights: HashMap<u32, f32>,
}

/// The document as a `DoclingDocument`, pretty JSON. Boxes are in points; those of items count from the bottom of
/// the page, those of table cells from its top, as in Docling's own files. A table that goes on over pages has
/// a box for each of them, and its cells have boxes on the first page only, as a cell names no page there.
pub fn docling(document: &Document) -> String {
    let mut tree =
        Tree { heights: document.pages.iter().map(|p| (p.number, p.height)).collect(), ..Tree::default() };
    tree.fill(document);
    let pages: Map<String, Value> = document
        .pages
        .iter()
        .map(|p| {
            let size = json!({ "width": p.width, "height": p.height });
            (p.number.to_string(), json!({ "size": size, "page_no": p.number }))
        })
        .collect();
    let file = document.file_name();
    let name = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    // Docling keeps 64 bits of a hash; the first of ours serve as well to tell files apart.
    let hash = document.content_hash.as_str().get(..16).and_then(|h| u64::from_str_radix(h, 16).ok());
    let root = |reference: &str, layer: &str, children: &[Place]| {
        json!({
            "self_ref": reference, "children": references(children), "content_layer": layer,
            "name": "_root_", "label": "unspecified",
        })
    };
    let value = json!({
        "schema_name": "DoclingDocument",
        "version": SCHEMA,
        "name": name,
        "origin": { "mimetype": "application/pdf", "binary_hash": hash.unwrap_or(0), "filename": file },
        "furniture": root("#/furniture", "furniture", &[]),
        "body": root("#/body", "body", &tree.body),
        "groups": items(&tree.groups, Place::Group),
        "texts": items(&tree.texts, Place::Text),
        "pictures": items(&tree.pictures, Place::Picture),
        "tables": items(&tree.tables, Place::Table),
        "key_value_items": [],
        "form_items": [],
        "pages": pages,
    });
    super::records::pretty(&value)
}

fn references(places: &[Place]) -> Vec<Value> {
    places.iter().map(|p| p.reference()).collect()
}

fn items(list: &[Item], place: fn(usize) -> Place) -> Vec<Value> {
    let item = |(i, item): (usize, &Item)| {
        let mut fields = item.fields.clone();
        fields.insert("self_ref".into(), place(i).reference()["$ref"].clone());
        fields.insert("parent".into(), item.parent.reference());
        fields.insert("children".into(), references(&item.children).into());
        Value::Object(fields)
    };
    list.iter().enumerate().map(item).collect()
}

/// A list that is being read: the depth of its items, its group and its last item.
struct OpenList {
    depth: u8,
    group: Place,
    last: Place,
}

impl Tree {
    fn fill(&mut self, document: &Document) {
        let blocks = &document.blocks;
        let captions = captions(blocks);
        let title = title(document);
        let mut lists: Vec<OpenList> = Vec::new();
        for (at, block) in blocks.iter().enumerate() {
            if captions.iter().any(|(caption, _)| *caption == at) {
                continue;
            }
            if !matches!(block.content, BlockContent::ListItem { .. } | BlockContent::Furniture { .. }) {
                lists.clear();
            }
            let own: Vec<usize> = captions.iter().filter(|c| c.1 == at).map(|c| c.0).collect();
            match &block.content {
                BlockContent::Heading { level, text } => {
                    // Under a title the sections begin at one.
                    let below = u8::from(title.is_some());
                    let mut fields = labelled(if title == Some(at) { "title" } else { "section_header" });
                    if title != Some(at) {
                        fields.insert("level".into(), level.saturating_sub(below).max(1).into());
                    }
                    self.text(Place::Body, block, text, fields);
                }
                BlockContent::Paragraph { text } => {
                    self.text(Place::Body, block, text, labelled("text"));
                }
                BlockContent::Caption { text } => {
                    self.text(Place::Body, block, text, labelled("caption"));
                }
                BlockContent::Footnote { text } => {
                    self.text(Place::Body, block, text, labelled("footnote"));
                }
                BlockContent::Furniture { role, text } => self.furniture(block, *role, text),
                BlockContent::ListItem { depth, marker, text } => {
                    let group = self.list(&mut lists, *depth);
                    let mut fields = labelled("list_item");
                    fields.insert("enumerated".into(), marker.contains(char::is_alphanumeric).into());
                    fields.insert("marker".into(), marker.as_str().into());
                    fields.insert("orig".into(), format!("{marker} {text}").trim().into());
                    let item = self.text(group, block, text, fields);
                    if let Some(open) = lists.last_mut() {
                        open.last = item;
                    }
                }
                BlockContent::Table(table) => {
                    let place = self.table(block, table);
                    for caption in own {
                        self.caption(place, &blocks[caption]);
                    }
                }
                BlockContent::Figure { text } => {
                    let mut fields = labelled("picture");
                    fields.insert("prov".into(), json!([self.provenance(block.page, &block.bbox, 0)]));
                    let place = self.add(Place::Body, Place::Picture, fields);
                    if !text.trim().is_empty() {
                        self.text(place, block, text, labelled("text"));
                    }
                    for caption in own {
                        self.caption(place, &blocks[caption]);
                    }
                }
            }
        }
    }

    fn add(&mut self, parent: Place, kind: fn(usize) -> Place, fields: Map<String, Value>) -> Place {
        let item = Item { parent, children: Vec::new(), fields };
        let list = match kind(0) {
            Place::Group(_) => &mut self.groups,
            Place::Table(_) => &mut self.tables,
            Place::Picture(_) => &mut self.pictures,
            Place::Text(_) | Place::Body => &mut self.texts,
        };
        let place = kind(list.len());
        list.push(item);
        match parent {
            Place::Body => self.body.push(place),
            Place::Group(i) => self.groups[i].children.push(place),
            Place::Text(i) => self.texts[i].children.push(place),
            Place::Table(i) => self.tables[i].children.push(place),
            Place::Picture(i) => self.pictures[i].children.push(place),
        }
        place
    }

    fn text(&mut self, parent: Place, block: &Block, text: &str, mut fields: Map<String, Value>) -> Place {
        let place = self.provenance(block.page, &block.bbox, text.chars().count());
        fields.insert("prov".into(), json!([place]));
        fields.entry("orig").or_insert_with(|| text.into());
        fields.insert("text".into(), text.into());
        self.add(parent, Place::Text, fields)
    }

    fn furniture(&mut self, block: &Block, role: FurnitureRole, text: &str) {
        let middle = self.heights.get(&block.page).map_or(0.0, |h| h / 2.0);
        let head = match role {
            FurnitureRole::Header => true,
            FurnitureRole::Footer => false,
            FurnitureRole::PageNumber => block.bbox.center().1 < middle,
        };
        let mut fields = labelled(if head { "page_header" } else { "page_footer" });
        fields.insert("content_layer".into(), "furniture".into());
        self.text(Place::Body, block, text, fields);
    }

    /// The group for an item of `depth`; a deeper list hangs under the last item of the one above it.
    fn list(&mut self, open: &mut Vec<OpenList>, depth: u8) -> Place {
        while open.last().is_some_and(|l| l.depth > depth) {
            open.pop();
        }
        match open.last() {
            Some(list) if list.depth == depth => list.group,
            above => {
                let parent = above.map_or(Place::Body, |l| l.last);
                let mut fields = labelled("list");
                fields.insert("name".into(), "list".into());
                let group = self.add(parent, Place::Group, fields);
                open.push(OpenList { depth, group, last: group });
                group
            }
        }
    }

    fn table(&mut self, block: &Block, table: &Table) -> Place {
        let cells: Vec<Value> = table
            .cells
            .iter()
            .map(|c| {
                let mut cell = json!({
                    "row_span": c.row_span, "col_span": c.column_span,
                    "start_row_offset_idx": c.row, "end_row_offset_idx": c.row + c.row_span,
                    "start_col_offset_idx": c.column, "end_col_offset_idx": c.column + c.column_span,
                    "text": c.text, "column_header": c.header, "row_header": false, "row_section": false,
                });
                if c.page == block.page {
                    cell["bbox"] = from_top(&c.bbox);
                }
                cell
            })
            .collect();
        let mut boxes: Vec<(u32, Rect)> = vec![(block.page, block.bbox)];
        for cell in table.cells.iter().filter(|c| c.page != block.page) {
            match boxes.iter_mut().find(|b| b.0 == cell.page) {
                Some(there) => there.1 = there.1.union(&cell.bbox),
                None => boxes.push((cell.page, cell.bbox)),
            }
        }
        let prov: Vec<Value> = boxes.iter().map(|(page, bbox)| self.provenance(*page, bbox, 0)).collect();
        let mut fields = labelled("table");
        fields.insert("prov".into(), prov.into());
        fields.insert(
            "data".into(),
            json!({ "table_cells": cells, "num_rows": table.rows, "num_cols": table.columns }),
        );
        self.add(Place::Body, Place::Table, fields)
    }

    fn caption(&mut self, of: Place, block: &Block) {
        let caption = self.text(of, block, &block.content.text(), labelled("caption")).reference();
        let fields = match of {
            Place::Table(i) => &mut self.tables[i].fields,
            Place::Picture(i) => &mut self.pictures[i].fields,
            Place::Body | Place::Group(_) | Place::Text(_) => return,
        };
        if let Some(list) = fields.entry("captions").or_insert_with(|| json!([])).as_array_mut() {
            list.push(caption);
        }
    }

    fn provenance(&self, page: u32, bbox: &Rect, characters: usize) -> Value {
        let bbox = match self.heights.get(&page) {
            Some(height) => json!({
                "l": bbox.x0, "t": height - bbox.y0, "r": bbox.x1, "b": height - bbox.y1,
                "coord_origin": "BOTTOMLEFT",
            }),
            None => from_top(bbox),
        };
        json!({ "page_no": page, "bbox": bbox, "charspan": [0, characters] })
    }
}

fn from_top(bbox: &Rect) -> Value {
    json!({ "l": bbox.x0, "t": bbox.y0, "r": bbox.x1, "b": bbox.y1, "coord_origin": "TOPLEFT" })
}

fn labelled(label: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("label".into(), label.into());
    fields.insert("content_layer".into(), "body".into());
    fields
}

/// Captions with what they belong to: tables that carry their text, else a figure right before or after.
fn captions(blocks: &[Block]) -> Vec<(usize, usize)> {
    let mut out = bound_captions(blocks);
    for (at, block) in blocks.iter().enumerate() {
        if !matches!(block.content, BlockContent::Caption { .. }) || out.iter().any(|c| c.0 == at) {
            continue;
        }
        let beside = |place: &usize| {
            let other = blocks.get(*place);
            other.is_some_and(|o| o.page == block.page && matches!(o.content, BlockContent::Figure { .. }))
        };
        // Most captions stand below.
        let figure = [at.wrapping_sub(1), at + 1].into_iter().find(beside);
        out.extend(figure.filter(|f| !out.iter().any(|c| c.1 == *f)).map(|f| (at, f)));
    }
    out
}

/// The heading that is the title: the first and only one of the highest level.
fn title(document: &Document) -> Option<usize> {
    let mut top = document
        .blocks
        .iter()
        .enumerate()
        .filter(|(_, b)| matches!(b.content, BlockContent::Heading { level: 1, .. }));
    let first = top.next()?.0;
    let before = document.blocks[..first].iter().any(|b| matches!(b.content, BlockContent::Heading { .. }));
    (top.next().is_none() && !before).then_some(first)
}

#[cfg(test)]
mod tests;
