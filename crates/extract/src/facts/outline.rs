//! The document outline (bookmarks), flattened in order, each entry with the page it leads to.

use super::{dictionary, text};
use crate::page_ids::page_ids;
use lopdf::{Dictionary, Document, Object, ObjectId};
use pagemill_document::{DocumentFacts, OutlineEntry};
use std::collections::{HashMap, HashSet};

const MAX_ENTRIES: usize = 5_000;
const MAX_LEVEL: u8 = 16;
/// Nodes of a name tree that are looked at.
const MAX_NAME_NODES: usize = 20_000;

/// Reads the outline into the facts.
pub fn read(file: &Document, catalog: &Dictionary, facts: &mut DocumentFacts) {
    let Some(root) = catalog.get(b"Outlines").ok().and_then(|object| dictionary(file, object)) else {
        return;
    };
    let pages: HashMap<ObjectId, u32> = page_ids(file).map(|(number, id)| (id, number)).collect();
    let mut walk =
        Walk { file, pages, names: names(file, catalog), seen: HashSet::new(), entries: Vec::new() };
    walk.children(root, 1);
    if walk.entries.len() >= MAX_ENTRIES {
        facts.warnings.push(format!("the outline was cut at {MAX_ENTRIES} entries"));
    }
    facts.outline = walk.entries;
}

struct Walk<'f> {
    file: &'f Document,
    pages: HashMap<ObjectId, u32>,
    names: HashMap<Vec<u8>, &'f Object>,
    /// Entries come once, whatever their links say.
    seen: HashSet<ObjectId>,
    entries: Vec<OutlineEntry>,
}

impl<'f> Walk<'f> {
    fn children(&mut self, parent: &'f Dictionary, level: u8) {
        let mut next = parent.get(b"First").and_then(Object::as_reference).ok();
        while let Some(id) = next {
            if level > MAX_LEVEL || self.entries.len() >= MAX_ENTRIES || !self.seen.insert(id) {
                return;
            }
            let Ok(entry) = self.file.get_dictionary(id) else { return };
            if let Some(title) = entry.get_deref(b"Title", self.file).ok().and_then(text::string) {
                self.entries.push(OutlineEntry { level, title, page: self.page(entry) });
            }
            self.children(entry, level + 1);
            next = entry.get(b"Next").and_then(Object::as_reference).ok();
        }
    }

    /// The page an entry leads to, by its destination or its go-to action.
    fn page(&self, entry: &'f Dictionary) -> Option<u32> {
        let destination = entry.get(b"Dest").ok().or_else(|| {
            let action = dictionary(self.file, entry.get(b"A").ok()?)?;
            action.get(b"D").ok()
        })?;
        self.target(destination, 4)
    }

    fn target(&self, destination: &'f Object, depth: u8) -> Option<u32> {
        let depth = depth.checked_sub(1)?;
        match self.file.dereference(destination).ok()?.1 {
            Object::Array(parts) => match parts.first()? {
                Object::Reference(id) => self.pages.get(id).copied(),
                // Pages of other files are given by number; here some producers do it too.
                Object::Integer(index) => u32::try_from(*index).ok().map(|index| index + 1),
                _ => None,
            },
            Object::Dictionary(named) => self.target(named.get(b"D").ok()?, depth),
            Object::Name(name) | Object::String(name, _) => self.target(self.names.get(name)?, depth),
            _ => None,
        }
    }
}

/// Named destinations, from the name tree and from the dictionary of older files.
fn names<'f>(file: &'f Document, catalog: &'f Dictionary) -> HashMap<Vec<u8>, &'f Object> {
    let mut found = HashMap::new();
    if let Some(old) = catalog.get(b"Dests").ok().and_then(|object| dictionary(file, object)) {
        found.extend(old.iter().map(|(name, target)| (name.clone(), target)));
    }
    let tree = catalog
        .get(b"Names")
        .ok()
        .and_then(|object| dictionary(file, object))
        .and_then(|names| dictionary(file, names.get(b"Dests").ok()?));
    if let Some(tree) = tree {
        name_tree(file, tree, &mut |name, target| {
            found.insert(name.to_vec(), target);
        });
    }
    found
}

/// Walks a name tree (ISO 32000-2, 7.9.6), whatever its links say, up to a limit of nodes.
pub fn name_tree<'f>(file: &'f Document, root: &'f Dictionary, found: &mut dyn FnMut(&'f [u8], &'f Object)) {
    let mut nodes = vec![root];
    let mut left = MAX_NAME_NODES;
    while let Some(node) = nodes.pop() {
        if let Ok(kids) = node.get_deref(b"Kids", file).and_then(Object::as_array) {
            nodes.extend(kids.iter().filter_map(|kid| dictionary(file, kid)).take(left));
        }
        if let Ok(pairs) = node.get_deref(b"Names", file).and_then(Object::as_array) {
            for pair in pairs.chunks_exact(2).take(left) {
                if let Ok(name) = pair[0].as_str() {
                    found(name, &pair[1]);
                }
            }
        }
        left = left.saturating_sub(1);
        if left == 0 {
            return;
        }
    }
}
