//! Tokens and sentences of clinical text.
//!
//! Clinical writing glues numbers to what they count (`50mg`, `72yo`) and ends sentences with lines as often as with
//! full stops. So a number is a token of its own whatever follows it, decimals and thousands stay together, every mark
//! is a token, and line breaks count as ends of sentences unless the line was plainly wrapped.

use std::ops::Range;

use construe_text::fold::fold_with;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// Letters, perhaps with digits behind.
    Word,
    /// Digits, perhaps with decimal or thousands marks between.
    Number,
    /// One other character.
    Mark,
}

/// What stands between a token and the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Gap {
    /// Nothing.
    None,
    /// Space.
    Space,
    /// The end of a line; also the start of the text.
    Line,
    /// An empty line.
    Blank,
}

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Case {
    /// No letters.
    None,
    /// Lower case.
    Lower,
    /// First letter upper, rest lower case.
    Title,
    /// Upper case, several letters.
    Upper,
    /// One upper-case letter.
    Initial,
    /// Anything else, such as `mmHg`.
    Mixed,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    folded_start: u32,
    folded_end: u32,
    /// What it is made of.
    pub class: Class,
    /// What stands before it.
    pub gap: Gap,
    /// How it is written.
    pub case: Case,
    /// Whether it holds a digit.
    pub digits: bool,
}

impl Token {
    /// The bytes of the token in its text.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The tokens and sentences of a text. Reads the next text into the same memory.
#[derive(Default)]
pub struct Tokens {
    tokens: Vec<Token>,
    folded: Vec<u8>,
    sentences: Vec<Range<usize>>,
}

/// No sentence has more tokens: longer runs are cut.
const LONGEST_SENTENCE: usize = 400;
/// A line shorter than this many bytes was not wrapped: its end ends the sentence.
const WRAPPED: usize = 45;

/// The one white space of ASCII that `is_ascii_whitespace` leaves out.
const VERTICAL_TAB: u8 = 0x0b;

/// Words before a full stop that does not end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "no", "fig", "figs", "eg", "ie", "cf", "ca", "approx", "etc", "al",
    "pt", "pts", "hx", "dx", "tx", "rx", "sx", "jr", "sr", "inc", "dept", "ext", "resp", "tab", "tabs", "cap", "caps",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "ave", "blvd", "apt", "ste",
];

