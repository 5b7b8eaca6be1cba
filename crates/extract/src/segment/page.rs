//! One page to items in reading order. In: an upright page and what is furniture on it. Out: columns of
//! lines, tables, figures. Ruled tables and figures are found first and take their words; what is left is
//! ordered by [`super::cut`], which asks for tables shown by alignment as it comes to each region.

use super::cut::{self, Atom, Reader, Region, What};
use super::figures::{self, Figure};
use super::furniture::{self, Found as Furniture};
use super::join::{self, Vocabulary};
use super::line::{Line, core, em, line, lines};
use super::marker;
use super::tables::grid::{Draft, numeric};
use super::tables::lattice::{self, Stroke};
use super::tables::ruled::{self, Words};
use super::tables::shading;
use super::tables::unruled;
use pagemill_document::{FurnitureRole, OcrReason, Page, Rect, Word};

/// Words beyond this many on a page are left out, with a warning: no page to read has more.
pub const MAX_WORDS: usize = 60_000;

/// A piece of a page, in reading order.
#[derive(Clone, Debug)]
pub enum Item<'a> {
    Column(Vec<Line<'a>>),
    Table(Draft),
    Figure(Figure),
    Furniture { role: FurnitureRole, bbox: Rect, text: String },
}

pub fn items<'a>(page: &'a Page, furniture: &[Furniture], vocabulary: &Vocabulary) -> Vec<Item<'a>> {
    let mut taken = vec![false; page.words.len()];
    taken.iter_mut().skip(MAX_WORDS).for_each(|t| *t = true);
    let mut head = Vec::new();
    let mut foot = Vec::new();
    for found in furniture {
        found.words.iter().for_each(|i| taken[*i] = true);
        let words: Vec<&Word> = found.words.iter().map(|i| &page.words[*i]).collect();
        let Some(line) = line(words, &page.fonts) else { continue };
        // What stands at the two ends of a line is two things.
        for part in line.segments(line.size * 3.0) {
            let Some(bbox) = Rect::union_all(part.iter().map(|w| &w.bbox)) else { continue };
            let text = join::words(&part);
            let number = furniture::is_page_number(&text);
            let role = if number { FurnitureRole::PageNumber } else { found.role };
            let item = Item::Furniture { role, bbox, text };
            if bbox.center().1 < page.height / 2.0 { head.push(item) } else { foot.push(item) }
        }
    }
    for i in line_numbers(page, &taken) {
        taken[i] = true;
    }

    let mut objects: Vec<Item<'a>> = Vec::new();
    let mut boxes: Vec<Rect> = Vec::new();
    let frame = Rect::new(0.0, 0.0, page.width, page.height);
    let (mut horizontal, mut vertical) = lattice::strokes(&page.rulings, &frame);
    let cores: Vec<Rect> = page.words.iter().take(MAX_WORDS).map(core).collect();
    lattice::drop_ground(&mut horizontal, false, &cores);
    lattice::drop_ground(&mut vertical, true, &cores);
    let (lattices, rules) = lattice::lattices(&horizontal, &vertical);
    let live = |taken: &[bool]| Words { page, live: (0..taken.len()).filter(|i| !taken[*i]).collect() };
    let shading = shading::shading(&page.fills, &frame);
    // Where lines are drawn, what is painted between them says nothing more.
    let ruled = |b: &Rect| lattices.iter().any(|l| l.xs.len() > 2 && l.bbox().intersection(b).area() > 0.0);
    let mut ordered: Vec<_> = lattices.iter().collect();
    let painted = |l: &&lattice::Lattice| {
        !ruled(&l.bbox()) && ruled::needs_shading(&l.bbox(), &live(&taken), vocabulary)
    };
    ordered.extend(shading.lattices.iter().filter(painted));
    // A table inside a frame is found before the frame.
    ordered.sort_by(|a, b| a.bbox().area().total_cmp(&b.bbox().area()));
    for lattice in ordered {
        let found = ruled::lattice_table(lattice, &live(&taken), vocabulary);
        if let Some((draft, words)) = found.filter(|(draft, _)| !is_part_of_picture(page, &draft.bbox)) {
            place(Item::Table(draft.clone()), draft.bbox, &words, &mut taken, &mut objects, &mut boxes);
        }
    }
    for (figure, words) in figures::find(page, &boxes, &live(&taken), vocabulary) {
        place(Item::Figure(figure.clone()), figure.bbox, &words, &mut taken, &mut objects, &mut boxes);
    }
    // Lines of a drawing are no rules of a table.
    let drawn = |r: &Stroke| boxes.iter().any(|b| b.grown(1.0).contains_point((r.from + r.to) / 2.0, r.at));
    let outside: Vec<Stroke> = rules.iter().copied().filter(|r| !drawn(r)).collect();
    let shaded: Vec<Stroke> = shading.rules.into_iter().filter(|r| !drawn(r)).collect();
    for strokes in [&outside, &shaded] {
        for (draft, words) in ruled::between_rules(strokes, &live(&taken), vocabulary) {
            let apart = std::ptr::eq(strokes, &outside)
                || ruled::needs_shading(&draft.bbox, &live(&taken), vocabulary);
            if words.iter().any(|i| taken[*i]) || !apart {
                continue;
            }
            place(Item::Table(draft.clone()), draft.bbox, &words, &mut taken, &mut objects, &mut boxes);
        }
    }

    // What tables and figures did not take: rotated heads of columns and labels of axes belong to them.
    let (sideways, stamps) = sideways(page, &mut taken, &mut objects, &mut boxes);
    head.extend(stamps);
    let mut atoms: Vec<Atom> = (0..page.words.len())
        .filter(|i| !taken[*i])
        .map(|i| Atom { bbox: core(&page.words[i]), size: em(&page.words[i]), what: What::Word(i) })
        .collect();
    atoms.extend(boxes.iter().enumerate().map(|(i, b)| Atom { bbox: *b, size: 0.0, what: What::Object(i) }));
    atoms.extend(outside.iter().filter(|r| r.to - r.from > page.width * 0.2).map(barrier));
    let mut regions = Vec::new();
    cut::order(atoms, &Asker { page, vocabulary }, 0, &mut regions);

    let mut out = head;
    let mut slots: Vec<Option<Item<'a>>> = objects.into_iter().map(Some).collect();
    for region in regions {
        match region {
            Region::Found(draft) => out.push(Item::Table(draft)),
            Region::Column(atoms) => column(page, &atoms, &boxes, &mut slots, vocabulary, &mut out),
        }
    }
    let mut out = stacked(page, out, vocabulary);
    out.extend(sideways);
    out.extend(foot);
    out
}

