//! What a document is worth for retrieval: seven traits, each with a score, the evidence that was
//! measured and one sentence on what to improve. The measuring is done where the pages are (`extract`).

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
    /// What was measured, as short statements.
    pub evidence: Vec<String>,
    /// One sentence; empty where nothing needs doing.
    pub advice: String,
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
}
