//! From a folder of files to a model that can run. In: paths. Out: tokenizer, session, and the identity of both.

use super::EmbedderConfig;
use super::profile::{self, Profile};
use fastembed::{
    InitOptionsUserDefined, Pooling, QuantizationMode, TextEmbedding, TokenizerFiles,
    UserDefinedEmbeddingModel,
};
use ort::environment::Environment;
use pagemill_pipeline::Failure;
use pagemill_tokens::{TokenizerFile, Tokens};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub struct Loaded {
    pub identity: String,
    pub profile: Profile,
    pub tokens: Tokens,
    pub tokenizer: TokenizerFile,
    pub model: Model,
}

/// Loads model and ONNX Runtime.
pub fn load(config: &EmbedderConfig) -> Result<Loaded, Failure> {
    let folder = config.model.as_path();
    let unusable = |error: String| Failure::stop(format!("{}: {error}; run `make models`", folder.display()));
    let profile = Profile::of(folder)?;
    let onnx_file = read(folder, "model.onnx")?;
    let tokenizer_file = read(folder, "tokenizer.json")?;
    let identity = identity(folder, &profile, &[&onnx_file, &tokenizer_file]);
    let tokens = Tokens::new(&tokenizer_file).map_err(unusable)?;
    let tokenizer = TokenizerFile::of(&folder.join("tokenizer.json"), &tokenizer_file);
    drop(tokenizer_file);
    let environment = environment(&config.library)?;
    let files = UserDefinedEmbeddingModel::new(onnx_file, numbers_as_words(&tokens, profile.max_tokens))
        // As the caller gives one text at a time, the mode only forbids what must not happen: splitting a batch.
        .with_quantization(QuantizationMode::Dynamic)
        .with_pooling(match profile.pooling {
            profile::Pooling::Mean => Pooling::Mean,
            profile::Pooling::Cls => Pooling::Cls,
        });
    // Without the arena: it keeps the largest buffers of every length it has seen.
    let processor = ort::ep::CPU::default().with_arena_allocator(false).build();
    let options = InitOptionsUserDefined::new()
        .with_environment(environment)
        .with_execution_providers(vec![processor])
        .with_max_length(profile.max_tokens)
        .with_intra_threads(threads(config.threads))
        // Threads that wait for each other sleep: spinning took twice the processor time, and was slower on a machine that
        // does other work at the same time.
        .with_session_config("session.intra_op.allow_spinning", "0");
    let embedding = TextEmbedding::try_new_from_user_defined(files, options)
        .map_err(|error| unusable(error.to_string()))?;
    let model = Model { embedding, max_tokens: profile.max_tokens };
    Ok(Loaded { identity, profile, tokens, tokenizer, model })
}

/// A session that takes token ids.
pub struct Model {
    embedding: TextEmbedding,
    max_tokens: usize,
}

impl Model {
    /// The unit vector of a text by its token ids. What is beyond the limit is cut off, the closing token kept.
    pub fn embed(&mut self, mut ids: Vec<u32>) -> Result<Vec<f32>, Failure> {
        if ids.len() > self.max_tokens
            && let Some(closing) = ids.last().copied()
        {
            ids.truncate(self.max_tokens - 1);
            ids.push(closing);
        }
        let words = ids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        let vectors = self
            .embedding
            .embed([words], None)
            .map_err(|error| Failure::stop(format!("the embedding model failed: {error}")))?;
        vectors
            .into_iter()
            .next()
            .ok_or_else(|| Failure::stop("the embedding model answered without a vector"))
    }
}

/// fastembed tokenizes by itself, with a copy of the vocabulary of its own (see `unigram.rs` of `crates/tokens` for what that costs).
/// It gets one whose words are the numbers that [`Tokens`] has found already.
fn numbers_as_words(tokens: &Tokens, max_tokens: usize) -> TokenizerFiles {
    let words: Vec<String> = (0..tokens.vocabulary_size()).map(|id| format!("\"{id}\":{id}")).collect();
    let tokenizer = format!(
        r#"{{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"post_processor":null,
        "decoder":null,"pre_tokenizer":{{"type":"WhitespaceSplit"}},
        "model":{{"type":"WordLevel","unk_token":"0","vocab":{{{}}}}}}}"#,
        words.join(",")
    );
    TokenizerFiles {
        tokenizer_file: tokenizer.into_bytes(),
        config_file: br#"{"pad_token_id":0}"#.to_vec(),
        special_tokens_map_file: b"{}".to_vec(),
        tokenizer_config_file: format!(r#"{{"model_max_length":{max_tokens},"pad_token":"0"}}"#).into_bytes(),
    }
}

fn threads(configured: usize) -> usize {
    match configured {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        some => some,
    }
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    let file = folder.join(name);
    std::fs::read(&file).map_err(|error| {
        Failure::stop(format!(
            "{}: {error}; run `make models`, or set embedder.model to a folder that has it",
            file.display()
        ))
    })
}

/// Name of the folder and digest of what decides a vector. An index made with another identity is not searched.
fn identity(folder: &Path, profile: &Profile, files: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{profile:?}").as_bytes());
    for file in files {
        hasher.update(&file.len().to_le_bytes()).update(file);
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}@{}", &hasher.finalize().to_hex()[..12])
}

/// ONNX Runtime has one environment a process; it is made by whoever is first, and kept.
fn environment(library: &Path) -> Result<Environment, Failure> {
    static MADE: Mutex<Option<Environment>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = made.as_ref() {
        return Ok(environment.clone());
    }
    let unusable = |error: String| {
        Failure::stop(format!(
            "ONNX Runtime cannot be loaded: {error}; run `make native`, or set embedder.library to a libonnxruntime.so of 1.24 or newer"
        ))
    };
    let environment = ort::init_from(library)
        .map_err(|error| unusable(error.to_string()))?
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    *made = Some(environment.clone());
    Ok(environment)
}