/// Whether a grid is a detail of a picture that OCR read: boxes of a drawing and of a screen look like small tables. A table
/// that was put on the page as an image fills it.
fn is_part_of_picture(page: &Page, grid: &Rect) -> bool {
    const FILLS: f32 = 0.5;
    let (x, y) = grid.center();
    let images = page.ocr_regions.iter().filter(|region| region.reason == OcrReason::Image);
    images.map(|region| region.bbox).any(|b| b.contains_point(x, y) && grid.area() < FILLS * b.area())
}

/// Tables that stand right on one another, or with one line of text between, are read again as one: heads
/// over fewer columns and titles between rows cut a table where it is looked at by its gutters.
fn stacked<'a>(page: &'a Page, items: Vec<Item<'a>>, vocabulary: &Vocabulary) -> Vec<Item<'a>> {
    let mut out: Vec<Item<'a>> = Vec::with_capacity(items.len());
    for item in items {
        let Item::Table(below) = item else {
            out.push(item);
            continue;
        };
        let between = match out.as_slice() {
            [.., Item::Table(_)] => Some(1),
            [.., Item::Table(_), Item::Column(lines)] if lines.len() == 1 => Some(2),
            _ => None,
        };
        let above = between.and_then(|n| match &out[out.len() - n] {
            Item::Table(draft) => Some((n, draft)),
            _ => None,
        });
        let merged = above.and_then(|(n, above)| Some((n, as_one(page, above, &below, n == 2, vocabulary)?)));
        match merged {
            Some((n, draft)) => {
                out.truncate(out.len() - n);
                out.push(Item::Table(draft));
            }
            None => out.push(Item::Table(below)),
        }
    }
    out
}

