//! What must be known of an embedding model beside its files: prefixes, pooling, limit. In: the model's folder. Out: a
//! `Profile`, from `pagemill.toml` in the folder, else by the folder's name.

use pagemill_pipeline::Failure;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How texts are put to a model, and its vectors taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Before a question.
    #[serde(default)]
    pub query_prefix: String,
    /// Before a passage.
    #[serde(default)]
    pub passage_prefix: String,
    pub pooling: Pooling,
    /// The longest input, special tokens and prefix included.
    pub max_tokens: usize,
}

/// How the vectors of the tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    Mean,
    /// The first token's.
    Cls,
}

const FILE: &str = "pagemill.toml";

impl Profile {
    /// # Errors
    /// `Stop` when `pagemill.toml` cannot be understood, or there is none and the name says nothing.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let file = folder.join(FILE);
        match std::fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error| Failure::stop(format!("{}: {}", file.display(), error.message()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                Self::by_name(&name).ok_or_else(|| unknown(folder))
            }
            Err(error) => Err(Failure::stop(format!("{} cannot be read: {error}", file.display()))),
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let mean = |prefixes: [&str; 2], max_tokens| {
            let [query_prefix, passage_prefix] = prefixes.map(str::to_owned);
            Self { query_prefix, passage_prefix, pooling: Pooling::Mean, max_tokens }
        };
        if name.split(['-', '_']).any(|word| word == "e5") {
            Some(mean(["query: ", "passage: "], 512))
        } else if name.contains("all-minilm-l6") {
            Some(mean(["", ""], 256))
        } else {
            None
        }
    }
}

fn unknown(folder: &Path) -> Failure {
    Failure::stop(format!(
        "{}: how to use this model is not known; write {FILE} into the folder with query_prefix, passage_prefix, pooling (\"mean\" or \
         \"cls\") and max_tokens, as its model card says",
        folder.display()
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn known_by_name() {
        let check = |name: &str, expected: Option<&str>| {
            let prefix = Profile::by_name(name).map(|profile| profile.passage_prefix);
            assert_eq!(prefix.as_deref(), expected, "{name}");
        };
        check("multilingual-e5-small", Some("passage: "));
        check("multilingual-e5-small-q4", Some("passage: "));
        check("all-MiniLM-L6-v2-q", Some(""));
        check("made5up", None);
    }

    #[test]
    fn the_file_wins_and_its_mistakes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let unknown = Profile::of(folder.path()).unwrap_err().to_string();
        assert!(unknown.contains("pagemill.toml") && unknown.contains("pooling"), "{unknown}");
        std::fs::write(folder.path().join(FILE), "pooling = \"cls\"\nmax_tokens = 128\n").unwrap();
        let profile = Profile::of(folder.path()).unwrap();
        assert_eq!(
            (profile.pooling, profile.max_tokens, profile.query_prefix.as_str()),
            (Pooling::Cls, 128, "")
        );
        std::fs::write(folder.path().join(FILE), "pooling = \"cls\"\nmax_tokens = 128\nquerry_prefix = \"\"")
            .unwrap();
        let mistake = Profile::of(folder.path()).unwrap_err().to_string();
        assert!(mistake.contains("querry_prefix"), "{mistake}");
    }
}
