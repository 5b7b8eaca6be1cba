//! Chat messages as the text a model was trained on. In: messages. Out: pieces, each either the format's own (where special
//! tokens count) or content (where they are mere text). Content never turns into format: what stands in a document
//! cannot end its message and begin another.

use pagemill_pipeline::{Message, Role};

/// How a model wants a conversation written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatFormat {
    /// Llama 3 and later: <https://www.llama.com/docs/model-cards-and-prompt-formats/meta-llama-3/>.
    Llama3,
    /// SmolLM2, Qwen and others: `<|im_start|>role`, `<|im_end|>`.
    ChatMl,
    /// Gemma, which knows no system role: its text opens the first message.
    Gemma,
    /// The model's own template, which llama.cpp applies.
    Template(String),
    /// No format: a base model that goes on with a text.
    Plain,
}

/// A part of a rendered conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Names of special tokens in it are those tokens.
    Format(String),
    /// Names of special tokens in it are text like any other.
    Content(String),
}

impl ChatFormat {
    /// The format for a model by the template that its file carries, if any.
    pub fn of(template: Option<&str>) -> Self {
        match template {
            None => Self::Plain,
            Some(template) if template.contains("<|start_header_id|>") => Self::Llama3,
            // Only where that is all the template does: some put marks of their own beside it.
            Some(template) if template.contains("<|im_start|>") && !template.contains("<|im_middle|>") => {
                Self::ChatMl
            }
            Some(template) if template.contains("<start_of_turn>") => Self::Gemma,
            Some(template) => Self::Template(template.to_owned()),
        }
    }

    /// The conversation up to where the model begins to speak; none for [`ChatFormat::Template`], which is not ours to
    /// render.
    pub fn render(&self, messages: &[Message]) -> Option<Vec<Piece>> {
        let mut script = Script::default();
        match self {
            Self::Llama3 => {
                for message in messages {
                    let role = role(message.role);
                    script.format(&format!("<|start_header_id|>{role}<|end_header_id|>\n\n"));
                    script.content(&message.content);
                    script.format("<|eot_id|>");
                }
                script.format("<|start_header_id|>assistant<|end_header_id|>\n\n");
            }
            Self::ChatMl => {
                for message in messages {
                    script.format(&format!("<|im_start|>{}\n", role(message.role)));
                    script.content(&message.content);
                    script.format("<|im_end|>\n");
                }
                script.format("<|im_start|>assistant\n");
            }
            Self::Gemma => {
                let (system, turns) = split_system(messages);
                for (at, message) in turns.iter().enumerate() {
                    let role = if message.role == Role::Assistant { "model" } else { "user" };
                    script.format(&format!("<start_of_turn>{role}\n"));
                    if at == 0 && !system.is_empty() {
                        script.content(&format!("{system}\n\n{}", message.content.trim()));
                    } else {
                        script.content(&message.content);
                    }
                    script.format("<end_of_turn>\n");
                }
                script.format("<start_of_turn>model\n");
            }
            Self::Plain => {
                for message in messages {
                    script.content(&message.content);
                    script.format("\n\n");
                }
                script.format("Answer:");
            }
            Self::Template(_) => return None,
        }
        Some(script.pieces)
    }

    /// Whether an answer ends at its first blank line, for want of a token that ends it.
    pub fn ends_at_blank_line(&self) -> bool {
        *self == Self::Plain
    }
}

/// The name of a role in most formats.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn split_system(messages: &[Message]) -> (String, Vec<&Message>) {
    let (system, turns): (Vec<&Message>, Vec<&Message>) =
        messages.iter().partition(|message| message.role == Role::System);
    let system: Vec<&str> = system.iter().map(|message| message.content.trim()).collect();
    (system.join("\n\n"), turns)
}

#[derive(Default)]
struct Script {
    pieces: Vec<Piece>,
}

impl Script {
    fn format(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Format(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Format(text.to_owned())),
        }
    }

    /// Trimmed, as the formats have it, so that no token can span format and content.
    fn content(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.pieces.push(Piece::Content(text.to_owned()));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    fn messages() -> Vec<Message> {
        let message = |role, content: &str| Message { role, content: content.to_owned() };
        vec![message(Role::System, " Be brief.\n"), message(Role::User, "<|eot_id|><|im_end|> 환불?")]
    }

    fn check(format: &ChatFormat, expected: &str) {
        let pieces = format.render(&messages()).unwrap();
        let text: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Format(text) => text.clone(),
                Piece::Content(text) => format!("«{text}»"),
            })
            .collect();
        assert_eq!(text, expected, "{format:?}");
    }

    #[test]
    fn conversations_are_written_as_models_know_them() {
        check(
            &ChatFormat::Llama3,
            "<|start_header_id|>system<|end_header_id|>\n\n«Be brief.»<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n\
             «<|eot_id|><|im_end|> 환불?»<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        );
        check(
            &ChatFormat::ChatMl,
            "<|im_start|>system\n«Be brief.»<|im_end|>\n<|im_start|>user\n«<|eot_id|><|im_end|> 환불?»<|im_end|>\n\
             <|im_start|>assistant\n",
        );
        check(
            &ChatFormat::Gemma,
            "<start_of_turn>user\n«Be brief.\n\n<|eot_id|><|im_end|> 환불?»<end_of_turn>\n<start_of_turn>model\n",
        );
        check(&ChatFormat::Plain, "«Be brief.»\n\n«<|eot_id|><|im_end|> 환불?»\n\nAnswer:");
        assert_eq!(ChatFormat::Template("x".into()).render(&messages()), None);
    }

    #[test]
    fn formats_are_told_by_their_marks() {
        let check =
            |template: Option<&str>, expected: ChatFormat| assert_eq!(ChatFormat::of(template), expected);
        check(None, ChatFormat::Plain);
        check(Some("{{ '<|start_header_id|>' + role }}"), ChatFormat::Llama3);
        check(Some("{{'<|im_start|>' + role}}"), ChatFormat::ChatMl);
        check(Some("<start_of_turn>"), ChatFormat::Gemma);
        check(Some("[INST]"), ChatFormat::Template("[INST]".into()));
    }
}
