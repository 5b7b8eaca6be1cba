//! Which documents are made anew when the workers change. In: what the workers make of a document now, and what made the one
//! that is there. Out: whether it is renewed. The same rule stands in SQL in the catalogs; the contract suite holds both to
//! one table.

use pagemill_document::Grade;
use serde::{Deserialize, Deserializer, Serialize};

/// What workers make of a document, in the parts that documents depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// All but OCR, as one line: every document depends on it.
    pub version: String,
    /// What recognises pages; only documents that needed it depend on it. `None` where OCR is switched off.
    pub ocr: Option<String>,
    /// What other OCR read is read again only where a page of it graded below this; all of it when `None`.
    pub renew_ocr_below: Option<Grade>,
}

/// What made a document, and how well its worst page was recognised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// As [`Pipeline::version`].
    pub version: String,
    /// What recognised its pages; `None` where none needed it, and where OCR was switched off.
    pub ocr: Option<String>,
    /// Lowest confidence among the pages that needed OCR, 0 to 1, and 0 for one that did not get it; `None` where none
    /// needed it.
    pub lowest_confidence: Option<f32>,
}

impl Pipeline {
    /// What a document with this lowest confidence (as [`Provenance`] has it) is made by, if it is made now.
    pub fn provenance(&self, lowest_confidence: Option<f32>) -> Provenance {
        Provenance {
            version: self.version.clone(),
            ocr: lowest_confidence.and(self.ocr.clone()),
            lowest_confidence,
        }
    }

    /// Whether a document that was made so is made anew. Where OCR is switched off nothing is renewed for its sake: what was
    /// recognised before could only get lost.
    pub fn renews(&self, made: &Provenance) -> bool {
        if made.version != self.version {
            return true;
        }
        let (Some(lowest), Some(ocr)) = (made.lowest_confidence, &self.ocr) else { return false };
        made.ocr.as_ref() != Some(ocr)
            && self.renew_ocr_below.is_none_or(|grade| lowest < grade.least_ocr_confidence())
    }
}

impl std::fmt::Display for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ocr={}", self.version, self.ocr.as_deref().unwrap_or("never"))?;
        match self.renew_ocr_below {
            Some(grade) => write!(f, ", renewed below {}", grade.label().en),
            None => Ok(()),
        }
    }
}

/// Reads a grade that something can be below.
///
/// # Errors
/// When it is no grade, or `poor`: nothing is below that.
pub fn grade_with_lower<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Grade>, D::Error> {
    match Option::<Grade>::deserialize(deserializer)? {
        Some(Grade::Poor) => {
            Err(serde::de::Error::custom("nothing grades below `poor`: give `fair`, `good` or `excellent`"))
        }
        grade => Ok(grade),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{RENEWAL, lowest_of};

    #[test]
    fn what_is_renewed() {
        for rule in RENEWAL {
            let made = Provenance {
                version: rule.version.into(),
                ocr: rule.ocr.map(Into::into),
                lowest_confidence: rule.worst.map(lowest_of),
            };
            let pipeline =
                Pipeline { version: "v1".into(), ocr: rule.now.map(Into::into), renew_ocr_below: rule.below };
            assert_eq!(pipeline.renews(&made), rule.renewed, "{rule:?}");
        }
    }

    #[test]
    fn nothing_is_below_poor() {
        let read = |json: &str| serde_json::from_str::<crate::read::ReadConfig>(json);
        let check = |grade: &str, expected| {
            let config = read(&format!(r#"{{"renew_ocr_below": "{grade}"}}"#));
            assert_eq!(config.ok().map(|config| config.renew_ocr_below), expected, "{grade}");
        };
        check("fair", Some(Some(Grade::Fair)));
        check("excellent", Some(Some(Grade::Excellent)));
        check("poor", None);
        check("bad", None);
        assert_eq!(read("{}").expect("defaults").renew_ocr_below, None);
    }

    #[test]
    fn a_document_without_pages_for_ocr_is_made_by_none() {
        let pipeline = Pipeline { version: "v1".into(), ocr: Some("engine".into()), renew_ocr_below: None };
        assert_eq!(pipeline.provenance(None).ocr, None);
        assert_eq!(pipeline.provenance(Some(0.4)).ocr.as_deref(), Some("engine"));
        assert!(!pipeline.renews(&pipeline.provenance(Some(0.0))), "what was made now is not made anew");
    }
}
