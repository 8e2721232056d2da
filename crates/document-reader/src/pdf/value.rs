//! Values of PDF syntax that have to be understood before the PDF library may see a file.

use super::lexer::{self, Lexer, Token};
use std::collections::BTreeMap;

/// Dictionaries and arrays inside one another, in those that are read here.
const MAX_DEPTH: usize = 16;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Name(Vec<u8>),
    String(Vec<u8>),
    Number(i64),
    /// Numbers with fractions, `true`, `false`, `null`.
    Word(Vec<u8>),
    /// To the object with this number and generation.
    Reference(u32, u16),
    Array(Vec<Value>),
    Dictionary(Dictionary),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dictionary(BTreeMap<Vec<u8>, Value>);

impl Dictionary {
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key.as_bytes())
    }

    pub(super) fn name(&self, key: &str) -> Option<&[u8]> {
        match self.get(key) {
            Some(Value::Name(name)) => Some(name),
            _ => None,
        }
    }

    pub(super) fn string(&self, key: &str) -> Option<&[u8]> {
        match self.get(key) {
            Some(Value::String(string)) => Some(string),
            _ => None,
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<i64> {
        match self.get(key) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn word(&self, key: &str) -> Option<&[u8]> {
        match self.get(key) {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &Value)> {
        self.0.iter().map(|(key, value)| (key.as_slice(), value))
    }
}

impl Value {
    /// The value that begins with the next word; `None` if none does or it is nested too deeply.
    pub(super) fn read(lexer: &mut Lexer<'_>) -> Option<Self> {
        Self::read_within(lexer, MAX_DEPTH)
    }

    /// The same if it is a dictionary.
    pub(super) fn read_dictionary(lexer: &mut Lexer<'_>) -> Option<Dictionary> {
        match Self::read(lexer)? {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    fn read_within(lexer: &mut Lexer<'_>, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let bytes = lexer.bytes;
        let (token, range) = lexer.next()?;
        let word = &bytes[range];
        Some(match token {
            Token::Name => Self::Name(lexer::name(word)),
            Token::String => Self::String(lexer::string(word)),
            Token::Regular => Self::of_word(word, lexer),
            Token::ArrayStart => {
                let mut values = Vec::new();
                while !next_is(lexer, Token::ArrayEnd) {
                    values.push(Self::read_within(lexer, depth)?);
                }
                Self::Array(values)
            }
            Token::DictionaryStart => {
                let mut entries = BTreeMap::new();
                while !next_is(lexer, Token::DictionaryEnd) {
                    let (Token::Name, key) = lexer.next()? else {
                        return None;
                    };
                    let value = Self::read_within(lexer, depth)?;
                    entries.insert(lexer::name(&bytes[key]), value);
                }
                Self::Dictionary(Dictionary(entries))
            }
            Token::ArrayEnd | Token::DictionaryEnd | Token::Stray => return None,
        })
    }

    fn of_word(word: &[u8], lexer: &mut Lexer<'_>) -> Self {
        let after = lexer.at;
        if let Some(number) = lexer::number(word).and_then(|number| u32::try_from(number).ok())
            && let Some(generation) = lexer.number().and_then(|number| u16::try_from(number).ok())
            && lexer.regular() == Some(b"R")
        {
            return Self::Reference(number, generation);
        }
        lexer.at = after;
        let number = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
        number.map_or_else(|| Self::Word(word.to_vec()), Self::Number)
    }
}

/// Takes the next word if it is this one.
fn next_is(lexer: &mut Lexer<'_>, wanted: Token) -> bool {
    let before = lexer.at;
    let found = lexer.next().is_some_and(|(token, _)| token == wanted);
    if !found {
        lexer.at = before;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Value> {
        Value::read(&mut Lexer::new(bytes, 0))
    }

    #[test]
    fn values_of_all_kinds_are_read() {
        let Some(Value::Dictionary(found)) = read(b"<</N/a#62/S(x)/P -44 /E false/A[1 0 R 2 <00>]/D<</K 1>> >> rest")
        else {
            panic!("no dictionary");
        };
        assert_eq!(found.name("N"), Some(b"ab".as_slice()));
        assert_eq!(found.string("S"), Some(b"x".as_slice()));
        assert_eq!(found.number("P"), Some(-44));
        assert_eq!(found.word("E"), Some(b"false".as_slice()));
        let array = [Value::Reference(1, 0), Value::Number(2), Value::String(vec![0])];
        assert_eq!(found.get("A"), Some(&Value::Array(array.to_vec())));
        assert_eq!(found.iter().count(), 6);
    }

    #[test]
    fn what_is_no_value_is_none() {
        for bytes in [b"".as_slice(), b">>", b"[1", b"<< /A >>", b"<< 1 2 >>", &[b'['; 100]] {
            assert_eq!(read(bytes), None);
        }
    }
}
