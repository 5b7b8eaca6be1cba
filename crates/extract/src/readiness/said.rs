//! The trait of metadata: what is known of the document as a whole, and whether the file says it. In: the
//! document and the facts of the file. Out: the report; what the file says and is not believed is named.

use super::{Part, report, say};
use pagemill_document::{Document, DocumentFacts, Field, Origin, Statement, Trait, TraitReport};

/// Longer values are cut in the evidence.
const SHOWN_CHARACTERS: usize = 60;
/// What was derived from the text may be wrong.
const DERIVED: f32 = 0.6;

/// A property: its name, what it is worth, what it was found to be, and what the file said.
struct Property<'d> {
    name: Statement,
    most: f32,
    found: Option<(String, Origin)>,
    stated: Option<&'d str>,
    remedy: Statement,
}

fn found<T>(field: Option<&Field<T>>, shown: impl Fn(&T) -> String) -> Option<(String, Origin)> {
    field.map(|f| (shown(&f.value), f.origin))
}

pub fn metadata(document: &Document, facts: &DocumentFacts) -> TraitReport {
    let m = &document.metadata;
    let text = |value: &String| value.clone();
    let day = |value: &String| value.get(..10).unwrap_or(value).to_owned();
    let properties = [
        Property {
            name: Statement::new("title", "제목"),
            most: 0.3,
            found: found(m.title.as_ref(), text),
            stated: facts.title.as_deref(),
            remedy: say!(
                "State the title in the document's properties before exporting it as PDF.",
                "PDF로 내보내기 전에 문서 속성에 제목을 적어 주세요."
            ),
        },
        Property {
            name: Statement::new("author", "작성자"),
            most: 0.2,
            found: found(m.author.as_ref(), text),
            stated: facts.author.as_deref(),
            remedy: say!(
                "State in the document's properties which person or office wrote it.",
                "문서 속성에 작성한 사람이나 부서를 적어 주세요."
            ),
        },
        Property {
            name: Statement::new("date", "날짜"),
            most: 0.2,
            found: found(m.created.as_ref().or(m.modified.as_ref()), day),
            stated: facts.created.as_deref().or(facts.modified.as_deref()),
            remedy: say!(
                "Export the PDF with a program that writes its date of creation.",
                "만든 날짜를 기록하는 프로그램으로 PDF를 내보내 주세요."
            ),
        },
        Property {
            name: Statement::new("language", "언어"),
            most: 0.15,
            found: found(m.language.as_ref(), text),
            stated: facts.language.as_deref(),
            remedy: say!(
                "Set the document's language in its properties.",
                "문서 속성에서 언어를 지정해 주세요."
            ),
        },
        Property {
            name: Statement::new("keywords", "키워드"),
            most: 0.15,
            found: found(m.keywords.as_ref(), |words| words.join(", ")),
            stated: facts.keywords.first().map(String::as_str),
            remedy: say!(
                "State a few keywords in the document's properties.",
                "문서 속성에 키워드를 몇 개 적어 주세요."
            ),
        },
    ];
    report(Trait::Metadata, &properties.map(Property::part))
}

impl Property<'_> {
    fn part(self) -> Part {
        let Statement { en, ko } = &self.name;
        let stated = self.stated.map(str::trim).filter(|v| !v.is_empty()).map(cut);
        let (worth, measured) = match (&self.found, stated) {
            (Some((value, Origin::File)), _) => {
                let value = cut(value);
                (1.0, say!("{en}: “{value}”", "{ko}: “{value}”"))
            }
            (Some((value, Origin::Text)), None) => {
                let value = cut(value);
                let measured = say!(
                    "{en}: “{value}”, taken from the text; the file states none",
                    "{ko}: “{value}”, 파일에 없어 본문에서 가져옴"
                );
                (DERIVED, measured)
            }
            (Some((value, Origin::Text)), Some(lie)) => {
                let value = cut(value);
                let measured = say!(
                    "{en}: “{value}”, taken from the text; the file's “{lie}” is not believed",
                    "{ko}: “{value}”, 파일의 “{lie}”은(는) 믿을 수 없어 본문에서 가져옴"
                );
                (DERIVED, measured)
            }
            (None, Some(lie)) => {
                let measured = say!(
                    "{en}: none; the file's “{lie}” is not believed",
                    "{ko}: 없음, 파일의 “{lie}”은(는) 믿을 수 없음"
                );
                (0.0, measured)
            }
            (None, None) => (0.0, say!("{en}: none", "{ko}: 없음")),
        };
        Part::new(self.most, worth, measured, self.remedy)
    }
}

fn cut(value: &str) -> String {
    if value.chars().count() <= SHOWN_CHARACTERS {
        return value.to_owned();
    }
    let shown: String = value.chars().take(SHOWN_CHARACTERS).collect();
    format!("{}…", shown.trim_end())
}
