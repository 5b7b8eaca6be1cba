//! OCR, embedding and generation on this machine. In: pixels, texts, chat messages. Out: words, vectors, text. Weights are
//! files; nothing here opens a socket.

pub mod embedder;
mod home;

pub use home::home;
