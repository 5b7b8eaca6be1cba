//! The program as its user meets it: the real binary over the sample PDFs, with the real models. `make test` puts the
//! libraries and models in place first.

mod answers;
mod bad_input;
mod changes;
mod extract;
mod interrupted;
mod machine;
mod pictures;
mod reindex;
mod server;
