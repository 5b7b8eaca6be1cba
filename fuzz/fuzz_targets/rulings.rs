//! Paths to ruling lines. What must hold: no panic, finite lines, and no more of them than strokes went in.
#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use pagemill_extract::fuzzed::{Segment, Stroke, join_strokes, outlines};
use pagemill_fuzz::geometry::{number, rect};

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let _ = run(&mut u);
});

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let mut found = Vec::new();
    for _ in 0..u.int_in_range(1u8..=12)? {
        let mut steps = Vec::new();
        for _ in 0..u.int_in_range(0u8..=20)? {
            let (x, y) = (number(u, 600.0)?, number(u, 800.0)?);
            steps.push(match u.int_in_range(0u8..=7)? {
                0 | 1 => Segment::Move(x, y),
                2 => Segment::Curve(x, y),
                3 => Segment::Close,
                _ => Segment::Line(x, y),
            });
        }
        let thickness = number(u, 4.0)?;
        for outline in outlines(&steps, |x, y| (x, 800.0 - y)) {
            assert!(outline.points.len() > 1);
            let sides = outline.points.windows(2);
            found.extend(sides.filter_map(|p| Stroke::of_line(p[0], p[1], thickness)));
            found.extend(Stroke::of_rect(&outline.bbox).within(&rect(u)?));
        }
    }
    let count = found.len();
    let lines = join_strokes(found);
    assert!(lines.len() <= count);
    assert!(lines.iter().all(|l| l.bbox.x0.is_finite() && l.bbox.y1.is_finite()));
    Ok(())
}
