//! Markdown (CommonMark with pipe tables). In: a document. Out: its blocks in reading order, one blank
//! line between them. Text is escaped only where it would be read as markup of a line or as HTML: a
//! document is data, and what looks like a tag in it must stay text.

use super::table;
use crate::{BlockContent, Document};

/// The document without running headers, footers and page numbers.
pub fn markdown(document: &Document) -> String {
    write(document, false)
}

/// The document with everything that stands on its pages.
pub fn markdown_with_furniture(document: &Document) -> String {
    write(document, true)
}

fn write(document: &Document, furniture: bool) -> String {
    let mut out = String::new();
    let mut in_list = false;
    for block in &document.blocks {
        let content = &block.content;
        if matches!(content, BlockContent::Furniture { .. }) && !furniture {
            continue;
        }
        if let BlockContent::ListItem { depth, marker, text } = content {
            separate(&mut out, in_list);
            out.push_str(&"  ".repeat(usize::from(*depth)));
            out.push_str(&item(marker, text));
            out.push('\n');
            in_list = true;
            continue;
        }
        let text = match content {
            BlockContent::Heading { level, text } => {
                format!("{} {}\n", "#".repeat(usize::from((*level).clamp(1, 6))), inline(text))
            }
            BlockContent::Table(t) => {
                let mut text = String::new();
                table::markdown(t, &mut text);
                text
            }
            other => line(&other.text()),
        };
        if text.trim().is_empty() {
            continue;
        }
        separate(&mut out, false);
        out.push_str(&text);
        in_list = false;
    }
    out
}

fn separate(out: &mut String, within_list: bool) {
    if !out.is_empty() && !within_list {
        out.push('\n');
    }
}

/// A list item: bullets become `-`, arabic numbers stay ordered items, any other marker is kept as text.
fn item(marker: &str, text: &str) -> String {
    let digits = marker.trim_end_matches(['.', ')']);
    let ordered =
        marker.len() == digits.len() + 1 && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    let lettered = marker.chars().any(char::is_alphanumeric);
    match (ordered && !digits.is_empty(), lettered) {
        (true, _) => format!("{marker} {}", inline(text)),
        (false, true) => format!("- {marker} {}", inline(text)),
        (false, false) => format!("- {}", inline(text)),
    }
}

/// Text lines kept as lines; what a line begins with is not taken for markup.
fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        let first = line.split(' ').next().unwrap_or("");
        let marks_block = !first.is_empty() && first.len() < line.len() && first.bytes().all(|b| b == b'#')
            || matches!(first, "-" | "+" | "*")
            || line.starts_with('>');
        if marks_block {
            out.push('\\');
        }
        out.push_str(&inline(line));
        out.push('\n');
    }
    out
}

/// Escapes `<` where it would open a tag. Other marks are left alone: they do no harm and readers of the
/// raw text are many.
pub fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '<' && chars.peek().is_some_and(|n| n.is_alphanumeric() || matches!(n, '/' | '!' | '?')) {
            out.push('\\');
        }
        out.push(if c == '\n' || c == '\r' { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::export::sample::{document, texts};

    #[test]
    fn blocks_become_markdown() {
        let expected = "## 1.2 Scope\n\n\\# not a heading, a < b\n\n- one\n  3. two\n- 가. three\n\nFigure 1\n\n1 See \\<script>.\n";
        assert_eq!(super::markdown(&document(texts())), expected);
        assert_eq!(super::markdown_with_furniture(&document(texts())), format!("Running head\n\n{expected}"));
    }
}
