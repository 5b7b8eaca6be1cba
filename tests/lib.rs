//! Tests that belong to no single crate: flows over twins, the crate graph, what is shipped.
