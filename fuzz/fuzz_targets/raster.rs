//! Small page images through cleaning, turning and cutting into regions. What must hold: no panic, regions within the
//! image, and the way back to the page gives numbers.
#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use pagemill_document::{Raster, Rect};
use pagemill_extract::raster::{Ink, prepare};
use pagemill_fuzz::geometry::number;

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let _ = run(&mut u);
});

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let (width, height) = (u.int_in_range(0u32..=180)?, u.int_in_range(0u32..=180)?);
    let channels: u8 = *u.choose(&[1, 1, 3])?;
    let dpi = number(u, 400.0)?;
    // Strips of one shade, as type and rules are, over paper; what is left of the bytes goes in as it is.
    let mut data = vec![u.arbitrary::<u8>()?; (width * height) as usize * usize::from(channels)];
    for _ in 0..u.int_in_range(0u8..=60)? {
        let (at, length, shade) =
            (u.int_in_range(0..=data.len())?, u.int_in_range(0..=300usize)?, u.arbitrary()?);
        let end = (at + length).min(data.len());
        data[at..end].fill(shade);
    }
    for (pixel, byte) in data.iter_mut().zip(u.bytes(u.len())?) {
        *pixel = pixel.wrapping_add(*byte);
    }
    if u.ratio(1, 20)? {
        data.truncate(data.len() / 2);
    }
    let raster = Raster { width, height, channels, dpi, data };
    let prepared = prepare(&raster);
    for side in [prepared.overturned(), prepared] {
        let ink = Ink::of(&side.image);
        for region in ink.regions() {
            assert!(
                region.x1 as usize <= side.image.width && region.y1 as usize <= side.image.height,
                "{region:?}"
            );
            let back = side.to_points(&Rect::new(
                region.x0 as f32,
                region.y0 as f32,
                region.x1 as f32,
                region.y1 as f32,
            ));
            assert!(
                !dpi.is_finite() || back.x0.is_finite() && back.y1.is_finite(),
                "{region:?} at {dpi} dpi: {back:?}"
            );
        }
    }
    Ok(())
}
