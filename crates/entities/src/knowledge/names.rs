//! Countries, regions, cities, organisations and names of people in the scripts that the gazetteers of Latin letters do
//! not serve: Arabic, Hindi, Japanese, Korean and Chinese.
//!
//! Own lists of facts, a few hundred names for each language (`names/`). What they mark is evidence for the tagger, not a
//! decision.

use std::collections::HashMap;

use construe_tagging::learn::FeatureHasher;
use construe_tagging::{Document, Marks};
use construe_text::{Language, Script, Token, normalize_lower, simplified, tokenize};

/// The kinds of names, as the lists head their sections.
const KINDS: [&str; 6] = ["country", "region", "city", "organization", "surname", "given"];

/// Marks of names begin here.
const MARKS: u32 = 1300;

/// The longest name, in tokens.
const LONGEST: usize = 16;

/// Names of one language.
pub(super) struct Names {
    /// By the hash of their tokens: names, and what names begin with.
    entries: HashMap<u32, Entry>,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    /// One bit for each kind of name that it is.
    kinds: u8,
    /// Whether a longer name begins with it.
    goes_on: bool,
}

/// Memory that one search at a time works in.
#[derive(Default)]
pub(super) struct NameScratch {
    hashes: Vec<u32>,
    form: String,
}

impl Names {
    /// The names of a language; none for those that the gazetteers serve.
    pub(super) fn new(language: Language) -> Names {
        let list = match language {
            Language::Ar => include_str!("names/ar.txt"),
            Language::Hi => include_str!("names/hi.txt"),
            Language::Ja => include_str!("names/ja.txt"),
            Language::Ko => include_str!("names/ko.txt"),
            Language::Zh | Language::ZhTw => include_str!("names/zh.txt"),
            Language::En | Language::Es | Language::Fr | Language::De | Language::It | Language::Pt => "",
        };
        let mut entries: HashMap<u32, Entry> = HashMap::new();
        let mut kind = 0;
        let (mut tokens, mut scratch) = (Vec::new(), NameScratch::default());
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                kind = KINDS.iter().position(|&kind| kind == name).unwrap_or(KINDS.len());
                continue;
            }
            for name in line.split_whitespace().map(|name| name.replace('_', " ")) {
                tokens.clear();
                tokenize(&name, &mut tokens);
                scratch.read(language, &name, &tokens);
                let mut hasher = FeatureHasher::new(0);
                for (position, &hash) in scratch.hashes.iter().enumerate() {
                    hasher = hasher.number(u64::from(hash));
                    let entry = entries.entry(hasher.finish()).or_default();
                    if position + 1 == tokens.len() {
                        entry.kinds |= 1 << kind;
                    } else {
                        entry.goes_on = true;
                    }
                }
            }
        }
        Names { entries }
    }

    /// Marks the names in a document: at each place the longest.
    pub(super) fn mark(&self, scratch: &mut NameScratch, document: &Document<'_>, out: &mut Marks) {
        if self.entries.is_empty() {
            return;
        }
        scratch.read(document.language, document.text, document.tokens);
        let mut at = 0;
        while at < document.tokens.len() {
            match self.longest(&scratch.hashes, document, at) {
                Some((end, kinds)) => {
                    for kind in (0..KINDS.len()).filter(|kind| kinds & 1 << kind != 0) {
                        out.add(at..end, MARKS + kind as u32);
                    }
                    at = end;
                }
                None => at += 1,
            }
        }
    }

    /// The end and the kinds of the longest name that begins at `start`.
    fn longest(&self, hashes: &[u32], document: &Document<'_>, start: usize) -> Option<(usize, u8)> {
        let tokens = document.tokens;
        // Within a run of katakana or a Korean word nothing begins.
        let inside = |at: usize| {
            let (Some(before), Some(after)) = (tokens.get(at.wrapping_sub(1)), tokens.get(at)) else {
                return false;
            };
            !after.class.space_before() && before.script == after.script
        };
        if matches!(tokens[start].script, Script::Katakana | Script::Hangul) && inside(start) {
            return None;
        }
        let mut hasher = FeatureHasher::new(0);
        let mut longest = None;
        for (end, &hash) in hashes.iter().enumerate().skip(start).take(LONGEST) {
            hasher = hasher.number(u64::from(hash));
            let Some(entry) = self.entries.get(&hasher.finish()) else {
                break;
            };
            let cut = tokens[end].script == Script::Katakana && inside(end + 1);
            if entry.kinds != 0 && !cut {
                longest = Some((end + 1, entry.kinds));
            }
            if !entry.goes_on {
                break;
            }
        }
        longest
    }
}

impl NameScratch {
    /// Leaves a hash for each token in `self.hashes`.
    fn read(&mut self, language: Language, text: &str, tokens: &[Token]) {
        let chinese = matches!(language, Language::Zh | Language::ZhTw);
        self.hashes.clear();
        for &token in tokens {
            normalize_lower(text, token, &mut self.form);
            let form = match language {
                Language::Ar => stem(&self.form),
                _ => &self.form,
            };
            let hasher = FeatureHasher::new(1);
            self.hashes.push(if chinese && token.script == Script::Han {
                let characters = form.chars().map(simplified);
                characters
                    .fold(hasher, |hasher, c| hasher.number(u64::from(u32::from(c))))
                    .finish()
            } else {
                hasher.text(form).finish()
            });
        }
    }
}

/// An Arabic word without the conjunctions and prepositions that are written as its first letter, and without the
/// article.
fn stem(word: &str) -> &str {
    let long = |rest: &&str| rest.chars().nth(2).is_some();
    let word = word.strip_prefix(['و', 'ف']).filter(long).unwrap_or(word);
    let word = word.strip_prefix(['ب', 'ل', 'ك']).filter(long).unwrap_or(word);
    // "لل" is the preposition with the article.
    word.strip_prefix("ال")
        .or_else(|| word.strip_prefix('ل'))
        .filter(long)
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use construe_tagging::Buffers;

    #[test]
    fn every_section_is_of_a_known_kind() {
        for language in Language::ALL {
            let names = Names::new(language);
            assert!(
                names.entries.values().all(|entry| entry.kinds >> KINDS.len() == 0),
                "{language:?}"
            );
            assert_eq!(names.entries.is_empty(), language.has_case(), "{language:?}");
        }
    }

    #[test]
    fn the_longest_name_is_found() {
        for (language, text, expected) in [
            (Language::Zh, "他去了中华人民共和国。", &[(3, 10)][..]),
            (Language::ZhTw, "他去了臺北和中國", &[(6, 8)]),
            (Language::Ja, "タイトルはタイの話", &[(5, 7)]),
            (Language::Ko, "남아프리카 공화국과 한국은", &[(0, 8), (9, 11)]),
            (Language::Hi, "वह उत्तर प्रदेश गया", &[(1, 3)]),
            (Language::Ar, "سافر إلى والقاهرة وبالأردن", &[(2, 3), (3, 4)]),
        ] {
            let names = Names::new(language);
            let mut buffers = Buffers::default();
            let document = buffers.read(text, language);
            let mut scratch = NameScratch::default();
            scratch.read(language, text, document.tokens);
            let found: Vec<_> = (0..document.tokens.len())
                .filter_map(|at| {
                    let (end, kinds) = names.longest(&scratch.hashes, &document, at)?;
                    (kinds & 0b1111 != 0).then_some((at, end))
                })
                .collect();
            for span in expected {
                assert!(found.contains(span), "{text}: {found:?}");
            }
        }
    }
}
