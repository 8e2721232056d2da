//! One text, read once: its words, what the known ones mean, and where values may start.

use construe_text::{Shape, Word, split_words};

use crate::phrases::Phrases;
use crate::tags::Tags;

/// A word with what it (or the phrase that it begins) means.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Classes of its characters.
    pub shape: Shape,
    /// Meaning of the longest known phrase that begins here.
    pub tags: Tags,
    /// One past the last byte of that phrase.
    pub phrase_end: u32,
    /// How many groups of words with digits start before this word. Two candidates with the same number belong
    /// to one run of digits.
    pub values_before: u32,
}

impl Term {
    /// First byte.
    #[inline]
    pub fn start(&self) -> usize {
        self.start as usize
    }

    /// One past the last byte.
    #[inline]
    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// Length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the word holds no byte; terms never do.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether the known phrase is this one word.
    #[inline]
    pub fn is_single(&self) -> bool {
        self.phrase_end == self.end
    }
}

/// A cue: a phrase that announces a value.
#[derive(Clone, Copy, Debug)]
pub struct Cue {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What it announces.
    pub tags: Tags,
    /// See [`Term::values_before`], counted at the end of the cue.
    pub values_before: u32,
    /// Index of its first word.
    pub term: u32,
}

/// The arrays behind a [`Document`], kept between texts so that reading one allocates nothing in the long run.
#[derive(Default)]
pub struct Buffers {
    terms: Vec<Term>,
    cues: Vec<Cue>,
    numeric: Vec<u32>,
    marks: Vec<u32>,
}

impl Buffers {
    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.terms.capacity() * size_of::<Term>()
            + self.cues.capacity() * size_of::<Cue>()
            + (self.numeric.capacity() + self.marks.capacity()) * size_of::<u32>()
    }
}

/// The language of a text. Layouts and tables are those of all languages, since texts are mixed; the language says
/// which words are ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

/// A text that has been read.
#[derive(Clone, Copy)]
pub struct Document<'t> {
    /// The text.
    pub text: &'t str,
    /// Its language.
    pub language: Language,
    /// Its words in order.
    pub terms: &'t [Term],
    /// Its cues in order, none overlapping another.
    pub cues: &'t [Cue],
    /// Indices of the words that hold a digit.
    pub numeric: &'t [u32],
    /// Byte offsets of every `@`, and of every `:` before `//`.
    pub marks: &'t [u32],
}

/// The longest compound identifier, such as a tag, that is searched for cues at every letter.
const MAX_COMPOUND: usize = 40;

