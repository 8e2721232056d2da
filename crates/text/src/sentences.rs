//! Sentences, as ranges of tokens.
//!
//! Rules, not a model: a sentence ends at a final mark unless something speaks against it, and at the end of a line
//! unless the line looks wrapped. Taggers read a sentence at a time; a missed end costs them less than a wrong one, so
//! doubtful full stops end nothing.

mod abbreviations;

use std::ops::Range;

use crate::characters::Script;
use crate::language::Language;
use crate::tokens::Token;

/// Shorter lines than this (in bytes) do not look wrapped, unless the next one goes on in lower case.
const WRAPPED_LINE_BYTES: u32 = 60;
/// Shorter lines than this never look wrapped.
const SHORTEST_WRAPPED_LINE_BYTES: u32 = 25;

/// Appends the sentences of a text to `out`, as ranges of its `tokens`. They follow each other without gap and hold all
/// tokens.
pub fn sentences(language: Language, text: &str, tokens: &[Token], out: &mut Vec<Range<usize>>) {
    let reader = Reader {
        language,
        text,
        tokens,
        all_lower: !tokens.iter().any(|token| token.class.has_upper()),
    };
    let mut start = 0;
    let mut line_start = 0;
    let mut at = 0;
    while at < tokens.len() {
        if at > 0 && tokens[at].class.line_before() {
            if start < at && !reader.is_wrapped(line_start, at) {
                out.push(start..at);
                start = at;
            }
            line_start = at;
        }
        match reader.final_mark(at) {
            Some(mark) => {
                let end = reader.after_closers(at + 1);
                if reader.ends(mark, start, at, end) {
                    out.push(start..end);
                    start = end;
                }
                // Closers never begin a line, so no line break is passed over.
                at = end;
            }
            None => at += 1,
        }
    }
    if start < tokens.len() {
        out.push(start..tokens.len());
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Final {
    /// `.`, which has other uses too.
    Stop,
    /// `?`, `!`, `…` and the Arabic ones: ends where a space follows.
    Spaced,
    /// The full-width and Indic ones: end wherever they stand.
    Always,
}

struct Reader<'a> {
    language: Language,
    text: &'a str,
    tokens: &'a [Token],
    all_lower: bool,
}

impl Reader<'_> {
    fn word(&self, at: usize) -> &str {
        self.tokens[at].of(self.text)
    }

    fn mark(&self, at: usize) -> Option<&str> {
        let token = self.tokens.get(at)?;
        token.class.is_mark().then(|| token.of(self.text))
    }

    fn final_mark(&self, at: usize) -> Option<Final> {
        let token = self.tokens.get(at)?;
        if token.class.is_ascii() {
            // Nearly every token ends here.
            if !token.class.is_mark() {
                return None;
            }
            return match self.text.as_bytes()[token.start as usize] {
                b'.' => Some(Final::Stop),
                b'!' | b'?' => Some(Final::Spaced),
                _ => None,
            };
        }
        Some(match self.mark(at)? {
            "…" | "؟" | "۔" | "‽" | "⁇" | "⁈" | "⁉" => Final::Spaced,
            "。" | "！" | "？" | "．" | "｡" | "।" | "॥" => Final::Always,
            _ => return None,
        })
    }

    /// The end of the further final marks and closing quotes and brackets that follow without a space.
    fn after_closers(&self, mut at: usize) -> usize {
        while let Some(mark) = self.mark(at) {
            let closes = matches!(
                mark,
                ")" | "]" | "}" | "\"" | "'" | "”" | "’" | "»" | "›" | "」" | "』" | "）" | "】" | "》" | "〉" | "］"
            );
            let spaced = self.tokens[at].class.space_before();
            if spaced || !(closes || self.final_mark(at).is_some()) {
                break;
            }
            at += 1;
        }
        at
    }

    /// Whether the sentence from `start` ends with the final mark at `at`, the next one beginning at `next`.
    fn ends(&self, mark: Final, start: usize, at: usize, next: usize) -> bool {
        let Some(&following) = self.tokens.get(next) else {
            return true;
        };
        if following.class.line_before() {
            // Whether the line ends a sentence is decided where the next one begins; after a final mark it does, but
            // for abbreviations.
            return mark != Final::Stop || next > at + 1 || !self.is_abbreviation(start, at);
        }
        if mark == Final::Always {
            // 「…。」と言った: what follows reports the quotation.
            let quoted = matches!(self.mark(next - 1), Some("」" | "』"));
            return !(quoted && following.script == Script::Hiragana);
        }
        if !following.class.space_before() {
            // example.com, 3.14, e.g.: but scripts without capitals are often written without the space.
            let before = at.checked_sub(1).map(|before| self.tokens[before].script);
            return following.script != Script::Latin
                && following.script != Script::Common
                && before.is_some_and(|script| script != Script::Latin && script != Script::Common);
        }
        if mark == Final::Stop && next == at + 1 && self.is_abbreviation(start, at) {
            return false;
        }
        // An opening quote or bracket says nothing, the word in it does.
        let opening = following.class.is_mark() as usize;
        let word = self
            .tokens
            .get(next + opening)
            .map_or(following.class, |token| token.class);
        self.all_lower || !word.is_word() || word.starts_upper() || !word.has_lower()
    }

    /// Whether the full stop at `at` belongs to the word before it.
    fn is_abbreviation(&self, start: usize, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).filter(|&before| before >= start) else {
            return false;
        };
        let token = self.tokens[before];
        if self.tokens[at].class.space_before() || !token.class.is_word() {
            return false;
        }
        let word = self.word(before);
        if token.class.is_digits() {
            // The number of a list's item; in German also ordinals, "am 3. Mai".
            return before == start || (self.language == Language::De && word.len() <= 2);
        }
        if token.script == Script::Latin && word.chars().nth(1).is_none() && !token.class.has_digit() {
            let previous = if before > start { self.mark(before - 1) } else { None };
            let joined = !token.class.space_before();
            if joined && matches!(previous, Some("'" | "’" | "-")) {
                // "didn't.", "5-a."
                return false;
            }
            let dotted = previous == Some(".");
            let afternoon = dotted && matches!(word, "m" | "M");
            // Initials and letters between dots, but "and I.", "5 p.m."
            return !afternoon && (word != "I" || dotted || self.language != Language::En);
        }
        abbreviations::contains(self.language, word)
    }

    /// Whether the line from `start`, after which the token at `next` begins another, only ends for want of space.
    fn is_wrapped(&self, start: usize, next: usize) -> bool {
        let following = self.tokens[next];
        if following.class.blank_line_before() {
            return false;
        }
        let last = next - 1;
        // A final mark that ended no sentence belongs to an abbreviation.
        let goes_on = following.class.is_word() && following.class.has_letter();
        let length = self.tokens[last].end - self.tokens[start].start;
        let ends_open = !matches!(self.mark(last), Some(":" | ";" | "：" | "；"));
        let lower = following.class.is_lower();
        goes_on
            && ends_open
            && (length >= WRAPPED_LINE_BYTES || (lower && !self.all_lower && length >= SHORTEST_WRAPPED_LINE_BYTES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tokenize;
    use proptest::prelude::*;

    fn split(language: Language, text: &str) -> Vec<&str> {
        let (mut tokens, mut found) = (Vec::new(), Vec::new());
        tokenize(text, &mut tokens);
        sentences(language, text, &tokens, &mut found);
        found
            .into_iter()
            .map(|range| &text[tokens[range.start].start as usize..tokens[range.end - 1].end as usize])
            .collect()
    }

    #[test]
    fn sentences_of_all_languages() {
        use Language::*;
        for (language, sentences) in [
            (
                En,
                &[
                    "Dr. Ann B. Lee paid $3.50 to Acme Inc. in the U.S. market.",
                    "Why?",
                    "\"Go!\" she said.",
                    "He left.",
                ][..],
            ),
            (
                En,
                &[
                    "See example.com or e.g. Fig. 3.",
                    "It rained at 5 p.m.",
                    "Then (see below.) it stopped...",
                ],
            ),
            (En, &["1. Open the box.", "2. Close it."]),
            (Es, &["El Sr. García vive en la Avda. del Sol.", "¿Quién es?", "¡Hola!"]),
            (
                Fr,
                &["M. Dupont et Mme. Roy arrivent.", "« Bonjour ! » dit-il.", "Il part."],
            ),
            (De, &["Am 3. Mai kam z.B. Dr. Weiß an.", "Das war schön."]),
            (It, &["Il sig. Rossi è qui.", "Perché?"]),
            (Pt, &["O Exmo. Sr. Silva chegou.", "Foi embora."]),
            (Ar, &["وصل د. أحمد إلى القاهرة.", "هل هذا صحيح؟", "نعم"]),
            (Hi, &["राम दिल्ली गया।", "वह डॉ. शर्मा से मिला।", "क्यों?"]),
            (Ja, &["「行こう。」と彼は言った。", "東京へ行く！", "本当？"]),
            (Zh, &["他去了北京。", "真的吗？！", "“是的。”", "好"]),
            (Ko, &["그는 서울에 갔다.", "정말?", "3.5톤이다."]),
        ] {
            let separator = if matches!(language, Ja | Zh) { "" } else { " " };
            assert_eq!(split(language, &sentences.join(separator)), sentences);
        }
    }

    #[test]
    fn lower_case_texts_have_sentences_too() {
        assert_eq!(
            split(Language::En, "i went home. he didn't. dr. who did"),
            ["i went home.", "he didn't.", "dr. who did"]
        );
        assert_eq!(
            split(Language::En, "Yahoo! said so. or not"),
            ["Yahoo! said so. or not"]
        );
    }

    #[test]
    fn lines() {
        let wrapped =
            "The committee of the University of Northern Springfield under\nMary Jones met on Monday and\nwent home.";
        assert_eq!(split(Language::En, wrapped), [wrapped]);
        assert_eq!(
            split(
                Language::En,
                "Minutes\nMary Jones\nAgenda:\nopening\n\nThe first point of the agenda\n\nis open"
            ),
            [
                "Minutes",
                "Mary Jones",
                "Agenda:",
                "opening",
                "The first point of the agenda",
                "is open"
            ]
        );
        assert_eq!(
            split(Language::En, "We met Mr.\nSmith there"),
            ["We met Mr.", "Smith there"]
        );
    }

    proptest! {
        #[test]
        fn sentences_partition_the_tokens(
            text in proptest::collection::vec(
                proptest::sample::select(vec![
                    "Dr", "a", "B", "word", "3", ".", "!", "…", "。", "।", "」", "(", ")", "\"", " ", " ", "\n", "\r\n", "東", "म", "أ", "한",
                ]),
                0..60,
            ),
            language in proptest::sample::select(Language::ALL.to_vec()),
        ) {
            let text = text.concat();
            let (mut tokens, mut found) = (Vec::new(), Vec::new());
            tokenize(&text, &mut tokens);
            sentences(language, &text, &tokens, &mut found);
            let mut at = 0;
            for sentence in found {
                prop_assert_eq!(sentence.start, at);
                prop_assert!(sentence.end > at);
                // A blank line ends every sentence.
                prop_assert!(!tokens[sentence.start + 1..sentence.end].iter().any(|token| token.class.blank_line_before()));
                at = sentence.end;
            }
            prop_assert_eq!(at, tokens.len());
        }
    }
}