fn as_one(page: &Page, above: &Draft, below: &Draft, titled: bool, vocabulary: &Vocabulary) -> Option<Draft> {
    let (a, b) = (&above.bbox, &below.bbox);
    let size = page.words.first().map_or(10.0, em).clamp(6.0, 14.0);
    let gap = b.y0 - a.y1;
    let narrower = a.width().min(b.width()).max(1.0);
    if above.ruled
        || below.ruled
        || gap < -2.0
        || gap > size * if titled { 3.5 } else { 2.0 }
        || a.overlap_x(b) < narrower * 0.9
    {
        return None;
    }
    // With text between them, only the same columns make them one.
    let same = above.edges.len() == below.edges.len()
        && above.edges.iter().zip(&below.edges).skip(1).all(|(x, y)| (x - y).abs() < size * 1.5);
    // Else the upper must be heads alone: names without quantities.
    let heads = above.table.rows <= 4 && above.table.cells.iter().all(|c| !numeric(&c.text));
    if !same && (titled || !heads) {
        return None;
    }
    let area = a.union(b).grown(1.0);
    let words: Vec<&Word> = page
        .words
        .iter()
        .filter(|w| {
            let (x, y) = core(w).center();
            area.contains_point(x, y)
        })
        .collect();
    let whole = unruled::whole(page, &lines(&words, &page.fonts), vocabulary)?;
    let most = above.table.columns.max(below.table.columns);
    (whole.table.columns >= most && whole.table.columns <= most + 1).then_some(whole)
}

/// Numbers tried as the first of those that count lines.
const MOST_ANCHORS: usize = 40;

/// Numbers that count the lines in fives beside or between columns (patents, statutes, poems): they are no
/// text and close the gutter. Bare multiples of five, under one another, each at the height it counts to.
fn line_numbers(page: &Page, taken: &[bool]) -> Vec<usize> {
    let mut numbers: Vec<(usize, u32)> = Vec::new();
    for (i, word) in page.words.iter().enumerate().filter(|(i, _)| !taken[*i]) {
        if word.text.len() <= 3
            && let Ok(value) = word.text.parse::<u32>()
            && value > 0
            && value % 5 == 0
        {
            numbers.push((i, value));
        }
    }
    // Those in one strip; each must stand where the first and the last of them put it. A number of the text may
    // come before them, and text layers of scans lose some, so several are tried as the first.
    let bbox = |i: usize| &page.words[i].bbox;
    numbers.sort_by_key(|n| n.1);
    let mut best: Vec<usize> = Vec::new();
    for first in numbers.iter().take(MOST_ANCHORS) {
        let size = em(&page.words[first.0]);
        let strip = || {
            let level = |n: &&(usize, u32)| (bbox(n.0).x1 - bbox(first.0).x1).abs() < size && n.1 >= first.1;
            numbers.iter().filter(level)
        };
        let Some(last) = strip().max_by_key(|n| n.1) else { continue };
        if last.1 < first.1 + 15 {
            continue;
        }
        let pitch = (bbox(last.0).y0 - bbox(first.0).y0) / (last.1 - first.1) as f32;
        let placed = |n: &&(usize, u32)| {
            (bbox(n.0).y0 - bbox(first.0).y0 - pitch * (n.1 - first.1) as f32).abs() < pitch
        };
        let found: Vec<usize> = strip().filter(placed).map(|n| n.0).collect();
        // Lines of text stand at least .8 em apart, so five of them take four ems.
        let lines = pitch > size * 0.8 && pitch < size * 3.5;
        let enough = found.len() >= if first.1 <= 10 { 4 } else { 6 };
        if lines && enough && found.len() > best.len() {
            best = found;
        }
    }
    best
}

fn barrier(rule: &Stroke) -> Atom {
    Atom {
        bbox: Rect { x0: rule.from, y0: rule.at - 0.1, x1: rule.to, y1: rule.at + 0.1 },
        size: 0.0,
        what: What::Barrier,
    }
}

fn place<'a>(
    item: Item<'a>,
    bbox: Rect,
    words: &[usize],
    taken: &mut [bool],
    objects: &mut Vec<Item<'a>>,
    boxes: &mut Vec<Rect>,
) {
    words.iter().for_each(|i| taken[*i] = true);
    objects.push(item);
    boxes.push(bbox);
}

