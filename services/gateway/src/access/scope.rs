//! What one caller may see and change, by collections.

use crate::error::ApiError;
use crate::shared::Shared;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

/// In a list of collections: all of them.
const ALL: &str = "*";

/// Collections.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    All,
    /// These; none when empty.
    Only(Arc<BTreeSet<String>>),
}

/// What a search or a list is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// To these; to nothing when the list is empty, which in a filter means no limit.
    Collections(Vec<String>),
    /// There is nothing within both what was asked for and what may be seen.
    Nothing,
}

impl Scope {
    /// From a list of names, `*` among them for all.
    pub fn of(names: impl IntoIterator<Item = String>) -> Self {
        let names: BTreeSet<String> = names.into_iter().collect();
        if names.contains(ALL) { Self::All } else { Self::Only(Arc::new(names)) }
    }

    pub fn nothing() -> Self {
        Self::Only(Arc::default())
    }

    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    pub fn admits(&self, collection: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(collection),
        }
    }

    fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(ours), Self::Only(theirs)) => Self::Only(Arc::new(&*ours | theirs)),
            _ => Self::All,
        }
    }

    /// The collections that are both asked for (all when none are named) and within.
    pub(crate) fn limit(&self, asked: &[String]) -> Limit {
        let within: Vec<String> = match self {
            Self::All => return Limit::Collections(asked.to_vec()),
            Self::Only(names) if asked.is_empty() => names.iter().cloned().collect(),
            Self::Only(names) => asked.iter().filter(|name| names.contains(*name)).cloned().collect(),
        };
        if within.is_empty() { Limit::Nothing } else { Limit::Collections(within) }
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Access {
    /// None for whoever shows no key.
    name: Option<String>,
    read: Scope,
    write: Scope,
    admin: bool,
    metrics: bool,
    /// When this access ends; none for a key.
    until: Option<SystemTime>,
}

impl Access {
    /// Who may write a collection may read it: what is there already shows in what writing answers.
    pub(super) fn new(name: String, read: Scope, write: Scope, admin: bool) -> Self {
        let (read, write) = if admin { (Scope::All, Scope::All) } else { (read.and(&write), write) };
        Self { name: Some(name), read, write, admin, metrics: admin, until: None }
    }

    pub(super) fn with_metrics(self) -> Self {
        Self { metrics: true, ..self }
    }

    pub(super) fn ending(self, until: SystemTime) -> Self {
        Self { until: Some(until), ..self }
    }

    /// Of a server without keys.
    pub(super) fn everything() -> Self {
        Self::new("everybody".to_owned(), Scope::All, Scope::All, true)
    }

    /// Of whoever shows no key, where that is let in.
    pub(super) fn nothing() -> Self {
        let (read, write) = (Scope::nothing(), Scope::nothing());
        Self { name: None, read, write, admin: false, metrics: false, until: None }
    }

    /// Of the key, or whom the token names.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// For messages.
    pub(super) fn called(&self) -> &str {
        self.name().unwrap_or("nobody")
    }

    pub fn readable(&self) -> &Scope {
        &self.read
    }

    pub fn writable(&self) -> &Scope {
        &self.write
    }

    pub(super) fn may_read_metrics(&self) -> bool {
        self.metrics
    }

    pub fn is_admin(&self) -> bool {
        self.admin
    }

    pub fn until(&self) -> Option<SystemTime> {
        self.until
    }

    /// # Errors
    /// 403 when this collection may not be changed.
    pub(crate) fn check_write(&self, collection: &str) -> Result<(), ApiError> {
        if self.write.admits(collection) {
            return Ok(());
        }
        let message = format!("The key `{}` may not change the collection `{collection}`.", self.called());
        let advice = "Use a key that may, or ask whoever runs this server to grant it.";
        Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", message, advice))
    }
}

impl FromRequestParts<Arc<Shared>> for Access {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, ApiError> {
        // Put there by the gate, before any handler; without it there is no access.
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(Self::nothing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_is_asked_for_is_cut_down_to_what_may_be_seen() {
        let check = |scope: &[&str], asked: &[&str], expected: Limit| {
            assert_eq!(Scope::of(names(scope)).limit(&names(asked)), expected, "{scope:?} {asked:?}");
        };
        let only = |list: &[&str]| Limit::Collections(names(list));
        check(&["*"], &[], only(&[]));
        check(&["*", "a"], &["b"], only(&["b"]));
        check(&["a", "b"], &[], only(&["a", "b"]));
        check(&["a", "b"], &["b", "c"], only(&["b"]));
        check(&["a"], &["c"], Limit::Nothing);
        check(&[], &[], Limit::Nothing);
        check(&[], &["a"], Limit::Nothing);
    }

    #[test]
    fn writing_shows_and_an_admin_may_all() {
        let access = Access::new("x".into(), Scope::of(names(&["a"])), Scope::of(names(&["b"])), false);
        assert!(access.readable().admits("a") && access.readable().admits("b"));
        assert!(access.check_write("b").is_ok() && access.check_write("a").is_err());
        let admin = Access::new("x".into(), Scope::nothing(), Scope::nothing(), true);
        assert!(admin.readable().admits("z") && admin.check_write("z").is_ok());
        assert!(Access::nothing().readable().is_nothing());
    }
}
