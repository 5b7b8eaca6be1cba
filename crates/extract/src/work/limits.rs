//! Limits on a document and its pages, and the checks that need no parser.

use super::{RejectReason, Rejection};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How much of a file is read. What exceeds a limit of a page costs that page its excess and is noted in
/// its warnings; what exceeds a limit of the document rejects it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadLimits {
    pub max_file_bytes: u64,
    pub max_pages: u32,
    /// Objects (text, paths, images) looked at on a page.
    pub max_objects_per_page: u32,
    /// Steps of paths looked at on a page.
    pub max_path_segments_per_page: u32,
    pub max_glyphs_per_page: u32,
    /// What the content of a page may unpack to. A page with more is not read: pdfium holds content twice, and a page
    /// that it has no room for comes out blank.
    pub max_content_bytes_per_page: u64,
    /// Larger files give their facts by pdfium alone, which does not hold the file in memory.
    pub max_facts_bytes: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            max_file_bytes: 2 << 30,
            max_pages: 10_000,
            max_objects_per_page: 200_000,
            max_path_segments_per_page: 400_000,
            max_glyphs_per_page: 100_000,
            max_content_bytes_per_page: 128 << 20,
            max_facts_bytes: 128 << 20,
        }
    }
}

/// Whether a file is worth opening: its size, and the mark that every PDF carries near its start.
pub(super) fn check_file(path: &Path, limits: &ReadLimits) -> Result<(), Rejection> {
    let unreadable = |error: std::io::Error| Rejection::new(RejectReason::Unreadable, error.to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    if bytes == 0 {
        return Err(Rejection::new(RejectReason::Empty, "it holds no bytes"));
    }
    if bytes > limits.max_file_bytes {
        let detail = format!("{bytes} bytes, and {} are allowed", limits.max_file_bytes);
        return Err(Rejection::new(RejectReason::TooLarge, detail));
    }
    let mut head = Vec::new();
    file.by_ref().take(1024 + 8).read_to_end(&mut head).map_err(unreadable)?;
    if !head.windows(5).any(|window| window == b"%PDF-") {
        return Err(Rejection::new(RejectReason::NotAPdf, format!("it starts like {}", kind_of(&head))));
    }
    Ok(())
}

/// What the first bytes of a file look like.
fn kind_of(head: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(&head[..head.len().min(256)]).to_lowercase();
    if text.contains("<html") || text.contains("<!doctype html") {
        "a web page"
    } else if head.starts_with(b"PK") {
        "a ZIP or Office file"
    } else if head.starts_with(b"\x89PNG") || head.starts_with(b"\xFF\xD8") || head.starts_with(b"II*") {
        "an image"
    } else if head.starts_with(b"%FDF") {
        "form data (FDF)"
    } else if head.iter().all(|&b| b == 0) {
        "a run of zeros, as a failed download leaves it"
    } else {
        "something else"
    }
}

pub(super) fn check_pages(page_count: u32, limits: &ReadLimits) -> Result<(), Rejection> {
    if page_count == 0 {
        return Err(Rejection::new(RejectReason::NoPages, "its page tree is empty or damaged"));
    }
    if page_count > limits.max_pages {
        let detail = format!("{page_count} pages, and {} are allowed", limits.max_pages);
        return Err(Rejection::new(RejectReason::TooManyPages, detail));
    }
    Ok(())
}
