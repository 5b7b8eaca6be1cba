use super::*;

const ENGLISH: &str = "The supplier shall deliver the goods within thirty days of the order. Where delivery is late, \
    the buyer may withdraw from the contract after giving written notice. Payment falls due on receipt of the invoice.";
const JUMBLE: &str = "Uif tvqqmjfs tibmm efmjwfs uif hppet xjuijo uijsuz ebzt pg uif psefs. Xifsf efmjwfsz jt mbuf, \
    uif cvzfs nbz xjuiesbx gspn uif dpousbdu bgufs hjwjoh xsjuufo opujdf. Qbznfou gbmmt evf po sfdfjqu.";

fn layer(text: &str, share: f32) -> Layer {
    Layer {
        glyphs: text.chars().filter(|c| !c.is_whitespace()).count() as u32,
        share,
        text: text.into(),
        ..Layer::default()
    }
}

fn check(evidence: Evidence, expected: Option<OcrReason>) {
    let found = match judge(&evidence) {
        TextSource::NeedsOcr { reason, evidence } => {
            assert!(!evidence.is_empty());
            Some(reason)
        }
        _ => None,
    };
    assert_eq!(found, expected, "{evidence:?}");
}

#[test]
fn pages_without_text_need_ocr_where_they_show_something() {
    check(Evidence { image_share: 1.0, ..Evidence::default() }, Some(OcrReason::NoText));
    check(Evidence { path_count: 900, ink_share: 0.2, ..Evidence::default() }, Some(OcrReason::NoText));
    check(Evidence { image_share: 0.01, ..Evidence::default() }, None);
    assert_eq!(judge(&Evidence::default()), TextSource::Blank);
}

#[test]
fn a_stamp_on_a_scan_is_no_text() {
    let stamp = layer("Received 2024-03-01 No. 4711", 0.01);
    check(
        Evidence { visible: stamp.clone(), image_share: 0.98, ..Evidence::default() },
        Some(OcrReason::NoText),
    );
    check(Evidence { visible: stamp, image_share: 0.1, ..Evidence::default() }, None);
    check(
        Evidence { visible: layer(&ENGLISH.repeat(3), 0.3), image_share: 1.0, ..Evidence::default() },
        None,
    );
}

#[test]
fn hidden_layers_count_as_text_when_they_read_as_one() {
    let hidden = |text: &str| Evidence { hidden: layer(text, 0.3), image_share: 1.0, ..Evidence::default() };
    check(hidden(ENGLISH), None);
    check(hidden(JUMBLE), Some(OcrReason::GarbageLayer));
    check(hidden(&"|. ;,~ '_ :i ^ - .\\ *' ,, ~- [ ".repeat(20)), Some(OcrReason::GarbageLayer));
}

#[test]
fn wrong_mappings_are_found() {
    let visible = |layer: Layer| Evidence { visible: layer, ..Evidence::default() };
    check(visible(layer(ENGLISH, 0.3)), None);
    check(visible(layer(JUMBLE, 0.3)), Some(OcrReason::GarbledText));
    // Fonts that leave their meaning open, and text that reads well or badly.
    check(visible(Layer { guessed: 150, ..layer(ENGLISH, 0.3) }), None);
    check(visible(Layer { guessed: 150, ..layer(JUMBLE, 0.3) }), Some(OcrReason::UnmappedText));
    check(visible(Layer { unreadable: 150, ..layer(ENGLISH, 0.3) }), Some(OcrReason::UnmappedText));
    // A few bullets without a meaning condemn nothing.
    check(visible(Layer { unreadable: 6, ..layer(ENGLISH, 0.3) }), None);
    check(visible(layer(&"1,234.50 (12.3%) 7,890 2024-01-31 ".repeat(40), 0.3)), None);
}
