//! The tokenizer of a loaded model as a file that can be handed on. In: a path. Out: its bytes, as long as they are the ones
//! that the model was loaded with.

use std::path::{Path, PathBuf};

/// A `tokenizer.json` and what it was when the model was loaded.
#[derive(Clone, Debug)]
pub struct TokenizerFile {
    path: PathBuf,
    digest: blake3::Hash,
}

/// Why the file cannot be handed on.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerFileError {
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} has changed since the model was loaded; start again to load both anew", path.display())]
    Changed { path: PathBuf },
}

impl TokenizerFile {
    /// Of a file that was just read.
    pub fn of(path: &Path, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), digest: blake3::hash(bytes) }
    }

    /// The bytes, megabytes for a model of many languages. Blocks.
    ///
    /// # Errors
    /// When the file is gone or another one.
    pub fn read(&self) -> Result<Vec<u8>, TokenizerFileError> {
        let bytes = std::fs::read(&self.path)
            .map_err(|source| TokenizerFileError::Unreadable { path: self.path.clone(), source })?;
        if blake3::hash(&bytes) != self.digest {
            return Err(TokenizerFileError::Changed { path: self.path.clone() });
        }
        Ok(bytes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_loaded_is_handed_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        std::fs::write(&path, "{}").unwrap();
        let file = TokenizerFile::of(&path, b"{}");
        assert_eq!(file.read().unwrap(), b"{}");
        std::fs::write(&path, "{ }").unwrap();
        assert!(file.read().unwrap_err().to_string().contains("has changed"));
        std::fs::remove_file(&path).unwrap();
        assert!(file.read().unwrap_err().to_string().contains("cannot be read"));
    }
}