/// Lines of a region with its objects between them.
fn column<'a>(
    page: &'a Page,
    atoms: &[Atom],
    boxes: &[Rect],
    slots: &mut [Option<Item<'a>>],
    vocabulary: &Vocabulary,
    out: &mut Vec<Item<'a>>,
) {
    let words: Vec<&Word> = atoms
        .iter()
        .filter_map(|a| if let What::Word(i) = a.what { Some(&page.words[i]) } else { None })
        .collect();
    let mut objects: Vec<usize> =
        atoms.iter().filter_map(|a| if let What::Object(i) = a.what { Some(i) } else { None }).collect();
    objects.sort_by(|a, b| {
        boxes[*a].center().1.total_cmp(&boxes[*b].center().1).then(boxes[*a].x0.total_cmp(&boxes[*b].x0))
    });
    let mut rest = lines(&words, &page.fonts);
    for object in objects {
        let y = boxes[object].center().1;
        let below = rest.split_off(rest.partition_point(|l| l.baseline < y));
        with_tables(page, rest, vocabulary, out);
        out.extend(slots[object].take());
        rest = below;
    }
    with_tables(page, rest, vocabulary, out);
}

/// Tables that only alignment shows, within lines of one column.
fn with_tables<'a>(
    page: &'a Page,
    mut lines: Vec<Line<'a>>,
    vocabulary: &Vocabulary,
    out: &mut Vec<Item<'a>>,
) {
    if lines.is_empty() {
        return;
    }
    let mut parts: Vec<Item<'a>> = Vec::new();
    for (draft, range) in unruled::find(page, &lines, vocabulary).into_iter().rev() {
        let below = lines.split_off(range.end);
        lines.truncate(range.start);
        if !below.is_empty() {
            parts.push(Item::Column(below));
        }
        parts.push(Item::Table(draft));
    }
    if !lines.is_empty() {
        parts.push(Item::Column(lines));
    }
    out.extend(parts.into_iter().rev());
}

/// Words that run across the reading direction: beside a figure they are the title of its axis and belong to it,
/// stamps at the margin are furniture, the rest is a column of its own behind the page's text.
fn sideways<'a>(
    page: &'a Page,
    taken: &mut [bool],
    objects: &mut [Item<'a>],
    boxes: &mut [Rect],
) -> (Vec<Item<'a>>, Vec<Item<'a>>) {
    let turned: Vec<usize> = (0..page.words.len())
        .filter(|i| !taken[*i] && (i32::from(page.words[*i].angle).rem_euclid(360) - 180).abs() < 172)
        .collect();
    let (mut inside, mut stamps) = (Vec::new(), Vec::new());
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in turned {
        let word = &page.words[i];
        // A few letters may be a rotated head of a table; those stay where they stand.
        let home = groups.iter_mut().rev().take(8).find(|g| {
            let last = &page.words[g[g.len() - 1]];
            last.angle == word.angle && last.bbox.grown(em(word)).intersection(&word.bbox).area() > 0.0
        });
        match home {
            Some(group) => group.push(i),
            None => groups.push(vec![i]),
        }
    }
    for group in groups {
        let words: Vec<&Word> = group.iter().map(|i| &page.words[*i]).collect();
        let Some(bbox) = Rect::union_all(words.iter().map(|w| &w.bbox)) else { continue };
        let text = words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        let margin = bbox.x1 < page.width * 0.09 || bbox.x0 > page.width * 0.91;
        let reach = em(words[0]) * AXIS_REACH;
        // Between two charts it is the title of the nearer one.
        let gap = |i: &usize| apart(&bbox, &boxes[*i]);
        let beside = (0..boxes.len())
            .filter(|i| !margin && matches!(objects[*i], Item::Figure(_)))
            .filter(|i| gap(i) < reach && bbox.overlap_y(&boxes[*i]) >= 0.9 * bbox.height())
            .min_by(|a, b| gap(a).total_cmp(&gap(b)));
        if let Some(i) = beside
            && let Item::Figure(figure) = &mut objects[i]
        {
            group.iter().for_each(|i| taken[*i] = true);
            figure.bbox = figure.bbox.union(&bbox);
            boxes[i] = figure.bbox;
            figure.text = if figure.text.is_empty() { text } else { format!("{}\n{text}", figure.text) };
            continue;
        }
        if margin {
            group.iter().for_each(|i| taken[*i] = true);
            stamps.push(Item::Furniture { role: FurnitureRole::Header, bbox, text });
        } else if text.chars().count() > 12 {
            group.iter().for_each(|i| taken[*i] = true);
            inside.push(Item::Figure(Figure { bbox, text }));
        }
    }
    (inside, stamps)
}

