//! What is made anew when the workers change, as one table: the rule itself and every catalog are held to it.

use pagemill_document::Grade;

/// A document that `version` and `ocr` made, and whether workers of version `v1` renew it.
#[derive(Clone, Copy, Debug)]
pub struct Renewal {
    pub version: &'static str,
    /// What recognised its pages.
    pub ocr: Option<&'static str>,
    /// Grade of its worst page; `None` where no page needed OCR.
    pub worst: Option<Grade>,
    /// What recognises pages now.
    pub now: Option<&'static str>,
    /// As [`crate::Pipeline::renew_ocr_below`].
    pub below: Option<Grade>,
    pub renewed: bool,
}

/// The lowest confidence that still has this grade.
pub fn lowest_of(grade: Grade) -> f32 {
    grade.least_ocr_confidence()
}

const fn rule(
    made: (&'static str, Option<&'static str>, Option<Grade>),
    now: (Option<&'static str>, Option<Grade>),
    renewed: bool,
) -> Renewal {
    Renewal { version: made.0, ocr: made.1, worst: made.2, now: now.0, below: now.1, renewed }
}

/// The rules, with the documents as they are and the workers as they are now.
pub const RENEWAL: [Renewal; 17] = {
    use Grade::{Excellent, Fair, Good, Poor};
    let (old, new) = (Some("old"), Some("new"));
    [
        // No page needed OCR: only the rest counts.
        rule(("v1", None, None), (new, None), false),
        rule(("v1", None, None), (new, Some(Excellent)), false),
        rule(("v1", None, None), (None, None), false),
        rule(("v0", None, None), (new, Some(Fair)), true),
        // The same OCR: whatever it made of it.
        rule(("v1", new, Some(Poor)), (new, None), false),
        rule(("v1", new, Some(Poor)), (new, Some(Excellent)), false),
        rule(("v0", new, Some(Excellent)), (new, Some(Fair)), true),
        // Other OCR: all of it, or what graded below.
        rule(("v1", old, Some(Excellent)), (new, None), true),
        rule(("v1", old, Some(Poor)), (new, Some(Fair)), true),
        rule(("v1", old, Some(Fair)), (new, Some(Fair)), false),
        rule(("v1", old, Some(Fair)), (new, Some(Good)), true),
        rule(("v1", old, Some(Good)), (new, Some(Good)), false),
        rule(("v1", old, Some(Good)), (new, Some(Excellent)), true),
        rule(("v1", old, Some(Excellent)), (new, Some(Excellent)), false),
        // OCR was switched off: the pages were not read at all. And it is switched off now: nothing would get better.
        rule(("v1", None, Some(Poor)), (new, None), true),
        rule(("v1", None, Some(Poor)), (new, Some(Fair)), true),
        rule(("v1", old, Some(Poor)), (None, None), false),
    ]
};
