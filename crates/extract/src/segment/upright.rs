//! Pages whose text runs sideways (landscape tables on portrait pages, scans laid in wrongly) are turned until
//! it runs from left to right. In: a page as shown. Out: a page in reading position, and the way back for boxes.

use pagemill_document::{Page, Rect, Ruling, WordOrigin};

/// How a page was turned for reading, with its own size as shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    None,
    /// Text ran upwards (90 degrees); the page was turned clockwise.
    Clockwise {
        height: f32,
    },
    /// Text ran downwards (-90 or 270 degrees); the page was turned counter-clockwise.
    CounterClockwise {
        width: f32,
    },
    /// Text stood on its head.
    Half {
        width: f32,
        height: f32,
    },
}

impl Turn {
    /// From the page as shown to the page as read.
    fn apply(&self, b: &Rect) -> Rect {
        match *self {
            Self::None => *b,
            Self::Clockwise { height } => Rect::new(height - b.y1, b.x0, height - b.y0, b.x1),
            Self::CounterClockwise { width } => Rect::new(b.y0, width - b.x1, b.y1, width - b.x0),
            Self::Half { width, height } => {
                Rect::new(width - b.x1, height - b.y1, width - b.x0, height - b.y0)
            }
        }
    }

    /// The baseline of a recognised word, which is told across the direction of writing.
    fn baseline(&self, baseline: f32) -> f32 {
        match *self {
            Self::None | Self::Clockwise { .. } => baseline,
            Self::CounterClockwise { width } => width - baseline,
            Self::Half { height, .. } => height - baseline,
        }
    }

    /// From the page as read back to the page as shown.
    pub fn undo(&self, b: &Rect) -> Rect {
        match *self {
            Self::None => *b,
            Self::Clockwise { height } => Rect::new(b.y0, height - b.x1, b.y1, height - b.x0),
            Self::CounterClockwise { width } => Rect::new(width - b.y1, b.x0, width - b.y0, b.x1),
            Self::Half { .. } => self.apply(b),
        }
    }
}

/// Turns the page if most of its characters run in one other direction.
pub fn upright(mut page: Page) -> (Page, Turn) {
    let quarter = |angle: i16| (i32::from(angle).rem_euclid(360) + 45) / 90 % 4;
    let mut counts = [0usize; 4];
    for word in &page.words {
        counts[quarter(word.angle) as usize] += word.text.chars().count();
    }
    let total: usize = counts.iter().sum();
    let most = (0..4).max_by_key(|i| (counts[*i], 4 - *i)).unwrap_or(0);
    let turn = match most {
        _ if counts[most] * 10 < total * 6 => Turn::None,
        1 => Turn::Clockwise { height: page.height },
        2 => Turn::Half { width: page.width, height: page.height },
        3 => Turn::CounterClockwise { width: page.width },
        _ => Turn::None,
    };
    if turn == Turn::None {
        return (page, turn);
    }
    for word in &mut page.words {
        word.bbox = turn.apply(&word.bbox);
        word.baseline = match word.origin {
            WordOrigin::Ocr { .. } => turn.baseline(word.baseline),
            // Descenders take about a fifth of the box; the stated baseline holds only for the page as shown.
            WordOrigin::Native => word.bbox.y1 - word.bbox.height() * 0.2,
        };
        word.angle = (i32::from(word.angle) - 90 * most as i32).rem_euclid(360) as i16;
    }
    let swaps = !matches!(turn, Turn::Half { .. });
    for ruling in &mut page.rulings {
        *ruling =
            Ruling { bbox: turn.apply(&ruling.bbox), horizontal: ruling.horizontal != swaps, ..*ruling };
    }
    for fill in &mut page.fills {
        fill.bbox = turn.apply(&fill.bbox);
    }
    for image in &mut page.images {
        image.bbox = turn.apply(&image.bbox);
    }
    if swaps {
        std::mem::swap(&mut page.width, &mut page.height);
    }
    (page, turn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{page, word};

    #[test]
    fn turned_boxes_come_back() {
        let own = Rect::new(100.0, 200.0, 110.0, 260.0);
        for angle in [90, -90, 180, 0] {
            let mut w = word("sideways", 0.0, 0.0, 10.0);
            w.bbox = own;
            w.angle = angle;
            let (turned, turn) = upright(page(vec![w]));
            assert_eq!(turned.words[0].angle, 0);
            assert_eq!(turn.undo(&turned.words[0].bbox), own, "{angle}");
        }
    }
}
