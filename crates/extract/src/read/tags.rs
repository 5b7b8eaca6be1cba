//! Roles from the document's own tags. In: the structure elements around each piece of marked content.
//! Out: a role per marked content id of the page, for those roles that segmenting uses.

use crate::pdfium::{Page, TaggedContent};
use pagemill_document::TagRole;
use std::collections::HashMap;

/// Elements looked at per page.
const MAX_ELEMENTS: usize = 20_000;

/// The role of each marked content id of a page; empty where the page has no tags.
pub fn roles(page: &Page<'_>) -> HashMap<i32, TagRole> {
    page.tagged_content(MAX_ELEMENTS)
        .iter()
        .filter_map(|content| Some((content.marked_content_id, role(content)?)))
        .collect()
}

/// The innermost element that says something decides, but a cell stays a cell whatever is within it.
fn role(content: &TaggedContent) -> Option<TagRole> {
    if content.roles.iter().any(|name| matches!(name.as_str(), "TD" | "TH")) {
        return Some(TagRole::TableCell);
    }
    content
        .roles
        .iter()
        .find_map(|name| {
            Some(match name.as_str() {
                "Title" => TagRole::Heading { level: 1 },
                "H" => TagRole::Heading { level: 1 },
                "H1" | "H2" | "H3" | "H4" | "H5" | "H6" => {
                    TagRole::Heading { level: name.as_bytes()[1] - b'0' }
                }
                "LI" | "LBody" | "Lbl" => TagRole::ListItem,
                "Caption" => TagRole::Caption,
                "Figure" => TagRole::Figure,
                "Note" | "FENote" => TagRole::Note,
                "Artifact" => TagRole::Artifact,
                "P" => TagRole::Paragraph,
                _ => return None,
            })
        })
        // Producers nest paragraphs in list items, captions and notes: the outer role says more.
        .map(|inner| match inner {
            TagRole::Paragraph => outer_of_paragraph(content).unwrap_or(inner),
            other => other,
        })
}

fn outer_of_paragraph(content: &TaggedContent) -> Option<TagRole> {
    content.roles.iter().find_map(|name| match name.as_str() {
        "LI" | "LBody" | "Lbl" => Some(TagRole::ListItem),
        "Caption" => Some(TagRole::Caption),
        "Note" | "FENote" => Some(TagRole::Note),
        "Figure" => Some(TagRole::Figure),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roles from the innermost outwards.
    fn check(roles: &[&str], expected: Option<TagRole>) {
        let roles = roles.iter().map(|&r| r.to_owned()).collect();
        assert_eq!(role(&TaggedContent { marked_content_id: 0, roles }), expected);
    }

    #[test]
    fn roles_come_from_the_innermost_telling_element() {
        check(&["Span", "P", "Sect", "Document"], Some(TagRole::Paragraph));
        check(&["P", "TD", "TR", "Table"], Some(TagRole::TableCell));
        check(&["P", "LBody", "LI", "L"], Some(TagRole::ListItem));
        check(&["H2", "Sect"], Some(TagRole::Heading { level: 2 }));
        check(&["P", "Caption", "Figure"], Some(TagRole::Caption));
        check(&["Span", "Div"], None);
    }
}
