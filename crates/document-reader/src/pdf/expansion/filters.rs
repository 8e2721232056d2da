//! Which filters the streams of a file name, found without believing where its dictionaries begin: from each key that
//! names filters onwards to the stream that follows its dictionary, if one does.

use crate::limits::Watch;
use crate::pdf::lexer::{self, Lexer, Token};
use crate::{Kind, ReadError};
use std::collections::BTreeMap;

/// How often each byte may be looked at, on average. Dictionaries inside one another are gone through once for each key
/// of interest in them.
const LOOKS: usize = 16;
/// Bytes of a key and what it names.
const LONGEST_VALUE: usize = 4096;
/// Keys between two looks at the watch.
const KEYS_PER_CHECK: usize = 1024;

/// The filters of a stream that can make much out of little, and those whose result they may be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::pdf) struct Filters {
    pub flate: bool,
    pub lzw: bool,
    pub run_length: bool,
    pub base85: bool,
    pub hexadecimal: bool,
}

/// All of them but the one that is always reckoned with.
const ANY: Filters = Filters {
    flate: false,
    lzw: true,
    run_length: true,
    base85: true,
    hexadecimal: true,
};

impl Filters {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            flate: self.flate | other.flate,
            lzw: self.lzw | other.lzw,
            run_length: self.run_length | other.run_length,
            base85: self.base85 | other.base85,
            hexadecimal: self.hexadecimal | other.hexadecimal,
        }
    }

    /// Those with these names, in the order in which they are undone; `None` if they are more than can be judged: one
    /// that makes much out of little, and one before it of letters that stand for bytes.
    pub(in crate::pdf) fn of_names<'n>(names: impl Iterator<Item = &'n [u8]>) -> Option<Self> {
        let mut filters = Self::default();
        let (mut packings, mut texts) = (0, 0);
        for name in names {
            let (member, count) = match name {
                b"FlateDecode" | b"Fl" => (&mut filters.flate, &mut packings),
                b"LZWDecode" | b"LZW" => (&mut filters.lzw, &mut packings),
                b"RunLengthDecode" | b"RL" => (&mut filters.run_length, &mut packings),
                b"ASCII85Decode" | b"A85" => (&mut filters.base85, &mut texts),
                b"ASCIIHexDecode" | b"AHx" => (&mut filters.hexadecimal, &mut texts),
                _ => continue,
            };
            *member = true;
            *count += 1;
        }
        (packings <= 1 && texts <= 1).then_some(filters)
    }
}

/// The filters of the streams of a file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Named {
    /// By where the keyword of the stream stands.
    streams: BTreeMap<usize, Filters>,
    /// Those that may belong to any stream.
    loose: Filters,
}

impl Named {
    /// The filters that the stream whose keyword stands there may have.
    pub(super) fn of(&self, keyword: usize) -> Filters {
        self.streams.get(&keyword).copied().unwrap_or_default().and(self.loose)
    }
}

/// Finds the filters of all streams.
///
/// # Errors
///
/// Filters that cannot be judged: several in one that make much out of little, or those that are named by reference; the
/// watch.
pub(super) fn named(bytes: &[u8], watch: &Watch<'_>) -> Result<Named, ReadError> {
    let unclear = || ReadError::Corrupt {
        kind: Kind::NativePdf,
        reason: "a stream is packed more than once, or how it is packed cannot be told",
    };
    let mut left = bytes.len().saturating_mul(LOOKS);
    let mut found = Named::default();
    let keys = memchr::memchr_iter(b'/', bytes).filter(|slash| matches!(bytes.get(slash + 1), Some(b'F' | b'#')));
    for (count, slash) in keys.enumerate() {
        if count.is_multiple_of(KEYS_PER_CHECK) {
            watch.check()?;
        }
        // Letters that stand for packed data are full of such keys, and of brackets.
        let mut lexer = Lexer::new(&bytes[..bytes.len().min(slash + LONGEST_VALUE)], slash);
        let is_key = lexer
            .next()
            .is_some_and(|(_, range)| matches!(lexer::name(&bytes[range]).as_slice(), b"Filter" | b"F"));
        if !is_key {
            continue;
        }
        let filters = match value(&mut lexer) {
            Value::Filters(filters) if filters == Filters::default() => continue,
            Value::Filters(filters) => Some(filters),
            Value::Unclear => None,
            Value::TooLong => {
                found.loose = found.loose.and(ANY);
                continue;
            }
        };
        let mut lexer = Lexer::new(bytes, lexer.at);
        let owner = owner(&mut lexer);
        left = left.checked_sub(lexer.at - slash).ok_or_else(unclear)?;
        let place = match owner {
            Owner::Stream(keyword) => found.streams.entry(keyword).or_default(),
            Owner::Unknown => &mut found.loose,
            Owner::Other => continue,
        };
        let filters = filters.ok_or_else(unclear)?;
        *place = place.and(filters);
        // Loosely, this would speak of every stream that is not packed at all.
        found.loose.flate = false;
    }
    Ok(found)
}

/// What stands where a key wants filters.
enum Value {
    /// These, or nothing that names filters.
    Filters(Filters),
    /// A reference, or more than can be judged.
    Unclear,
    /// More than anybody would write.
    TooLong,
}

