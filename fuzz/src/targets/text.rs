//! Tokens, sentences, words, normal forms, offsets.

use std::ops::Range;

use construe_text::{CodePoints, Language, Token, Word, normalize, normalize_lower, sentences, split_words, tokenize};

use super::same;
use crate::Target;

/// Memory that lives through all texts.
#[derive(Default)]
pub(super) struct Text {
    tokens: Vec<Token>,
    sentences: Vec<Range<usize>>,
    words: Vec<Word>,
    normal: String,
}

impl Target for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn languages(&self) -> &[Language] {
        &Language::ALL
    }

    fn check(&mut self, language: Language, text: &str) -> Result<(), String> {
        self.work(language, text);
        let tokens = self.tokens.iter().map(|token| token.start as usize..token.end as usize);
        check_partition("tokens", text, tokens)?;
        let words = self.words.iter().map(|word| word.start as usize..word.end as usize);
        check_ranges("words", text, words)?;

        let mut next = 0;
        for sentence in &self.sentences {
            if sentence.start != next || sentence.end <= sentence.start {
                return Err(format!("sentence {sentence:?} does not begin at {next}, or is empty"));
            }
            next = sentence.end;
        }
        if next != self.tokens.len() {
            return Err("sentences do not hold all tokens".to_owned());
        }

        let mut offsets = CodePoints::new(text);
        let mut expected = (0, 0);
        for token in &self.tokens {
            let start = token.start as usize;
            expected = (start, expected.1 + text[expected.0..start].chars().count());
            if offsets.at(start) != expected.1 {
                return Err(format!(
                    "byte {start} is code point {}, not {}",
                    expected.1,
                    offsets.at(start)
                ));
            }
            normalize(text, *token, &mut self.normal);
            let kept = self.normal.len();
            normalize_lower(text, *token, &mut self.normal);
            if kept == 0 || self.normal.is_empty() {
                return Err(format!("the token at {start} has an empty normal form"));
            }
        }

        let shifted = format!("\n\n{text}");
        let (mut tokens, mut parts) = (Vec::new(), Vec::new());
        tokenize(&shifted, &mut tokens);
        sentences(language, &shifted, &tokens, &mut parts);
        let bounds: Vec<(u32, u32)> = tokens.iter().map(|token| (token.start - 2, token.end - 2)).collect();
        let own: Vec<(u32, u32)> = self.tokens.iter().map(|token| (token.start, token.end)).collect();
        same("tokenizing after a blank paragraph", &bounds, &own)?;
        same("splitting sentences after a blank paragraph", &parts, &self.sentences)
    }

    fn work(&mut self, language: Language, text: &str) {
        self.tokens.clear();
        self.sentences.clear();
        self.words.clear();
        tokenize(text, &mut self.tokens);
        sentences(language, text, &self.tokens, &mut self.sentences);
        split_words(text, |word| self.words.push(word));
        for token in &self.tokens {
            normalize_lower(text, *token, &mut self.normal);
        }
    }

    fn reset(&mut self) {
        *self = Text::default();
    }
}

/// Ranges in order, apart, not empty, on character boundaries.
fn check_ranges(what: &str, text: &str, ranges: impl Iterator<Item = Range<usize>>) -> Result<(), String> {
    let mut free_from = 0;
    for range in ranges {
        if range.start < free_from || text.get(range.clone()).is_none_or(str::is_empty) {
            return Err(format!(
                "{what}: {range:?} is out of order, empty or inside a character"
            ));
        }
        free_from = range.end;
    }
    Ok(())
}

/// Like [`check_ranges`], and no letter or digit lies outside.
fn check_partition(what: &str, text: &str, ranges: impl Iterator<Item = Range<usize>> + Clone) -> Result<(), String> {
    check_ranges(what, text, ranges.clone())?;
    let mut from = 0;
    for range in ranges.chain(std::iter::once(text.len()..text.len())) {
        if text[from..range.start].chars().any(char::is_alphanumeric) {
            return Err(format!(
                "{what}: a letter or digit in {from}..{} belongs to none",
                range.start
            ));
        }
        from = range.end;
    }
    Ok(())
}
