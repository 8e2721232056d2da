//! Long texts in pieces.

use std::ops::Range;

/// Texts are read in pieces of about this many bytes, so that memory and caches stay small.
const PIECE: usize = 64 * 1024;

/// Cuts a text into pieces: if possible after a blank line, else after a line, else after a word, so that nothing that
/// belongs together is cut.
pub fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let piece = start..piece_end(text, start);
        start = piece.end;
        Some(piece)
    })
}

fn piece_end(text: &str, start: usize) -> usize {
    if text.len() - start <= PIECE + PIECE / 2 {
        return text.len();
    }
    let window = &text.as_bytes()[start + PIECE / 2..start + PIECE];
    let at = window
        .windows(2)
        .rposition(|pair| pair == b"\n\n")
        .map(|at| at + 2)
        .or_else(|| window.iter().rposition(|&byte| byte == b'\n').map(|at| at + 1))
        .or_else(|| window.iter().rposition(u8::is_ascii_whitespace).map(|at| at + 1))
        .unwrap_or(window.len());
    let mut end = start + PIECE / 2 + at;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}
