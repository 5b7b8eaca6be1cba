//! Generation on this machine: a GGUF model, run by llama.cpp on the processor or on GPUs. In: chat messages. Out: a stream
//! of text. A thread of its own holds as many conversations at once as are configured; the others wait in a bounded
//! line. Loads a file, never fetches one.

mod conversation;
mod device;
mod session;
mod stream;
mod vocabulary;

use crate::home::home;
use async_trait::async_trait;
use conversation::{Job, Prompt};
pub use device::Device;
use device::Placement;
use pagemill_pipeline::{Failure, GenerationEnd, GenerationRequest, Generator};
use serde::{Deserialize, Deserializer};
use session::{Session, Shape};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use vocabulary::Vocabulary;

/// Who comes when the line is full is told to come back.
const FULL_RETRY: Duration = Duration::from_secs(10);
/// Conversations at once, at most: each has a token in every batch.
const MOST_CONVERSATIONS: u32 = 64;

/// Which model writes answers, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorConfig {
    /// A GGUF file. Empty for none: answers are then quotes.
    #[serde(deserialize_with = "path_or_empty")]
    pub model: Option<PathBuf>,
    /// What computes. A GPU that is configured and not there is an error.
    pub device: Device,
    /// Layers of the model that the GPU holds, for one that does not fit whole; left out for all. The processor has the rest.
    pub gpu_layers: Option<u32>,
    /// Conversations that are written at once, each with memory of its own. They share every pass over the weights. With more
    /// than one, the same question may be answered in other words: sums are made in another order.
    pub conversations: u32,
    /// Tokens that prompt and answer share, at most; a model with less has less.
    pub context_tokens: u32,
    /// Threads that compute; 0 for one a physical core.
    pub threads: usize,
    /// Questions that wait while others are answered.
    pub waiting: usize,
}

impl Default for GeneratorConfig {
    fn default() -> Self {
        Self::in_home(&home())
    }
}

impl GeneratorConfig {
    /// The model that set-up puts into `home`.
    pub fn in_home(home: &Path) -> Self {
        Self {
            model: Some(home.join("models/smollm2-135m-instruct/model.gguf")),
            device: Device::default(),
            gpu_layers: None,
            conversations: 1,
            context_tokens: 4096,
            threads: 0,
            waiting: 8,
        }
    }
}

fn path_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let path = PathBuf::deserialize(deserializer)?;
    Ok((!path.as_os_str().is_empty()).then_some(path))
}

/// A GGUF model on this machine.
///
/// Opening reads the vocabulary only; the weights are loaded at the first question, and stay. Whoever drops the
/// receiver of its pieces, or the future, ends its generation. With one conversation at a time, the same request gives
/// the same text (temperature 0, or the same seed) on the same machine.
pub struct LlamaGenerator {
    identity: String,
    context_tokens: usize,
    vocabulary: Arc<Vocabulary>,
    /// `None` only while it is dropped.
    line: Option<mpsc::Sender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for LlamaGenerator {
    /// Waits until the model is gone: a GPU's driver ends with the process, and must not be used after that.
    fn drop(&mut self) {
        self.line = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the generating thread panicked");
        }
    }
}

impl LlamaGenerator {
    /// Opens the file.
    ///
    /// # Errors
    /// `Stop` when there is no such file or it is no model, or the device is not there, naming it and what to do.
    pub fn open(config: &GeneratorConfig) -> Result<Self, Failure> {
        let Some(file) = config.model.clone() else {
            return Err(Failure::stop("generator.model is empty: there is no model to open"));
        };
        if !(1..=MOST_CONVERSATIONS).contains(&config.conversations) {
            return Err(Failure::stop(format!(
                "generator.conversations is {}; it can be 1 to {MOST_CONVERSATIONS}",
                config.conversations
            )));
        }
        let placement = Placement::find(config.device, config.gpu_layers)?;
        let vocabulary = Arc::new(Vocabulary::open(&file)?);
        let context_tokens =
            vocabulary.trained_tokens.map_or(config.context_tokens, |most| most.min(config.context_tokens));
        // Those that come at the same moment pass through the line too.
        let (line, jobs) = mpsc::channel(config.waiting + config.conversations as usize);
        let threads = if config.threads == 0 { physical_cores() } else { config.threads };
        let shape = Shape { placement, context_tokens, conversations: config.conversations, threads };
        let worker = Worker { file: file.clone(), vocabulary: vocabulary.clone(), shape, jobs };
        let thread = std::thread::Builder::new()
            .name("generator".to_owned())
            .spawn(move || worker.work())
            .map_err(|error| Failure::stop(format!("the generating thread could not be started: {error}")))?;
        Ok(Self {
            identity: identity(&file),
            context_tokens: context_tokens as usize,
            vocabulary,
            line: Some(line),
            thread: Some(thread),
        })
    }
}

#[async_trait]
impl Generator for LlamaGenerator {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn context_tokens(&self) -> usize {
        self.context_tokens
    }

    async fn count_tokens(&self, texts: &[&str]) -> Result<Vec<usize>, Failure> {
        Ok(texts.iter().map(|text| self.vocabulary.content_tokens(text).len()).collect())
    }

