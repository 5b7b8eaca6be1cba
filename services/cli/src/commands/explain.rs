//! `pagemill explain`: why a document, or a sentence in it, is not found.

use super::{json, line};
use crate::Ended;
use crate::arguments::Explain as Arguments;
use crate::config::Config;
use crate::desk::Desk;
use crate::wire;
use pagemill_pipeline::Failure;
use pagemill_pipeline::explain::{Explain, Step, explain_document, explain_sentence};

pub async fn run(arguments: Arguments, config: &Config) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let answerer = wire::searcher(desk.index.clone(), config)?;
    let explain = Explain {
        index: desk.index.as_ref(),
        artifacts: desk.artifacts.as_ref(),
        sources: desk.sources.as_ref(),
        answerer: &answerer,
    };
    let named = desk.catalog.named(&arguments.subject).await?;
    if named.is_empty() {
        // A name without spaces is meant for a document, and its absence is the answer.
        if arguments.sentence.is_some() || !arguments.subject.contains(' ') {
            line(&format!(
                "`{}` was never received: no listing and no event has told of it.",
                arguments.subject
            ))?;
            line(
                "Look whether its source is ingested (`pagemill status`) and whether its name ends in .pdf.",
            )?;
            return Ok(Ended::WithFailures);
        }
        return told(&explain_sentence(explain, &arguments.subject).await?, arguments.json);
    }
    let mut ended = Ended::Done;
    for record in &named {
        if !arguments.json {
            line(&format!("{}/{}", record.source, record.key))?;
        }
        let steps = explain_document(explain, record, arguments.sentence.as_deref()).await?;
        if told(&steps, arguments.json)? != Ended::Done {
            ended = Ended::WithFailures;
        }
    }
    Ok(ended)
}

fn told(steps: &[Step], as_json: bool) -> Result<Ended, Failure> {
    if as_json {
        json(&steps)?;
    } else {
        for step in steps {
            line(&format!("  {} {}", if step.passed { "✓" } else { "✗" }, step.statement))?;
            if let Some(advice) = &step.advice {
                line(&format!("      {advice}"))?;
            }
        }
    }
    Ok(if steps.iter().all(|step| step.passed) { Ended::Done } else { Ended::WithFailures })
}
