//! Tokens: the units that taggers label, with exact offsets.
//!
//! A word is a run of letters and digits of one script with their combining marks. Every other mark is a token of its
//! own, apostrophes and hyphens too, because names begin and end at them (`l'Italie`, `Berlin-Mitte`). In Chinese
//! characters, kana and Hangul each character is a token: names there begin and end inside what is written together.
//! One rule for all languages, so that a name in a foreign script is read as its own language would read it.

use crate::characters::{Role, Script, role};

/// What is known of a token from its characters and from the space before it. A set of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Class(u16);

impl Class {
    const LOWER: u16 = 1;
    const UPPER: u16 = 1 << 1;
    const DIGIT: u16 = 1 << 2;
    const UNCASED: u16 = 1 << 3;
    const UPPER_FIRST: u16 = 1 << 4;
    const NON_ASCII: u16 = 1 << 5;
    const MARK: u16 = 1 << 6;
    const SPACE_BEFORE: u16 = 1 << 7;
    const LINE_BEFORE: u16 = 1 << 8;
    const BLANK_LINE_BEFORE: u16 = 1 << 9;
    const LETTER: u16 = Self::LOWER | Self::UPPER | Self::UNCASED;

    const fn has(self, flags: u16) -> bool {
        self.0 & flags != 0
    }

    /// Holds a letter.
    pub const fn has_letter(self) -> bool {
        self.has(Self::LETTER)
    }

    /// Holds a lower-case letter.
    pub const fn has_lower(self) -> bool {
        self.has(Self::LOWER)
    }

    /// Holds an upper-case letter.
    pub const fn has_upper(self) -> bool {
        self.has(Self::UPPER)
    }

    /// The first character is an upper-case letter.
    pub const fn starts_upper(self) -> bool {
        self.has(Self::UPPER_FIRST)
    }

    /// Letters, all of them upper case; digits may be among them.
    pub const fn is_upper(self) -> bool {
        self.0 & Self::LETTER == Self::UPPER
    }

    /// Letters, all of them lower case; digits may be among them.
    pub const fn is_lower(self) -> bool {
        self.0 & Self::LETTER == Self::LOWER
    }

    /// Holds a digit of any script.
    pub const fn has_digit(self) -> bool {
        self.has(Self::DIGIT)
    }

    /// Digits and nothing else.
    pub const fn is_digits(self) -> bool {
        self.0 & (Self::DIGIT | Self::LETTER | Self::MARK) == Self::DIGIT
    }

    /// A word: letters, digits or both.
    pub const fn is_word(self) -> bool {
        self.has(Self::LETTER | Self::DIGIT)
    }

    /// Neither letter nor digit: punctuation, a symbol.
    pub const fn is_mark(self) -> bool {
        self.has(Self::MARK)
    }

    /// ASCII characters and nothing else.
    pub const fn is_ascii(self) -> bool {
        !self.has(Self::NON_ASCII)
    }

    /// White space stands between the token before and this one.
    pub const fn space_before(self) -> bool {
        self.has(Self::SPACE_BEFORE)
    }

    /// A line break is part of that white space.
    pub const fn line_before(self) -> bool {
        self.has(Self::LINE_BEFORE)
    }

    /// An empty line is part of that white space.
    pub const fn blank_line_before(self) -> bool {
        self.has(Self::BLANK_LINE_BEFORE)
    }
}

/// One token. Offsets are bytes, 32 bits wide to keep arrays of tokens small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What its characters are.
    pub class: Class,
    /// The script of its first letter.
    pub script: Script,
}

impl Token {
    /// Length in bytes.
    pub const fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the token holds no byte; those that [`tokenize`] finds never are.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The text of the token.
    pub fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

// Classes of bytes beyond the flags of a word.
const SPACE: u16 = 1 << 10;
const LINE: u16 = 1 << 11;
const WIDE: u16 = 1 << 12;
const WORD: u16 = Class::LOWER | Class::UPPER | Class::DIGIT;

const BYTES: [u16; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' => Class::LOWER,
            b'A'..=b'Z' => Class::UPPER,
            b'0'..=b'9' => Class::DIGIT,
            b'\n' | b'\r' | 0x0b | 0x0c => LINE,
            0..=b' ' | 0x7f => SPACE,
            0x80.. => WIDE,
            _ => Class::MARK,
        };
        byte += 1;
    }
    class
};

