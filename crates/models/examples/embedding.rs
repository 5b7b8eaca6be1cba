//! Measures the embedding model: `embedding FOLDER LIBRARY [THREADS]`. Prints load time, time a text by length, memory, and
//! whether the vectors are the same each time.
#![allow(clippy::print_stdout)]

use pagemill_models::embedder::{EmbedderConfig, LocalEmbedder};
use pagemill_pipeline::Embedder;
use std::time::Instant;

/// Processor time of this process so far.
fn processor_seconds() -> f32 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.rsplit(')').next().unwrap_or("").split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<f32>().ok()).sum::<f32>() / 100.0
}

fn resident_mib() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = |key: &str| -> u64 {
        status
            .lines()
            .find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    };
    (kib("VmRSS:") / 1024, kib("VmHWM:") / 1024)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pagemill_pipeline::Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut config = EmbedderConfig::default();
    if let Some(model) = arguments.next() {
        config.model = model.into();
    }
    if let Some(library) = arguments.next() {
        config.library = library.into();
    }
    if let Some(threads) = arguments.next() {
        config.threads = threads.parse().unwrap_or(0);
    }
    println!("before: {:?} MiB (now, highest)", resident_mib());
    let began = Instant::now();
    let embedder = LocalEmbedder::open(&config)?;
    println!(
        "{} loaded in {:.2} s: {:?} MiB",
        embedder.identity(),
        began.elapsed().as_secs_f32(),
        resident_mib()
    );
    let sentence = "제7조 환불: 구매일로부터 30일 이내에는 전액을 돌려받을 수 있다. The buyer may return goods within thirty days of delivery. ";
    let mut seed = 7_u64;
    let mut texts = Vec::new();
    for _ in 0..200 {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let characters = 40 + (seed >> 33) as usize % 700;
        texts.push(sentence.chars().cycle().skip(characters % 97).take(characters).collect::<String>());
    }
    let began = Instant::now();
    let tokens: usize = texts.iter().map(|text| embedder.count_tokens(text)).sum();
    println!("{tokens} tokens counted in {:.3} s", began.elapsed().as_secs_f32());
    let mut first: Option<Vec<Vec<f32>>> = None;
    for round in 0..3 {
        let (began, processor_before) = (Instant::now(), processor_seconds());
        let vectors = embedder.embed_passages(texts.clone()).await?;
        let seconds = began.elapsed().as_secs_f32();
        println!(
            "round {round}: {seconds:.2} s, {:.1} ms of processor a text, {:.1} ms a text, {:.0} tokens/s, {:?} MiB, norm {:.6}",
            1000.0 * (processor_seconds() - processor_before) / texts.len() as f32,
            1000.0 * seconds / texts.len() as f32,
            tokens as f32 / seconds,
            resident_mib(),
            vectors[0].iter().map(|x| x * x).sum::<f32>()
        );
        match &first {
            None => first = Some(vectors),
            Some(first) => println!("  same bytes: {}", *first == vectors),
        }
    }
    let began = Instant::now();
    for _ in 0..20 {
        embedder.embed_query("환불 기간은 며칠인가?").await?;
    }
    println!("question: {:.1} ms", began.elapsed().as_secs_f32() * 50.0);
    let digest =
        first.iter().flatten().flatten().fold(0_u64, |sum, x| sum.rotate_left(5) ^ u64::from(x.to_bits()));
    println!("digest of all vectors: {digest:016x}");
    Ok(())
}
