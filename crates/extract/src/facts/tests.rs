use super::*;
use lopdf::{StringFormat, dictionary as dict};

/// A file with two pages, an outline of two levels, an attachment with a path for a name, and a script.
fn file() -> lopdf::Document {
    let mut file = lopdf::Document::with_version("1.7");
    let pages = file.new_object_id();
    let page = |file: &mut lopdf::Document| file.add_object(dict! { "Type" => "Page", "Parent" => pages });
    let (first, second) = (page(&mut file), page(&mut file));
    file.set_object(
        pages,
        dict! { "Type" => "Pages", "Kids" => vec![first.into(), second.into()], "Count" => 2 },
    );
    let (root, chapter, section) = (file.new_object_id(), file.new_object_id(), file.new_object_id());
    let text = |value: &str| {
        let bytes = [0xFE, 0xFF].into_iter().chain(value.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        Object::String(bytes, StringFormat::Literal)
    };
    let to = |page: (u32, u16)| Object::Array(vec![page.into(), "Fit".into()]);
    file.set_object(root, dict! { "First" => chapter, "Last" => chapter });
    // The chapter is its own next: a loop.
    file.set_object(
        chapter,
        dict! { "Title" => text("제1장"), "Dest" => to(first), "First" => section, "Next" => chapter },
    );
    let action = dict! { "S" => "GoTo", "D" => to(second) };
    file.set_object(section, dict! { "Title" => text("Scope"), "A" => action });
    let attached = dict! { "Type" => "Filespec", "F" => text("../../etc/passwd"), "EF" => dict! {} };
    file.add_object(attached);
    file.add_object(dict! { "S" => "JavaScript", "JS" => text("app.alert(1)") });
    let catalog = file.add_object(dict! {
        "Type" => "Catalog", "Pages" => pages, "Outlines" => root, "Lang" => text("ko-KR"),
        "MarkInfo" => dict! { "Marked" => true }
    });
    let info = file.add_object(dict! { "Title" => text("연차 보고서"), "Keywords" => text("a; b") });
    file.trailer.set("Root", catalog);
    file.trailer.set("Info", info);
    file
}

#[test]
fn facts_are_read_from_the_structure() {
    let facts = of_file(&file());
    assert_eq!(facts.title.as_deref(), Some("연차 보고서"));
    assert_eq!(facts.keywords, ["a", "b"]);
    assert_eq!(facts.language.as_deref(), Some("ko-KR"));
    assert!(facts.tagged && facts.has_javascript && !facts.signed && !facts.has_forms);
    assert_eq!(facts.attachments, ["passwd"]);
    let outline: Vec<_> = facts.outline.iter().map(|e| (e.level, e.title.as_str(), e.page)).collect();
    assert_eq!(outline, [(1, "제1장", Some(1)), (2, "Scope", Some(2))]);
}

#[test]
fn bytes_that_are_no_file_give_a_reason() {
    assert!(of_bytes(b"%PDF-1.7 nothing").is_err());
    let mut bytes = Vec::new();
    file().save_to(&mut bytes).expect("written to memory");
    assert_eq!(of_bytes(&bytes).map(|facts| facts.outline.len()), Ok(2));
}

/// Since PDF 1.5 the catalog, the outline and Info stand in compressed streams of objects.
#[test]
fn facts_out_of_object_streams_are_read() {
    let facts = of_bytes(include_bytes!("../../../../samples/annual-report-2025.pdf")).expect("a file");
    assert_eq!(facts.warnings, Vec::<String>::new());
    assert_eq!((facts.language.as_deref(), facts.tagged), (Some("en"), true));
    assert!(!facts.outline.is_empty(), "the report has an outline");
    assert_eq!(facts.title.as_deref(), Some("Annual Report 2025"));
}
