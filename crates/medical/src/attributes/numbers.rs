//! Numbers in figures and words.

use super::Reader;
use crate::tokens::Class;
use crate::words::WordSet;

static WORDS: WordSet = WordSet::new(&[
    "eight", "five", "four", "half", "nine", "one", "seven", "six", "ten", "three", "twelve", "twenty", "two",
]);

/// Where the quantity that starts at `at` ends: `2`, `1/2`, `1-2`, `4 to 6`, `1 and 1/2`, `one half`, `half a`.
pub(super) fn quantity(reader: &Reader<'_>, at: usize) -> Option<usize> {
    let mut end = single(reader, at)?;
    match reader.word(end) {
        b"-" | b"to" | b"or" | b"\xe2\x80\x93" => {
            if let Some(second) = single(reader, end + 1) {
                end = second;
            }
        }
        b"and" => {
            // `1 and 1/2`, `one and a half`
            let half = end + 1 + usize::from(reader.word(end + 1) == b"a");
            if reader.word(half) == b"half" {
                end = half + 1;
            } else if let Some(second) = fraction(reader, half) {
                end = second;
            }
        }
        b"half" => end += 1,
        _ => {}
    }
    Some(end)
}

fn single(reader: &Reader<'_>, at: usize) -> Option<usize> {
    if let Some(end) = fraction(reader, at) {
        return Some(end);
    }
    let number = reader.class(at) == Some(Class::Number) || WORDS.contains(reader.word(at));
    number.then_some(at + 1)
}

/// `1/2`, but not `120/80`: both parts are single digits.
fn fraction(reader: &Reader<'_>, at: usize) -> Option<usize> {
    let digit = |at: usize| matches!(reader.word(at), [b'0'..=b'9']);
    (digit(at) && reader.word(at + 1) == b"/" && digit(at + 2)).then_some(at + 3)
}
