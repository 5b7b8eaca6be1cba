//! The name of a place that holds PDFs, as a person types it and as it is stored: `file:///data/contracts`,
//! `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`. In: text. Out: a name in its one normal form, or
//! one line that says what is wrong with it. Never touches the place itself.

use pagemill_pipeline::Failure;
use std::fmt;

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// A folder.
    File,
    /// S3 and what speaks it.
    S3,
    /// Google Cloud Storage.
    Gs,
    /// Azure Blob Storage.
    Az,
}

impl Scheme {
    fn text(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::S3 => "s3",
            Self::Gs => "gs",
            Self::Az => "az",
        }
    }
}

/// A place: keys below `prefix` in `bucket`. Names are equal when they mean the same place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceName {
    scheme: Scheme,
    /// Empty for a folder.
    bucket: String,
    /// No `/` at either end of a bucket's; the path of a folder.
    prefix: String,
}

/// Reads a source's name. Without `://` it is the path of a folder. The scheme may be in capitals, slashes at the end mean
/// nothing, and a prefix ends at a `/`: `s3://bucket/in` does not hold `invoices/1.pdf`.
///
/// # Errors
/// `Stop` in one line that says what to write instead.
pub fn parse_source(text: &str) -> Result<SourceName, Failure> {
    let text = text.trim();
    if let Some(strange) = text.chars().find(|c| c.is_control()) {
        return Err(Failure::stop(format!(
            "the source {text:?} holds the character {strange:?}; leave it out"
        )));
    }
    let Some((scheme, rest)) = text.split_once("://") else { return folder(text) };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => folder(rest),
        "s3" => bucket(Scheme::S3, rest, text),
        "gs" => bucket(Scheme::Gs, rest, text),
        "az" => bucket(Scheme::Az, rest, text),
        "s3a" | "s3n" => Err(instead(text, "s3://bucket/prefix")),
        "gcs" => Err(instead(text, "gs://bucket/prefix")),
        "azure" | "abfs" | "abfss" | "wasb" | "wasbs" => Err(instead(text, "az://container/prefix")),
        "http" | "https" => Err(Failure::stop(format!(
            "`{text}` is a web address; name the bucket (s3://bucket/prefix) and set the server as `endpoint` in [s3]"
        ))),
        _ => Err(Failure::stop(format!(
            "`{scheme}://` is no source that Pagemill knows; it reads folders, s3://, gs:// and az://"
        ))),
    }
}

fn instead(text: &str, form: &str) -> Failure {
    Failure::stop(format!("`{text}` is written {form} here"))
}

fn folder(path: &str) -> Result<SourceName, Failure> {
    if path.is_empty() {
        return Err(Failure::stop("the source is empty; name a folder or a bucket (s3://bucket/prefix)"));
    }
    let trimmed = path.trim_end_matches('/');
    no_space_at_end(trimmed)?;
    let prefix = if trimmed.is_empty() { "/" } else { trimmed };
    Ok(SourceName { scheme: Scheme::File, bucket: String::new(), prefix: prefix.to_owned() })
}

fn bucket(scheme: Scheme, rest: &str, text: &str) -> Result<SourceName, Failure> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(Failure::stop(format!(
            "`{text}` names no bucket; write {}://bucket/prefix",
            scheme.text()
        )));
    }
    // What may stand in a bucket's name may stand in a host's: nothing that would lead a request elsewhere.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '$');
    if !bucket.chars().all(plain)
        || bucket.starts_with(['.', '-'])
        || bucket.ends_with(['.', '-'])
        || bucket.contains("..")
    {
        return Err(Failure::stop(format!(
            "`{bucket}` is no name of a bucket; letters, digits, `.`, `-` and `_` may stand in it"
        )));
    }
    if bucket.ends_with("--x-s3") {
        return Err(Failure::stop(format!(
            "`{bucket}` is a directory bucket; its listings have no order, so use a general purpose bucket"
        )));
    }
    let prefix = prefix.trim_end_matches('/');
    no_space_at_end(prefix)?;
    if !prefix.is_empty() && !is_plain_path(prefix) {
        return Err(Failure::stop(format!(
            "the prefix in `{text}` has a part that is empty, `.` or `..`; write it without"
        )));
    }
    Ok(SourceName { scheme, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
}

/// Spaces at the end of what a person typed are taken off, so that a folder whose name ends in one could be named with a
/// slash behind it, but not be found again under the name that is stored.
fn no_space_at_end(path: &str) -> Result<(), Failure> {
    if path.ends_with(char::is_whitespace) {
        return Err(Failure::stop(format!(
            "the folder {path:?} ends in a space, which cannot be named; rename it, or name the one above it"
        )));
    }
    Ok(())
}

fn is_plain_path(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

impl SourceName {
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Bucket or container; empty for a folder.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The folder's path, or the prefix within the bucket.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether this place is `other` or lies within it.
    pub fn is_within(&self, other: &SourceName) -> bool {
        self.scheme == other.scheme
            && self.bucket == other.bucket
            && strip_folder(&self.prefix, &other.prefix).is_some()
    }

    /// The full name in the bucket of the object that is `key` in this source.
    pub fn object(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }

    /// What the full names of this source's objects begin with: nothing, or the prefix and a `/`.
    pub fn object_prefix(&self) -> String {
        self.object("")
    }

    /// The key in this source of an object of the bucket, unless it lies elsewhere.
    pub fn key_of<'a>(&self, bucket: &str, object: &'a str) -> Option<&'a str> {
        if self.bucket != bucket {
            return None;
        }
        strip_folder(object, &self.prefix).filter(|key| !key.is_empty())
    }
}

