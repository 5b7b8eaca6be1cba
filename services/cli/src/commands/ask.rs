//! `pagemill ask`: a cited answer, or word-for-word quotes, or "not in these documents".

use super::{brief, json, line, pages};
use crate::Ended;
use crate::arguments::Ask;
use crate::config::Config;
use crate::wire;
use pagemill_pipeline::Failure;
use pagemill_pipeline::answer::{Answer, AnswerKind, Question};
use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use tokio::sync::mpsc;

pub async fn run(arguments: Ask, config: &Config) -> Result<Ended, Failure> {
    let model = if arguments.quotes { wire::Model::None } else { wire::Model::Configured };
    let answerer = wire::answerer(config, model).await?;
    let question = Question { text: arguments.question, filter: arguments.filter.into() };
    // Nobody watches the draft here: what is printed is checked.
    let (events, _) = mpsc::channel(1);
    let waiting = std::io::stderr().is_terminal() && !arguments.json;
    if waiting {
        eprint!("reading …");
        let _ = std::io::stderr().flush();
    }
    let answer = answerer.answer(question, events).await;
    if waiting {
        eprint!("\r\x1b[K");
    }
    let answer = answer?;
    if arguments.json {
        json(&answer)?
    } else {
        print(&answer)?
    }
    Ok(Ended::Done)
}

fn print(answer: &Answer) -> Result<(), Failure> {
    let korean = answer.question.chars().any(|c| matches!(u32::from(c), 0xAC00..=0xD7A3));
    match answer.kind {
        AnswerKind::NotFound => {
            line(if korean {
                "이 문서들에는 답이 없습니다."
            } else {
                "Not in these documents."
            })?;
            if !answer.citations.is_empty() {
                line(if korean { "\n가장 가까운 구절:" } else { "\nThe closest passages:" })?;
            }
        }
        AnswerKind::Quoted => {
            line(if korean { "문서에서 그대로 인용:\n" } else { "Quoted from the documents:\n" })?;
            for claim in &answer.claims {
                line(&format!("  “{}” {}", claim.text, numbers(&claim.citations)))?;
            }
            line("")?;
        }
        AnswerKind::Generated => {
            let text: Vec<String> =
                answer.claims.iter().map(|c| format!("{} {}", c.text, numbers(&c.citations))).collect();
            line(&format!("{}\n", text.join(" ")))?;
        }
    }
    let cited: BTreeSet<u32> =
        answer.claims.iter().flat_map(|claim| claim.citations.iter().copied()).collect();
    let shown = answer.citations.iter().filter(|c| cited.is_empty() || cited.contains(&c.number));
    for citation in shown.take(3) {
        let place = format!("{}, {}", citation.document.key, pages(&citation.boxes));
        line(&format!("[{}] {place}", citation.number))?;
        if !citation.heading_path.is_empty() {
            line(&format!("    {}", citation.heading_path.join(" > ")))?;
        }
        line(&format!("    {}", brief(&citation.text, 200)))?;
    }
    Ok(())
}

fn numbers(citations: &[u32]) -> String {
    citations.iter().map(|n| format!("[{n}]")).collect()
}
