//! `pagemill inspect`: what a PDF is worth for retrieval: seven traits, the evidence, and what to improve, in
//! English or Korean.

use super::{json, line};
use crate::Ended;
use crate::arguments::{Inspect, Spoken};
use crate::config::Config;
use crate::wire;
use pagemill_document::{Document, Evidence, Field, Language, Origin, Statement, TextSource, TraitReport};
use pagemill_pipeline::Failure;
use pagemill_pipeline::ingest::{MemoryBudget, extract};

pub async fn run(arguments: Inspect, config: &Config) -> Result<Ended, Failure> {
    let readers = wire::readers(config)?;
    let budget = MemoryBudget::new(config.ingest.memory_mib);
    let name = arguments.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let document = extract(&readers, &config.ingest.read, &budget, &arguments.file, &name).await?;
    if arguments.json {
        json(&document.readiness)?
    } else {
        let language = match arguments.language {
            Spoken::En => Language::English,
            Spoken::Ko => Language::Korean,
        };
        for written in report(&document, language) {
            line(&written)?;
        }
    }
    Ok(Ended::Done)
}

/// Lines for a person.
fn report(document: &Document, language: Language) -> Vec<String> {
    let say = |en: String, ko: String| Statement::new(en, ko).text(language).to_owned();
    let (pages, metadata, readiness) = (document.pages.len(), &document.metadata, &document.readiness);
    let ocr = document.pages.iter().filter(|page| matches!(page.text_source, TextSource::Ocr { .. })).count();
    let name = document.file_name();
    let plural = if pages == 1 { "page" } else { "pages" };
    let regions = document.pages.iter().flat_map(|page| &page.ocr_regions);
    let (parts_en, parts_ko) = match regions.filter(|region| region.confidence.is_some()).count() {
        0 => (String::new(), "을".to_owned()),
        1 => (" and 1 part of another".to_owned(), "과 다른 쪽의 일부 1곳을".to_owned()),
        parts => (format!(" and {parts} parts of others"), format!("과 다른 쪽의 일부 {parts}곳을")),
    };
    let mut lines = vec![say(
        format!("{name}: {pages} {plural}, {ocr} of them{parts_en} read by OCR"),
        format!("{name}: {pages}쪽, 그중 {ocr}쪽{parts_ko} OCR로 읽음"),
    )];
    let keywords = metadata.keywords.as_ref();
    let keywords = keywords.map(|k| Field { value: k.value.join(", "), origin: k.origin });
    let fields = [
        (Statement::new("title", "제목"), metadata.title.as_ref()),
        (Statement::new("author", "작성자"), metadata.author.as_ref()),
        (Statement::new("language", "언어"), metadata.language.as_ref()),
        (Statement::new("keywords", "키워드"), keywords.as_ref()),
    ];
    for (name, field) in fields.iter().filter_map(|(name, field)| Some((name, (*field)?))) {
        let derived = match field.origin {
            Origin::File => String::new(),
            Origin::Text => say("  (from the text)".into(), "  (본문에서 가져옴)".into()),
        };
        lines.push(format!("  {}: {}{derived}", name.text(language), field.value));
    }
    let (score, grade) = (readiness.score * 100.0, readiness.grade.label());
    lines.push(String::new());
    lines.push(say(
        format!("Readiness for retrieval: {score:.0} of 100, {}", grade.en),
        format!("검색 적합도: 100점 중 {score:.0}점, {}", grade.ko),
    ));
    lines.push(say(
        "The mean of the traits below; points beside each finding: given/at most.".into(),
        "아래 항목의 평균이며, 근거 앞의 숫자는 ‘받은 점수/만점’입니다.".into(),
    ));
    readiness.traits.iter().for_each(|found| lines.extend(explained(found, language)));
    for warning in &document.warnings {
        let place =
            warning.page.map_or(String::new(), |page| say(format!("page {page}: "), format!("{page}쪽: ")));
        lines.push(format!("\n{}: {place}{}", say("warning".into(), "주의".into()), warning.message));
    }
    lines
}

/// A trait: its score, what it is made of, and what to do first.
fn explained(found: &TraitReport, language: Language) -> Vec<String> {
    let score = found.score.map_or("  —".to_owned(), |score| format!("{:>3.0}", score * 100.0));
    let mut lines = vec![String::new(), format!("{score}  {}", found.name.label().text(language))];
    for Evidence { statement, points } in &found.evidence {
        // What only takes away has no most.
        let points = points.map_or(String::new(), |p| match p.most > 0.0 {
            true => format!("{:.0}/{:.0}", p.given, p.most),
            false if p.given == 0.0 => "0".to_owned(),
            false => format!("{:+.0}", p.given),
        });
        lines.push(format!("     {points:>7}  {}", statement.text(language)));
    }
    if !found.advice.is_empty() {
        lines.push(format!("           → {}", found.advice.text(language)));
    }
    lines
}
