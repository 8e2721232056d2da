//! Links attributes to what they describe.
//!
//! Within a sentence each attribute goes to one mention of a kind that can have it (a time or a place to all mentions of
//! the list beside it). Which one follows from the order of words: doses stand behind their medicine, or directly
//! before it; qualities before their condition, or behind `is` and `was`; results behind their test, adjectives before
//! it; a body part directly before its condition, or behind a preposition.

use std::ops::Range;

use crate::Type;
use crate::attributes::Piece;
use crate::tokens::{Class, Tokens};

/// A mention that attributes can belong to.
#[derive(Clone, Debug)]
pub struct Mention {
    /// What it is. Times are [`Type::TimeExpression`] until their head is known.
    pub kind: Type,
    /// Its tokens.
    pub tokens: Range<usize>,
    /// How sure it is, from 0 to 1.
    pub score: f32,
}

/// A link from an attribute to a mention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Position of the mention in the list of mentions.
    pub mention: usize,
    /// How sure the link is, from 0 to 1.
    pub score: f32,
}

/// The mentions of a sentence with what stands between them.
pub struct Linker<'a> {
    tokens: &'a Tokens,
    mentions: &'a [Mention],
    pieces: &'a [Piece],
    sentence: Range<usize>,
}

/// Words that join a list.
const JOINS: &[&[u8]] = &[b",", b"and", b"or", b"/", b"and/or", b"with", b"as", b"well"];
/// Prepositions of place.
const PLACES: &[&[u8]] = &[
    b"in",
    b"of",
    b"on",
    b"over",
    b"at",
    b"to",
    b"involving",
    b"along",
    b"within",
    b"around",
    b"near",
    b"from",
    b"into",
    b"affecting",
    b"above",
    b"below",
    b"through",
    b"under",
    b"across",
    b"throughout",
    b"between",
    b"the",
];

