//! Arabic and Hebrew: glyphs follow each other on the page from the left, as they are seen; text has
//! its letters in the order in which they are read.
//!
//! The reverse of the Unicode bidirectional algorithm has no one answer; this takes the usual case, a
//! run of right-to-left words with numbers and names from other scripts in it.

use super::{Piece, PieceWord};

/// Marks that end something, and so do not begin a line.
const CLOSING: [char; 9] = ['.', ',', ':', ';', '!', '?', '،', '؛', '؟'];

/// Whether a piece has letters that run from right to left, more than others.
pub(super) fn is_right_to_left(piece: &Piece) -> bool {
    let (mut to_left, mut to_right) = (0_usize, 0_usize);
    for character in piece.words.iter().flat_map(|word| word.text.chars()) {
        if runs_left(character) {
            to_left += 1;
        } else if character.is_alphabetic() {
            to_right += 1;
        }
    }
    to_left > to_right
}

/// Puts the words of a right-to-left piece, and the letters of each, in the order of reading.
pub(super) fn to_logical_order(piece: &mut Piece) {
    if !is_right_to_left(piece) {
        return;
    }
    let seen_last = piece.words.last().and_then(|word| word.text.chars().next_back());
    piece.words.iter_mut().for_each(reverse_letters);
    piece.words.reverse();
    // Words of other scripts keep their order among themselves.
    for run in piece.words.chunk_by_mut(|a, b| !has_leftward(a) && !has_leftward(b)) {
        if !run.iter().any(has_leftward) {
            run.reverse();
        }
    }
    // A mark at the right end stands there because the paragraph runs to the right.
    if let Some(mark) = seen_last.filter(|last| CLOSING.contains(last))
        && let Some(first) = piece.words.first_mut()
        && let Some(rest) = first.text.strip_prefix(mark)
    {
        first.text = rest.to_owned();
        if let Some(last) = piece.words.last_mut() {
            last.text.push(mark);
        }
        piece.words.retain(|word| !word.text.is_empty());
    }
}

fn has_leftward(word: &PieceWord) -> bool {
    word.text.chars().any(runs_left)
}

/// Reverses the glyphs of a word, but for runs of digits and letters of other scripts.
fn reverse_letters(word: &mut PieceWord) {
    if !has_leftward(word) {
        return;
    }
    let ends = word.glyphs.iter().skip(1).copied().chain([word.text.len()]);
    let mut glyphs: Vec<&str> = word
        .glyphs
        .iter()
        .zip(ends)
        .map(|(start, end)| &word.text[*start..end])
        .collect();
    glyphs.reverse();
    let onward = |glyph: &str| glyph.chars().all(|c| c.is_alphanumeric() && !runs_left(c));
    for run in glyphs.chunk_by_mut(|a, b| onward(a) && onward(b)) {
        if run.len() > 1 {
            run.reverse();
        }
    }
    word.text = glyphs.concat();
    word.glyphs = vec![0];
}

fn runs_left(character: char) -> bool {
    let digit = character.is_numeric();
    !digit && (matches!(character, '\u{590}'..='\u{8ff}') || is_form(character))
}

/// Whether a character is a form of an Arabic or Hebrew letter that only type setting needs.
pub(super) fn is_form(character: char) -> bool {
    matches!(character, '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}