fn value(lexer: &mut Lexer<'_>) -> Value {
    let bytes = lexer.bytes;
    let mut names = Vec::new();
    match lexer.next() {
        Some((Token::Name, range)) => names.push(lexer::name(&bytes[range])),
        Some((Token::ArrayStart, _)) => loop {
            match lexer.next() {
                Some((Token::Name, range)) => names.push(lexer::name(&bytes[range])),
                Some((Token::ArrayEnd, _)) => break,
                Some((Token::Regular, range)) if &bytes[range.clone()] == b"R" => return Value::Unclear,
                Some(_) => {}
                None => return Value::TooLong,
            }
        },
        Some((Token::Regular, _)) if lexer.number().is_some() && lexer.regular() == Some(b"R") => {
            return Value::Unclear;
        }
        // The name of a file in which the data are, which nobody fetches, or a number.
        _ => {}
    }
    Filters::of_names(names.iter().map(Vec::as_slice)).map_or(Value::Unclear, Value::Filters)
}

/// What a dictionary belongs to.
enum Owner {
    /// The stream whose keyword stands there.
    Stream(usize),
    /// To no stream; or it has no end, and the library does not read it either.
    Other,
    /// It has words in it that no dictionary should have, so that it may be none. The library minds less.
    Unknown,
}

/// Goes to the end of the dictionary at hand.
fn owner(lexer: &mut Lexer<'_>) -> Owner {
    let bytes = lexer.bytes;
    let mut depth = 0_usize;
    while let Some((token, range)) = lexer.next() {
        match token {
            Token::DictionaryStart => depth += 1,
            Token::DictionaryEnd if depth > 0 => depth -= 1,
            Token::DictionaryEnd => {
                return match lexer.next() {
                    // What follows the keyword need not be parted from it.
                    Some((Token::Regular, range)) if bytes[range.clone()].starts_with(b"stream") => {
                        Owner::Stream(range.start)
                    }
                    _ => Owner::Other,
                };
            }
            Token::Regular if matches!(&bytes[range], b"endobj" | b"stream" | b"endstream") => return Owner::Unknown,
            _ => {}
        }
    }
    Owner::Other
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn found(file: &[u8]) -> Option<Vec<Filters>> {
        let go_on = || false;
        let watch = Watch::new(Duration::from_secs(60), &go_on);
        let named = named(file, &watch).ok()?;
        assert_eq!(named.loose, Filters::default());
        Some(named.streams.into_values().collect())
    }

    #[test]
    fn filters_are_found_behind_disguises() {
        let flate = Filters {
            flate: true,
            ..Filters::default()
        };
        let text = Filters {
            lzw: true,
            base85: true,
            ..Filters::default()
        };
        for (file, filters) in [
            (
                b"<< /Filter /Fl#61teDecode /X (stream obj) >> stream\n".as_slice(),
                flate,
            ),
            (b"1 0 obj << /F%x\n[/Fl]/D<</Y[(>>)]>>/X(5 0 obj)>>stream", flate),
            (b"<</#46ilter [/A85 /LZW] /Length 5 0 R>>\nstream", text),
        ] {
            let file_text = String::from_utf8_lossy(file);
            assert!(
                found(file).is_some_and(|found| found == [filters]),
                "{file_text} {:?}",
                found(file)
            );
        }
        // Not of streams.
        for file in [
            b"<< /EF << /F 12 0 R >> >> endobj << >> stream".as_slice(),
            b"<< /Filter /Standard >> endobj",
            b"/F 12 Tf (/Filter /DCTDecode) Tj",
            b"<</Filter/Crypt/F (file)>>stream",
        ] {
            assert_eq!(found(file), Some(Vec::new()));
        }
        for file in [
            b"<< /Filter [/FlateDecode /Fl] >> stream".as_slice(),
            b"<< /F 5 0 R >> stream",
            b"<< /Filter [5 0 R] >> stream",
            b"<< /Filter [/AHx /A85 /Fl] >> stream",
        ] {
            assert_eq!(found(file), None, "{}", String::from_utf8_lossy(file));
        }
    }

    #[test]
    fn what_may_be_a_dictionary_or_not_speaks_of_every_stream() {
        let go_on = || false;
        let watch = Watch::new(Duration::from_secs(60), &go_on);
        let found = named(b"<< /Filter /LZW /X [stream] >> stream\n", &watch).unwrap();
        assert!(found.of(31).lzw && found.of(0).lzw && !found.of(0).run_length);
        assert!(named(b"<< /Filter [/Fl /Fl] endobj >> stream\n", &watch).is_err());
        let long = [
            b"<< /Filter [(",
            [b'x'; LONGEST_VALUE].as_slice(),
            b") /LZW] >> stream\n",
        ]
        .concat();
        assert_eq!(named(&long, &watch).unwrap().of(7), ANY);
    }

    #[test]
    fn dictionaries_without_end_inside_one_another_are_given_up() {
        assert_eq!(found(&b"<</F /Fl (".repeat(100_000)), None);
        assert_eq!(found(&b"<</F /Fl ".repeat(100_000)), None);
    }
}
