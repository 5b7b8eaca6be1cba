//! Text that stands in a picture on a page of text.

use crate::machine::{Machine, path, samples};
use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use std::path::Path;

/// A page with a paragraph of its own and, below it, the scanned letter as a picture of half the page's width.
fn page_with_a_picture(to: &Path) {
    let mut document = Document::load(samples().join("scanned-letter-300dpi.pdf")).expect("the letter");
    let page = *document.get_pages().get(&1).expect("a page");
    let scan = document.get_page_content(page);
    let mut operations = vec![Operation::new("BT", vec![])];
    operations.push(Operation::new("Tf", vec!["PageText".into(), 11.into()]));
    operations.push(Operation::new("TL", vec![14.into()]));
    operations.push(Operation::new("Td", vec![72.into(), 760.into()]));
    for line in [
        "This memorandum was typed and has text of its own, so that nobody would have to recognise it.",
        "Below it stands a copy of a letter that came by post. What the letter says is in its picture alone,",
        "and whoever looks for it wants to find this page as well as the words that were typed onto it.",
    ] {
        operations.push(Operation::new("Tj", vec![Object::string_literal(line)]));
        operations.push(Operation::new("T*", vec![]));
    }
    operations.push(Operation::new("ET", vec![]));
    operations.push(Operation::new("q", vec![]));
    let half = [0.5, 0.0, 0.0, 0.5, 72.0, 220.0].map(|number: f32| Object::Real(number));
    operations.push(Operation::new("cm", half.to_vec()));
    let mut content = Content { operations }.encode().expect("content");
    content.extend_from_slice(b"\n");
    content.extend_from_slice(&scan);
    content.extend_from_slice(b"\nQ");
    let stream = document.add_object(Stream::new(Dictionary::new(), content));
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    });
    let resources = document.get_or_create_resources(page).and_then(Object::as_dict_mut).expect("resources");
    resources.set("Font", dictionary! { "PageText" => font });
    let page = document.get_object_mut(page).and_then(Object::as_dict_mut).expect("a page");
    page.set("Contents", stream);
    document.save(to).expect("written");
}

#[test]
fn text_in_a_picture_is_read_and_found() {
    let machine = Machine::new();
    let folder = machine.folder.path().join("papers");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("memorandum.pdf");
    page_with_a_picture(&file);
    let alone = machine.ok(&["extract", path(&samples().join("scanned-letter-300dpi.pdf"))]);
    let both = machine.ok(&["extract", path(&file)]);
    assert!(both.contains("This memorandum was typed"), "{both}");
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 5).map(str::to_lowercase).collect()
    };
    let (of_letter, found) = (words(&alone), words(&both));
    let there = of_letter.iter().filter(|word| found.contains(word)).count();
    assert!(
        there * 10 >= of_letter.len() * 9,
        "{there} of {} words of the letter in {both}",
        of_letter.len()
    );

    let json = machine.ok(&["extract", path(&file), "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let page = &document["pages"][0];
    assert_eq!(page["text_source"], "native", "{page}");
    assert_eq!(page["ocr_regions"][0]["reason"], "image", "{page}");
    assert!(page["ocr_regions"][0]["confidence"].as_f64().expect("read") > 0.8, "{page}");
}
