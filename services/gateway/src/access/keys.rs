//! API keys. The configuration holds their hashes; the keys themselves are with whoever uses them. They are 256 random
//! bits, so that a fast hash is enough: there is nothing to guess.

use super::scope::{Access, Scope};
use serde::Deserialize;

const PREFIX: &str = "pm_";
const HASH_PREFIX: &str = "blake3:";
const RANDOM_BYTES: usize = 32;

/// A key that is let in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyConfig {
    /// Of whoever uses it; stands in logs and messages.
    pub name: String,
    /// As `pagemill-gateway key` prints it: `blake3:` and 64 hex digits.
    pub hash: String,
    /// Collections whose documents it sees; `"*"` for all.
    pub read: Vec<String>,
    /// Collections that it adds to and removes from, and sees; `"*"` for all.
    pub write: Vec<String>,
    /// Sees and changes everything, and what concerns all collections.
    pub admin: bool,
    /// Reads `/metrics`, and by itself nothing else: for a Prometheus.
    pub metrics: bool,
}

/// A key that was made just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// For whoever uses it. It is kept nowhere.
    pub key: String,
    /// For the configuration.
    pub hash: String,
}

/// Makes a key from the system's randomness.
pub fn new_key() -> NewKey {
    let random: [u8; RANDOM_BYTES] = rand::random();
    let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = format!("{PREFIX}{digits}");
    let hash = format!("{HASH_PREFIX}{}", blake3::hash(key.as_bytes()).to_hex());
    NewKey { key, hash }
}

/// The keys that are let in.
pub struct Keys(Vec<(blake3::Hash, Access)>);

impl Keys {
    /// # Errors
    /// What is wrong with which entry.
    pub fn new(configs: &[KeyConfig]) -> Result<Self, String> {
        let mut keys: Vec<(blake3::Hash, Access)> = Vec::with_capacity(configs.len());
        for (config, number) in configs.iter().zip(1..) {
            let wrong = |what: &str| Err(format!("gateway.keys: entry {number} (`{}`): {what}", config.name));
            if config.name.is_empty() {
                return wrong("`name` is empty; name whoever uses the key");
            }
            let Some(Ok(hash)) = config.hash.strip_prefix(HASH_PREFIX).map(blake3::Hash::from_hex) else {
                return wrong(
                    "`hash` is not `blake3:` and 64 hex digits; make a key with `pagemill-gateway key`",
                );
            };
            if keys.iter().any(|(known, access)| *known == hash || access.name() == Some(&config.name)) {
                return wrong("its name or its key stands there twice; give each its own");
            }
            if config.read.is_empty() && config.write.is_empty() && !config.admin && !config.metrics {
                return wrong("it may do nothing; grant `read`, `write`, `metrics` or `admin`");
            }
            let (read, write) = (Scope::of(config.read.clone()), Scope::of(config.write.clone()));
            let access = Access::new(config.name.clone(), read, write, config.admin);
            keys.push((hash, if config.metrics { access.with_metrics() } else { access }));
        }
        Ok(Self(keys))
    }

    /// Who shows this key. The comparison takes the same time wherever hashes differ.
    pub fn access(&self, key: &str) -> Option<Access> {
        let shown = blake3::hash(key.as_bytes());
        self.0.iter().find(|(hash, _)| *hash == shown).map(|(_, access)| access.clone())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_hash_only() {
        let (one, other) = (new_key(), new_key());
        assert_ne!(one.key, other.key);
        let config = KeyConfig {
            name: "hr".into(),
            hash: one.hash.clone(),
            read: vec!["hr".into()],
            ..KeyConfig::default()
        };
        let keys = Keys::new(std::slice::from_ref(&config)).unwrap();
        assert_eq!(keys.access(&one.key).unwrap().name(), Some("hr"));
        for wrong in [other.key.as_str(), one.hash.as_str(), &one.key[..60], ""] {
            assert!(keys.access(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_named() {
        let fine = KeyConfig {
            name: "hr".into(),
            hash: new_key().hash,
            read: vec!["hr".into()],
            ..KeyConfig::default()
        };
        let check = |configs: &[KeyConfig], expected: &str| {
            let said = Keys::new(configs).err().unwrap();
            assert!(said.contains(expected), "{said}");
        };
        check(&[KeyConfig { name: String::new(), ..fine.clone() }], "`name` is empty");
        check(&[KeyConfig { hash: "blake3:00".into(), ..fine.clone() }], "64 hex digits");
        check(&[KeyConfig { hash: new_key().key, ..fine.clone() }], "64 hex digits");
        check(&[KeyConfig { read: vec![], ..fine.clone() }], "may do nothing");
        check(&[fine.clone(), KeyConfig { name: "it".into(), ..fine.clone() }], "entry 2 (`it`)");
        check(&[fine.clone(), KeyConfig { hash: new_key().hash, ..fine }], "twice");
    }
}
