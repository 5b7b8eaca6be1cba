//! What a document is worth for retrieval: seven traits, each with a score, the evidence that makes it up
//! and one remedy, in English and Korean. The measuring is done where the pages are (`extract`).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Readiness {
    /// Mean of the traits that apply, 0 to 1.
    pub score: f32,
    pub grade: Grade,
    /// All seven, in the order of [`Trait`].
    pub traits: Vec<TraitReport>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitReport {
    pub name: Trait,
    /// 0 to 1; `None` where the trait does not apply (scan quality of a born-digital file).
    pub score: Option<f32>,
    /// What was measured, and what each of it gave: the points of all together are the score.
    pub evidence: Vec<Evidence>,
    /// What to do about the part that costs most, as one sentence; empty where nothing needs doing.
    pub advice: Statement,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "WrittenEvidence")]
pub struct Evidence {
    #[serde(flatten)]
    pub statement: Statement,
    /// `None` where nothing is scored.
    pub points: Option<Points>,
}

/// Hundredths of a trait's score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Below 0 for what takes away from the rest.
    pub given: f32,
    /// What it can give at most; 0 for what only takes away.
    pub most: f32,
}

/// The same in the languages that Pagemill speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenStatement")]
pub struct Statement {
    pub en: String,
    pub ko: String,
}

impl Statement {
    pub fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self { en: en.into(), ko: ko.into() }
    }

    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.ko.is_empty()
    }

    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Korean => &self.ko,
        }
    }
}

/// A statement as it is written, or as documents of before have it: in English alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenStatement {
    English(String),
    Both { en: String, ko: String },
}

impl From<WrittenStatement> for Statement {
    fn from(written: WrittenStatement) -> Self {
        match written {
            WrittenStatement::English(text) => Self::new(text.clone(), text),
            WrittenStatement::Both { en, ko } => Self { en, ko },
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenEvidence {
    English(String),
    Both { en: String, ko: String, points: Option<Points> },
}

impl From<WrittenEvidence> for Evidence {
    fn from(written: WrittenEvidence) -> Self {
        match written {
            WrittenEvidence::English(text) => {
                Self { statement: Statement::new(text.clone(), text), points: None }
            }
            WrittenEvidence::Both { en, ko, points } => Self { statement: Statement { en, ko }, points },
        }
    }
}

/// A language that Pagemill speaks to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Korean,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    Structure,
    Metadata,
    TextQuality,
    Keywords,
    Consistency,
    ScanQuality,
    Variety,
}

impl Trait {
    pub const ALL: [Self; 7] = [
        Self::Structure,
        Self::Metadata,
        Self::TextQuality,
        Self::Keywords,
        Self::Consistency,
        Self::ScanQuality,
        Self::Variety,
    ];

    /// What people call it.
    pub fn label(self) -> Statement {
        match self {
            Self::Structure => Statement::new("Structure", "구조"),
            Self::Metadata => Statement::new("Metadata", "메타데이터"),
            Self::TextQuality => Statement::new("Text quality", "텍스트 품질"),
            Self::Keywords => Statement::new("Keywords and topics", "키워드와 주제"),
            Self::Consistency => Statement::new("Consistency and flow", "일관성과 흐름"),
            Self::ScanQuality => Statement::new("Scan quality", "스캔 품질"),
            Self::Variety => Statement::new("Variety of forms", "내용의 다양성"),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    #[default]
    Poor,
    Fair,
    Good,
    Excellent,
}

impl Grade {
    /// Below .5 poor, below .7 fair, below .85 good, else excellent.
    pub fn of(score: f32) -> Self {
        match score {
            s if s >= 0.85 => Self::Excellent,
            s if s >= 0.7 => Self::Good,
            s if s >= 0.5 => Self::Fair,
            _ => Self::Poor,
        }
    }

    /// Of a page or document that OCR read with this mean confidence of its words, 0 to 1. Thresholds were measured against
    /// known texts: `docs/extraction.md` says which share of wrong characters goes with which grade.
    pub fn of_ocr(confidence: f32) -> Self {
        [Self::Excellent, Self::Good, Self::Fair]
            .into_iter()
            .find(|grade| confidence >= grade.least_ocr_confidence())
            .unwrap_or_default()
    }

    /// The confidence from which on [`Grade::of_ocr`] gives this grade.
    pub fn least_ocr_confidence(self) -> f32 {
        match self {
            Self::Poor => 0.0,
            Self::Fair => 0.75,
            Self::Good => 0.88,
            Self::Excellent => 0.93,
        }
    }

    pub fn label(self) -> Statement {
        match self {
            Self::Poor => Statement::new("poor", "미흡"),
            Self::Fair => Statement::new("fair", "보통"),
            Self::Good => Statement::new("good", "좋음"),
            Self::Excellent => Statement::new("excellent", "매우 좋음"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_before_are_still_read() {
        let old = r#"{"name":"structure","score":0.5,"evidence":["3 headings"],"advice":""}"#;
        let read: TraitReport = serde_json::from_str(old).expect("an old report");
        assert_eq!(read.evidence[0].statement, Statement::new("3 headings", "3 headings"));
        assert!(read.advice.is_empty());
    }

    #[test]
    fn ocr_is_graded_by_its_confidence() {
        let check = |confidence, expected| assert_eq!(Grade::of_ocr(confidence), expected, "{confidence}");
        check(0.0, Grade::Poor);
        check(0.749, Grade::Poor);
        check(0.75, Grade::Fair);
        check(0.879, Grade::Fair);
        check(0.88, Grade::Good);
        check(0.93, Grade::Excellent);
        check(1.0, Grade::Excellent);
        check(f32::NAN, Grade::Poor);
    }

    #[test]
    fn a_report_reads_back() {
        let points = Some(Points { given: 22.5, most: 45.0 });
        let report = TraitReport {
            name: Trait::Structure,
            score: Some(0.5),
            evidence: vec![Evidence { statement: Statement::new("3 headings", "제목 3개"), points }],
            advice: Statement::new("Use styles.", "스타일을 쓰세요."),
        };
        let text = serde_json::to_string(&report).expect("JSON");
        assert!(
            text.contains(r#"{"en":"3 headings","ko":"제목 3개","points":{"given":22.5,"most":45.0}}"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<TraitReport>(&text).expect("JSON"), report);
    }
}
