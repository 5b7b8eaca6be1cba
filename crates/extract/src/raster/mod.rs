//! Page images made ready for OCR: grey, clean, upright, straight, cut into regions of running text. In: a
//! [`Raster`]. Out: a [`Prepared`] image with the way back from its pixels to the points of the page. Pure;
//! knows nothing of an OCR engine.

mod components;
mod noise;
mod prepare;
mod regions;
mod rules;
mod skew;
mod tone;
mod turn;

pub use prepare::{Prepared, prepare, prepare_upright};
pub use regions::{Ink, Region, regions};
pub use rules::Rule;
pub use skew::Lay;
pub use turn::{overturned, scaled};

use pagemill_document::Raster;

/// An 8-bit grey image, rows from the top. 0 is black.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey {
    pub width: usize,
    pub height: usize,
    pub data: Vec<u8>,
}

impl Grey {
    pub fn new(width: usize, height: usize, value: u8) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// The luminance of a raster. A raster whose data is short of its size is filled up with white.
    pub fn of(raster: &Raster) -> Self {
        let (width, height) = (raster.width as usize, raster.height as usize);
        let mut data: Vec<u8> = match raster.channels {
            3 => raster
                .data
                .chunks_exact(3)
                // Rec. 601 weights in 256ths.
                .map(|p| ((77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2])) >> 8) as u8)
                .collect(),
            _ => raster.data.clone(),
        };
        data.resize(width * height, 255);
        Self { width, height, data }
    }

    pub fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.width..(y + 1) * self.width]
    }

    /// How often each value occurs.
    pub fn histogram(&self) -> [u32; 256] {
        let mut counts = [0; 256];
        for &value in &self.data {
            counts[usize::from(value)] += 1;
        }
        counts
    }

    /// Made smaller by a whole factor, each pixel the mean of its square.
    pub fn shrunk(&self, factor: usize) -> Grey {
        if factor <= 1 {
            return self.clone();
        }
        let (width, height) = (self.width / factor, self.height / factor);
        let mut out = Grey::new(width, height, 255);
        let mut sums = vec![0u32; width];
        for y in 0..height {
            sums.fill(0);
            for dy in 0..factor {
                let row = self.row(y * factor + dy);
                for (sum, square) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                    *sum += square.iter().map(|&v| u32::from(v)).sum::<u32>();
                }
            }
            let count = (factor * factor) as u32;
            for (x, sum) in sums.iter().enumerate() {
                out.data[y * width + x] = (sum / count) as u8;
            }
        }
        out
    }

    /// A part; cut to the image.
    pub fn crop(&self, x: usize, y: usize, width: usize, height: usize) -> Grey {
        let (x, y) = (x.min(self.width), y.min(self.height));
        let (width, height) = (width.min(self.width - x), height.min(self.height - y));
        let mut data = Vec::with_capacity(width * height);
        for row in y..y + height {
            data.extend_from_slice(&self.row(row)[x..x + width]);
        }
        Grey { width, height, data }
    }
}
