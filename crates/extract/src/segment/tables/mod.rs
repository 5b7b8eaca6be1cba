//! Tables: ruled, half-ruled and aligned, and their continuation over pages. In: words, rulings and fills
//! of an upright page. Out: drafts with their words. What is no table stays text; inventing a table is the
//! worse mistake, because it tears sentences apart.

mod columns;
mod evidence;
pub mod grid;
mod labels;
pub mod lattice;
mod refine;
mod rows;
pub mod ruled;
mod running;
pub mod shading;
mod spaced;
pub mod stitch;
mod terms;
pub mod unruled;
