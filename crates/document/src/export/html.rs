//! A standalone HTML page. In: a document. Out: one escaped page without scripts or outside references,
//! with its language and title; every element names its page in `data-page`, tables keep their spans.

use super::table;
use crate::{BlockContent, Document};
use std::fmt::Write;

const STYLE: &str = "body{max-width:50rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif}\
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #999;padding:.2rem .5rem;text-align:left;vertical-align:top}\
th{background:#eee}figcaption,.caption{font-style:italic}.footnote{font-size:.85rem}ul{list-style:none;padding-left:1.2rem}";

/// The document as a page, without running headers, footers and page numbers.
pub fn html(document: &Document) -> String {
    let language = document.metadata.language.as_ref().map_or("", |l| l.value.as_str());
    let mut out = String::from("<!DOCTYPE html>\n<html");
    if !language.is_empty() {
        out.push_str(" lang=\"");
        escape(language, &mut out);
        out.push('"');
    }
    out.push_str(">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    escape(document.display_title(), &mut out);
    let _ = write!(out, "</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n");
    let mut depth = 0usize;
    for block in &document.blocks {
        let wanted = match &block.content {
            BlockContent::Furniture { .. } => continue,
            BlockContent::ListItem { depth, .. } => usize::from(*depth) + 1,
            _ => 0,
        };
        while depth < wanted {
            out.push_str("<ul>\n");
            depth += 1;
        }
        while depth > wanted {
            out.push_str("</ul>\n");
            depth -= 1;
        }
        write_block(&block.content, block.page, &mut out);
    }
    out.push_str(&"</ul>\n".repeat(depth));
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn write_block(content: &BlockContent, page: u32, out: &mut String) {
    let (open, close) = match content {
        BlockContent::Heading { level, .. } => {
            let level = (*level).clamp(1, 6);
            (format!("h{level}"), format!("h{level}"))
        }
        BlockContent::ListItem { .. } => ("li".into(), "li".into()),
        BlockContent::Caption { .. } => ("p class=\"caption\"".into(), "p".into()),
        BlockContent::Footnote { .. } => ("p class=\"footnote\"".into(), "p".into()),
        BlockContent::Figure { .. } => ("figure".into(), "figure".into()),
        BlockContent::Table(_) => ("div".into(), "div".into()),
        BlockContent::Paragraph { .. } | BlockContent::Furniture { .. } => ("p".into(), "p".into()),
    };
    let _ = write!(out, "<{open} data-page=\"{page}\">");
    match content {
        BlockContent::Table(t) => {
            out.push('\n');
            table::html(t, out);
        }
        BlockContent::ListItem { marker, text, .. } => {
            escape(marker, out);
            out.push(' ');
            escape(text, out);
        }
        other => {
            for (index, line) in other.text().lines().enumerate() {
                if index > 0 {
                    out.push_str("<br>");
                }
                escape(line, out);
            }
        }
    }
    let _ = writeln!(out, "</{close}>");
}

/// Appends `text` such that it is text in an element and in a quoted attribute.
pub fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::export::sample::{document, texts};

    #[test]
    fn a_page_is_escaped_and_balanced() {
        let page = super::html(&document(texts()));
        for expected in [
            "<html lang=\"ko\">",
            "<title>A &lt;b&gt; &amp; c</title>",
            "<h2 data-page=\"1\">1.2 Scope</h2>",
            "<li data-page=\"1\">3. two</li>\n</ul>\n<li data-page=\"1\">가. three</li>\n</ul>",
            "1 See &lt;script&gt;.",
        ] {
            assert!(page.contains(expected), "{expected} not in {page}");
        }
        assert!(!page.contains("Running head"));
        assert_eq!(page.matches("<ul>").count(), page.matches("</ul>").count());
    }
}
