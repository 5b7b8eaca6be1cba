//! The tags of a page: which marked content stands under which structure elements.

use super::document::{Page, utf16_by};
use super::ffi;

/// A piece of marked content and the roles of the elements around it, innermost first.
#[derive(Clone, Debug, PartialEq)]
pub struct TaggedContent {
    pub marked_content_id: i32,
    /// Standard types (the role map applied), such as `P`, `TD`, `H1`.
    pub roles: Vec<String>,
}

/// Deeper nesting is not followed.
const MAX_DEPTH: usize = 64;

pub(super) fn tagged_content(page: &Page<'_>, max_elements: usize) -> Vec<TaggedContent> {
    let functions = page.functions();
    let mut walk = Walk { functions, roles: Vec::new(), left: max_elements, found: Vec::new() };
    // SAFETY: open page; the tree is closed below and nothing of it is kept.
    unsafe {
        let tree = (functions.FPDF_StructTree_GetForPage)(page.handle());
        if tree.is_null() {
            return Vec::new();
        }
        for index in 0..(functions.FPDF_StructTree_CountChildren)(tree) {
            walk.element((functions.FPDF_StructTree_GetChildAtIndex)(tree, index));
        }
        (functions.FPDF_StructTree_Close)(tree);
    }
    walk.found
}

struct Walk<'f> {
    functions: &'f ffi::Functions,
    /// From the outermost element to the current one.
    roles: Vec<String>,
    /// Elements still allowed.
    left: usize,
    found: Vec<TaggedContent>,
}

impl Walk<'_> {
    /// # Safety
    /// `element` is null or an element of a tree that is open.
    unsafe fn element(&mut self, element: ffi::StructElementHandle) {
        if element.is_null() || self.left == 0 || self.roles.len() >= MAX_DEPTH {
            return;
        }
        self.left -= 1;
        let f = self.functions;
        let role = utf16_by(|buffer, bytes| {
            // SAFETY: live element and a buffer of `bytes` bytes.
            unsafe { (f.FPDF_StructElement_GetType)(element, buffer, bytes) }
        });
        self.roles.push(role.unwrap_or_default());
        // SAFETY: live element, indices within the count.
        unsafe {
            for index in 0..(f.FPDF_StructElement_CountChildren)(element) {
                let content = (f.FPDF_StructElement_GetChildMarkedContentID)(element, index);
                if content >= 0 {
                    let roles = self.roles.iter().rev().cloned().collect();
                    self.found.push(TaggedContent { marked_content_id: content, roles });
                } else {
                    self.element((f.FPDF_StructElement_GetChildAtIndex)(element, index));
                }
            }
        }
        self.roles.pop();
    }
}
