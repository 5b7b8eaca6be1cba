//! Tests of readiness: every trait is explained, in both languages, and its points are its score.

use crate::segment::fixture::{page, text_line};
use crate::{DocumentIdentity, segment};
use pagemill_document::{
    ContentHash, Document, DocumentFacts, DocumentId, ImageArea, OcrReason, OutlineEntry, Page, Rect,
    Statement, TextSource, Trait,
};

fn read(facts: DocumentFacts, pages: Vec<Page>) -> Document {
    let identity = DocumentIdentity {
        id: DocumentId::new("s", "k"),
        source: "s".into(),
        key: "k".into(),
        content_hash: ContentHash::of(b""),
        size_bytes: 0,
    };
    segment(identity, facts, pages)
}

fn report() -> Vec<Page> {
    let mut words = text_line("Annual Report", 50.0, 100.0, 20.0);
    words.extend(text_line("The report describes the year and what was done in it.", 50.0, 140.0, 10.0));
    vec![page(words)]
}

fn scan(number: u32, text_source: TextSource) -> Page {
    let image = ImageArea { bbox: Rect::new(0.0, 0.0, 600.0, 800.0), pixels: (1200, 1600), dpi: 144.0 };
    Page {
        number,
        text_source,
        images: vec![image],
        ..page(text_line("read by a machine", 50.0, 90.0, 10.0))
    }
}

/// Documents that between them say everything there is to say.
fn documents() -> Vec<Document> {
    let needed = || TextSource::NeedsOcr { reason: OcrReason::NoText, evidence: "x".into() };
    let recognised =
        |confidence| TextSource::Ocr { reason: OcrReason::NoText, evidence: "x".into(), confidence };
    let failed = || Page { text_source: TextSource::Failed { error: "x".into() }, ..page(Vec::new()) };
    let stated = DocumentFacts {
        page_count: 1,
        title: Some("Annual Report".into()),
        author: Some("python-docx".into()),
        keywords: vec!["year".into()],
        created: Some("2024-01-31T00:00:00Z".into()),
        tagged: true,
        outline: vec![OutlineEntry { title: "Annual Report".into(), level: 1, page: Some(1) }],
        ..DocumentFacts::default()
    };
    let lying = DocumentFacts { title: Some("Microsoft Word - x.doc".into()), ..DocumentFacts::default() };
    vec![
        read(stated, report()),
        read(lying, report()),
        read(DocumentFacts::default(), Vec::new()),
        read(DocumentFacts::default(), vec![failed(), failed()]),
        read(DocumentFacts::default(), vec![scan(1, recognised(0.4)), scan(2, recognised(0.6))]),
        read(
            DocumentFacts::default(),
            vec![scan(1, needed()), Page { images: Vec::new(), ..scan(2, needed()) }],
        ),
    ]
}

#[test]
fn all_seven_traits_are_reported_in_order_with_evidence() {
    for document in documents() {
        let traits = &document.readiness.traits;
        assert_eq!(traits.iter().map(|t| t.name).collect::<Vec<_>>(), Trait::ALL);
        assert!(traits.iter().all(|t| !t.evidence.is_empty()));
    }
}

#[test]
fn the_points_of_the_evidence_are_the_score() {
    for document in documents() {
        for found in &document.readiness.traits {
            let points: Vec<_> = found.evidence.iter().filter_map(|e| e.points).collect();
            let Some(score) = found.score else {
                assert!(points.is_empty(), "{found:?}");
                continue;
            };
            let given: f32 = points.iter().map(|p| p.given).sum();
            assert!((given - score * 100.0).abs() < 0.3, "{found:?}");
            let most: f32 = points.iter().map(|p| p.most).sum();
            assert!((most - 100.0).abs() < 0.01, "{found:?}");
            assert_eq!(found.advice.is_empty(), score >= super::ENOUGH, "{found:?}");
        }
    }
}

#[test]
fn everything_is_said_in_both_languages() {
    let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    let mut said = 0;
    let mut check = |statement: &Statement| {
        assert!(!statement.en.is_empty() && !hangul(&statement.en), "{statement:?}");
        assert!(hangul(&statement.ko), "{statement:?}");
        // The same figures stand in both; “…” holds what the document says.
        assert_eq!(figures(&statement.en), figures(&statement.ko), "{statement:?}");
        said += 1;
    };
    for found in documents().iter().flat_map(|d| &d.readiness.traits) {
        found.evidence.iter().for_each(|e| check(&e.statement));
        if !found.advice.is_empty() {
            check(&found.advice);
        }
    }
    Trait::ALL.iter().for_each(|t| check(&t.label()));
    assert!(said > 100);
}

/// The numbers in a text, sorted: the two languages order them as they must. Words such as "no" and "none" hold none.
fn figures(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|n| n.trim_matches('.').to_owned())
        .filter(|n| !n.is_empty())
        .collect();
    found.sort();
    found
}

#[test]
fn the_remedy_is_for_what_costs_most() {
    let documents = documents();
    let advice = |document: usize, name: Trait| {
        documents[document].readiness.traits.iter().find(|t| t.name == name).map(|t| t.advice.en.clone())
    };
    // The author is not believed, which costs more than the language that stands in the text alone.
    assert!(
        advice(0, Trait::Metadata).is_some_and(|a| a.contains("wrote")),
        "{:?}",
        advice(0, Trait::Metadata)
    );
    assert!(advice(3, Trait::TextQuality).is_some_and(|a| a.contains("damaged")));
    assert!(advice(5, Trait::TextQuality).is_some_and(|a| a.contains("OCR")));
    let evidence = &documents[0].readiness.traits[1].evidence[1].statement;
    assert_eq!(evidence.en, "author: none; the file's “python-docx” is not believed");
}

#[test]
fn pages_without_text_cost_text_quality() {
    let found = &documents()[3].readiness;
    assert_eq!(found.traits[2].score, Some(0.0));
}

#[test]
fn pages_are_graded_and_the_worst_are_named() {
    let read =
        |confidence| TextSource::Ocr { reason: OcrReason::NoText, evidence: "image".into(), confidence };
    let needed = TextSource::NeedsOcr { reason: OcrReason::NoText, evidence: "image".into() };
    let check = |pages: Vec<TextSource>, en: &str, ko: &str| {
        let pages = (1..).zip(pages).map(|(number, source)| scan(number, source)).collect();
        let document = self::read(DocumentFacts::default(), pages);
        let said = &document.readiness.traits[5].evidence[2].statement;
        assert!(said.en.ends_with(en), "{said:?}");
        assert!(said.ko.ends_with(ko), "{said:?}");
    };
    check(vec![read(1.0), read(1.0)], ": 2 excellent", ": 매우 좋음 2쪽");
    check(
        vec![read(0.3), read(1.0), needed, read(0.2)],
        ": 1 excellent, 3 poor; worst on pages 3, 4, 1",
        ": 매우 좋음 1쪽, 미흡 3쪽, 가장 나쁜 쪽: 3, 4, 1",
    );
    check(
        vec![read(0.3); 7],
        ": 7 poor; worst on pages 1, 2, 3, 4, 5",
        ": 미흡 7쪽, 가장 나쁜 쪽: 1, 2, 3, 4, 5",
    );
}
