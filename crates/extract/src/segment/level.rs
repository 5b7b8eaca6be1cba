//! Heading levels that hold through a document. In: the headings with style, number and stated level. Out:
//! a level from 1 to 6 each. Sizes rank first, then numbers within one size, then weight; where the
//! outline or honest tags state levels, what looks alike gets the level that they state.

use super::line::Style;
use super::marker;
use std::collections::HashMap;

/// What a heading shows of its rank.
#[derive(Clone, Debug)]
pub struct Seen {
    pub style: Style,
    pub text: String,
    pub stated: Option<u8>,
}

/// Orders looks from the highest rank down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Look {
    /// Negated, so that larger sorts first.
    size: i32,
    /// Depth of the number; unnumbered headings rank with depth 1.
    depth: u8,
    plain: bool,
    small: bool,
    italic: bool,
}

fn look(heading: &Seen) -> Look {
    let depth = marker::heading_number(&heading.text).map_or(1, |(d, _)| d);
    Look {
        size: -i32::from(heading.style.half_points),
        depth,
        plain: !heading.style.bold,
        small: !heading.style.capitals,
        italic: heading.style.italic,
    }
}

pub fn levels(headings: &[Seen]) -> Vec<u8> {
    let looks: Vec<Look> = headings.iter().map(look).collect();
    let mut distinct = looks.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let mut rank: HashMap<Look, u8> = HashMap::new();
    let mut level = 0u8;
    let mut before: Option<Look> = None;
    for own in distinct {
        // Sizes within half a point and weight alone do not make a level, where numbers say otherwise.
        let same = before.is_some_and(|b| {
            (b.size - own.size).abs() <= 1
                && b.depth == own.depth
                && b.plain == own.plain
                && b.small == own.small
        });
        if !same {
            level = (level + 1).min(6);
        }
        rank.insert(own, level);
        before = Some(own);
    }
    // What is stated for most headings of one look holds for all of it.
    let mut stated: HashMap<Look, HashMap<u8, usize>> = HashMap::new();
    for (heading, look) in headings.iter().zip(&looks) {
        if let Some(level) = heading.stated {
            *stated.entry(*look).or_default().entry(level).or_default() += 1;
        }
    }
    headings
        .iter()
        .zip(&looks)
        .map(|(heading, look)| {
            let agreed = stated
                .get(look)
                .and_then(|votes| votes.iter().max_by_key(|(l, n)| (**n, 7 - **l)).map(|(l, _)| *l));
            heading.stated.or(agreed).unwrap_or(rank[look]).clamp(1, 6)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_size_then_number_then_weight() {
        let seen = |half_points, bold, text: &str| Seen {
            style: Style { half_points, bold, ..Style::default() },
            text: text.into(),
            stated: None,
        };
        let headings = [
            seen(48, true, "Report"),
            seen(28, true, "1. Scope"),
            seen(24, true, "1.1 What"),
            seen(24, true, "1.1.1 More"),
            seen(28, true, "2. Method"),
            seen(24, false, "Note on it"),
        ];
        let found = levels(&headings);
        assert_eq!(found[0], 1);
        assert_eq!(found[1], found[4]);
        assert!(found[1] < found[2] && found[2] < found[3]);
        let mut stated = headings.to_vec();
        stated[1].stated = Some(4);
        assert_eq!(levels(&stated)[4], 4);
    }
}