impl Tokens {
    /// Reads a text.
    pub fn read(&mut self, text: &str) {
        self.tokens.clear();
        self.folded.clear();
        self.sentences.clear();
        self.scan(text);
        self.split(text);
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The token at `index`.
    pub fn get(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
    }

    /// All tokens.
    pub fn all(&self) -> &[Token] {
        &self.tokens
    }

    /// The sentences as ranges of tokens. They hold every token, in order.
    pub fn sentences(&self) -> &[Range<usize>] {
        &self.sentences
    }

    /// The token's text in lower case and without accents; a mark is its own.
    pub fn folded(&self, index: usize) -> &[u8] {
        let token = &self.tokens[index];
        &self.folded[token.folded_start as usize..token.folded_end as usize]
    }

    /// The folded text of the token at `index`, or nothing outside the text.
    pub fn word(&self, index: usize) -> &[u8] {
        if index < self.tokens.len() {
            self.folded(index)
        } else {
            &[]
        }
    }

    /// Whether two spaces or more, or a break of line, part the token from the one before, as columns of forms are.
    #[inline]
    pub fn is_apart(&self, index: usize) -> bool {
        match (
            index.checked_sub(1).and_then(|before| self.tokens.get(before)),
            self.tokens.get(index),
        ) {
            (Some(before), Some(token)) => token.start >= before.end + 2 || token.gap >= Gap::Line,
            _ => true,
        }
    }

    /// Whether the token begins a column of a form: three spaces or more before it on its line.
    #[inline]
    pub fn begins_column(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        token.gap == Gap::Space && index > 0 && token.start >= self.tokens[index - 1].end + 3
    }

    /// The bytes from the start of the first to the end of the last token of a range that is not empty.
    pub fn bytes_of(&self, range: Range<usize>) -> Range<usize> {
        self.tokens[range.start].start as usize..self.tokens[range.end - 1].end as usize
    }

    /// The tokens that share a byte with `bytes`.
    pub fn touching(&self, bytes: Range<usize>) -> Range<usize> {
        let first = self.tokens.partition_point(|token| token.end as usize <= bytes.start);
        let last = self.tokens.partition_point(|token| (token.start as usize) < bytes.end);
        first..last.max(first)
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.tokens.capacity() * size_of::<Token>()
            + self.folded.capacity()
            + self.sentences.capacity() * size_of::<Range<usize>>()
    }

    fn scan(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        let mut gap = Gap::Line;
        while at < bytes.len() {
            let byte = bytes[at];
            if byte.is_ascii_whitespace() || byte == VERTICAL_TAB {
                gap = match (byte, gap) {
                    (b'\n', Gap::Line) if !self.tokens.is_empty() => Gap::Blank,
                    (b'\n', Gap::None | Gap::Space) => Gap::Line,
                    (_, Gap::None) => Gap::Space,
                    (_, gap) => gap,
                };
                at += 1;
                continue;
            }
            let start = at;
            let class = if byte.is_ascii_digit() {
                at = number_end(bytes, at);
                Class::Number
            } else if byte.is_ascii_alphabetic() {
                at = word_end(text, at);
                Class::Word
            } else if byte.is_ascii() {
                at += 1;
                Class::Mark
            } else {
                let Some(c) = text[at..].chars().next() else {
                    break;
                };
                if c.is_whitespace() {
                    gap = gap.max(Gap::Space);
                    at += c.len_utf8();
                    continue;
                }
                if c.is_alphabetic() {
                    at = word_end(text, at);
                    Class::Word
                } else {
                    at += c.len_utf8();
                    Class::Mark
                }
            };
            self.push(text, start..at, class, gap);
            gap = Gap::None;
        }
    }

    fn push(&mut self, text: &str, range: Range<usize>, class: Class, gap: Gap) {
        let folded_start = self.folded.len() as u32;
        let source = &text[range.clone()];
        let (mut upper, mut lower, mut digits, mut first_upper) = (0u32, 0u32, false, false);
        if class == Class::Word && source.is_ascii() {
            for (position, byte) in source.bytes().enumerate() {
                if byte.is_ascii_uppercase() {
                    upper += 1;
                    first_upper |= position == 0;
                } else if byte.is_ascii_lowercase() {
                    lower += 1;
                } else {
                    digits = true;
                }
                self.folded.push(byte.to_ascii_lowercase());
            }
        } else if class == Class::Word {
            for (position, c) in source.chars().enumerate() {
                if c.is_uppercase() {
                    upper += 1;
                    first_upper |= position == 0;
                } else if c.is_alphabetic() {
                    lower += 1;
                } else {
                    digits |= c.is_ascii_digit();
                }
            }
            let folded = &mut self.folded;
            fold_with(source, |piece| folded.extend_from_slice(piece));
        } else {
            self.folded.extend_from_slice(source.as_bytes());
            digits = class == Class::Number;
        }
        let case = match (upper, lower, first_upper) {
            (0, 0, _) => Case::None,
            (0, _, _) => Case::Lower,
            (1, 0, _) => Case::Initial,
            (_, 0, _) => Case::Upper,
            (1, _, true) => Case::Title,
            _ => Case::Mixed,
        };
        self.tokens.push(Token {
            start: range.start as u32,
            end: range.end as u32,
            folded_start,
            folded_end: self.folded.len() as u32,
            class,
            gap,
            case,
            digits,
        });
    }

    fn split(&mut self, text: &str) {
        let mut first = 0;
        let mut line_start = 0;
        for index in 1..self.tokens.len() {
            let token = self.tokens[index];
            let ends = index - first >= LONGEST_SENTENCE
                || match token.gap {
                    Gap::Blank => true,
                    Gap::Line => self.line_ends(index, line_start, text),
                    Gap::Space => self.stop_ends(index),
                    Gap::None => false,
                };
            if token.gap >= Gap::Line {
                line_start = token.start as usize;
            }
            if ends {
                self.sentences.push(first..index);
                first = index;
            }
        }
        if first < self.tokens.len() {
            self.sentences.push(first..self.tokens.len());
        }
    }

    /// Whether the line break before token `index` ends a sentence.
    fn line_ends(&self, index: usize, line_start: usize, text: &str) -> bool {
        let (before, token) = (&self.tokens[index - 1], &self.tokens[index]);
        if (before.end as usize).saturating_sub(line_start) < WRAPPED {
            return true;
        }
        match text.as_bytes()[before.end as usize - 1] {
            b'.' | b'?' | b'!' | b':' | b';' => return true,
            b',' => return false,
            _ => {}
        }
        // A wrapped line goes on with a word in lower case; a list goes on with a mark, a number or a capital.
        token.case != Case::Lower
    }

    /// Whether the space before token `index` ends a sentence.
    fn stop_ends(&self, index: usize) -> bool {
        let (mark, token) = (&self.tokens[index - 1], &self.tokens[index]);
        if mark.class != Class::Mark || !matches!(self.folded(index - 1), b"." | b"?" | b"!") {
            return false;
        }
        if matches!(token.case, Case::Lower) || token.class == Class::Mark && self.folded(index) != b"(" {
            return false;
        }
        // `? TIA`: a mark of doubt stands apart from the word before.
        if mark.gap != Gap::None && self.folded(index - 1) == b"?" {
            return false;
        }
        let Some(before) = index.checked_sub(2) else {
            return true;
        };
        let word = self.folded(before);
        if mark.gap == Gap::None && self.tokens[before].class == Class::Word {
            if self.tokens[before].case == Case::Initial {
                // `J. Smith` goes on; `vitamin D. He` does not.
                let name = matches!(token.case, Case::Title | Case::Mixed);
                return !name || self.tokens[before].gap != Gap::Space;
            }
            return !ABBREVIATIONS.iter().any(|short| short.as_bytes() == word);
        }
        // `1. aspirin` at the start of a line is a list, `6. 9` a decimal torn apart.
        !(self.tokens[before].class == Class::Number
            && (self.tokens[before].gap >= Gap::Line || token.class == Class::Number))
    }
}

/// Where the number that starts at `start` ends.
fn number_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    loop {
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        let goes_on = matches!(bytes.get(at), Some(b'.' | b',')) && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !goes_on {
            return at;
        }
        at += 1;
    }
}

