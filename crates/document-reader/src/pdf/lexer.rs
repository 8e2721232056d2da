//! The words of PDF syntax: names, strings, brackets and the rest (ISO 32000-2, 7.2 and 7.3).
//!
//! For what has to be known about a file before the PDF library may see it.

use std::ops::Range;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name,
    /// A string in either notation.
    String,
    DictionaryStart,
    DictionaryEnd,
    ArrayStart,
    ArrayEnd,
    /// A number or a keyword.
    Regular,
    /// A bracket where none should be.
    Stray,
}

/// Goes through a file word by word.
#[derive(Clone)]
pub(super) struct Lexer<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte)
        && !matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        )
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The next word and where it stands; `None` at the end.
    pub(super) fn next(&mut self) -> Option<(Token, Range<usize>)> {
        self.skip_space();
        let start = self.at;
        let first = *self.bytes.get(start)?;
        let second = self.bytes.get(start + 1).copied();
        self.at += 1;
        let token = match (first, second) {
            (b'<', Some(b'<')) => {
                self.at += 1;
                Token::DictionaryStart
            }
            (b'>', Some(b'>')) => {
                self.at += 1;
                Token::DictionaryEnd
            }
            (b'[', _) => Token::ArrayStart,
            (b']', _) => Token::ArrayEnd,
            (b'/', _) => {
                self.skip_while(is_regular);
                Token::Name
            }
            (b'(', _) => {
                self.skip_literal();
                Token::String
            }
            (b'<', _) => {
                self.skip_while(|byte| byte.is_ascii_hexdigit() || is_space(byte));
                if self.bytes.get(self.at) == Some(&b'>') {
                    self.at += 1;
                    Token::String
                } else {
                    Token::Stray
                }
            }
            (byte, _) if is_regular(byte) => {
                self.skip_while(is_regular);
                Token::Regular
            }
            _ => Token::Stray,
        };
        Some((token, start..self.at))
    }

    /// The text of the next word if it is a regular one, of which nothing is taken otherwise.
    pub(super) fn regular(&mut self) -> Option<&'a [u8]> {
        let before = self.at;
        match self.next() {
            Some((Token::Regular, range)) => Some(&self.bytes[range]),
            _ => {
                self.at = before;
                None
            }
        }
    }

    /// The next word as a number, if it is one without sign and fraction.
    pub(super) fn number(&mut self) -> Option<usize> {
        let before = self.at;
        let number = self.regular().and_then(number);
        if number.is_none() {
            self.at = before;
        }
        number
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
    }

    fn skip_space(&mut self) {
        loop {
            self.skip_while(is_space);
            if self.bytes.get(self.at) != Some(&b'%') {
                return;
            }
            self.skip_while(|byte| !matches!(byte, b'\r' | b'\n'));
        }
    }

    fn skip_literal(&mut self) {
        let mut depth = 1_usize;
        while depth > 0
            && let Some(byte) = self.bytes.get(self.at)
        {
            self.at += 1;
            match byte {
                b'\\' => self.at = (self.at + 1).min(self.bytes.len()),
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
        }
    }
}

pub(super) fn number(word: &[u8]) -> Option<usize> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// A name without its slash; it may write any of its characters as `#` and two hexadecimal digits.
pub(super) fn name(word: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(word.len());
    let mut rest = word.strip_prefix(b"/").unwrap_or(word);
    while let [first, tail @ ..] = rest {
        if let (b'#', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            plain.push(high << 4 | low);
            rest = after;
        } else {
            plain.push(*first);
            rest = tail;
        }
    }
    plain
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// The bytes that a string stands for.
pub(super) fn string(word: &[u8]) -> Vec<u8> {
    match word {
        [b'(', inside @ .., b')'] => literal(inside),
        [b'(', inside @ ..] => literal(inside),
        _ => {
            let digits: Vec<u8> = word.iter().filter_map(|byte| hex(*byte)).collect();
            // A digit without its second stands for one with a zero.
            digits
                .chunks(2)
                .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
                .collect()
        }
    }
}

fn literal(inside: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(inside.len());
    let mut bytes = inside.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let character = match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'\n') => continue,
                Some(b'\r') => {
                    bytes.next_if_eq(&b'\n');
                    continue;
                }
                Some(digit @ b'0'..=b'7') => {
                    let mut value = u32::from(digit - b'0');
                    for _ in 0..2 {
                        if let Some(digit) = bytes.next_if(|byte| matches!(byte, b'0'..=b'7')) {
                            value = value * 8 + u32::from(digit - b'0');
                        }
                    }
                    // Beyond a byte the high-order overflow is to be ignored.
                    value as u8
                }
                Some(other) => other,
                None => break,
            },
            // Any end of line stands for a line feed.
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                b'\n'
            }
            other => other,
        };
        plain.push(character);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        let file = b"5 0 obj<</Fl#61te(a\\)(b))%c >>\n/X[<0a> -1.5]>>stream >";
        let mut lexer = Lexer::new(file, 0);
        let mut words = Vec::new();
        while let Some((token, range)) = lexer.next() {
            words.push((token, &file[range]));
        }
        use Token::*;
        let expected: [(Token, &[u8]); 14] = [
            (Regular, b"5"),
            (Regular, b"0"),
            (Regular, b"obj"),
            (DictionaryStart, b"<<"),
            (Name, b"/Fl#61te"),
            (String, b"(a\\)(b))"),
            (Name, b"/X"),
            (ArrayStart, b"["),
            (String, b"<0a>"),
            (Regular, b"-1.5"),
            (ArrayEnd, b"]"),
            (DictionaryEnd, b">>"),
            (Regular, b"stream"),
            (Stray, b">"),
        ];
        assert_eq!(words, expected);
        assert_eq!(name(b"/Fl#61te#"), b"Flate#");
    }

    #[test]
    fn strings_stand_for_bytes() {
        assert_eq!(string(b"(a\\)(b)\\101\\1012\\7\\\r\nx\r\ny\\q)"), b"a)(b)AA2\x07x\nyq");
        assert_eq!(string(b"<4 1\n427>"), b"ABp");
        assert_eq!(string(b"(open\\"), b"open");
    }
}
