//! What a request holds, checked, as the seams take it. In: messages of the protocol. Out: values, or a status that names
//! what is wrong.

use pagemill_pipeline::{GenerationRequest, Message, Role};
use pagemill_proto::models::{self as wire, GenerateRequest};
use tonic::Status;

/// Texts of one call, at most; a caller with more makes more calls.
const MAX_TEXTS: usize = 256;
/// Tokens of an answer, at most, whatever the model's context: the request would hold the model for minutes.
const MAX_TOKENS: u32 = 1 << 16;

/// A generation request.
pub fn generation(request: GenerateRequest) -> Result<GenerationRequest, Status> {
    if request.messages.is_empty() {
        return Err(Status::invalid_argument("`messages` is empty: there is nothing to answer"));
    }
    if request.max_tokens == 0 || request.max_tokens > MAX_TOKENS {
        return Err(Status::invalid_argument(format!("`max_tokens` must be from 1 to {MAX_TOKENS}")));
    }
    if !(0.0..=2.0).contains(&request.temperature) {
        return Err(Status::invalid_argument("`temperature` must be from 0 to 2"));
    }
    let messages = request.messages.into_iter().map(message).collect::<Result<_, _>>()?;
    Ok(GenerationRequest {
        messages,
        max_tokens: request.max_tokens as usize,
        temperature: request.temperature,
        seed: request.seed,
    })
}

fn message(message: wire::Message) -> Result<Message, Status> {
    let role = match message.role() {
        wire::Role::System => Role::System,
        wire::Role::User => Role::User,
        wire::Role::Assistant => Role::Assistant,
        wire::Role::Unspecified => {
            return Err(Status::invalid_argument("a message has no `role`, or one that is not known here"));
        }
    };
    Ok(Message { role, content: message.content })
}

/// Texts of a call, in number what one call may hold.
pub fn texts(texts: Vec<String>) -> Result<Vec<String>, Status> {
    if texts.len() > MAX_TEXTS {
        let said = format!("{} texts in one call; send at most {MAX_TEXTS}", texts.len());
        return Err(Status::invalid_argument(said));
    }
    Ok(texts)
}

/// Whether the model that is loaded is the one that the caller prepared for; empty for any.
pub fn expects(expected: &str, loaded: &str) -> Result<(), Status> {
    if expected.is_empty() || expected == loaded {
        return Ok(());
    }
    Err(Status::failed_precondition(format!(
        "{loaded} is loaded here, and the caller began with {expected}; start the caller again"
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_generated_is_named() {
        let fine = GenerateRequest {
            messages: vec![wire::Message { role: wire::Role::User.into(), content: "hi".into() }],
            max_tokens: 5,
            ..GenerateRequest::default()
        };
        assert_eq!(generation(fine.clone()).unwrap().messages[0].role, Role::User);
        let check = |request: GenerateRequest, named: &str| {
            let status = generation(request).unwrap_err();
            assert!(status.message().contains(named), "{status}");
        };
        check(GenerateRequest { messages: vec![], ..fine.clone() }, "`messages`");
        check(GenerateRequest { max_tokens: 0, ..fine.clone() }, "`max_tokens`");
        check(GenerateRequest { temperature: f32::NAN, ..fine.clone() }, "`temperature`");
        let strange = wire::Message { role: 9, content: String::new() };
        check(GenerateRequest { messages: vec![strange], ..fine }, "`role`");
        assert!(expects("", "a").is_ok() && expects("a", "a").is_ok() && expects("b", "a").is_err());
        assert!(texts(vec![String::new(); 257]).is_err());
    }
}
