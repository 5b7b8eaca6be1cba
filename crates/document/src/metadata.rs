//! What is known about a document as a whole, and from where: stated by the file, or derived from its
//! text. Facts are what the file says; metadata is what Pagemill stands by after looking at the text.

use serde::{Deserialize, Serialize};

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field<T> {
    pub value: T,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The file states it (Info dictionary or XMP).
    File,
    /// Derived from the text, because the file is silent or what it says cannot be true.
    Text,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    pub title: Option<Field<String>>,
    pub author: Option<Field<String>>,
    pub subject: Option<Field<String>>,
    /// ISO 639-1, such as `en` or `ko`.
    pub language: Option<Field<String>>,
    pub keywords: Option<Field<Vec<String>>>,
    /// RFC 3339.
    pub created: Option<Field<String>>,
    /// RFC 3339.
    pub modified: Option<Field<String>>,
    pub page_count: u32,
    /// The program that wrote the source, as the file says.
    pub creator: Option<String>,
    /// The program that wrote the PDF, as the file says.
    pub producer: Option<String>,
}

/// What the file says of itself, not judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DocumentFacts {
    pub page_count: u32,
    pub title: Option<String>,
    pub author: Option<String>,
    pub subject: Option<String>,
    pub keywords: Vec<String>,
    pub creator: Option<String>,
    pub producer: Option<String>,
    /// RFC 3339.
    pub created: Option<String>,
    /// RFC 3339.
    pub modified: Option<String>,
    /// As stated by the catalog's `Lang`.
    pub language: Option<String>,
    /// Whether the file claims to be tagged (`MarkInfo`).
    pub tagged: bool,
    pub encrypted: bool,
    pub outline: Vec<OutlineEntry>,
    /// Names of attached files.
    pub attachments: Vec<String>,
    /// Such as `1.7`.
    pub pdf_version: Option<String>,
    pub has_forms: bool,
    pub has_javascript: bool,
    pub signed: bool,
    pub warnings: Vec<String>,
}

/// An entry of the document outline (bookmarks), flattened in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineEntry {
    /// From 1.
    pub level: u8,
    pub title: String,
    /// From 1.
    pub page: Option<u32>,
}