impl<'a> Linker<'a> {
    /// For the sentence with these mentions and pieces, each in order.
    pub fn new(tokens: &'a Tokens, sentence: Range<usize>, mentions: &'a [Mention], pieces: &'a [Piece]) -> Linker<'a> {
        Linker {
            tokens,
            mentions,
            pieces,
            sentence,
        }
    }

    /// The mention that a piece belongs to, if there is one.
    pub fn link(&self, piece: usize) -> Option<Link> {
        let at = &self.pieces[piece];
        match at.kind {
            Type::Dosage | Type::Strength | Type::Form | Type::RouteOrMode | Type::Rate => self.dose(at, false),
            Type::Frequency | Type::Duration => self.dose(at, true),
            Type::Amount => self.nearest(&at.tokens, 10, is_habit),
            Type::TestValue => self.value(at),
            Type::TestUnit => self.unit(piece),
            Type::Acuity | Type::Quality => self.quality(at),
            Type::Direction => self.direction(at),
            _ => None,
        }
    }

    /// The condition that the body part at `mention` locates.
    pub fn located(&self, mention: usize) -> Option<Link> {
        let site = &self.mentions[mention].tokens;
        let condition = |kind: Type| kind == Type::DxName;
        let next = self.next(site.end, condition);
        if let Some((index, gap)) = next {
            let between = site.end..self.mentions[index].tokens.start;
            if self.is_filler(between.clone(), |word| {
                matches!(word, b"-" | b"and" | b"," | b"or" | b"/")
            }) {
                return Some(link(index, 0.95, gap));
            }
        }
        if let Some((index, gap)) = self.previous(site.start, condition) {
            let between = self.mentions[index].tokens.end..site.start;
            let placed = between.clone().any(|token| PLACES.contains(&self.tokens.folded(token)));
            if gap <= 10 && placed && !self.breaks(between) {
                return Some(link(index, 0.9, gap));
            }
        }
        None
    }

    /// The mentions that the time at `mention` dates: the nearest, and those of the same list.
    pub fn dated(&self, mention: usize, out: &mut Vec<Link>) {
        let time = &self.mentions[mention].tokens;
        let dateable = |kind: Type| kind.time_to().is_some();
        let previous = self.previous(time.start, dateable);
        let next = self.next(time.end, dateable);
        let (index, gap) = match (previous, next) {
            (Some(previous), Some(next)) => {
                // A comma before the time ties it to what follows.
                let parted = self.word(time.start.wrapping_sub(1)) == b"," && time.start > self.sentence.start;
                let head_of_clause = time.start == self.sentence.start;
                if head_of_clause
                    || next.1 < previous.1 && !self.breaks(time.end..self.mentions[next.0].tokens.start)
                    || parted && next.1 <= 6
                {
                    next
                } else {
                    previous
                }
            }
            (Some(found), None) | (None, Some(found)) => found,
            (None, None) => return,
        };
        if gap > 25 {
            return;
        }
        out.push(link(index, 0.9, gap));
        let kind = self.mentions[index].kind;
        let listed = |a: usize, b: usize| {
            let between = self.mentions[a].tokens.end..self.mentions[b].tokens.start;
            self.mentions[b].kind == kind && self.is_filler(between, |word| JOINS.contains(&word))
        };
        let backwards = self.mentions[index].tokens.start < time.start;
        let mut last = index;
        loop {
            let beside = if backwards {
                last.checked_sub(1)
            } else {
                Some(last + 1).filter(|&next| next < self.mentions.len())
            };
            let Some(beside) = beside else { return };
            let joined = if backwards {
                listed(beside, last) && self.mentions[beside].kind == kind
            } else {
                listed(last, beside)
            };
            if !joined {
                return;
            }
            out.push(link(beside, 0.8, gap));
            last = beside;
        }
    }

    fn dose(&self, piece: &Piece, habits: bool) -> Option<Link> {
        let taken = |kind: Type| {
            kind.is_medication()
                || kind == Type::TreatmentName
                || kind == Type::Allergies && !habits
                || habits && is_habit(kind)
        };
        let at = &piece.tokens;
        let previous = self.previous(at.start, taken);
        let next = self.next(at.end, taken);
        if let Some((index, gap)) = next {
            let close = gap <= 3
                && self.is_filler(at.end..self.mentions[index].tokens.start, |word| {
                    matches!(word, b"of" | b"-" | b"the")
                });
            let parted = previous.is_none_or(|(before, distance)| {
                distance > 0 && (distance > 6 || self.parts(self.mentions[before].tokens.end..at.start))
            });
            if close && parted {
                return Some(link(index, 0.95, gap));
            }
        }
        if let Some((index, gap)) = previous
            && gap <= 25
        {
            return Some(link(index, 0.97, gap));
        }
        next.filter(|&(_, gap)| gap <= 8)
            .map(|(index, gap)| link(index, 0.8, gap))
    }

    fn value(&self, piece: &Piece) -> Option<Link> {
        let at = &piece.tokens;
        let test = |kind: Type| kind == Type::TestName;
        let previous = self.previous(at.start, test);
        let next = self.next(at.end, test);
        let numeric = at.clone().any(|token| self.tokens.all()[token].class == Class::Number);
        if let Some((index, gap)) = next {
            let parted = previous.is_none_or(|(before, distance)| {
                distance > 0 && (distance > 8 || self.parts(self.mentions[before].tokens.end..at.start))
            });
            let close = if numeric {
                self.is_filler(at.end..self.mentions[index].tokens.start, |word| {
                    matches!(word, b"of" | b"-")
                })
            } else {
                gap <= 2
            };
            if close && parted && !(numeric && previous.is_some_and(|(_, distance)| distance < 4)) {
                return Some(link(index, 0.9, gap));
            }
        }
        if let Some((index, gap)) = previous
            && gap <= 20
        {
            return Some(link(index, 0.95, gap));
        }
        next.filter(|&(_, gap)| gap <= 10)
            .map(|(index, gap)| link(index, 0.75, gap))
    }

    /// A unit goes with the value before it.
    fn unit(&self, piece: usize) -> Option<Link> {
        let at = &self.pieces[piece].tokens;
        let value = self.pieces[..piece]
            .iter()
            .rposition(|before| before.kind == Type::TestValue)?;
        let gap = at.start - self.pieces[value].tokens.end;
        if gap > 2 { None } else { self.value(&self.pieces[value]) }
    }

    fn quality(&self, piece: &Piece) -> Option<Link> {
        let at = &piece.tokens;
        let condition = |kind: Type| kind == Type::DxName;
        let next = self.next(at.end, condition);
        let previous = self.previous(at.start, condition);
        if let Some((index, gap)) = next
            && gap <= 8
            && !self.breaks(at.end..self.mentions[index].tokens.start)
        {
            let asserted = previous.is_some_and(|(before, _)| {
                let between = self.mentions[before].tokens.end..at.start;
                between
                    .clone()
                    .any(|token| matches!(self.word(token), b"is" | b"was" | b"were" | b"are" | b"became"))
                    && !self.parts(between)
            });
            if gap <= 1 || !asserted {
                return Some(link(index, 0.95, gap));
            }
        }
        if let Some((index, gap)) = previous
            && gap <= 8
        {
            return Some(link(index, 0.85, gap));
        }
        next.filter(|&(_, gap)| gap <= 12)
            .map(|(index, gap)| link(index, 0.7, gap))
    }

    fn direction(&self, piece: &Piece) -> Option<Link> {
        let at = &piece.tokens;
        let sided = |kind: Type| matches!(kind, Type::SystemOrganSite | Type::DxName);
        if let Some(index) = self
            .mentions
            .iter()
            .position(|mention| sided(mention.kind) && mention.tokens.start <= at.start && at.end <= mention.tokens.end)
        {
            return Some(link(index, 0.98, 0));
        }
        if let Some((index, gap)) = self.next(at.end, sided)
            && gap <= 3
            && self.is_filler(at.end..self.mentions[index].tokens.start, |word| {
                matches!(word, b"-" | b"and" | b"," | b"sided" | b"/")
            })
        {
            return Some(link(index, 0.95, gap));
        }
        self.previous(at.start, sided)
            .filter(|&(_, gap)| gap <= 3)
            .map(|(index, gap)| link(index, 0.85, gap))
    }

    fn nearest(&self, at: &Range<usize>, reach: usize, wanted: impl Fn(Type) -> bool + Copy) -> Option<Link> {
        let previous = self.previous(at.start, wanted);
        let next = self.next(at.end, wanted);
        let (index, gap) = match (previous, next) {
            (Some(previous), Some(next)) if next.1 < previous.1 => next,
            (Some(found), _) | (None, Some(found)) => found,
            (None, None) => return None,
        };
        (gap <= reach).then(|| link(index, 0.9, gap))
    }

    /// The last mention of a wanted kind that ends before the token, and how many tokens lie between.
    fn previous(&self, token: usize, wanted: impl Fn(Type) -> bool) -> Option<(usize, usize)> {
        let before = self.mentions.partition_point(|mention| mention.tokens.start < token);
        self.mentions[..before]
            .iter()
            .rposition(|mention| wanted(mention.kind) && mention.tokens.end <= token)
            .map(|index| (index, token - self.mentions[index].tokens.end))
    }

    /// The first mention of a wanted kind that starts at the token or behind it, and how many tokens lie between.
    fn next(&self, token: usize, wanted: impl Fn(Type) -> bool) -> Option<(usize, usize)> {
        let from = self.mentions.partition_point(|mention| mention.tokens.start < token);
        self.mentions[from..]
            .iter()
            .position(|mention| wanted(mention.kind))
            .map(|offset| (from + offset, self.mentions[from + offset].tokens.start - token))
    }

    fn word(&self, token: usize) -> &'a [u8] {
        self.tokens.word(token)
    }

