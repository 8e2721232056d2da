//! Agreement within a document: what is tagged once by its definition is tagged wherever it stands.
//!
//! Medical texts define abbreviations (`chronic liver disease (CLD)`) and then use them in sentences that do not tell
//! what they mean; and a medicine recognised in one sentence is the same medicine in the next. So after the sentences
//! have been tagged one by one, distinctive words vote: an abbreviation takes the label of what it stands for, and a
//! distinctive word that was tagged in most places, or with great certainty, is tagged in all.

use std::collections::HashMap;
use std::ops::Range;

use crate::labels::EntityLabel;
use crate::tokens::{Case, Class, Gap, Token, Tokens};

/// What the tagger found, with tokens of the whole text.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged {
    /// What it is.
    pub label: EntityLabel,
    /// Its tokens.
    pub tokens: Range<usize>,
    /// How sure it is, from 0 to 1.
    pub score: f32,
}

/// Votes for one word.
#[derive(Clone, Copy, Default)]
struct Vote {
    /// Sum of scores for each label that can spread.
    scores: [f32; SPREADING.len()],
    /// The label that a definition gives, as its position in [`SPREADING`], plus one.
    defined: u8,
    /// How often the word stands in the text.
    count: u32,
}

/// Labels that spread. The others mean something only where they stand.
const SPREADING: [EntityLabel; 5] = [
    EntityLabel::Condition,
    EntityLabel::Medication,
    EntityLabel::Test,
    EntityLabel::Procedure,
    EntityLabel::Treatment,
];
/// The share of a word's places that must be tagged before the others are too.
const SHARE: f32 = 0.34;

/// Tags distinctive words everywhere, in what was found in all sentences of a text, in order.
pub fn spread(tokens: &Tokens, sentences: &[Range<usize>], found: &mut Vec<Tagged>) {
    let mut votes: HashMap<&[u8], Vote> = HashMap::new();
    for tagged in found.iter() {
        let Some(label) = position(tagged.label) else {
            continue;
        };
        let end = tagged.tokens.end;
        if tagged.tokens.len() == 1 && is_distinctive(&tokens.all()[tagged.tokens.start], tagged.label) {
            votes.entry(tokens.folded(tagged.tokens.start)).or_default().scores[label] += tagged.score;
        }
        // `long form (LF)`
        if tokens.word(end) == b"("
            && tokens.get(end + 1).is_some_and(is_abbreviation)
            && matches!(tokens.word(end + 2), b")" | b"," | b";")
        {
            votes.entry(tokens.folded(end + 1)).or_default().defined = label as u8 + 1;
        }
    }
    if votes.is_empty() {
        return;
    }
    let mut lengths = [0u32; 256];
    for word in votes.keys() {
        lengths[first_byte(word)] |= length_bit(word);
    }
    // Most words differ from all that vote in the first letter or the length.
    let could_vote = |index: usize| {
        let word = tokens.folded(index);
        lengths[first_byte(word)] & length_bit(word) != 0
            && is_distinctive(&tokens.all()[index], EntityLabel::Medication)
    };
    for index in (0..tokens.len()).filter(|&index| could_vote(index)) {
        if let Some(vote) = votes.get_mut(tokens.folded(index)) {
            vote.count += 1;
        }
    }
    let mut added = Vec::new();
    let mut next = 0;
    for sentence in sentences {
        for index in sentence.clone() {
            while next < found.len() && found[next].tokens.end <= index {
                next += 1;
            }
            if !could_vote(index) {
                continue;
            }
            let token = &tokens.all()[index];
            let Some((label, score)) = votes.get(tokens.folded(index)).and_then(Vote::winner) else {
                continue;
            };
            if !is_distinctive(token, label) {
                continue;
            }
            match found.get_mut(next).filter(|tagged| tagged.tokens.contains(&index)) {
                // A definition says what a lone abbreviation is.
                Some(tagged)
                    if tagged.tokens.len() == 1 && is_abbreviation(token) && position(tagged.label).is_some() =>
                {
                    tagged.label = label;
                }
                Some(_) => {}
                None if !is_part(tokens, index, sentence) => added.push(Tagged {
                    label,
                    tokens: index..index + 1,
                    score,
                }),
                None => {}
            }
        }
    }
    if !added.is_empty() {
        found.append(&mut added);
        found.sort_by_key(|tagged| tagged.tokens.start);
    }
}

impl Vote {
    /// The label that the word gets, and the score of places that were not tagged.
    fn winner(&self) -> Option<(EntityLabel, f32)> {
        if let Some(label) = self.defined.checked_sub(1) {
            return Some((SPREADING[usize::from(label)], 0.8));
        }
        let mut best = 0;
        for label in 1..SPREADING.len() {
            if self.scores[label] > self.scores[best] {
                best = label;
            }
        }
        let share = self.scores[best] / self.count as f32;
        (share >= SHARE).then(|| (SPREADING[best], share.min(0.95)))
    }
}

fn first_byte(word: &[u8]) -> usize {
    usize::from(word.first().copied().unwrap_or(0))
}

fn length_bit(word: &[u8]) -> u32 {
    1 << word.len().min(31)
}

fn position(label: EntityLabel) -> Option<usize> {
    SPREADING.iter().position(|&other| other == label)
}

/// Whether the token could be an abbreviation: capitals, perhaps with digits.
fn is_abbreviation(token: &Token) -> bool {
    let length = token.end - token.start;
    token.class == Class::Word && (2..=8).contains(&length) && matches!(token.case, Case::Upper | Case::Mixed)
}

/// Whether the word means the same wherever it stands: an abbreviation, or a long word for a medicine.
fn is_distinctive(token: &Token, label: EntityLabel) -> bool {
    is_abbreviation(token)
        || label == EntityLabel::Medication && token.class == Class::Word && token.end - token.start >= 6
}

/// Whether a hyphen makes the token a part of a longer word.
fn is_part(tokens: &Tokens, index: usize, sentence: &Range<usize>) -> bool {
    let glued = |index: usize| tokens.get(index).is_some_and(|token| token.gap == Gap::None);
    let hyphen = |index: usize| matches!(tokens.word(index), b"-" | b"/");
    let before = index > sentence.start && hyphen(index - 1) && glued(index) && glued(index - 1);
    let after = index + 1 < sentence.end && hyphen(index + 1) && glued(index + 1) && glued(index + 2);
    before || after
}
