//! Pictures that come in tiles. In: boxes of images. Out: boxes of pictures.

use pagemill_document::Rect;

/// Adds the box of an image to those of pictures. Tiles of one picture touch: they become one box.
pub fn add(pictures: &mut Vec<Rect>, mut own: Rect) {
    while let Some(place) = pictures.iter().position(|b| {
        let near = own.grown(2.0);
        near.overlap_x(b) > 0.6 * own.width().min(b.width()) && near.overlap_y(b) > 0.0
            || near.overlap_y(b) > 0.6 * own.height().min(b.height()) && near.overlap_x(b) > 0.0
    }) {
        own = own.union(&pictures.swap_remove(place));
    }
    pictures.push(own);
}
