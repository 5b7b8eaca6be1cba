//! Chat completions of an upstream as the generator. In: chat messages. Out: pieces of text as they come. Whoever stops
//! listening closes the connection, which ends the work there.

use super::sse::EventStream;
use super::upstream::{Upstream, error_message};
use crate::remote::Secret;
use async_trait::async_trait;
use futures::StreamExt;
use pagemill_pipeline::{Failure, GenerationEnd, GenerationRequest, Generator, Role};
use pagemill_tokens::Tokens;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;

const SECTION: &str = "generator.openai";

/// Which model of which upstream writes answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiGeneratorConfig {
    /// Up to and with the version, such as `http://vllm:8000/v1`.
    pub url: String,
    /// As the upstream names it.
    pub model: String,
    /// Empty for none.
    pub api_key: Secret,
    /// Tokens that prompt and answer share.
    pub context_tokens: usize,
    /// The model's tokenizer.json. Without it every byte of a prompt is taken for a token: never too few, so a prompt
    /// always fits, and three or four times too many, so raise `answer.prompt_tokens` accordingly.
    pub tokenizer: Option<PathBuf>,
    /// An answer that takes longer is given up.
    pub deadline_seconds: u64,
}

impl Default for OpenAiGeneratorConfig {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8000/v1".into(),
            model: String::new(),
            api_key: Secret::default(),
            context_tokens: 8192,
            tokenizer: None,
            deadline_seconds: 300,
        }
    }
}

/// A chat model behind the OpenAI API.
pub struct OpenAiGenerator {
    upstream: Upstream,
    model: String,
    context_tokens: usize,
    tokens: Option<Tokens>,
    deadline: Duration,
}

/// How far an answer is.
#[derive(Default)]
struct Progress {
    prompt_tokens: usize,
    generated_tokens: usize,
    finish: Option<String>,
}

impl OpenAiGenerator {
    /// Prepares; sends nothing.
    ///
    /// # Errors
    /// `Stop` when the address, the model's name or the tokenizer is missing or wrong.
    pub fn open(config: &OpenAiGeneratorConfig) -> Result<Self, Failure> {
        if config.model.is_empty() {
            return Err(Failure::stop(format!("{SECTION}.model is empty; name a model of the upstream")));
        }
        let tokens = config.tokenizer.as_deref().map(|file| super::tokens(SECTION, file)).transpose()?;
        Ok(Self {
            upstream: Upstream::new(SECTION, &config.url, &config.api_key)?,
            model: config.model.clone(),
            context_tokens: config.context_tokens,
            tokens,
            deadline: Duration::from_secs(config.deadline_seconds),
        })
    }

    fn body(&self, request: &GenerationRequest) -> Value {
        let messages = request.messages.iter().map(|message| {
            let role = match message.role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
            };
            json!({ "role": role, "content": message.content })
        });
        json!({
            "model": self.model,
            "messages": messages.collect::<Vec<_>>(),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
            "stream": true,
            "stream_options": { "include_usage": true },
        })
    }

    async fn write(
        &self,
        request: &GenerationRequest,
        pieces: &mpsc::Sender<String>,
    ) -> Result<GenerationEnd, Failure> {
        let advice =
            "lower answer.prompt_tokens or answer.max_tokens, or correct generator.openai.context_tokens";
        let response = self.upstream.post("chat/completions", &self.body(request)).await;
        let response = response.map_err(|refusal| refusal.into_stop(SECTION, advice))?;
        let mut bytes = response.bytes_stream();
        let mut events = EventStream::default();
        let mut progress = Progress::default();
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(|error| self.upstream.broken(&error))?;
            let ended = events.push(&chunk).map_err(|error| Failure::stop(format!("{SECTION}: {error}")))?;
            for data in ended {
                if data == "[DONE]" {
                    return progress.end();
                }
                if let Some(text) = progress.take(&data)?
                    && pieces.send(text).await.is_err()
                {
                    return Ok(progress.abandoned());
                }
            }
        }
        // Some upstreams leave out the mark of the end.
        progress.end()
    }
}

impl Progress {
    /// Takes the data of one event; returns the text that it brings.
    fn take(&mut self, data: &str) -> Result<Option<String>, Failure> {
        let value: Value = serde_json::from_str(data)
            .map_err(|error| Failure::retry(format!("{SECTION}: an event is no JSON: {error}")))?;
        if value.get("error").is_some() {
            let said = error_message(&value).unwrap_or_else(|| value.to_string());
            return Err(Failure::retry(format!("{SECTION}: the upstream gave up: {said}")));
        }
        let count = |pointer: &str| value.pointer(pointer).and_then(Value::as_u64).map(|n| n as usize);
        if let Some(prompt_tokens) = count("/usage/prompt_tokens") {
            self.prompt_tokens = prompt_tokens;
            self.generated_tokens = count("/usage/completion_tokens").unwrap_or(self.generated_tokens);
        }
        if let Some(finish) = value.pointer("/choices/0/finish_reason").and_then(Value::as_str) {
            self.finish = Some(finish.to_owned());
        }
        let text = value.pointer("/choices/0/delta/content").and_then(Value::as_str);
        let text = text.filter(|text| !text.is_empty()).map(str::to_owned);
        if text.is_some() {
            // Until the upstream counts: one a piece.
            self.generated_tokens += 1;
        }
        Ok(text)
    }

    fn end(self) -> Result<GenerationEnd, Failure> {
        match self.finish.as_deref() {
            Some(finish) => Ok(GenerationEnd {
                prompt_tokens: self.prompt_tokens,
                generated_tokens: self.generated_tokens,
                complete: finish == "stop",
            }),
            None => Err(Failure::retry(format!("{SECTION}: the answer ended without its end"))),
        }
    }

    fn abandoned(self) -> GenerationEnd {
        GenerationEnd {
            prompt_tokens: self.prompt_tokens,
            generated_tokens: self.generated_tokens,
            complete: false,
        }
    }
}

#[async_trait]
impl Generator for OpenAiGenerator {
    fn identity(&self) -> &str {
        &self.model
    }

    fn context_tokens(&self) -> usize {
        self.context_tokens
    }

    async fn count_tokens(&self, texts: &[&str]) -> Result<Vec<usize>, Failure> {
        let count = |text: &&str| match &self.tokens {
            Some(tokens) => tokens
                .ids(text)
                .map(|ids| ids.len())
                .map_err(|error| Failure::stop(format!("{SECTION}.tokenizer: {error}"))),
            // Every token of a tokenizer over bytes, or with bytes to fall back to, stands for one byte or more; one
            // more for the space that some put in front.
            None => Ok(text.len() + 1),
        };
        texts.iter().map(count).collect()
    }

    async fn generate(
        &self,
        request: GenerationRequest,
        pieces: mpsc::Sender<String>,
    ) -> Result<GenerationEnd, Failure> {
        tokio::select! {
            outcome = self.write(&request, &pieces) => outcome,
            () = pieces.closed() => Ok(Progress::default().abandoned()),
            () = tokio::time::sleep(self.deadline) => Err(Failure::retry(format!(
                "{SECTION}: no whole answer within {} s (deadline_seconds)",
                self.deadline.as_secs()
            ))),
        }
    }
}
