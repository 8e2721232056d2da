//! Assertion: what the context says of a mention.

pub mod rules;
pub mod sections;

use std::ops::Range;

use crate::tokens::{Gap, Tokens};
use crate::{Trait, TraitName, Type, rounded};
use rules::{Effect, RULES, Targets};
use sections::Section;

/// The score of a negation by a minus sign.
const SIGNED: f32 = 0.85;

/// The rules, ready for use.
pub struct Assertion {
    /// Phrases by the first letter and the length of their first word, see [`Assertion::list`].
    starts: Vec<Vec<Start>>,
}

/// Phrases with the same first word, the longest first.
struct Start {
    word: Vec<u8>,
    phrases: Vec<Phrase>,
}

struct Phrase {
    /// The words after the first.
    rest: Vec<Vec<u8>>,
    group: usize,
}

/// A phrase found in a sentence.
#[derive(Clone, Copy, Debug)]
struct Cue {
    start: usize,
    end: usize,
    group: usize,
}

/// The phrases of one sentence. Keep it and read the next sentence into it.
#[derive(Default)]
pub struct Cues {
    found: Vec<Cue>,
}

impl Assertion {
    /// Prepares the rules.
    pub fn new() -> Assertion {
        let mut starts: Vec<Vec<Start>> = Vec::new();
        starts.resize_with(256 * LENGTHS, Vec::new);
        let mut tokens = Tokens::default();
        for (group, rules) in RULES.iter().enumerate() {
            for phrase in rules.phrases {
                tokens.read(phrase);
                let mut words = (0..tokens.len()).map(|index| tokens.folded(index).to_vec());
                let Some(first) = words.next() else { continue };
                let list = &mut starts[list_of(&first)];
                let found = list.iter().position(|start| start.word == first);
                let place = found.unwrap_or(list.len());
                if found.is_none() {
                    list.push(Start {
                        word: first,
                        phrases: Vec::new(),
                    });
                }
                list[place].phrases.push(Phrase {
                    rest: words.collect(),
                    group,
                });
            }
        }
        for start in starts.iter_mut().flatten() {
            start
                .phrases
                .sort_by_key(|phrase| (std::cmp::Reverse(phrase.rest.len()), phrase.group));
        }
        Assertion { starts }
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        let of_phrase = |phrase: &Phrase| {
            size_of::<Phrase>()
                + phrase
                    .rest
                    .iter()
                    .map(|word| size_of::<Vec<u8>>() + word.capacity())
                    .sum::<usize>()
        };
        let of_start = |start: &Start| {
            size_of::<Start>() + start.word.capacity() + start.phrases.iter().map(of_phrase).sum::<usize>()
        };
        self.starts.capacity() * size_of::<Vec<Start>>() + self.starts.iter().flatten().map(of_start).sum::<usize>()
    }

    /// Finds the phrases of a sentence. A phrase can be in several groups: what it says depends on the mention.
    pub fn read(&self, tokens: &Tokens, sentence: Range<usize>, cues: &mut Cues) {
        cues.found.clear();
        let mut index = sentence.start;
        while index < sentence.end {
            let mut next = index + 1;
            let word = tokens.folded(index);
            let start = self.starts[list_of(word)].iter().find(|start| start.word == word);
            if let Some(Start { phrases: list, .. }) = start {
                let matches = |phrase: &&Phrase| {
                    phrase.rest.len() < sentence.end - index
                        && phrase
                            .rest
                            .iter()
                            .enumerate()
                            .all(|(offset, word)| plain(tokens.folded(index + 1 + offset)) == word.as_slice())
                };
                if let Some(longest) = list.iter().find(matches) {
                    let length = longest.rest.len();
                    next = index + 1 + length;
                    for phrase in list.iter().filter(|phrase| phrase.rest.len() == length).filter(matches) {
                        cues.found.push(Cue {
                            start: index,
                            end: next,
                            group: phrase.group,
                        });
                    }
                }
            }
            index = next;
        }
    }

    /// What the context says of the mention at `target` in the sentence that was read.
    pub fn assess(
        &self,
        tokens: &Tokens,
        cues: &Cues,
        section: Section,
        target: Range<usize>,
        kind: Type,
        out: &mut Vec<Trait>,
    ) {
        let Some(of) = targets(kind) else { return };
        let mut best = [0.0f32; TraitName::ALL.len()];
        for cue in &cues.found {
            let group = &RULES[cue.group];
            if !group.targets.any(of) {
                continue;
            }
            let (name, between) = match group.effect {
                Effect::After(name) if cue.end <= target.start => (name, cue.end..target.start),
                Effect::Before(name) if cue.start >= target.end => (name, target.end..cue.start),
                _ => continue,
            };
            if between.len() > group.reach || cues.ended(&between, group.effect, tokens) {
                continue;
            }
            let score = group.score - 0.004 * between.len() as f32;
            let slot = &mut best[name as usize];
            *slot = slot.max(score);
        }
        for (name, score) in section.says(of) {
            let slot = &mut best[name as usize];
            *slot = slot.max(score);
        }
        if of.any(Targets::CONDITION) {
            match sign(tokens, target.start) {
                Some(b"-") => best[TraitName::Negation as usize] = SIGNED,
                Some(b"+") => best[TraitName::Negation as usize] = 0.0,
                _ => {}
            }
        }
        settle(&mut best, kind);
        out.extend(
            TraitName::ALL
                .into_iter()
                .zip(best)
                .filter(|&(_, score)| score > 0.0)
                .map(|(name, score)| Trait {
                    name,
                    score: rounded(score),
                }),
        );
    }
}

