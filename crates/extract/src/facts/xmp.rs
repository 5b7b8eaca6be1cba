//! XMP metadata (ISO 16684-1). In: the packet. Out: facts that the Info dictionary leaves open.

use super::text;
use pagemill_document::DocumentFacts;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Properties that are looked for, by their qualified name as everybody writes it.
const TITLE: &str = "dc:title";
const CREATOR: &str = "dc:creator";
const DESCRIPTION: &str = "dc:description";
const SUBJECT: &str = "dc:subject";
const LANGUAGE: &str = "dc:language";
const KEYWORDS: &str = "pdf:Keywords";
const PRODUCER: &str = "pdf:Producer";
const TOOL: &str = "xmp:CreatorTool";
const CREATED: &str = "xmp:CreateDate";
const MODIFIED: &str = "xmp:ModifyDate";
const PROPERTIES: [&str; 10] =
    [TITLE, CREATOR, DESCRIPTION, SUBJECT, LANGUAGE, KEYWORDS, PRODUCER, TOOL, CREATED, MODIFIED];

/// Values beyond this are left out.
const MAX_VALUES: usize = 1_000;

/// Fills in what the Info dictionary did not say. Broken XML gives what stands before the break.
pub fn complete(facts: &mut DocumentFacts, packet: &[u8]) {
    let found = properties(packet);
    let all = |property: &str| {
        found.iter().filter(|(name, _)| *name == property).map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let first = |property: &str| all(property).into_iter().next();
    fill(&mut facts.title, || first(TITLE));
    fill(&mut facts.author, || Some(all(CREATOR).join(", ")).filter(|names| !names.is_empty()));
    fill(&mut facts.subject, || first(DESCRIPTION));
    fill(&mut facts.producer, || first(PRODUCER));
    fill(&mut facts.creator, || first(TOOL));
    fill(&mut facts.created, || first(CREATED).and_then(|date| text::date(&date)));
    fill(&mut facts.modified, || first(MODIFIED).and_then(|date| text::date(&date)));
    fill(&mut facts.language, || first(LANGUAGE).filter(|tag| tag != "x-unknown"));
    if facts.keywords.is_empty() {
        facts.keywords = match first(KEYWORDS) {
            Some(list) => text::keywords(&list),
            None => text::keywords(&all(SUBJECT).join(";")),
        };
    }
}

fn fill(fact: &mut Option<String>, value: impl FnOnce() -> Option<String>) {
    if fact.is_none() {
        *fact = value();
    }
}

/// Properties and their values in order; those of a list one by one.
fn properties(packet: &[u8]) -> Vec<(&'static str, String)> {
    // Some packets are UTF-16.
    let decoded = text::decode(packet);
    let mut reader = Reader::from_str(&decoded);
    let mut found = Vec::new();
    let mut open: Option<&'static str> = None;
    let mut value = String::new();
    while found.len() < MAX_VALUES {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                attributes(&element, &mut found);
                if let Some(property) = known(element.name().as_ref()) {
                    open = Some(property);
                }
                value.clear();
            }
            Ok(Event::Empty(element)) => attributes(&element, &mut found),
            Ok(Event::Text(part)) => {
                if let Ok(part) = part.decode() {
                    value.push_str(&part);
                }
            }
            Ok(Event::GeneralRef(reference)) => {
                if let Ok(Some(c)) = reference.resolve_char_ref() {
                    value.push(c);
                } else if let Ok(name) = reference.decode() {
                    value.push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default());
                }
            }
            Ok(Event::End(element)) => {
                if let (Some(property), Some(value)) = (open, text::tidy(&value)) {
                    found.push((property, value));
                }
                value.clear();
                if known(element.name().as_ref()).is_some() {
                    open = None;
                }
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    found
}

/// Properties may stand as attributes of their description.
fn attributes(element: &BytesStart<'_>, found: &mut Vec<(&'static str, String)>) {
    for attribute in element.attributes().flatten() {
        if let Some(property) = known(attribute.key.as_ref())
            && let Ok(value) = attribute.unescape_value()
            && let Some(value) = text::tidy(&value)
        {
            found.push((property, value));
        }
    }
}

fn known(name: &[u8]) -> Option<&'static str> {
    PROPERTIES.into_iter().find(|property| property.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_found_as_elements_lists_and_attributes() {
        let packet = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
            <rdf:RDF><rdf:Description xmp:CreatorTool="Writer" pdf:Producer="Maker &amp; Co">
            <dc:title><rdf:Alt><rdf:li xml:lang="x-default">연차 &amp; 보고서</rdf:li></rdf:Alt></dc:title>
            <dc:creator><rdf:Seq><rdf:li>Kim</rdf:li><rdf:li>Lee</rdf:li></rdf:Seq></dc:creator>
            <dc:subject><rdf:Bag><rdf:li>tax</rdf:li><rdf:li>law</rdf:li></rdf:Bag></dc:subject>
            <xmp:CreateDate>2024-01-31T14:25:30+09:00</xmp:CreateDate></rdf:Description>
            </rdf:RDF></x:xmpmeta>"#;
        let mut facts = DocumentFacts { creator: Some("stays".into()), ..DocumentFacts::default() };
        complete(&mut facts, packet.as_bytes());
        assert_eq!(facts.title.as_deref(), Some("연차 & 보고서"));
        assert_eq!(facts.author.as_deref(), Some("Kim, Lee"));
        assert_eq!(facts.keywords, ["tax", "law"]);
        assert_eq!(facts.created.as_deref(), Some("2024-01-31T14:25:30+09:00"));
        assert_eq!(
            (facts.creator.as_deref(), facts.producer.as_deref()),
            (Some("stays"), Some("Maker & Co"))
        );
    }

    #[test]
    fn broken_xml_gives_what_stands_before_the_break() {
        let mut facts = DocumentFacts::default();
        complete(&mut facts, b"<a pdf:Producer='x'><dc:title>T</dc:title><b");
        assert_eq!((facts.title.as_deref(), facts.producer.as_deref()), (Some("T"), Some("x")));
        complete(&mut facts, b"\xFF\xFE\x00");
    }
}