impl<'t> Document<'t> {
    /// Reads `text`, at most 4 GiB long.
    pub fn read(text: &'t str, language: Language, phrases: &Phrases, buffers: &'t mut Buffers) -> Document<'t> {
        let Buffers {
            terms,
            cues,
            numeric,
            marks,
        } = buffers;
        terms.clear();
        cues.clear();
        numeric.clear();
        marks.clear();
        let bytes = text.as_bytes();
        let mut values = 0u32;
        let mut last_value_end = usize::MAX;
        let mut cue_end = 0usize;
        split_words(text, |word: Word| {
            let (start, end) = (word.start as usize, word.end as usize);
            let index = terms.len() as u32;
            if word.shape.has_digit() {
                // `409-5522081` is one value, and so is `12 34 56`.
                if last_value_end == usize::MAX || start > last_value_end + 1 {
                    values += 1;
                }
                last_value_end = end;
                numeric.push(index);
            }
            let mut term = Term {
                start: word.start,
                end: word.end,
                shape: word.shape,
                tags: Tags::NONE,
                phrase_end: word.end,
                values_before: values - u32::from(word.shape.has_digit()),
            };
            if !word.shape.is_digits() {
                if let Some(found) = phrases.longest(bytes, start, false) {
                    term.tags = found.tags;
                    term.phrase_end = found.end as u32;
                    if found.tags.any(Tags::CUES) && start >= cue_end && !closes_element(bytes, start) {
                        let whole_value = word.shape.has_digit();
                        cues.push(Cue {
                            start: word.start,
                            end: term.phrase_end,
                            tags: found.tags,
                            // A cue such as `cvv2` is no value itself.
                            values_before: values - u32::from(whole_value),
                            term: index,
                        });
                        if whole_value {
                            values -= 1;
                            last_value_end = usize::MAX;
                        }
                        cue_end = found.end;
                    }
                }
                if term.phrase_end < word.end || (term.tags.is_empty() && word.len() > 4) {
                    compound_cues(phrases, bytes, word, index, values, &mut cue_end, cues);
                }
            }
            terms.push(term);
        });
        let mut at = 0;
        while let Some(found) = memchr::memchr2(b'@', b':', &bytes[at..]) {
            let mark = at + found;
            if bytes[mark] == b'@' || bytes[mark + 1..].starts_with(b"//") {
                marks.push(mark as u32);
            }
            at = mark + 1;
        }
        Document {
            text,
            language,
            terms,
            cues,
            numeric,
            marks,
        }
    }

    /// The bytes of the text.
    #[inline]
    pub fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    /// The text of a word.
    #[inline]
    pub fn word(&self, term: &Term) -> &'t str {
        &self.text[term.start()..term.end()]
    }

    /// The byte before `at`, or a line break at the start of the text.
    #[inline]
    pub fn byte_before(&self, at: usize) -> u8 {
        if at == 0 { b'\n' } else { self.bytes()[at - 1] }
    }

    /// The byte at `at`, or a line break at the end of the text.
    #[inline]
    pub fn byte_at(&self, at: usize) -> u8 {
        self.bytes().get(at).copied().unwrap_or(b'\n')
    }

    /// Whether the digits at `start` follow a decimal point or a separator of thousands: `3.14`, `12,345`.
    pub fn is_fraction(&self, start: usize) -> bool {
        let bytes = self.bytes();
        let digit_before = start >= 2 && bytes[start - 2].is_ascii_digit();
        match self.byte_before(start) {
            b'.' => digit_before,
            b',' => {
                digit_before
                    && self.digits_at(start) == 3
                    && self.thousands_end(start - 1)
                    && !matches!(self.byte_at(start + 3), b'-' | b'/' | b':')
                    && !self.byte_at(start + 3).is_ascii_alphanumeric()
            }
            _ => false,
        }
    }

    /// Whether a fraction or thousands follow the digits that end at `end`.
    pub fn has_fraction(&self, end: usize) -> bool {
        match self.byte_at(end) {
            b'.' => self.byte_at(end + 1).is_ascii_digit(),
            b',' => {
                self.digits_at(end + 1) == 3
                    && self.thousands_end(end)
                    && !matches!(self.byte_at(end + 4), b'-' | b'/' | b':')
                    && !self.byte_at(end + 4).is_ascii_alphanumeric()
            }
            _ => false,
        }
    }

    /// Whether the digits that end at `end` can stand before a separator of thousands: one to three of them, and
    /// not the end of a date or the like.
    fn thousands_end(&self, end: usize) -> bool {
        let digits = self.bytes()[..end]
            .iter()
            .rev()
            .take(4)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (1..=3).contains(&digits) && !matches!(self.byte_before(end - digits), b'-' | b'/' | b':' | b'.')
    }

    /// Whether a currency sign stands before `start`: `$`, `€`, `£`, `₹`, `¥`.
    pub fn is_money(&self, start: usize) -> bool {
        match self.byte_before(start) {
            b'$' => true,
            0x80.. => self.text[..start].ends_with(['€', '£', '₹', '¥']),
            _ => false,
        }
    }

    /// Number of digits at `start`, counted up to 20.
    pub fn digits_at(&self, start: usize) -> usize {
        self.bytes()
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take(20)
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    }

    /// The text between word `index - 1` and word `index`; all before the first word, all after the last, nothing
    /// further on.
    #[inline]
    pub fn gap_before(&self, index: usize) -> &'t [u8] {
        let start = match index.checked_sub(1) {
            Some(before) => self.terms.get(before).map_or(self.text.len(), Term::end),
            None => 0,
        };
        let end = self.terms.get(index).map_or(self.text.len(), Term::start);
        &self.bytes()[start..end]
    }

    /// Index of the first word that starts at or after byte `at`.
    pub fn term_from(&self, at: usize) -> usize {
        self.terms.partition_point(|term| term.start() < at)
    }
}

/// Whether the word at `start` is the name of a closing element, `</pin>`: it announces nothing.
fn closes_element(bytes: &[u8], start: usize) -> bool {
    start >= 2 && bytes[start - 1] == b'/' && bytes[start - 2] == b'<'
}

/// Cues inside an identifier of several words written as one: `<swiftbic>`, `awsSecretAccessKey`.
fn compound_cues(
    phrases: &Phrases,
    bytes: &[u8],
    word: Word,
    index: u32,
    values: u32,
    cue_end: &mut usize,
    cues: &mut Vec<Cue>,
) {
    let (start, end) = (word.start as usize, word.end as usize);
    let element = start >= 1 && bytes[start - 1] == b'<';
    let key = start >= 1 && matches!(bytes[start - 1], b'"' | b'\'') && matches!(bytes.get(end), Some(b'"' | b'\''));
    if end - start > MAX_COMPOUND {
        return;
    }
    let mut at = start + 1;
    if element || key {
        at = start;
    } else if !(word.shape.has_upper() && word.shape.has_lower()) {
        return;
    }
    while at < end {
        let camel = at > start && bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase();
        if at >= *cue_end
            && (element || key || camel)
            && let Some(found) = phrases.longest(bytes, at, element || key)
        {
            // Short words turn up by chance inside longer ones.
            let length = found.end - at;
            let enough = length >= 4 || length >= 3 && found.end >= end || camel;
            if enough && found.tags.any(Tags::VALUE_CUES) && found.end <= end {
                cues.push(Cue {
                    start: at as u32,
                    end: found.end as u32,
                    tags: found.tags,
                    values_before: values,
                    term: index,
                });
                *cue_end = found.end;
                at = found.end;
                continue;
            }
        }
        at += 1;
    }
}