/// Appends the tokens of `text` to `tokens`, in order. White space, control characters and direction marks belong to no
/// token, all else does.
///
/// # Panics
/// If `text` is longer than `u32::MAX` bytes.
pub fn tokenize(text: &str, tokens: &mut Vec<Token>) {
    let bytes = text.as_bytes();
    assert!(
        u32::try_from(bytes.len()).is_ok(),
        "a text to be tokenized is at most 4 GiB long"
    );
    // Flags of the white space since the last token.
    let mut gap = 0;
    let mut at = 0;
    while at < bytes.len() {
        let class = BYTES[bytes[at] as usize];
        let start = at;
        let (flags, script);
        if class & WORD != 0 {
            (at, flags, script) = word(text, at);
        } else if class & SPACE != 0 {
            gap |= Class::SPACE_BEFORE;
            at += 1;
            continue;
        } else if class & LINE != 0 {
            // The two characters of CR LF are one line break.
            let second_half = bytes[at] == b'\n' && at > 0 && bytes[at - 1] == b'\r';
            gap = line_break(gap, second_half);
            at += 1;
            continue;
        } else if class & WIDE != 0 {
            let Some(c) = text[at..].chars().next() else { break };
            match role(c) {
                Role::Space => {
                    gap |= Class::SPACE_BEFORE;
                    at += c.len_utf8();
                    continue;
                }
                Role::LineBreak => {
                    gap = line_break(gap, false);
                    at += c.len_utf8();
                    continue;
                }
                Role::Invisible => {
                    at += c.len_utf8();
                    continue;
                }
                Role::Letter(_) | Role::Digit => (at, flags, script) = word(text, at),
                Role::Character(of) => {
                    at = attached(text, at + c.len_utf8());
                    (flags, script) = (Class::UNCASED | Class::NON_ASCII, of);
                }
                Role::Mark | Role::Attached => {
                    at = attached(text, at + c.len_utf8());
                    (flags, script) = (Class::MARK | Class::NON_ASCII, Script::Common);
                }
            }
        } else {
            at += 1;
            let mut mark = Class::MARK;
            if at < bytes.len() && bytes[at] >= 0x80 {
                let end = attached(text, at);
                if end > at {
                    mark |= Class::NON_ASCII;
                    at = end;
                }
            }
            (flags, script) = (mark, Script::Common);
        }
        tokens.push(Token {
            start: start as u32,
            end: at as u32,
            class: Class(flags | gap),
            script,
        });
        gap = 0;
    }
}

fn line_break(gap: u16, second_half: bool) -> u16 {
    let blank = if gap & Class::LINE_BEFORE != 0 && !second_half {
        Class::BLANK_LINE_BEFORE
    } else {
        0
    };
    gap | blank | Class::LINE_BEFORE | Class::SPACE_BEFORE
}

/// The end of the characters from `at` on that belong to the one before them.
fn attached(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    rest.char_indices()
        .find(|&(_, c)| c.is_ascii() || role(c) != Role::Attached)
        .map_or(text.len(), |(offset, _)| at + offset)
}