    /// Whether every token is a word that `allowed` allows, a part of another piece, or of a modifier.
    fn is_filler(&self, range: Range<usize>, allowed: impl Fn(&[u8]) -> bool) -> bool {
        range
            .clone()
            .all(|token| allowed(self.word(token)) || self.pieces.iter().any(|piece| piece.tokens.contains(&token)))
    }

    /// Whether a conjunction or a mark parts what is on both sides.
    fn parts(&self, range: Range<usize>) -> bool {
        range.clone().any(|token| {
            matches!(
                self.word(token),
                b"," | b"and" | b"or" | b";" | b"with" | b"then" | b"but" | b"plus" | b"followed"
            )
        })
    }

    /// Whether a verb or a mark makes both sides different clauses.
    fn breaks(&self, range: Range<usize>) -> bool {
        range.clone().any(|token| {
            matches!(
                self.word(token),
                b";" | b":" | b"but" | b"was" | b"were" | b"had" | b"which" | b"showed" | b"revealed"
            )
        })
    }
}

fn is_habit(kind: Type) -> bool {
    matches!(kind, Type::TobaccoUse | Type::AlcoholConsumption | Type::RecDrugUse)
}

/// Links get less sure with the number of tokens between.
fn link(mention: usize, base: f32, gap: usize) -> Link {
    Link {
        mention,
        score: (base - 0.02 * gap.min(20) as f32).max(0.4),
    }
}
