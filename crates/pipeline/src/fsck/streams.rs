//! The three sides of the comparison as streams in one order, each with one page in memory and a look at what comes next.

use super::merge::Place;
use super::place;
use crate::{
    Catalog, DocumentCard, DocumentFilter, DocumentRecord, Failure, ListedObject, SearchIndex, Sources,
};
use futures::StreamExt;
use pagemill_document::{ContentHash, DocumentId};
use std::collections::VecDeque;

const PAGE: usize = 1000;

/// What every source holds, source after source.
pub(super) struct ListedObjects<'a> {
    sources: &'a dyn Sources,
    names: VecDeque<String>,
    current: Option<String>,
    after: Option<String>,
    page: VecDeque<ListedObject>,
}

impl<'a> ListedObjects<'a> {
    pub fn new(sources: &'a dyn Sources, names: Vec<String>) -> Self {
        Self { sources, names: names.into(), current: None, after: None, page: VecDeque::new() }
    }

    pub async fn place(&mut self) -> Result<Option<Place>, Failure> {
        while self.page.is_empty() {
            let Some(name) = self.current.take().or_else(|| self.names.pop_front()) else { return Ok(None) };
            let objects = self.sources.open(&name).await?;
            let mut listed = objects.list(self.after.as_deref()).take(PAGE);
            while let Some(object) = listed.next().await {
                self.page.push_back(object?);
            }
            drop(listed);
            self.after = self.page.back().map(|object| object.key.clone());
            if self.page.is_empty() {
                continue;
            }
            self.current = Some(name);
        }
        let source = self.current.as_deref().unwrap_or_default();
        Ok(self.page.front().map(|object| place(source, &object.key)))
    }

    pub fn take(&mut self, wanted: &Place) -> Option<ListedObject> {
        if self.current.as_deref() != Some(wanted.source.as_str()) {
            return None;
        }
        self.page.pop_front_if(|object| object.key == wanted.key)
    }
}

/// What the catalog says.
pub(super) struct KnownDocuments<'a> {
    catalog: &'a dyn Catalog,
    source: Option<String>,
    after: Option<(String, String)>,
    ended: bool,
    page: VecDeque<DocumentRecord>,
}

impl<'a> KnownDocuments<'a> {
    pub fn new(catalog: &'a dyn Catalog, source: Option<String>) -> Self {
        Self { catalog, source, after: None, ended: false, page: VecDeque::new() }
    }

    pub async fn place(&mut self) -> Result<Option<Place>, Failure> {
        if self.page.is_empty() && !self.ended {
            let filter = DocumentFilter {
                source: self.source.clone(),
                after: self.after.take(),
                limit: PAGE,
                ..DocumentFilter::default()
            };
            self.page = self.catalog.documents(filter).await?.into();
            self.after = self.page.back().map(|record| (record.source.clone(), record.key.clone()));
            self.ended = self.page.len() < PAGE;
        }
        Ok(self.page.front().map(|record| place(&record.source, &record.key)))
    }

    pub fn take(&mut self, wanted: &Place) -> Option<DocumentRecord> {
        self.page.pop_front_if(|record| record.source == wanted.source && record.key == wanted.key)
    }
}

/// What the index holds.
pub(super) struct Cards<'a> {
    index: &'a dyn SearchIndex,
    source: Option<String>,
    after: Option<DocumentCard>,
    ended: bool,
    page: VecDeque<DocumentCard>,
}

impl<'a> Cards<'a> {
    pub fn new(index: &'a dyn SearchIndex, source: Option<String>) -> Self {
        let after = source.as_deref().map(before_all);
        Self { index, source, after, ended: false, page: VecDeque::new() }
    }

    pub async fn place(&mut self) -> Result<Option<Place>, Failure> {
        if self.page.is_empty() && !self.ended {
            self.page = self.index.cards(self.after.as_ref(), PAGE).await?.into();
            self.ended = self.page.len() < PAGE;
            self.after = self.page.back().cloned();
            if let Some(source) = &self.source {
                let before = self.page.len();
                self.page.retain(|card| card.source == *source);
                self.ended |= self.page.len() < before;
            }
        }
        Ok(self.page.front().map(|card| place(&card.source, &card.key)))
    }

    pub fn take(&mut self, wanted: &Place) -> Option<DocumentCard> {
        self.page.pop_front_if(|card| card.source == wanted.source && card.key == wanted.key)
    }
}

/// A card that comes before every card of a source.
fn before_all(source: &str) -> DocumentCard {
    DocumentCard {
        id: DocumentId::from_text(""),
        source: source.to_owned(),
        key: String::new(),
        collection: String::new(),
        content_hash: ContentHash::from_text(""),
        version_ms: 0,
        title: String::new(),
        author: None,
        language: None,
        page_count: 0,
        chunk_count: 0,
    }
}
