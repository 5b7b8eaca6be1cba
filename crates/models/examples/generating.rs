//! How fast a model writes, for `make bench-generation`: `generating MODEL.gguf|default cpu|gpu CONVERSATIONS`. The bare
//! library first, then the generator with one conversation, then with several at once; the same prompt lengths each. Rates are tokens per
//! second, ratios are to the bare library in the same run.
#![allow(clippy::print_stdout)]

use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use pagemill_models::generator::{Device, GeneratorConfig, LlamaGenerator};
use pagemill_pipeline::{GenerationRequest, Generator, Message, Role};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// About what an answer is written from.
const PROMPT_TOKENS: usize = 1024;
const ANSWER_TOKENS: usize = 128;
const CONTEXT_TOKENS: u32 = 2048;

/// Tokens per second.
struct Rates {
    read: f64,
    written: f64,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let (model, device, conversations) = match &arguments[1..] {
        [model, device, conversations] => (model.as_str(), device.as_str(), conversations.parse::<u32>()?),
        _ => return Err("usage: generating MODEL.gguf|default cpu|gpu CONVERSATIONS".into()),
    };
    let mut config = GeneratorConfig {
        device: if device == "gpu" { Device::Gpu } else { Device::Cpu },
        context_tokens: CONTEXT_TOKENS,
        threads: std::thread::available_parallelism()?.get(),
        ..GeneratorConfig::default()
    };
    if model != "default" {
        config.model = Some(model.into());
    }
    let file = config.model.clone().ok_or("no model")?;
    let bare = bare(&file, config.device)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let one = runtime.block_on(written(&config, 1))?;
    let several =
        runtime.block_on(written(&GeneratorConfig { conversations, ..config.clone() }, conversations))?;
    println!("{} on {device}; {PROMPT_TOKENS} tokens read, {ANSWER_TOKENS} written", file.display());
    println!("                              read/s   written/s   of the bare library's");
    println!("bare llama.cpp, one       {:10.0}  {:10.1}", bare.read, bare.written);
    let row = |name: String, rates: &Rates| {
        let (read, written) = (rates.read / bare.read, rates.written / bare.written);
        println!(
            "{name:25} {:10.0}  {:10.1}   {read:.2} read, {written:.2} written",
            rates.read, rates.written
        );
    };
    row("Pagemill, one".to_owned(), &one);
    row(format!("Pagemill, {conversations} at once"), &several);
    Ok(())
}

fn bare(file: &Path, device: Device) -> Outcome<Rates> {
    // Gone before the generator sets up its own: there is one at a time.
    let mut backend = LlamaBackend::init()?;
    backend.void_logs();
    let layers = if device == Device::Gpu { u32::MAX } else { 0 };
    let params = LlamaModelParams::default().with_n_gpu_layers(layers);
    let model = LlamaModel::load_from_file(&backend, file, &params)?;
    let threads = i32::try_from(std::thread::available_parallelism()?.get())?;
    let batch_tokens = if device == Device::Gpu { 512 } else { 256 };
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(CONTEXT_TOKENS))
        .with_n_batch(batch_tokens)
        .with_n_ubatch(batch_tokens)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_offload_kqv(device == Device::Gpu)
        .with_op_offload(device == Device::Gpu);
    let mut context = model.new_context(&backend, params)?;
    let mut rates = Rates { read: 0.0, written: 0.0 };
    // The first round warms up.
    for _ in 0..2 {
        context.clear_kv_cache();
        let mut batch = LlamaBatch::new(batch_tokens as usize, 1);
        let mut sampler = LlamaSampler::greedy();
        let tokens: Vec<LlamaToken> = (0..PROMPT_TOKENS as i32).map(|n| LlamaToken(1000 + n * 7)).collect();
        let began = Instant::now();
        let mut position = 0;
        for part in tokens.chunks(batch_tokens as usize) {
            batch.clear();
            for (at, token) in part.iter().enumerate() {
                batch.add(*token, position, &[0], at + 1 == part.len())?;
                position += 1;
            }
            context.decode(&mut batch)?;
        }
        let mut token = sampler.sample(&context, batch.n_tokens() - 1);
        rates.read = PROMPT_TOKENS as f64 / began.elapsed().as_secs_f64();
        let began = Instant::now();
        for _ in 0..ANSWER_TOKENS {
            batch.clear();
            batch.add(token, position, &[0], true)?;
            position += 1;
            context.decode(&mut batch)?;
            token = sampler.sample(&context, 0);
        }
        rates.written = ANSWER_TOKENS as f64 / began.elapsed().as_secs_f64();
    }
    Ok(rates)
}

/// As many askers as conversations, each with two questions after one that warms up.
async fn written(config: &GeneratorConfig, askers: u32) -> Outcome<Rates> {
    let generator = Arc::new(LlamaGenerator::open(config)?);
    ask(&generator, 0).await?;
    let began = Instant::now();
    let asking = (1..=askers).map(|asker| {
        let generator = generator.clone();
        async move {
            let first = ask(&generator, asker * 2).await?;
            let second = ask(&generator, asker * 2 + 1).await?;
            Outcome::Ok([first, second])
        }
    });
    let asked: Vec<[Asked; 2]> = futures::future::try_join_all(asking).await?;
    let took = began.elapsed().as_secs_f64();
    let all = asked.iter().flatten();
    let total = |count: fn(&Asked) -> f64| all.clone().map(count).sum::<f64>();
    if askers == 1 {
        return Ok(Rates {
            read: total(|asked| asked.read) / total(|asked| asked.first_seconds),
            written: total(|asked| asked.written) / total(|asked| asked.rest_seconds),
        });
    }
    // Side by side, reading and writing share the time: each rate is what comes out of all of it.
    Ok(Rates { read: total(|asked| asked.read) / took, written: total(|asked| asked.written) / took })
}

struct Asked {
    read: f64,
    written: f64,
    first_seconds: f64,
    rest_seconds: f64,
}

async fn ask(generator: &LlamaGenerator, number: u32) -> Outcome<Asked> {
    // Words that are a token or two each, other ones for each question.
    let mut content = format!("Question {number}. Continue:");
    let mut next = number;
    while generator.count_tokens(&[&content]).await?[0] < PROMPT_TOKENS - 40 {
        for _ in 0..10 {
            next = next.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            content.push_str(&format!(" {}", next % 1000));
        }
    }
    let messages = vec![Message { role: Role::User, content }];
    let request = GenerationRequest { messages, max_tokens: ANSWER_TOKENS, temperature: 0.0, seed: 0 };
    let (sender, mut pieces) = mpsc::channel::<String>(16);
    let began = Instant::now();
    let listen = async {
        let mut first = None;
        while pieces.recv().await.is_some() {
            first.get_or_insert_with(|| began.elapsed().as_secs_f64());
        }
        first
    };
    let (end, first) = tokio::join!(generator.generate(request, sender), listen);
    let (end, took) = (end?, began.elapsed().as_secs_f64());
    let first_seconds = first.unwrap_or(took);
    Ok(Asked {
        read: end.prompt_tokens as f64,
        written: end.generated_tokens as f64,
        first_seconds,
        rest_seconds: took - first_seconds,
    })
}
