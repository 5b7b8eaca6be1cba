//! Rendered pages kept in memory, bounded by bytes: the least recently used go first. And PNG from pixels.

use axum::body::Bytes;
use pagemill_document::Raster;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Names one picture: version of the document, page, resolution.
pub(crate) type ImageKey = String;

pub(crate) struct ImageCache {
    limit_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    bytes: usize,
    /// The least recently used first.
    images: VecDeque<(ImageKey, Bytes)>,
}

impl ImageCache {
    pub fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, kept: Mutex::default() }
    }

    pub fn get(&self, key: &str) -> Option<Bytes> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.images.iter().position(|(name, _)| name == key)?;
        let entry = kept.images.remove(at)?;
        let image = entry.1.clone();
        kept.images.push_back(entry);
        Some(image)
    }

    pub fn put(&self, key: ImageKey, image: Bytes) {
        if image.len() > self.limit_bytes {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.images.iter().any(|(name, _)| *name == key) {
            return;
        }
        kept.bytes += image.len();
        kept.images.push_back((key, image));
        while kept.bytes > self.limit_bytes {
            let Some((_, oldest)) = kept.images.pop_front() else { break };
            kept.bytes -= oldest.len();
        }
    }
}

/// A raster as PNG. Takes tens of milliseconds: not for the async threads.
///
/// # Errors
/// When the raster's size and its bytes do not agree.
pub(crate) fn png(raster: &Raster) -> Result<Bytes, png::EncodingError> {
    let mut file = Vec::with_capacity(raster.data.len() / 4);
    let mut encoder = png::Encoder::new(&mut file, raster.width, raster.height);
    encoder.set_color(if raster.channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&raster.data)?;
    writer.finish()?;
    Ok(Bytes::from(file))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn the_cache_keeps_within_its_bytes_and_drops_the_least_used() {
        let cache = ImageCache::new(10);
        let image = |len: usize| Bytes::from(vec![0; len]);
        cache.put("a".into(), image(4));
        cache.put("b".into(), image(4));
        assert!(cache.get("a").is_some());
        cache.put("c".into(), image(4));
        assert!(cache.get("b").is_none(), "b was used least recently");
        assert!(cache.get("a").is_some() && cache.get("c").is_some());
        cache.put("huge".into(), image(11));
        assert!(cache.get("huge").is_none() && cache.get("c").is_some());
    }

    #[test]
    fn a_raster_becomes_a_png_with_the_same_pixels() {
        let data = vec![255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9];
        let raster = Raster { width: 2, height: 2, channels: 3, dpi: 72.0, data: data.clone() };
        let file = png(&raster).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file[..])).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height, &pixels[..]), (2, 2, &data[..]));
        assert!(png(&Raster { width: 3, ..raster }).is_err());
    }
}
