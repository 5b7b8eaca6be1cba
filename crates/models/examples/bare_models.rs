//! The bare libraries, for `make bench`: what fastembed and tesseract take alone for what an ingest gave them.
//!
//! `bare_models embed CHUNKS.jsonl` embeds the `contextualized` of each line; `bare_models recognise FOLDER` reads every
//! `*.pgm` with tesseract as it comes, without our cleaning.
#![allow(clippy::print_stdout)]

use fastembed::{InitOptionsUserDefined, Pooling, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel};
use pagemill_models::home;
use std::path::Path;
use tesseract_rs::TesseractAPI;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("embed") => embed(Path::new(&arguments[2])),
        Some("recognise") => recognise(Path::new(&arguments[2])),
        _ => Err("usage: bare_models embed CHUNKS.jsonl | recognise FOLDER".into()),
    }
}

fn embed(file: &Path) -> Outcome {
    let environment = ort::init_from(home().join("lib/libonnxruntime.so"))?.build()?;
    let folder = home().join("models/multilingual-e5-small");
    let read = |name: &str| std::fs::read(folder.join(name));
    let files = TokenizerFiles {
        tokenizer_file: read("tokenizer.json")?,
        config_file: read("config.json")?,
        special_tokens_map_file: read("special_tokens_map.json")?,
        tokenizer_config_file: read("tokenizer_config.json")?,
    };
    let model = UserDefinedEmbeddingModel::new(read("model.onnx")?, files).with_pooling(Pooling::Mean);
    let threads = std::thread::available_parallelism()?.get();
    let options = InitOptionsUserDefined::new()
        .with_environment(environment)
        .with_max_length(512)
        .with_intra_threads(threads)
        // As the embedder has it: threads that spin would make the bare model look dearer than it is.
        .with_session_config("session.intra_op.allow_spinning", "0");
    let mut model = TextEmbedding::try_new_from_user_defined(model, options)?;
    let mut passages = Vec::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let chunk: serde_json::Value = serde_json::from_str(line)?;
        passages.push(format!("passage: {}", chunk["contextualized"].as_str().unwrap_or_default()));
    }
    println!("{}", model.embed(passages, Some(1))?.len());
    Ok(())
}

fn recognise(folder: &Path) -> Outcome {
    let api = TesseractAPI::new();
    api.init("/usr/share/tesseract-ocr/5/tessdata", "eng+kor")?;
    let mut characters = 0;
    let mut images: Vec<_> =
        std::fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    images.sort();
    for path in images.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pgm")) {
        let bytes = std::fs::read(path)?;
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or("no header")? + 1;
        let header = std::str::from_utf8(&bytes[..end])?;
        let sizes: Vec<i32> = header.split_whitespace().skip(1).map(str::parse).collect::<Result<_, _>>()?;
        api.set_image(&bytes[end..], sizes[0], sizes[1], 1, sizes[0])?;
        api.set_source_resolution(200)?;
        characters += api.get_utf8_text()?.chars().count();
    }
    println!("{characters}");
    Ok(())
}