/// The apostrophe of printed text is that of the rules.
fn plain(word: &[u8]) -> &[u8] {
    if word == "\u{2019}".as_bytes() { b"'" } else { word }
}

/// The sign that says whether the mention is there, as in `+cough, -fever`: glued to it, not to what is before. At the
/// start of a line it is a bullet.
fn sign(tokens: &Tokens, target: usize) -> Option<&[u8]> {
    let sign = target.checked_sub(1)?;
    let stands = tokens.all()[target].gap == Gap::None && tokens.all()[sign].gap == Gap::Space;
    stands.then(|| tokens.folded(sign))
}

/// Lengths of first words that are told apart; longer ones share a list.
const LENGTHS: usize = 32;

/// The list that holds the phrases that start with the word.
fn list_of(word: &[u8]) -> usize {
    usize::from(word.first().copied().unwrap_or(0)) * LENGTHS + word.len().min(LENGTHS - 1)
}

/// Which cues win where they contradict one another.
fn settle(best: &mut [f32; TraitName::ALL.len()], kind: Type) {
    let mut clear = |name: TraitName| best[name as usize] = 0.0;
    if kind == Type::DxName {
        clear(TraitName::PastHistory);
        clear(TraitName::Future);
    }
    let has = |best: &[f32; TraitName::ALL.len()], name: TraitName| best[name as usize] > 0.0;
    // What is not there, planned or somebody else's was not done before; what is to be done is more than an idea.
    if has(best, TraitName::Negation) {
        best[TraitName::PastHistory as usize] = 0.0;
        best[TraitName::Future as usize] = 0.0;
    }
    if has(best, TraitName::Hypothetical) {
        best[TraitName::LowConfidence as usize] = 0.0;
        best[TraitName::Future as usize] = 0.0;
    }
}

impl Cues {
    /// Whether a terminator stands in `between`, the tokens from the cue to the mention.
    fn ended(&self, between: &Range<usize>, effect: Effect, tokens: &Tokens) -> bool {
        let inside = |cue: &&Cue| between.start <= cue.start && cue.end <= between.end;
        if self
            .found
            .iter()
            .filter(inside)
            .any(|cue| RULES[cue.group].effect == Effect::Ends && !carries_on(effect, tokens.folded(cue.start)))
        {
            return true;
        }
        // A colon starts something new unless it follows the cue, or lists what might be.
        let lists = matches!(effect, Effect::After(TraitName::Hypothetical));
        !lists && between.clone().skip(1).any(|token| tokens.folded(token) == b":")
    }
}

/// Verbs and relatives end what negates a list, not what says whose history it is or what might be.
fn carries_on(effect: Effect, word: &[u8]) -> bool {
    match effect {
        Effect::After(TraitName::PertainsToFamily) => {
            !matches!(word, b"but" | b"however" | b"patient" | b"he" | b"she" | b";")
        }
        Effect::After(TraitName::Hypothetical) => matches!(
            word,
            b"with"
                | b"has"
                | b"had"
                | b"was"
                | b"were"
                | b"is"
                | b"are"
                | b"she"
                | b"he"
                | b"they"
                | b"patient"
                | b"developed"
                | b"noted"
                | b"found"
                | b"due"
        ),
        Effect::After(TraitName::PastHistory | TraitName::Future | TraitName::LowConfidence) => {
            matches!(word, b"with" | b"is" | b"are")
        }
        Effect::Before(_) => matches!(word, b"with" | b"was" | b"were" | b"is" | b"are" | b"has" | b"had"),
        _ => false,
    }
}

fn targets(kind: Type) -> Option<Targets> {
    Some(match kind {
        Type::DxName => Targets::CONDITION,
        Type::GenericName | Type::BrandName => Targets::MEDICATION,
        Type::ProcedureName | Type::TreatmentName => Targets::TREATMENT,
        Type::TestName => Targets::TEST,
        Type::TobaccoUse | Type::AlcoholConsumption | Type::RecDrugUse | Type::Allergies => Targets::HABIT,
        _ => return None,
    })
}
