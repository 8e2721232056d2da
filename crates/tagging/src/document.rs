//! A text cut into tokens and sentences.

use std::ops::Range;

use construe_text::{Language, Token, sentences, tokenize};

/// Longer sentences are cut: the tagger's memory stays small, and nothing that belongs together is that long.
const LONGEST_SENTENCE: usize = 240;

/// A text, or a piece of one, with its tokens and sentences.
#[derive(Clone, Copy)]
pub struct Document<'d> {
    /// The text.
    pub text: &'d str,
    /// Its language.
    pub language: Language,
    /// Its tokens, in order.
    pub tokens: &'d [Token],
    /// Its sentences as ranges of tokens, in order, none empty; together they hold every token.
    pub sentences: &'d [Range<usize>],
}

impl<'d> Document<'d> {
    /// The text of a token.
    pub fn token(&self, token: usize) -> &'d str {
        let token = &self.tokens[token];
        &self.text[token.start as usize..token.end as usize]
    }

    /// The tokens that the bytes touch.
    pub fn tokens_in(&self, bytes: Range<usize>) -> Range<usize> {
        let start = self.tokens.partition_point(|token| token.end as usize <= bytes.start);
        let end = self.tokens.partition_point(|token| (token.start as usize) < bytes.end);
        start..end.max(start)
    }
}

/// Memory for the tokens and sentences of a document.
#[derive(Clone, Debug, Default)]
pub struct Buffers {
    tokens: Vec<Token>,
    whole: Vec<Range<usize>>,
    sentences: Vec<Range<usize>>,
}

impl Buffers {
    /// Cuts a text of at most 4 GiB into tokens and sentences.
    pub fn read<'d>(&'d mut self, text: &'d str, language: Language) -> Document<'d> {
        self.tokens.clear();
        self.whole.clear();
        self.sentences.clear();
        tokenize(text, &mut self.tokens);
        sentences(language, text, &self.tokens, &mut self.whole);
        for sentence in &self.whole {
            let cuts = sentence.clone().step_by(LONGEST_SENTENCE);
            self.sentences
                .extend(cuts.map(|start| start..(start + LONGEST_SENTENCE).min(sentence.end)));
        }
        Document {
            text,
            language,
            tokens: &self.tokens,
            sentences: &self.sentences,
        }
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.tokens.capacity() * size_of::<Token>()
            + (self.whole.capacity() + self.sentences.capacity()) * size_of::<Range<usize>>()
    }
}