    async fn generate(
        &self,
        request: GenerationRequest,
        pieces: mpsc::Sender<String>,
    ) -> Result<GenerationEnd, Failure> {
        let tokens = self.vocabulary.prompt_tokens(&request.messages)?;
        let room = self.context_tokens.saturating_sub(tokens.len());
        if room == 0 {
            return Err(Failure::stop(format!(
                "the prompt has {} tokens, and {} takes {} for prompt and answer; lower answer.passages, or raise generator.context_tokens \
                 if the model allows it",
                tokens.len(),
                self.identity,
                self.context_tokens
            )));
        }
        let prompt = Prompt {
            tokens,
            max_tokens: request.max_tokens.min(room),
            temperature: request.temperature,
            seed: request.seed,
        };
        let (written, mut to_pass_on) = Job::pieces(&prompt);
        let (end, ended) = oneshot::channel();
        let line = self.line.as_ref().ok_or_else(gone)?;
        line.try_send(Job { prompt, pieces: written, end }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => Failure::Retry {
                after: FULL_RETRY,
                detail: "the model is busy and enough questions are waiting (generator.waiting)".to_owned(),
            },
            mpsc::error::TrySendError::Closed(_) => gone(),
        })?;
        // Whoever reads slowly keeps no other conversation waiting: this does, not the model.
        let pass_on = async {
            while let Some(piece) = to_pass_on.recv().await {
                if pieces.send(piece).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = pass_on => {}
            () = pieces.closed() => {}
        }
        drop((to_pass_on, pieces));
        ended.await.map_err(|_| gone())?
    }
}

fn gone() -> Failure {
    Failure::stop("the generating thread has ended; start again and see the log")
}

struct Worker {
    file: PathBuf,
    vocabulary: Arc<Vocabulary>,
    shape: Shape,
    jobs: mpsc::Receiver<Job>,
}

impl Worker {
    /// Until the generator is dropped.
    fn work(mut self) {
        let mut model = None;
        while let Some(job) = self.jobs.blocking_recv() {
            if job.end.is_closed() {
                continue;
            }
            let loaded = match model.take() {
                Some(loaded) => Ok(loaded),
                None => session::load(&self.file, &self.shape.placement),
            };
            match loaded {
                Err(failure) => {
                    let _ = job.end.send(Err(failure));
                }
                Ok(loaded) => {
                    self.answer_while_loaded(&loaded, job);
                    model = Some(loaded);
                }
            }
        }
    }

    /// Answers with one context, which is bound to the model's lifetime, until the line ends or the context fails.
    fn answer_while_loaded(&mut self, model: &session::Loaded, first: Job) {
        let mut session = match Session::new(model, &self.vocabulary, &self.shape) {
            Ok(session) => session,
            Err(failure) => {
                let _ = first.end.send(Err(failure));
                return;
            }
        };
        session.begin(first);
        loop {
            while session.has_room()
                && let Ok(job) = self.jobs.try_recv()
            {
                session.begin(job);
            }
            if session.is_idle() {
                match self.jobs.blocking_recv() {
                    Some(job) => session.begin(job),
                    None => return,
                }
            }
            if let Err(failure) = session.step() {
                tracing::error!(%failure, "the model's context failed and is made anew");
                return;
            }
        }
    }
}

/// Name of the file, or of its folder when the file's says nothing.
fn identity(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    match file.parent().and_then(Path::file_name) {
        Some(folder) if stem == "model" => folder.to_string_lossy().into_owned(),
        _ => stem.into_owned(),
    }
}

/// Cores that this process may use, siblings counted once: two threads of one core get in each other's way.
fn physical_cores() -> usize {
    let usable = std::thread::available_parallelism().map_or(1, usize::from);
    let siblings: std::collections::BTreeSet<String> = (0..usable)
        .filter_map(|cpu| {
            let file = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
            std::fs::read_to_string(file).ok()
        })
        .collect();
    if siblings.is_empty() { usable } else { siblings.len().min(usable) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_by_its_file_or_folder() {
        assert_eq!(identity(Path::new("/m/smollm2-135m-instruct/model.gguf")), "smollm2-135m-instruct");
        assert_eq!(
            identity(Path::new("/m/Llama-3.2-3B-Instruct-Q4_K_M.gguf")),
            "Llama-3.2-3B-Instruct-Q4_K_M"
        );
    }

    #[test]
    fn an_empty_path_is_no_model() {
        let config: GeneratorConfig = toml::from_str("model = \"\"").unwrap();
        assert_eq!(config.model, None);
        let config: GeneratorConfig = toml::from_str("threads = 1").unwrap();
        assert!(config.model.is_some());
        assert_eq!((config.device, config.conversations), (Device::Cpu, 1));
    }

    #[test]
    fn what_cannot_be_held_is_told() {
        let told = |text: &str| {
            let config: GeneratorConfig = toml::from_str(text).unwrap();
            LlamaGenerator::open(&config).err().map(|failure| failure.to_string()).unwrap_or_default()
        };
        assert!(told("conversations = 0").contains("generator.conversations is 0; it can be 1 to 64"));
        assert!(told("conversations = 65").contains("is 65"));
        assert!(toml::from_str::<GeneratorConfig>("device = \"tpu\"").is_err());
    }
}
