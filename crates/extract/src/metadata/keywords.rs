//! Keywords out of one text, without a corpus: phrases between stop words (after RAKE, Rose et al. 2010)
//! for languages with spaces, nouns with their particles stripped for Korean; what headings name weighs
//! more. In: text. Out: at most ten keywords, the weightiest first.

use std::collections::HashMap;

/// Keywords at most.
const MOST: usize = 10;

const STOP_WORDS: &str = " a about above after again against all also although always am an and any are as at be because been \
before being below between both but by can cannot could did do does doing down during each either else etc even ever every few \
first for from further get give given had has have having he her here hers him his how however i if in into is it its itself \
just last least less let like made make many may me might more most much must my near need neither never new no nor not now of \
off often on once one only onto or other others our ours out over own per please rather s same second see seem several shall \
she should since so some such t than that the their theirs them then there therefore these they this those through thus to too \
two under until up upon us use used using very via was we well were what when where whether which while who whom whose why will \
with within without would yes yet you your yours three four five six ten page pages figure table section chapter total \
der die das und ist ein eine mit von zu den dem des im für auf le la les des et en un une du de que el los las por para con del \
inc ltd co corp www http https com org pdf january february march april june july august september october november december ";

/// Particles that Korean nouns carry, the longest first.
const PARTICLES: [&str; 44] = [
    "으로부터",
    "에서부터",
    "에게서",
    "으로써",
    "으로서",
    "이라고",
    "이라는",
    "에서는",
    "에서도",
    "에게는",
    "까지는",
    "으로는",
    "으로",
    "에서",
    "에게",
    "에는",
    "에도",
    "까지",
    "부터",
    "보다",
    "처럼",
    "만큼",
    "이나",
    "이며",
    "이고",
    "라고",
    "라는",
    "과의",
    "와의",
    "로서",
    "로써",
    "들은",
    "들이",
    "들을",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "에",
    "와",
    "과",
];
/// Endings of words that are no nouns.
const VERBAL: [&str; 34] = [
    "하는",
    "하고",
    "하여",
    "하며",
    "한다",
    "했다",
    "하기",
    "하면",
    "된다",
    "되는",
    "되어",
    "되며",
    "됩니다",
    "합니다",
    "입니다",
    "있는",
    "있다",
    "없는",
    "없다",
    "않는",
    "않다",
    "이다",
    "였다",
    "으며",
    "지만",
    "려고",
    "도록",
    "면서",
    "는데",
    "니다",
    "하지",
    "해야",
    "어야",
    "아야",
];
const KOREAN_STOP_WORDS: [&str; 40] = [
    "그리고",
    "그러나",
    "또한",
    "및",
    "등",
    "수",
    "것",
    "경우",
    "때문",
    "대한",
    "위한",
    "통해",
    "통한",
    "따라",
    "따른",
    "관한",
    "관련",
    "대해",
    "이후",
    "이전",
    "이상",
    "이하",
    "각각",
    "모든",
    "다른",
    "어떤",
    "우리",
    "해당",
    "다음",
    "기타",
    "여러",
    "가장",
    "매우",
    "현재",
    "제외",
    "포함",
    "사용",
    "가능",
    "필요",
    "이를",
];

pub fn extract(text: &str, headings: &[&str], korean: bool) -> Vec<String> {
    let mut counts: HashMap<String, (f32, usize)> = HashMap::new();
    let mut add = |text: &str, weight: f32| {
        let phrases = if korean { nouns(text) } else { phrases(text) };
        for phrase in phrases {
            let words = phrase.split(' ').count() as f32;
            let entry = counts.entry(phrase).or_insert((0.0, 0));
            entry.0 += weight * words.sqrt();
            entry.1 += 1;
        }
    };
    add(text, 1.0);
    headings.iter().for_each(|h| add(h, 2.0));
    let mut ranked: Vec<(String, f32)> = counts
        .into_iter()
        .filter(|(_, (_, seen))| *seen >= 2)
        .map(|(phrase, (weight, _))| (phrase, weight))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut out: Vec<String> = Vec::new();
    for (phrase, _) in ranked {
        // A part of a phrase that stands says nothing more.
        if out.iter().any(|o| o.contains(&phrase) || phrase.contains(o.as_str())) {
            continue;
        }
        out.push(phrase);
        if out.len() == MOST {
            break;
        }
    }
    out
}

/// Runs of at most three content words, in lower case; capitals of an abbreviation are kept.
fn phrases(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut run: Vec<String> = Vec::new();
    let mut flush = |run: &mut Vec<String>| {
        if (1..=3).contains(&run.len()) && run.iter().map(|w| w.chars().count()).sum::<usize>() >= 4 {
            out.push(run.join(" "));
        }
        run.clear();
    };
    for token in text.split_whitespace() {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric());
        let abbreviation = word.chars().count() >= 2 && word.chars().all(|c| c.is_uppercase());
        let folded = if abbreviation { word.to_owned() } else { word.to_lowercase() };
        let stops = word.chars().count() < 2
            || !word.chars().next().is_some_and(char::is_alphabetic)
            || word.chars().any(|c| !c.is_alphanumeric() && !matches!(c, '-' | '\'' | '’'))
            || STOP_WORDS.contains(&format!(" {} ", folded.to_lowercase()));
        if token.starts_with(|c: char| !c.is_alphanumeric()) {
            flush(&mut run);
        }
        if stops {
            flush(&mut run);
            continue;
        }
        run.push(folded);
        if token.ends_with(|c: char| !c.is_alphanumeric()) {
            flush(&mut run);
        }
    }
    flush(&mut run);
    out
}

/// Korean words without their particles; verbs and short words are left out.
fn nouns(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for token in text.split(|c: char| !c.is_alphanumeric()) {
        let hangul = token.chars().filter(|c| ('\u{ac00}'..='\u{d7a3}').contains(c)).count();
        let length = token.chars().count();
        if hangul == 0 {
            let abbreviation = length >= 2 && token.chars().all(|c| c.is_ascii_uppercase());
            if abbreviation {
                out.push(token.to_owned());
            }
            continue;
        }
        if VERBAL.iter().any(|v| token.ends_with(v))
            || token.ends_with('다')
            || token.chars().any(|c| c.is_ascii_digit())
        {
            continue;
        }
        let stem = PARTICLES
            .iter()
            .find_map(|p| token.strip_suffix(p).filter(|s| s.chars().count() >= 2))
            .unwrap_or(token);
        if (2..=10).contains(&stem.chars().count()) && !KOREAN_STOP_WORDS.contains(&stem) {
            out.push(stem.to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_and_nouns_are_found() {
        let english = "Heat pumps save energy. The heat pumps of the plant were replaced, and heat pumps need care. Energy costs fell.";
        assert_eq!(extract(english, &["Heat pumps"], false)[0], "heat pumps");
        let korean = "개인정보를 처리하는 회사는 개인정보의 보호를 위하여 책임자를 지정한다. 보호 책임자는 개인정보에 관한 업무를 맡는다.";
        let found = extract(korean, &["개인정보 보호"], true);
        assert_eq!(found[0], "개인정보");
        assert!(found.contains(&"보호".to_owned()) && found.contains(&"책임자".to_owned()), "{found:?}");
    }
}
