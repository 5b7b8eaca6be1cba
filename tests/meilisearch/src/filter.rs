//! Filters: the part of the server's grammar that is made of comparisons, `IN`, `EXISTS`, `STARTS WITH`, `NOT`, `AND`,
//! `OR` and parentheses, as text or as arrays. In: an expression. Out: whether an entry is admitted. A field that is not
//! filterable is refused.

use crate::answer::ServerError;
use crate::index::{Entry, Facet, at, facets, normalized};
use serde_json::Value;

#[derive(Debug, PartialEq)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Exists(String),
    In(String, Vec<String>),
    StartsWith(String, String),
    Compare(String, Comparison, String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Lower,
    LowerOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// Quoted, or a word that is no keyword.
    Text(String),
    Keyword(&'static str),
    Mark(&'static str),
}

const KEYWORDS: [&str; 7] = ["AND", "OR", "NOT", "IN", "EXISTS", "STARTS", "WITH"];
/// Longer marks before their beginnings.
const MARKS: [&str; 11] = [">=", "<=", "!=", "=", ">", "<", "(", ")", "[", "]", ","];

/// A filter of a request. `code` is the error code of whoever asks.
pub(crate) fn parse(given: &Value, filterable: &[String], code: &str) -> Result<Filter, ServerError> {
    let invalid = |message: String| ServerError::new(code, message);
    let filter = match given {
        Value::String(text) => expression(text).map_err(invalid)?,
        Value::Array(all) => {
            let one = |value: &Value| match value {
                Value::String(text) => expression(text),
                Value::Array(any) => {
                    let texts = any.iter().map(|v| v.as_str().ok_or("expected text".to_owned()));
                    Ok(Filter::Or(texts.map(|text| expression(text?)).collect::<Result<_, _>>()?))
                }
                other => Err(format!("Invalid type for filter: {other}")),
            };
            Filter::And(all.iter().map(one).collect::<Result<_, _>>().map_err(invalid)?)
        }
        other => return Err(invalid(format!("Invalid type for filter: {other}"))),
    };
    let mut fields = Vec::new();
    filter.fields(&mut fields);
    match fields.into_iter().find(|field| !filterable.contains(field)) {
        Some(field) => Err(invalid(format!(
            "Attribute `{field}` is not filterable. Available filterable attribute patterns are: `{}`.",
            filterable.join("`, `")
        ))),
        None => Ok(filter),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            tokens.push(Token::Mark(mark));
            rest = &rest[mark.len()..];
        } else if first == '"' || first == '\'' {
            let (text, after) = quoted(&rest[1..], first).ok_or("A quoted value is not closed")?;
            tokens.push(Token::Text(text));
            rest = after;
        } else {
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
            let end = rest.find(|c| !plain(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("Unexpected character `{first}`"));
            }
            let word = &rest[..end];
            let keyword = KEYWORDS.iter().find(|keyword| **keyword == word);
            tokens.push(
                keyword.map_or_else(|| Token::Text(word.to_owned()), |keyword| Token::Keyword(keyword)),
            );
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => value.push(characters.next()?.1),
            c if c == quote => return Some((value, &text[at + c.len_utf8()..])),
            c => value.push(c),
        }
    }
    None
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

fn expression(text: &str) -> Result<Filter, String> {
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable() };
    let filter = parser.any()?;
    match parser.tokens.next() {
        None => Ok(filter),
        Some(token) => Err(format!("Found unexpected characters at the end of the filter: {token:?}")),
    }
}

impl Parser {
    fn takes(&mut self, token: &Token) -> bool {
        self.tokens.next_if_eq(token).is_some()
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all()?];
        while self.takes(&Token::Keyword("OR")) {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) })
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.one()?];
        while self.takes(&Token::Keyword("AND")) {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
    }

    fn one(&mut self) -> Result<Filter, String> {
        if self.takes(&Token::Keyword("NOT")) {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.takes(&Token::Mark("(")) {
            let inner = self.any()?;
            return if self.takes(&Token::Mark(")")) { Ok(inner) } else { Err("Expected `)`".into()) };
        }
        let field = self.text()?;
        match self.tokens.next() {
            Some(Token::Keyword("EXISTS")) => Ok(Filter::Exists(field)),
            Some(Token::Keyword("IN")) => Ok(Filter::In(field, self.list()?)),
            Some(Token::Keyword("STARTS")) if self.takes(&Token::Keyword("WITH")) => {
                Ok(Filter::StartsWith(field, self.text()?))
            }
            Some(Token::Mark(mark)) => {
                let comparison = match mark {
                    "=" => Comparison::Equal,
                    "!=" => Comparison::NotEqual,
                    ">" => Comparison::Greater,
                    ">=" => Comparison::GreaterOrEqual,
                    "<" => Comparison::Lower,
                    "<=" => Comparison::LowerOrEqual,
                    other => return Err(format!("Unexpected `{other}` after `{field}`")),
                };
                Ok(Filter::Compare(field, comparison, self.text()?))
            }
            other => Err(format!("Expected an operation after `{field}`, found {other:?}")),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, String> {
        if !self.takes(&Token::Mark("[")) {
            return Err("Expected `[` after `IN`".into());
        }
        let mut values = Vec::new();
        while !self.takes(&Token::Mark("]")) {
            values.push(self.text()?);
            if !self.takes(&Token::Mark(",")) && self.tokens.peek() != Some(&Token::Mark("]")) {
                return Err("Expected only comma-separated field names inside `IN[..]`".into());
            }
        }
        Ok(values)
    }

    fn text(&mut self) -> Result<String, String> {
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(text),
            other => Err(format!("Expected a value, found {other:?}")),
        }
    }
}

impl Filter {
    fn fields<'a>(&'a self, fields: &mut Vec<&'a String>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.fields(fields)),
            Self::Not(part) => part.fields(fields),
            Self::Exists(field)
            | Self::In(field, _)
            | Self::StartsWith(field, _)
            | Self::Compare(field, ..) => {
                fields.push(field);
            }
        }
    }

    pub fn admits(&self, entry: &Entry) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.admits(entry)),
            Self::Or(parts) => parts.iter().any(|part| part.admits(entry)),
            Self::Not(part) => !part.admits(entry),
            Self::Exists(field) => at(entry, field).is_some(),
            Self::In(field, values) => values.iter().any(|value| equals(entry, field, value)),
            Self::StartsWith(field, start) => {
                let start = normalized(start);
                let begins = |facet: &Facet| matches!(facet, Facet::Text(text) if text.starts_with(&start));
                facets(entry, field).iter().any(begins)
            }
            Self::Compare(field, Comparison::Equal, value) => equals(entry, field, value),
            Self::Compare(field, Comparison::NotEqual, value) => !equals(entry, field, value),
            Self::Compare(field, comparison, value) => {
                let number = value.parse::<f64>().ok();
                facets(entry, field).iter().any(|facet| match (facet, number) {
                    (Facet::Number(there), Some(given)) => holds(*comparison, there.partial_cmp(&given)),
                    (Facet::Number(_), None) => false,
                    // The given text is compared as it stands, which is how the server does it.
                    (Facet::Text(there), _) => holds(*comparison, there.as_str().partial_cmp(value.as_str())),
                })
            }
        }
    }
}

