//! What the fuzz targets share. In: the fuzzer's bytes. Out: values of Pagemill made of them, as awkward as the bytes
//! have it. Modules of crates that carry clients or models are included by their files, so that no target builds those.

#[path = "../../crates/connectors/src/events/mod.rs"]
pub mod events;
pub mod geometry;
#[path = "../../crates/models/src/ocr/hocr.rs"]
pub mod hocr;
#[path = "../../crates/models/src/ocr/line.rs"]
pub mod line;
#[path = "../../crates/connectors/src/source_name.rs"]
pub mod source_name;
