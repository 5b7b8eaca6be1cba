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

/// The second page of `samples/garbled-text-layer.pdf`, as its font says it: a subset whose letters were exchanged.
const EXCHANGED_HANGUL: &str = "에서 는다음 수칙 는다을지켜 야한 혼자작 업하않 으야 며번 분넘겨업 !\"# 으 $을 %작 &' 이되업 !켜야 \
    곳상 쉰을켜 게차제 속켜 도을지 % 제시 킬야 업로미음 터으 출입켜 문출 걷운전북제# 쪽비구을지켜 앞켜 출입운 건두으야 노란 \
    색시복 화을켜 되급작 장업 !켜야 갑착용 차으암 차으모 니 차으 아경작 보가으야 울리면바 람불어 오대피 여정제 옆점내켜 란\"운 \
    선신겨중 앙구 창 업고을 리제다 의냉 $\"운 동다으야";

#[test]
fn common_syllables_in_no_order_are_a_jumble() {
    check(EXCHANGED_HANGUL, "garbled");
    // Lists have few of the pairs that sentences have.
    check(
        "매출액 매출원가 영업이익 당기순이익 부채비율 유동자산 비유동자산 자본금 이익잉여금 자본총계 단기차입금 장기차입금 미지급금 \
         선수금 감가상각비 판매비와관리비 법인세비용 금융수익 금융비용 기타수익 현금흐름 영업활동 투자활동 재무활동 배당금 \
         주당순이익 발행주식수 시가총액 종속기업 관계기업 공동기업 무형자산 유형자산 투자부동산 재고자산",
        "plausible",
    );
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

/// What an engine for Latin letters makes of a page of Hangul, and of one of Han.
const HANGUL_TAKEN_FOR_LATIN: &str = "AZZ(AS S)** O O AIS SAL CRASS WE SE Alelol] ASstct. 4, WUMSS CES Bat Sr op4Lt \
    SO|Ol] AO, | 2] OF=ECt 2. B7/Al ASE Vpoa| FOO), FSO] OAS CHOWE FAl VAstch. @ 3 OS AHF AAMAE 212 19S 2aoe \
    DHHS Of 20} Hoo] 1S Ast B7-S Fa), S St Ae 28S Tee sic 123 | Aa Sot SH] AS FB] 15! OL | CHEO[AL, DE Aw \
    OF aol zp OAor| OL st SHE CS of 3S 317A] O| Hoff Atget AAO BZ! SHE 2A toll ALSStch. AS BR YHore ABO] 30H";

#[test]
fn another_script_taken_for_latin_letters_is_found() {
    let garbled = |text: &str| matches!(judge_recognized(text), Verdict::Garbled(_));
    assert!(garbled(HANGUL_TAKEN_FOR_LATIN));
    assert!(!garbled(&ENGLISH.to_uppercase().repeat(3)));
    // Short words alone, and capitals alone, are a language's own.
    assert!(!garbled(
        "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi con người đều được tạo hóa \
         ban cho lý trí và lương tâm và cần phải đối xử với nhau trong tình bằng hữu. Ai cũng được hưởng những quyền tự do \
         ghi trong bản tuyên ngôn này, không phân biệt đối xử vì bất cứ lý do nào, như chủng tộc, màu da, nam nữ."
    ));
}

const RUSSIAN: &str = "Правительство приняло решение снизить налог на добавленную стоимость с начала следующего года. \
    Предприятия обязаны представить отчёт в течение тридцати дней и отвечают за его достоверность.";
const ARABIC: &str = "قررت الحكومة خفض ضريبة القيمة المضافة اعتبارا من بداية العام المقبل ويجب على الشركات تقديم تقرير خلال \
    ثلاثين يوما وتكون مسؤولة عن صحته يولد جميع الناس أحرارا ومتساوين في الكرامة والحقوق";
const HEBREW: &str = "הממשלה החליטה להוריד את מס ערך מוסף החל מתחילת השנה הבאה. על החברות להגיש דוח בתוך שלושים יום והן \
    אחראיות לנכונותו. כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.";
const GREEK: &str = "Η κυβέρνηση αποφάσισε να μειώσει τον φόρο προστιθέμενης αξίας από την αρχή του επόμενου έτους. Οι \
    επιχειρήσεις πρέπει να υποβάλουν έκθεση εντός τριάντα ημερών και ευθύνονται για την ακρίβειά της.";

#[test]
fn alphabets_are_told_from_their_letters_exchanged() {
    let exchange = |text: &str, first: char, count: u32, by: u32| -> String {
        let place = |c: char| (u32::from(c)).checked_sub(u32::from(first)).filter(|at| *at < count);
        let exchanged =
            |c: char| Some(char::from_u32(u32::from(first) + (place(c)? + by) % count).unwrap_or(c));
        text.chars().map(|c| exchanged(c).unwrap_or(c)).collect()
    };
    for (text, first, count) in [(RUSSIAN, 'а', 32), (ARABIC, 'ا', 36), (HEBREW, 'א', 27), (GREEK, 'α', 25)]
    {
        check(text, "plausible");
        for by in [1, 3, 7] {
            check(&exchange(text, first, count, by), "garbled");
        }
    }
    // Beside a language that reads well it is a part of the page: its font is judged by itself.
    check(&format!("{} {}", exchange(RUSSIAN, 'а', 32, 3), ENGLISH.repeat(2)), "plausible");
}

#[test]
fn languages_without_a_table_of_their_own_are_let_be() {
    check(
        "Барлық адамдар тумысынан азат және қадір-қасиеті мен құқықтары тең болып дүниеге келеді. Адамдарға ақыл-парасат, \
         ар-ождан берілген, сондықтан олар бір-бірімен туыстық, бауырмалдық қарым-қатынас жасаулары тиіс.",
        "plausible",
    );
    check(
        "Хүн бүр төрж мэндлэхэд эрх чөлөөтэй, адилхан нэр төртэй, ижил эрхтэй байдаг. Оюун ухаан, нандин чанар заяасан хүн \
         гэгч өөр хоорондоо ахан дүүгийн үзэл санаагаар харьцах учиртай.",
        "plausible",
    );
    check(
        "ټول انسانان آزاد نړۍ ته راځي او د حيثيت او حقوقو له مخې سره برابر دي. ټول د عقل او وجدان خاوندان دي او يو له بل \
         سره د ورورۍ په روحيې سره بايد چلند کړي.",
        "plausible",
    );
    check(
        "Сва људска бића рађају се слободна и једнака у достојанству и правима. Она су обдарена разумом и свешћу и треба \
         једни према другима да поступају у духу братства.",
        "plausible",
    );
}

#[test]
fn letters_of_another_alphabet_taken_for_latin_ones_are_found() {
    // As the code page for Cyrillic has them, read as Western European.
    let western: String = RUSSIAN
        .chars()
        .map(|c| match c {
            'А'..='я' => char::from_u32(0xC0 + u32::from(c) - u32::from('А')).unwrap_or(c),
            c => c,
        })
        .collect();
    check(&western, "garbled");
}
