//! The shape that readers of Docling's JSON rely on: lists of items, references both ways, boxes, labels.

use super::*;
use crate::PageSummary;
use crate::export::sample;

fn exported(contents: Vec<BlockContent>) -> Value {
    let mut document = sample::document(contents);
    document.pages.push(PageSummary {
        number: 1,
        width: 600.0,
        height: 800.0,
        text_source: crate::TextSource::Native,
        characters: 0,
        scan_dpi: None,
        ocr_regions: Vec::new(),
        skew_degrees: 0.0,
    });
    serde_json::from_str(&docling(&document)).expect("JSON")
}

/// Follows every reference down from the body; each item must be reached once and name its parent.
fn check_tree(value: &Value) {
    let mut open = vec!["/body".to_owned()];
    let mut reached = 0;
    while let Some(path) = open.pop() {
        let item = value.pointer(&path).unwrap_or_else(|| panic!("{path} leads nowhere"));
        assert_eq!(item["self_ref"], format!("#{path}"));
        for child in item["children"].as_array().expect("children") {
            let below = child["$ref"].as_str().expect("a reference").trim_start_matches('#').to_owned();
            assert_eq!(value.pointer(&below).expect("a child")["parent"]["$ref"], format!("#{path}"));
            reached += 1;
            open.push(below);
        }
    }
    let lists = ["groups", "texts", "tables", "pictures"];
    let items: usize = lists.iter().map(|l| value[l].as_array().expect("a list").len()).sum();
    assert_eq!(reached, items);
}

#[test]
fn every_item_hangs_in_the_tree_with_its_label_and_box() {
    let value = exported(sample::texts());
    check_tree(&value);
    assert_eq!((&value["schema_name"], &value["version"]), (&json!("DoclingDocument"), &json!("1.10.0")));
    let texts = value["texts"].as_array().expect("texts");
    let labels: Vec<&str> = texts.iter().filter_map(|t| t["label"].as_str()).collect();
    assert_eq!(
        labels,
        [
            "page_header",
            "section_header",
            "text",
            "list_item",
            "list_item",
            "list_item",
            "caption",
            "footnote"
        ]
    );
    assert_eq!(texts[0]["content_layer"], "furniture");
    assert_eq!(texts[3]["marker"], "•");
    assert_eq!((&texts[4]["enumerated"], &texts[3]["enumerated"]), (&json!(true), &json!(false)));
    // The second item is deeper: its list hangs under the first item.
    assert_eq!(texts[4]["parent"]["$ref"], "#/groups/1");
    assert_eq!(value["groups"][1]["parent"]["$ref"], "#/texts/3");
    assert_eq!(texts[5]["parent"]["$ref"], "#/groups/0");
    // A page of 800 points: a box from 80.5 to 96 from its top.
    let place = &texts[1]["prov"][0];
    assert_eq!((&place["page_no"], &place["charspan"]), (&json!(1), &json!([0, 9])));
    assert_eq!(place["bbox"]["coord_origin"], "BOTTOMLEFT");
    assert_eq!((place["bbox"]["t"].as_f64(), place["bbox"]["b"].as_f64()), (Some(719.5), Some(704.0)));
    assert_eq!(value["pages"]["1"]["size"]["height"], 800.0);
    // The caption belongs to the figure before it.
    assert_eq!(value["pictures"][0]["captions"], json!([{ "$ref": "#/texts/6" }]));
}

#[test]
fn tables_keep_spans_pages_and_their_caption() {
    let mut table = sample::table(
        2,
        vec![
            sample::cell(0, 0, 2, true, "Both"),
            sample::cell(1, 0, 1, false, "a"),
            sample::cell(1, 1, 1, false, "1"),
        ],
    );
    table.caption = Some("Table 1".into());
    table.cells[2].page = 2;
    let contents = vec![BlockContent::Caption { text: "Table 1".into() }, BlockContent::Table(table)];
    let value = exported(contents);
    check_tree(&value);
    let item = &value["tables"][0];
    assert_eq!(item["captions"], json!([{ "$ref": "#/texts/0" }]));
    assert_eq!(value["texts"].as_array().map(Vec::len), Some(1));
    let data = &item["data"];
    assert_eq!((&data["num_rows"], &data["num_cols"]), (&json!(2), &json!(2)));
    let first = &data["table_cells"][0];
    assert_eq!((&first["end_col_offset_idx"], &first["column_header"]), (&json!(2), &json!(true)));
    // The cell on the second page has no box of the first, but the table has a box on both.
    assert!(data["table_cells"][2].get("bbox").is_none() && first["bbox"]["coord_origin"] == "TOPLEFT");
    let pages: Vec<&Value> = item["prov"].as_array().expect("prov").iter().map(|p| &p["page_no"]).collect();
    assert_eq!(pages, [&json!(1), &json!(2)]);
}