fn holds(comparison: Comparison, order: Option<std::cmp::Ordering>) -> bool {
    order.is_some_and(|order| match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
        Comparison::Lower => order.is_lt(),
        Comparison::LowerOrEqual => order.is_le(),
    })
}

fn equals(entry: &Entry, field: &str, value: &str) -> bool {
    let (text, number) = (normalized(value), value.parse::<f64>().ok());
    facets(entry, field).iter().any(|facet| match facet {
        Facet::Text(there) => *there == text,
        Facet::Number(there) => number == Some(*there),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(filter: Value, expected: bool) {
        let Value::Object(entry) = json!({ "a": "Abc", "n": 5, "q": "x\"y", "list": ["p", "q"] }) else {
            panic!("an object")
        };
        let fields = ["a", "n", "q", "list", "none"].map(str::to_owned);
        let parsed = parse(&filter, &fields, "invalid_search_filter").expect("parses");
        assert_eq!(parsed.admits(&entry), expected, "{filter}");
    }

    #[test]
    fn what_is_admitted() {
        check(json!("a = abc"), true);
        check(json!("a IN [\"x\", 'ABC']"), true);
        check(json!("a STARTS WITH \"aB\" AND n >= 5"), true);
        check(json!("n > 5 OR n < 5"), false);
        check(json!("NOT (a = abc) OR q = \"x\\\"y\""), true);
        check(json!("a > \"abb\" AND a < \"abd\""), true);
        check(json!("none EXISTS"), false);
        check(json!("list = q AND list != z"), true);
        check(json!([["a = no", "a = abc"], "n = 5"]), true);
        check(json!(["a = no", "n = 5"]), false);
    }

    #[test]
    fn what_is_refused() {
        let refused = |text: &str| parse(&json!(text), &["a".to_owned()], "c").expect_err(text).message;
        assert!(refused("b = 1").contains("`b` is not filterable"));
        for text in ["a", "a =", "a = \"open", "(a = 1", "a = 1 b", "a IN [1 2]", "a ; 1"] {
            refused(text);
        }
    }
}
