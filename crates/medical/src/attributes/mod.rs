//! Attributes by grammar: how medicines are taken, units of results, amounts of what is smoked and drunk.
//!
//! Prescription language is a small formal language, so a grammar reads it better than a model trained on little data.
//! Each reader stands at a token and says where its phrase ends; the scan takes the first that reads something and goes
//! on behind it. What a piece belongs to is the business of [`crate::linker`].

mod frequency;
mod numbers;
mod vocabulary;

use std::ops::Range;

use crate::Type;
use crate::tokens::{Case, Class, Gap, Tokens};
use numbers::quantity;
use vocabulary::{DOTTED_ROUTES, FORMS, MULTIWORD_FORMS, ROUTE_PHRASES, ROUTES};

/// A piece of text that could be an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// What it would be.
    pub kind: Type,
    /// Its tokens.
    pub tokens: Range<usize>,
    /// How sure it is what it is, from 0 to 1.
    pub score: f32,
}

/// Reads a sentence. Pieces come in order and do not overlap.
pub fn find(tokens: &Tokens, sentence: &Range<usize>, out: &mut Vec<Piece>) {
    let reader = Reader {
        tokens,
        end: sentence.end,
    };
    let mut at = sentence.start;
    while at < sentence.end {
        let read = reader
            .amount(at)
            .or_else(|| reader.count(at, sentence.start))
            .or_else(|| frequency::read(&reader, at).map(|end| (Type::Frequency, end, 0.95)))
            .or_else(|| reader.duration(at))
            .or_else(|| reader.route(at))
            .or_else(|| reader.form(at));
        match read {
            Some((kind, end, score)) => {
                out.push(Piece {
                    kind,
                    tokens: at..end,
                    score,
                });
                at = end;
            }
            None => at += 1,
        }
    }
}

/// The unit of a result that starts at the token `at` of a sentence ending before `end`.
pub fn test_unit(tokens: &Tokens, at: usize, end: usize) -> Option<usize> {
    vocabulary::test_unit(&Reader { tokens, end }, at)
}

/// A plain result: a number with its sign and fraction, such as `>2.5` or `120/80`.
pub fn plain_value(tokens: &Tokens, at: usize, end: usize) -> Option<usize> {
    let reader = Reader { tokens, end };
    let mut from = at;
    while from < end && matches!(reader.word(from), b"<" | b">" | b"=" | b"+" | b"~") {
        from += 1;
    }
    if reader.class(from) != Some(Class::Number) {
        return None;
    }
    let mut last = from + 1;
    while matches!(reader.word(last), b"/" | b"-") && reader.class(last + 1) == Some(Class::Number) {
        last += 2;
    }
    Some(last)
}

type Read = Option<(Type, usize, f32)>;

/// The tokens of a sentence. Beyond its end there is nothing.
struct Reader<'t> {
    tokens: &'t Tokens,
    end: usize,
}

