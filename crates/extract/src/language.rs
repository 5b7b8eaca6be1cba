//! Whether text reads as a language, whichever. (first version: every text passes)

/// What text reads as.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Plausible,
    /// Too little of it to tell, or numbers and codes only.
    TooShort,
    /// Reads as no language: what was measured.
    Garbled(String),
}

/// Judges a text.
pub fn judge(text: &str) -> Verdict {
    if text.is_empty() { Verdict::TooShort } else { Verdict::Plausible }
}