/// The title of an axis stands within this many of its ems beside the labels of the axis or the drawing, and within
/// its height: text that reaches beyond it runs along the page.
const AXIS_REACH: f32 = 3.5;

/// White between two boxes from side to side; negative where they overlap.
fn apart(a: &Rect, b: &Rect) -> f32 {
    (b.x0 - a.x1).max(a.x0 - b.x1)
}

/// Whether the text on the right begins anew beside every label on the left and goes on between them: terms and
/// what they mean. A list that happens to stand beside a column of text does not keep to its sentences.
fn explains(left: &[Line], right: &[Line]) -> bool {
    let small = |l: &Line| l.text().starts_with(char::is_lowercase);
    let (mut anew, mut further, mut going_on) = (0, 0, 0);
    for line in right {
        if let Some(label) = left.iter().find(|l| (line.baseline - l.baseline).abs() < 0.25 * l.size) {
            // A headline beside its text is set larger; it is read first.
            if label.size > line.size * 1.15 {
                return false;
            }
            anew += usize::from(!small(line));
        } else {
            further += 1;
            going_on += usize::from(small(line));
        }
    }
    left.len() >= 3 && anew * 10 >= left.len() * 9 && further > 0 && going_on * 10 >= further * 6
}

/// Answers the cut's questions about text.
struct Asker<'a> {
    page: &'a Page,
    vocabulary: &'a Vocabulary,
}

impl Asker<'_> {
    fn words(&self, atoms: &[Atom]) -> Vec<&Word> {
        atoms
            .iter()
            .filter_map(|a| if let What::Word(i) = a.what { Some(&self.page.words[i]) } else { None })
            .collect()
    }
}

impl Reader for Asker<'_> {
    type Table = Draft;

    fn tables(&self, atoms: &[Atom]) -> Vec<(Draft, Vec<usize>)> {
        let words = self.words(atoms);
        let found_lines = lines(&words, &self.page.fonts);
        let found = unruled::find(self.page, &found_lines, self.vocabulary);
        if found.is_empty() {
            return Vec::new();
        }
        let mut home: std::collections::HashMap<*const Word, usize> = std::collections::HashMap::new();
        for (table, (_, range)) in found.iter().enumerate() {
            for word in found_lines[range.clone()].iter().flat_map(|l| &l.words) {
                home.insert(*word as *const Word, table);
            }
        }
        let mut out: Vec<(Draft, Vec<usize>)> =
            found.into_iter().map(|(draft, _)| (draft, Vec::new())).collect();
        for (i, atom) in atoms.iter().enumerate() {
            if let What::Word(w) = atom.what
                && let Some(table) = home.get(&(&self.page.words[w] as *const Word))
            {
                out[*table].1.push(i);
            }
        }
        out
    }

    fn belongs_right(&self, left: &[Atom], right: &[Atom]) -> bool {
        let left = lines(&self.words(left), &self.page.fonts);
        if left.is_empty() {
            return false;
        }
        let marks = left
            .iter()
            .filter(|l| {
                let text = l.text();
                marker::list(&format!("{text} item")).is_some_and(|m| m.length >= text.len())
                    || marker::heading_number(&format!("{text} item")).is_some_and(|m| m.1 >= text.len())
            })
            .count();
        if marks * 10 >= left.len() * 7 {
            return true;
        }
        // Short labels, each level with a line on the right, are read with it: names before explanations.
        let right = lines(&self.words(right), &self.page.fonts);
        // Page numbers at the right belong to the titles they stand beside.
        let numbers = right
            .iter()
            .filter(|l| l.words.len() == 1 && furniture::is_page_number(&l.words[0].text))
            .count();
        if numbers * 10 >= right.len() * 9
            && right.iter().all(|r| left.iter().any(|l| (r.baseline - l.baseline).abs() < 0.3 * l.size))
        {
            return true;
        }
        let level = left
            .iter()
            .filter(|l| right.iter().any(|r| (r.baseline - l.baseline).abs() < 0.25 * l.size))
            .count();
        let words = left.iter().map(|l| l.words.len()).sum::<usize>();
        if level == left.len() && words * 2 <= left.len() * 7 && explains(&left, &right) {
            return true;
        }
        level == left.len() && words <= left.len() * 3 && left.len() * 3 >= right.len() && left.len() <= 4
    }
}
