//! The objects of a file's pages. In: a file. Out: page numbers from 1 with their objects, in order.

use lopdf::{Document, ObjectId};

/// lopdf's own list of pages reserves room for as many as the file claims to have, which a hostile file sets beyond all memory;
/// this one takes them as they come.
pub fn page_ids(file: &Document) -> impl Iterator<Item = (u32, ObjectId)> {
    let mut pages = file.page_iter();
    (1..).zip(std::iter::from_fn(move || pages.next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::dictionary;

    #[test]
    fn what_a_file_claims_is_not_believed() {
        for claimed in [1, 2, -1, i64::MAX] {
            let mut file = Document::with_version("1.7");
            let pages = file.new_object_id();
            let page = file.add_object(dictionary! { "Type" => "Page", "Parent" => pages });
            let kids = vec![page.into()];
            file.set_object(pages, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => claimed });
            let catalog = file.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
            file.trailer.set("Root", catalog);
            assert_eq!(page_ids(&file).collect::<Vec<_>>(), [(1, page)], "{claimed}");
        }
    }
}
