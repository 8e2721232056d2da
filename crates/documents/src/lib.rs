//! Bytes to documents: one per line, or one per file.
//!
//! Everything here is pure and incremental. Input arrives in chunks of any size, from objects of many
//! gigabytes, and results never depend on where one chunk ends and the next begins.
//!
//! A line ends with LF, CR or CRLF; no other character ends one (U+2028 and U+0085 are ordinary text).
//! A last line without an end counts, an empty rest does not. A byte order mark is part of the text: it
//! is one code point of the first document, and offsets count it.

mod cutter;
mod lines;
mod text;

pub use cutter::{Cut, Cutter};
pub use lines::{Line, LineReader};
pub use text::{DocumentError, text};

const LF: u8 = b'\n';
const CR: u8 = b'\r';
