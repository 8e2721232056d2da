//! From text to symbols: words that the grammar knows, digits by class, marks. Whatever it does not know ends a segment,
//! so that most of a text is read once and forgotten.

use super::grammar::Grammar;
use super::numbers;
use super::words::{self, Hash};

/// A word, a run of digits or a mark that the grammar knows; after a level, what a statement matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) symbol: u16,
    pub(super) space_before: bool,
    /// Whether it is reported as it stands.
    pub(super) reported: bool,
}

// Classes of bytes.
const MARK: u8 = 0;
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const SPACE: u8 = 3;
const LINE: u8 = 4;
const WIDE: u8 = 5;

const BYTES: [u8; 256] = {
    let mut class = [MARK; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b'\n' | b'\r' | 0x0b | 0x0c => LINE,
            0..=b' ' | 0x7f => SPACE,
            0x80.. => WIDE,
            _ => MARK,
        };
        byte += 1;
    }
    class
};

/// Whether a character is part of words that spaces part: a letter or a combining mark.
pub(super) fn is_letter(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{620}'..='\u{64a}' => true,
        '\0'..='\u{7f}' => false,
        '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200c}' | '\u{200d}' => true,
        '\u{900}'..='\u{963}' | '\u{971}'..='\u{97f}' => true,
        'º' | 'ª' => false,
        _ => c.is_alphanumeric() && numbers::value(c).is_none(),
    }
}

/// Whether words of this script stand side by side without spaces: Chinese characters, hiragana, Hangul. Katakana is read
/// in runs: its words are long and parts of them mean nothing.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{309f}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Letters that make words together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// Scripts whose words stand side by side.
    Unspaced,
    Katakana,
    Other,
}

impl Run {
    /// The run that the letter `c` is part of.
    pub(super) fn of(c: char) -> Run {
        match c {
            '\u{30a0}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => Run::Katakana,
            _ if is_unspaced(c) => Run::Unspaced,
            _ => Run::Other,
        }
    }
}

fn is_space(c: char) -> bool {
    // Direction marks and zero-width spaces part nothing that the eye can see.
    c.is_whitespace()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// Reads `text` and hands each segment of known atoms to `segment`.
pub(super) fn read(text: &str, grammar: &Grammar, atoms: &mut Vec<Atom>, mut segment: impl FnMut(&[Atom])) {
    let bytes = text.as_bytes();
    let mut reader = Reader {
        text,
        grammar,
        at: 0,
        space_before: false,
    };
    atoms.clear();
    while reader.at < bytes.len() {
        let known = match BYTES[bytes[reader.at] as usize] {
            LETTER => reader.ascii_word(),
            SPACE => {
                reader.at += 1;
                reader.space_before = true;
                continue;
            }
            DIGIT => reader.digits(),
            LINE => {
                if !reader.line_break() {
                    flush(atoms, &mut segment);
                }
                continue;
            }
            WIDE => {
                let Some(c) = text[reader.at..].chars().next() else {
                    break;
                };
                if is_space(c) {
                    reader.at += c.len_utf8();
                    reader.space_before = true;
                    continue;
                }
                if numbers::value(c).is_some() {
                    reader.digits()
                } else if is_unspaced(c) {
                    reader.unspaced_word()
                } else if is_letter(c) {
                    reader.wide_word(reader.at)
                } else {
                    reader.mark(c)
                }
            }
            _ => reader.mark(char::from(bytes[reader.at])),
        };
        match known {
            Some(atom) => atoms.push(atom),
            None => flush(atoms, &mut segment),
        }
        reader.space_before = false;
    }
    flush(atoms, &mut segment);
}

fn flush(atoms: &mut Vec<Atom>, segment: &mut impl FnMut(&[Atom])) {
    if !atoms.is_empty() {
        segment(atoms);
        atoms.clear();
    }
}

struct Reader<'t> {
    text: &'t str,
    grammar: &'t Grammar,
    at: usize,
    space_before: bool,
}