/// Where the word that starts at `start` with a letter ends.
fn word_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        if bytes[at].is_ascii_alphanumeric() {
            at += 1;
        } else if bytes[at].is_ascii() {
            break;
        } else {
            match text[at..].chars().next() {
                Some(c) if c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) => at += c.len_utf8(),
                _ => break,
            }
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Tokens {
        let mut tokens = Tokens::default();
        tokens.read(text);
        tokens
    }

    fn sentences(text: &str) -> Vec<&str> {
        let tokens = read(text);
        tokens
            .sentences()
            .iter()
            .map(|range| &text[tokens.bytes_of(range.clone())])
            .collect()
    }

    #[test]
    fn numbers_part_from_what_they_count() {
        let text = "72yo, 50mg/1,000 mL; CD4 38.1C";
        let tokens = read(text);
        let words: Vec<_> = tokens.all().iter().map(|token| &text[token.range()]).collect();
        assert_eq!(
            words,
            ["72", "yo", ",", "50", "mg", "/", "1,000", "mL", ";", "CD4", "38.1", "C"]
        );
    }

    #[test]
    fn sentences_end_where_notes_end_them() {
        assert_eq!(
            sentences("Dr. Smith saw her. BP 120/80. No fever"),
            ["Dr. Smith saw her.", "BP 120/80.", "No fever"]
        );
        assert_eq!(
            sentences("1. aspirin 81 mg p.o. daily\n2. Lasix"),
            ["1. aspirin 81 mg p.o. daily", "2. Lasix"]
        );
        let wrapped = "She was admitted to the hospital with chest pain and\nshortness of breath since May.";
        assert_eq!(sentences(wrapped), [wrapped]);
    }

    proptest! {
        #[test]
        fn every_character_is_space_or_in_one_token_of_one_sentence(text in any::<String>()) {
            let tokens = read(&text);
            let mut covered = String::new();
            for sentence in tokens.sentences() {
                for index in sentence.clone() {
                    covered.push_str(&text[tokens.all()[index].range()]);
                }
            }
            let expected: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            prop_assert_eq!(covered, expected);
        }
    }
}
