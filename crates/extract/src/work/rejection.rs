//! Why a document was not taken, and what its owner can do about it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A document that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub reason: RejectReason,
    /// What was found, in words.
    pub detail: String,
}

/// Why a document is not taken. The last four are found by the parent, not by the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    Empty,
    NotAPdf,
    Encrypted,
    Unreadable,
    NoPages,
    TooManyPages,
    TooLarge,
    /// A request about a page that the document does not have, or before any was opened.
    BadRequest,
    OutOfMemory,
    TimedOut,
    Crashed,
    /// Every page was read, and none has text.
    NoText,
    /// The object vanished or its source did not answer.
    Unavailable,
}

impl RejectReason {
    /// What is wrong.
    pub fn statement(&self) -> &'static str {
        match self {
            Self::Empty => "the file is empty",
            Self::NotAPdf => "the file is not a PDF",
            Self::Encrypted => "the PDF is locked",
            Self::Unreadable => "the PDF is damaged beyond repair",
            Self::NoPages => "the PDF has no pages",
            Self::TooManyPages => "the PDF has more pages than allowed",
            Self::TooLarge => "the file or page is larger than allowed",
            Self::BadRequest => "there is no such page",
            Self::OutOfMemory => "reading the PDF needs more memory than allowed",
            Self::TimedOut => "reading the PDF takes longer than allowed",
            Self::Crashed => "reading the PDF ended the reader",
            Self::NoText => "the PDF holds no text that can be read",
            Self::Unavailable => "the file cannot be had",
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Empty => "Upload the file again.",
            Self::NotAPdf => "Convert it to PDF, or remove it from the source.",
            Self::Encrypted => "Save a copy without a password and upload that.",
            Self::Unreadable => "Open it in a PDF program and save it anew, or upload it again.",
            Self::NoPages => "Upload the file again, or save it anew in a PDF program.",
            Self::TooManyPages => "Split it, or raise the limit on pages.",
            Self::TooLarge => "Split or compress it, or raise the limit on size.",
            Self::BadRequest => "Ask for a page between 1 and the page count.",
            Self::OutOfMemory => "Save it anew in a PDF program, or raise the limit on memory.",
            Self::TimedOut => "Save it anew in a PDF program, or raise the limit on time.",
            Self::Crashed => "Save it anew in a PDF program; report the file if that does not help.",
            Self::NoText => "Check that it shows text; scan it again at 300 dpi if it is a scan.",
            Self::Unavailable => "Look whether the source can be reached and the file is there, then retry.",
        }
    }
}

impl Rejection {
    pub fn new(reason: RejectReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    pub(super) fn nothing_open() -> Self {
        Self::new(RejectReason::BadRequest, "no document is open")
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason.statement())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        write!(f, ". {}", self.reason.advice())
    }
}

impl std::error::Error for Rejection {}
