use super::*;

const ENGLISH: &str = "The supplier shall deliver the goods within thirty days of the order. Where delivery is late, \
    the buyer may withdraw from the contract after giving written notice, unless the delay is due to causes beyond \
    the control of the supplier. Payment falls due on receipt of the invoice.";
const KOREAN: &str = "계약의 당사자는 본 계약에서 정한 의무를 성실히 이행하여야 한다. 을은 납품일로부터 7일 이내에 검수를 \
    완료하고 그 결과를 갑에게 통보하여야 한다. 하자가 발견된 경우 갑은 즉시 교환 또는 수리하여야 하며, 이에 소요되는 비용은 \
    갑이 부담한다. 신청서와 함께 주민등록등본, 재직증명서를 제출하여야 합니다.";

/// Each letter replaced by the one so many places on, as a font with a shifted mapping does.
fn shifted(text: &str, by: u32) -> String {
    text.chars()
        .map(|c| match c {
            'a'..='z' => char::from(b'a' + ((c as u32 - 'a' as u32 + by) % 26) as u8),
            '\u{AC00}'..='\u{D7A3}' => {
                char::from_u32(0xAC00 + (c as u32 - 0xAC00 + by * 28) % 11172).unwrap_or(c)
            }
            c => c,
        })
        .collect()
}

fn check(text: &str, expected: &str) {
    let found = match judge(text) {
        Verdict::Plausible => "plausible",
        Verdict::TooShort => "too short",
        Verdict::Garbled(_) => "garbled",
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn languages_read_as_languages() {
    check(ENGLISH, "plausible");
    check(KOREAN, "plausible");
    check(&format!("{KOREAN} {ENGLISH}"), "plausible");
    check(
        "Die Bundesregierung hat beschlossen, dass die Umsatzsteuer für Speisen in Gaststätten dauerhaft gesenkt \
         wird. Zuständig für die Durchführung sind die Länder und Gemeinden.",
        "plausible",
    );
    check(
        "Rząd przyjął projekt ustawy o zmianie podatku dochodowego od osób fizycznych. Przedsiębiorstwa będą \
         musiały złożyć sprawozdanie w ciągu trzydziestu dni od zakończenia roku.",
        "plausible",
    );
    check(
        "Правительство приняло решение снизить налог на добавленную стоимость с начала следующего года.",
        "plausible",
    );
    check(
        "政府决定从明年年初起降低增值税。企业应当在三十日内提交报告，并对报告的真实性负责。我们的工作是为人民服务，这是一个重要的问题，大家都要认真对待，不能有任何的马虎。",
        "plausible",
    );
}

#[test]
fn jumbles_do_not() {
    for by in [1, 3, 7, 13, 22] {
        check(&shifted(ENGLISH, by), "garbled");
    }
    for by in [1, 20, 100] {
        check(&shifted(KOREAN, by), "garbled");
    }
}

#[test]
fn numbers_codes_and_scraps_get_no_verdict() {
    check("", "too short");
    check("Figure 3", "too short");
    check(&"1,234.50 (12.3%) 7,890 2024-01-31 ".repeat(40), "too short");
    check(&"XK-2204/B MHz DDR4 SDRAM USB HDMI RJ45 QSFP BMC ".repeat(20), "too short");
    check(
        "for (int index = 0; index < count; ++index) { sum += values[index] * values[index]; } return \
         sum / count; public static void main(String[] arguments) { System.out.println(result); }",
        "plausible",
    );
}

#[test]
fn bad_recognition_is_told_from_good() {
    let garbled = |text: &str| matches!(judge_recognized(text), Verdict::Garbled(_));
    assert!(!garbled(ENGLISH));
    assert!(!garbled(KOREAN));
    assert!(garbled(&"|. ;,~ '_ :i ^ - .\\ *' ,, ~- [ ".repeat(20)));
}

/// Every so many letters one that an old engine took for another, or for a mark.
fn misread(text: &str, every: usize) -> String {
    const TAKEN_FOR: [(char, char); 9] = [
        ('e', 'c'),
        ('t', 'r'),
        ('a', '.'),
        ('i', '1'),
        ('n', '~'),
        ('o', '0'),
        ('h', 'J'),
        ('s', '5'),
        ('l', ';'),
    ];
    let mut letters = 0;
    text.chars()
        .map(|c| {
            let Some((_, taken)) = TAKEN_FOR.iter().find(|(from, _)| *from == c) else { return c };
            letters += 1;
            if letters % every == 0 { *taken } else { c }
        })
        .collect()
}

#[test]
fn misread_words_are_told_from_odd_ones() {
    let garbled = |text: &str| matches!(judge_recognized(text), Verdict::Garbled(_));
    // Enough different words: the same ones with other endings.
    let prose: String = ["", "ed", "ing", "ers"]
        .iter()
        .map(|ending| format!("{} ", ENGLISH.replace([',', '.'], "").replace(' ', &format!("{ending} "))))
        .collect();
    assert!(!garbled(&prose));
    assert!(garbled(&misread(&prose, 8)));
    assert!(!garbled(&misread(&prose, 300)));
    // A formula that recurs is one word.
    assert!(!garbled(&format!("{prose} {}", "f(a1b2c) = x;y ".repeat(60))));
}
