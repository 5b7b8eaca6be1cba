//! Deterministic ids: the same source, key and bytes give the same ids on every machine and at every
//! run, so every write can be repeated. Never random, never a counter.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes an id that was printed earlier. Not checked: an unknown id finds nothing.
            pub fn from_text(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A document: 24 hex digits of the BLAKE3 hash of source and key. Stable while the bytes change.
    DocumentId
);
text_id!(
    /// A chunk: 32 hex digits of the BLAKE3 hash of document id, position and text.
    ChunkId
);
text_id!(
    /// The bytes of a document: 64 hex digits, BLAKE3.
    ContentHash
);

/// Hashes parts with their lengths, so that ("ab", "c") and ("a", "bc") differ.
fn hash_parts(parts: &[&[u8]]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()
}

impl DocumentId {
    /// The id of the object `key` in `source`; both as the connector names them.
    pub fn new(source: &str, key: &str) -> Self {
        Self(hash_parts(&[source.as_bytes(), key.as_bytes()]).to_hex()[..24].to_owned())
    }
}

impl ChunkId {
    /// The id of the chunk at `position` (from 0) of a document, with the text to embed.
    pub fn new(document: &DocumentId, position: u32, contextualized: &str) -> Self {
        let hash = hash_parts(&[document.0.as_bytes(), &position.to_le_bytes(), contextualized.as_bytes()]);
        Self(hash.to_hex()[..32].to_owned())
    }
}

impl ContentHash {
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).to_hex().to_string())
    }

    /// The hash of all that a reader gives, in constant memory.
    pub fn of_reader(reader: impl std::io::Read) -> std::io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reader)?;
        Ok(Self(hasher.finalize().to_hex().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_every_part_and_only_on_them() {
        assert_eq!(DocumentId::new("file:///a", "b.pdf"), DocumentId::new("file:///a", "b.pdf"));
        assert_ne!(DocumentId::new("file:///a", "b.pdf"), DocumentId::new("file:///ab", ".pdf"));
        let document = DocumentId::new("s", "k");
        assert_ne!(ChunkId::new(&document, 0, "text"), ChunkId::new(&document, 1, "text"));
        assert_eq!(DocumentId::new("s", "k").as_str().len(), 24);
    }
}