/// Reads the word that begins at `at`: its end, flags and script.
fn word(text: &str, mut at: usize) -> (usize, u16, Script) {
    let bytes = text.as_bytes();
    let mut flags = 0;
    let mut script = Script::Common;
    let start = at;
    let mut starts_upper = BYTES[bytes[at] as usize] & Class::UPPER != 0;
    loop {
        let mut ascii = 0;
        if script == Script::Common || script == Script::Latin {
            while at < bytes.len() {
                let class = BYTES[bytes[at] as usize];
                if class & WORD == 0 {
                    break;
                }
                ascii |= class;
                at += 1;
            }
            if ascii & (Class::LOWER | Class::UPPER) != 0 {
                script = Script::Latin;
            }
        } else {
            // A word of another script goes on over digits, but not over Latin letters.
            while at < bytes.len() && bytes[at].is_ascii_digit() {
                ascii = Class::DIGIT;
                at += 1;
            }
        }
        flags |= ascii;
        if at >= bytes.len() || bytes[at] < 0x80 {
            break;
        }
        let Some(c) = text[at..].chars().next() else { break };
        match role(c) {
            Role::Attached => {}
            Role::Digit => flags |= Class::DIGIT,
            Role::Letter(of) if script == Script::Common || script == of => {
                script = of;
                if c.is_uppercase() {
                    flags |= Class::UPPER;
                    starts_upper |= at == start;
                } else if c.is_lowercase() {
                    flags |= Class::LOWER;
                } else {
                    flags |= Class::UNCASED;
                }
            }
            _ => break,
        }
        flags |= Class::NON_ASCII;
        at += c.len_utf8();
    }
    if starts_upper {
        flags |= Class::UPPER_FIRST;
    }
    (at, flags, script)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        tokenize(text, &mut tokens);
        tokens
    }

    fn surface(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.of(text)).collect()
    }

    #[test]
    fn words_marks_and_characters() {
        for (text, expected) in [
            (
                "Don't pay $5.20!",
                &["Don", "'", "t", "pay", "$", "5", ".", "20", "!"][..],
            ),
            (
                "l’Italie, Berlin-Mitte",
                &["l", "’", "Italie", ",", "Berlin", "-", "Mitte"],
            ),
            ("e\u{301}te\u{301} Straße 4pm", &["e\u{301}te\u{301}", "Straße", "4pm"]),
            (
                "東京タワーへ行く。",
                &["東", "京", "タ", "ワ", "ー", "へ", "行", "く", "。"],
            ),
            ("ﾊﾟﾘ 2015年12月", &["ﾊﾟ", "ﾘ", "2015", "年", "12", "月"]),
            ("삼성전자는 LG와", &["삼", "성", "전", "자", "는", "LG", "와"]),
            ("\u{1112}\u{1161}\u{11ab}국", &["\u{1112}\u{1161}\u{11ab}", "국"]),
            ("प्रधानमंत्री मोदी।", &["प्रधानमंत्री", "मोदी", "।"]),
            ("مُحَمَّد، القاهرة؟", &["مُحَمَّد", "،", "القاهرة", "؟"]),
            ("٢٠١٥م ＡＢＣ１２", &["٢٠١٥م", "ＡＢＣ１２"]),
            ("iPhoneमें", &["iPhone", "में"]),
            ("\u{200f}أ\u{200f}ب\u{feff}", &["أ", "ب"]),
            ("👍🏽 ok 👩\u{200d}💻", &["👍🏽", "ok", "👩\u{200d}", "💻"]),
            (" \t\r\n", &[]),
        ] {
            assert_eq!(surface(text), expected, "{text}");
        }
    }

    #[test]
    fn classes() {
        let class = |text: &str| tokens(text)[0].class;
        assert!(class("Ärger").starts_upper() && class("Ärger").has_lower() && !class("Ärger").is_ascii());
        assert!(class("IBAN7").is_upper() && class("IBAN7").has_digit() && !class("IBAN7").is_digits());
        assert!(class("१२").is_digits() && class("42").is_digits() && class("42").is_ascii());
        assert!(class("-").is_mark() && !class("-").is_word());
        assert!(class("東").has_letter() && !class("東").is_lower());
        assert_eq!(tokens("東")[0].script, Script::Han);
        assert_eq!(tokens("12км")[0].script, Script::Other);
    }

    #[test]
    fn white_space_is_remembered() {
        let gaps: Vec<_> = tokens("a b\r\nc\n\nd\n \ne-f")
            .iter()
            .map(|token| {
                (
                    token.class.space_before(),
                    token.class.line_before(),
                    token.class.blank_line_before(),
                )
            })
            .collect();
        let (none, space, line, blank) = (
            (false, false, false),
            (true, false, false),
            (true, true, false),
            (true, true, true),
        );
        assert_eq!(gaps, [none, space, line, blank, blank, none, none]);
    }

    /// Texts in which the cases above meet at random.
    fn mixed() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                any::<char>(),
                proptest::sample::select(
                    "aZ9 .,'-\r\n\u{301}\u{ad}\u{200d}東あアﾊﾟ한म्عُ٣Ｚ1ж👍🏽"
                        .chars()
                        .collect::<Vec<_>>()
                ),
            ],
            0..60,
        )
        .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn tokens_are_in_order_and_hold_all_that_is_seen(text in mixed()) {
            let mut at = 0;
            for token in tokens(&text) {
                let (start, end) = (token.start as usize, token.end as usize);
                prop_assert!(start < end && start >= at);
                prop_assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
                for c in text[at..start].chars() {
                    let skipped = if c.is_ascii() {
                        c.is_ascii_whitespace() || c.is_ascii_control()
                    } else {
                        matches!(role(c), Role::Space | Role::LineBreak | Role::Invisible)
                    };
                    prop_assert!(skipped, "{:?} is in no token", c);
                }
                prop_assert!(!text[start..end].contains(char::is_whitespace));
                prop_assert_eq!(token.class.is_mark(), !token.class.is_word());
                prop_assert_eq!(token.class.is_ascii(), token.of(&text).is_ascii());
                at = end;
            }
            prop_assert!(text[at..].chars().all(|c| !c.is_alphanumeric()));
        }

        #[test]
        fn text_before_only_shifts_tokens(text in mixed()) {
            let shifted = tokens(&format!("é.\n\n{text}"));
            let plain = tokens(&text);
            // A combining mark at the very start would join the full stop but for the empty line.
            prop_assert_eq!(shifted.len(), plain.len() + 2);
            for (a, b) in shifted[2..].iter().zip(&plain) {
                prop_assert_eq!((a.start - 5, a.end - 5, a.script), (b.start, b.end, b.script));
            }
        }
    }
}