impl<'t> Reader<'t> {
    fn word(&self, at: usize) -> &'t [u8] {
        if at < self.end { self.tokens.folded(at) } else { &[] }
    }

    fn class(&self, at: usize) -> Option<Class> {
        (at < self.end).then(|| self.tokens.all()[at].class)
    }

    fn case(&self, at: usize) -> Option<Case> {
        (at < self.end).then(|| self.tokens.all()[at].case)
    }

    fn glued(&self, at: usize) -> bool {
        at < self.end && self.tokens.all()[at].gap == Gap::None
    }

    /// The letters of a dotted abbreviation such as `b.i.d.` without their dots, and where it ends.
    fn dotted(&self, at: usize) -> Option<([u8; 4], usize)> {
        let mut letters = [0; 4];
        let mut count = 0;
        let mut next = at;
        while let ([letter], true) = (self.word(next), count < letters.len())
            && letter.is_ascii_lowercase()
            && self.word(next + 1) == b"."
            && self.glued(next + 1)
            && (next == at || self.glued(next))
        {
            letters[count] = *letter;
            count += 1;
            next += 2;
        }
        if count == 0 {
            return None;
        }
        // The last letter may lack its dot.
        if let ([letter], true) = (self.word(next), self.glued(next))
            && count < letters.len()
            && letter.is_ascii_lowercase()
        {
            letters[count] = *letter;
            count += 1;
            next += 1;
        }
        (count >= 2).then_some((letters, next))
    }

    /// `40 mg`, `2 puffs`, `0.1 mcg/kg/min`, `5 liters per minute`, `2 %`.
    fn amount(&self, at: usize) -> Read {
        let number_end = quantity(self, at)?;
        let mut next = number_end;
        if self.word(next) == b"-" && self.glued(next) {
            next += 1;
        }
        if matches!(self.word(next), b"million" | b"international") {
            next += 1;
        }
        if !vocabulary::UNITS.contains(self.word(next)) {
            return None;
        }
        let concentration = self.word(next) == b"%";
        next += 1;
        let (mut kind, mut strength) = (Type::Dosage, concentration);
        while matches!(self.word(next), b"/" | b"per") {
            let below = self.word(next + 1);
            if matches!(below, b"h" | b"hr" | b"hour" | b"min" | b"minute") {
                kind = Type::Rate;
            } else if self.word(next) == b"per" {
                break;
            } else if matches!(
                below,
                b"ml" | b"l" | b"actuation" | b"spray" | b"puff" | b"tablet" | b"tab" | b"cap"
            ) {
                strength = true;
            } else if !vocabulary::PER.contains(below) && self.class(next + 1) != Some(Class::Number) {
                // `mg/dL` and the like: a result, not a dose.
                return None;
            }
            next += 2;
        }
        if strength && kind == Type::Dosage {
            kind = Type::Strength;
        }
        Some((kind, next, 0.95))
    }

    /// A number of tablets, drinks or packs: `2` of `2 tabs`, `one bottle`, `three` of `take three bid`.
    fn count(&self, at: usize, first: usize) -> Read {
        if let Some(end) = vocabulary::consumption(self, at) {
            return Some((Type::Amount, end, 0.9));
        }
        let end = quantity(self, at)?;
        let follows = self.word(end);
        let before = at
            .checked_sub(1)
            .filter(|&before| before >= first)
            .map_or(&b""[..], |before| self.word(before));
        let form = vocabulary::COUNTED_FORMS.contains(follows);
        let taken = matches!(
            before,
            b"take" | b"takes" | b"taking" | b"use" | b"apply" | b"inhale" | b"give" | b"taken"
        ) && (self.route(end).is_some() || frequency::read(self, end).is_some());
        (form || taken).then_some((Type::Dosage, end, 0.9))
    }

    /// `for 2 weeks`, `x14 days`, `10-day course`, `lifelong`.
    fn duration(&self, at: usize) -> Read {
        let word = self.word(at);
        if matches!(word, b"lifelong" | b"indefinitely") {
            return Some((Type::Duration, at + 1, 0.9));
        }
        if matches!(word, b"long" | b"short") && self.word(at + 1) == b"-" && self.word(at + 2) == b"term" {
            return Some((Type::Duration, at + 3, 0.7));
        }
        if word == b"since" && self.word(at + 1) == b"age" && self.class(at + 2) == Some(Class::Number) {
            return Some((Type::Duration, at + 3, 0.85));
        }
        // `x7d`, `x14 days`
        if let [b'x', rest @ ..] = word
            && rest.first().is_some_and(u8::is_ascii_digit)
        {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if vocabulary::PERIODS.contains(&rest[digits..]) {
                return Some((Type::Duration, at + 1, 0.9));
            }
            if digits == rest.len() && vocabulary::PERIODS.contains(self.word(at + 1)) {
                return Some((Type::Duration, at + 2, 0.9));
            }
        }
        if matches!(word, b"for" | b"x" | b"over" | b"\xc3\x97") {
            let mut next = at + 1;
            for filler in [
                &b"a"[..],
                b"total",
                b"of",
                b"the",
                b"next",
                b"another",
                b"about",
                b"approximately",
                b"at",
                b"least",
            ] {
                if self.word(next) == filler && quantity(self, next).is_none() {
                    next += 1;
                }
            }
            let next = quantity(self, next)?;
            let next = if matches!(self.word(next), b"more" | b"full" | b"additional") {
                next + 1
            } else {
                next
            };
            return vocabulary::PERIODS
                .contains(self.word(next))
                .then_some((Type::Duration, next + 1, 0.9));
        }
        let number_end = quantity(self, at)?;
        let next = number_end + usize::from(self.word(number_end) == b"-");
        (vocabulary::PERIODS.contains(self.word(next))
            && matches!(self.word(next + 1), b"course" | b"cycle" | b"supply"))
        .then_some((Type::Duration, next + 2, 0.85))
    }

    /// `by mouth`, `IV`, `p.o.`, `intravenous infusion`.
    fn route(&self, at: usize) -> Read {
        if let Some((letters, end)) = self.dotted(at)
            && DOTTED_ROUTES.contains(letters.split(|&byte| byte == 0).next()?)
        {
            return Some((Type::RouteOrMode, end, 0.95));
        }
        if let Some(length) = ROUTE_PHRASES.longest(|offset| self.word(at + offset)) {
            return Some((Type::RouteOrMode, at + length, 0.95));
        }
        let word = self.word(at);
        if !ROUTES.contains(word) {
            return None;
        }
        // Short ones are also words or units: `im` and `pr` are routes in capitals, or after a dose.
        let shouted = matches!(self.case(at), Some(Case::Upper));
        if word.len() == 2 && !shouted && !matches!(word, b"po" | b"iv" | b"sq" | b"sl") {
            return None;
        }
        let mut end = at + 1;
        if matches!(
            self.word(end),
            b"infusion" | b"infusions" | b"injection" | b"injections" | b"push" | b"drip" | b"bolus"
        ) {
            end += 1;
        }
        Some((Type::RouteOrMode, end, 0.9))
    }

    /// `tablets`, `XR`, `eye drops`.
    fn form(&self, at: usize) -> Read {
        if let Some(length) = MULTIWORD_FORMS.longest(|offset| self.word(at + offset)) {
            return Some((Type::Form, at + length, 0.9));
        }
        let word = self.word(at);
        if !FORMS.contains(word) || word.len() == 2 && self.case(at) != Some(Case::Upper) {
            return None;
        }
        Some((Type::Form, at + 1, 0.9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(&str, &'static str)> {
        let mut tokens = Tokens::default();
        tokens.read(text);
        let mut pieces = Vec::new();
        for sentence in tokens.sentences() {
            find(&tokens, sentence, &mut pieces);
        }
        pieces
            .iter()
            .map(|piece| (&text[tokens.bytes_of(piece.tokens.clone())], piece.kind.name()))
            .collect()
    }

    #[test]
    fn prescriptions() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            (
                "lisinopril 10 mg PO daily",
                &[("10 mg", "DOSAGE"), ("PO", "ROUTE_OR_MODE"), ("daily", "FREQUENCY")],
            ),
            (
                "torsemide 100mgs p.o. b.i.d. for 2 weeks",
                &[
                    ("100mgs", "DOSAGE"),
                    ("p.o.", "ROUTE_OR_MODE"),
                    ("b.i.d.", "FREQUENCY"),
                    ("for 2 weeks", "DURATION"),
                ],
            ),
            (
                "0.2 mgs - 1 and 1/2 tabs every 4-6 hours as needed",
                &[
                    ("0.2 mgs", "DOSAGE"),
                    ("1 and 1/2", "DOSAGE"),
                    ("tabs", "FORM"),
                    ("every 4-6 hours as needed", "FREQUENCY"),
                ],
            ),
            (
                "heparin 18 units/kg/hr, then 5 liters per minute",
                &[("18 units/kg/hr", "RATE"), ("5 liters per minute", "RATE")],
            ),
            (
                "hydrocortisone 2% cream q12h x14 days",
                &[
                    ("2%", "STRENGTH"),
                    ("cream", "FORM"),
                    ("q12h", "FREQUENCY"),
                    ("x14 days", "DURATION"),
                ],
            ),
            (
                "drinks two glasses of wine per week",
                &[("two glasses", "AMOUNT"), ("per week", "FREQUENCY")],
            ),
            (
                "methotrexate 400 mg/m2 IV push three times a day",
                &[
                    ("400 mg/m2", "DOSAGE"),
                    ("IV push", "ROUTE_OR_MODE"),
                    ("three times a day", "FREQUENCY"),
                ],
            ),
            ("glucose 110 mg/dL", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), *expected, "{text}");
        }
    }
}