impl Reader<'_> {
    fn atom(&self, start: usize, symbol: u16) -> Option<Atom> {
        Some(Atom {
            start: start as u32,
            end: self.at as u32,
            symbol,
            space_before: self.space_before,
            reported: false,
        })
    }

    /// Reads a word that opens with an ASCII letter.
    #[inline]
    fn ascii_word(&mut self) -> Option<Atom> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut hash = Hash::EMPTY;
        let mut at = start;
        while at < bytes.len() && BYTES[bytes[at] as usize] == LETTER {
            hash.push(bytes[at] | 0x20);
            at += 1;
        }
        if bytes.get(at).is_some_and(|byte| *byte >= 0x80) {
            return self.wide_word(start);
        }
        self.at = at;
        let word = &bytes[start..at];
        let symbols = self.grammar.words.get(hash, |entry| entry.eq_ignore_ascii_case(word))?;
        let capital = word[0].is_ascii_uppercase();
        self.atom(start, if capital { symbols.capital } else { symbols.small })
    }

    /// Reads a word with letters outside ASCII.
    fn wide_word(&mut self, start: usize) -> Option<Atom> {
        let mut letters = [0; words::LONGEST];
        let mut length = 0;
        let mut chars = self.text[start..].char_indices();
        let first = chars.next().map(|(_, c)| c)?;
        let run = Run::of(first);
        self.at = self.text.len();
        for (offset, c) in std::iter::once((0, first)).chain(chars) {
            if !is_letter(c) || Run::of(c) != run {
                self.at = start + offset;
                break;
            }
            words::fold(c, |byte| {
                if length < letters.len() {
                    letters[length] = byte;
                }
                length += 1;
            });
        }
        let symbols = self.grammar.words.find(letters.get(..length)?)?;
        // A script without cases has no small letters.
        self.atom(
            start,
            if first.is_lowercase() {
                symbols.small
            } else {
                symbols.capital
            },
        )
    }

    /// Reads the longest known word that opens here, in a script without spaces.
    fn unspaced_word(&mut self) -> Option<Atom> {
        let start = self.at;
        let mut letters = [0; words::LONGEST];
        let mut length = 0;
        let mut hash = Hash::EMPTY;
        let mut found = None;
        let mut chars = 0;
        for (offset, c) in self.text[start..].char_indices() {
            if chars == self.grammar.longest || !is_unspaced(c) || length + 4 > letters.len() {
                break;
            }
            chars += 1;
            words::fold(c, |byte| {
                letters[length] = byte;
                length += 1;
                hash.push(byte);
            });
            let end = start + offset + c.len_utf8();
            if chars == 1 {
                self.at = end;
            }
            if let Some(symbols) = self.grammar.words.get(hash, |entry| entry == &letters[..length]) {
                found = Some(symbols.capital);
                self.at = end;
            } else if chars == 1 && !self.grammar.opens_word(c) {
                break;
            }
        }
        self.atom(start, found?)
    }

    fn digits(&mut self) -> Option<Atom> {
        let start = self.at;
        let (mut length, mut value) = (0, 0);
        while let Some(c) = self.text[self.at..].chars().next() {
            let Some(digit) = numbers::value(c) else { break };
            if length < 8 {
                value = value * 10 + u32::from(digit);
            }
            length += 1;
            self.at += c.len_utf8();
        }
        self.atom(start, numbers::symbol(length, value))
    }

    fn mark(&mut self, c: char) -> Option<Atom> {
        let start = self.at;
        self.at += c.len_utf8();
        let mut letters = [0; 4];
        let mut length = 0;
        words::fold(c, |byte| {
            letters[length] = byte;
            length += 1;
        });
        let symbols = self.grammar.words.find(&letters[..length])?;
        self.atom(start, symbols.capital)
    }

    /// Steps over a line break. Whether the text may go on: one break between words is like a space, but an empty line
    /// and a break beside a digit that opens a line part what stands there.
    fn line_break(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let mut breaks = 0;
        while self.at < bytes.len() {
            match BYTES[bytes[self.at] as usize] {
                LINE => {
                    let second_half = self.at > 0 && bytes[self.at] == b'\n' && bytes[self.at - 1] == b'\r';
                    breaks += usize::from(!second_half);
                }
                SPACE => {}
                _ => break,
            }
            self.at += 1;
        }
        self.space_before = true;
        breaks == 1 && bytes.get(self.at).is_some_and(|byte| !byte.is_ascii_digit())
    }
}