/// What follows a folder in a path; the whole where the folder is the root.
fn strip_folder<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.text(), self.bucket)?;
        match (self.scheme, self.prefix.as_str()) {
            (Scheme::File, path) => f.write_str(path),
            (_, "") => Ok(()),
            (_, prefix) => write!(f, "/{prefix}"),
        }
    }
}

/// Whether a key names a PDF.
pub(crate) fn is_pdf(key: &str) -> bool {
    let bytes = key.as_bytes();
    bytes.len() >= 4 && bytes[bytes.len() - 4..].eq_ignore_ascii_case(b".pdf")
}

/// Whether a key means the same to whatever stands between here and the store. `.` and `..` as parts do not: a proxy that
/// tidies paths would turn them into another object, or another bucket.
pub(crate) fn is_unambiguous(key: &str) -> bool {
    !key.is_empty() && key.split('/').all(|part| !matches!(part, "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for (typed, expected) in [
            ("s3://contracts", "s3://contracts"),
            ("S3://contracts/", "s3://contracts"),
            (" s3://contracts/2024/계약 a+b// ", "s3://contracts/2024/계약 a+b"),
            ("gs://b/x", "gs://b/x"),
            ("Az://$root/x", "az://$root/x"),
            ("file:///data/x/", "file:///data/x"),
            ("/data/x/", "file:///data/x"),
            ("/", "file:///"),
            ("samples", "file://samples"),
        ] {
            let name = parse_source(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!(name.to_string(), expected);
            assert_eq!(parse_source(expected).expect("its own form"), name);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (typed, said) in [
            ("", "empty"),
            ("s3://", "names no bucket"),
            ("s3:///x", "names no bucket"),
            ("s3://evil.example#/x", "no name of a bucket"),
            ("s3://user:secret@host/x", "no name of a bucket"),
            ("s3://a..b/x", "no name of a bucket"),
            ("s3://b/a/../c", "`..`"),
            ("s3://b//a", "empty"),
            ("s3://b--use1-az4--x-s3/", "directory bucket"),
            ("gcs://b/x", "gs://"),
            ("abfss://c@account/x", "az://"),
            ("https://bucket.s3.amazonaws.com/x", "s3://bucket/prefix"),
            ("ftp://x/y", "`ftp://`"),
            ("s3://b/a\nb", "'\\n'"),
            ("s3://b/a /", "ends in a space"),
            ("./in /", "ends in a space"),
        ] {
            let Err(Failure::Stop(message)) = parse_source(typed) else {
                panic!("`{typed}` must be refused")
            };
            assert!(message.contains(said), "{typed}: {message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }

    #[test]
    fn a_prefix_ends_at_a_slash() {
        let source = parse_source("s3://b/in").expect("a name");
        assert_eq!(source.key_of("b", "in/1.pdf"), Some("1.pdf"));
        assert_eq!(source.key_of("b", "in//1.pdf"), Some("/1.pdf"));
        assert_eq!(source.key_of("b", "invoices/1.pdf"), None);
        assert_eq!(source.key_of("c", "in/1.pdf"), None);
        assert_eq!(source.key_of("b", "in/"), None);
        assert_eq!(source.object("1.pdf"), "in/1.pdf");
        let whole = parse_source("s3://b").expect("a name");
        assert_eq!(whole.key_of("b", "in/1.pdf"), Some("in/1.pdf"));
        assert_eq!(whole.object_prefix(), "");
    }

    #[test]
    fn within_goes_by_whole_names() {
        let within =
            |a: &str, b: &str| parse_source(a).expect("a name").is_within(&parse_source(b).expect("a name"));
        assert!(within("s3://b/in/2024", "s3://b/in"));
        assert!(within("s3://b/in", "s3://b/in/"));
        assert!(within("s3://b/in", "s3://b"));
        assert!(within("/data/x", "/"));
        assert!(!within("s3://b/invoices", "s3://b/in"));
        assert!(!within("s3://b", "s3://b/in"));
        assert!(!within("s3://bb/in", "s3://b"));
        assert!(!within("gs://b/in", "s3://b"));
        assert!(!within("/database", "/data"));
    }

    #[test]
    fn pdfs_go_by_their_ending() {
        assert!(is_pdf("a.pdf") && is_pdf("ㄱ.PdF") && is_pdf("x/계약.pdf"));
        assert!(!is_pdf("pdf") && !is_pdf("a.pdf.txt") && !is_pdf("a.pdf/") && !is_pdf("계약"));
    }

    #[test]
    fn keys_that_paths_would_swallow() {
        assert!(is_unambiguous("a/b..pdf") && is_unambiguous("a//b.pdf") && is_unambiguous("...pdf"));
        assert!(!is_unambiguous("../b.pdf") && !is_unambiguous("a/./b.pdf") && !is_unambiguous(""));
    }
}
