//! From the tagger's spans to mentions and pieces with the types of the engine.

use std::ops::Range;

use crate::assertion::sections::Section;
use crate::attributes::{self, Piece};
use crate::labels::EntityLabel;
use crate::linker::{Link, Mention};
use crate::terminology::{Classes, Matches, Terminology};
use crate::tokens::{Case, Class, Tokens};
use crate::votes::Tagged;
use crate::words::WordSet;
use crate::{Trait, TraitName, Type, rounded};

/// A sentence with what is known of it.
pub struct Reading<'a> {
    /// Tokens of the text.
    pub tokens: &'a Tokens,
    /// Phrases of the terminologies in it.
    pub matches: &'a Matches,
    /// The terminologies.
    pub terminology: &'a Terminology,
    /// The sentence.
    pub sentence: Range<usize>,
}

impl Reading<'_> {
    /// Sorts what the tagger found into mentions and pieces, both in order.
    pub fn sort(&self, found: &[Tagged], mentions: &mut Vec<Mention>, pieces: &mut Vec<Piece>) {
        for Tagged { label, tokens, score } in found.iter().cloned() {
            if self.is_other_sense(label, &tokens) {
                continue;
            }
            let (kind, is_piece) = self.kind(label, &tokens);
            if is_piece {
                pieces.push(Piece { kind, tokens, score });
            } else {
                mentions.push(Mention { kind, tokens, score });
            }
        }
    }

    /// Abbreviations of notes with a second sense: `Pt` is the patient, and the clotting time in capitals only; `RA` is
    /// room air behind `on`; `DOB`, `MRN` and `SSN` are fields of a note's head and no tests.
    fn is_other_sense(&self, label: EntityLabel, tokens: &Range<usize>) -> bool {
        if tokens.len() != 1 {
            return false;
        }
        let before = tokens
            .start
            .checked_sub(1)
            .map_or(&b""[..], |index| self.tokens.word(index));
        match self.tokens.folded(tokens.start) {
            b"pt" => label == EntityLabel::Test && self.tokens.all()[tokens.start].case != Case::Upper,
            b"ra" => label == EntityLabel::Condition && before == b"on",
            b"dob" | b"mrn" | b"ssn" => matches!(label, EntityLabel::Test | EntityLabel::Condition),
            _ => false,
        }
    }

    /// The type of a span, and whether it is an attribute.
    fn kind(&self, label: EntityLabel, tokens: &Range<usize>) -> (Type, bool) {
        match label {
            EntityLabel::Condition => (Type::DxName, false),
            EntityLabel::Medication => (self.medication(tokens), false),
            EntityLabel::Test => (Type::TestName, false),
            EntityLabel::Procedure => (Type::ProcedureName, false),
            EntityLabel::Treatment => (Type::TreatmentName, false),
            EntityLabel::Site => (Type::SystemOrganSite, false),
            EntityLabel::Time => (Type::TimeExpression, false),
            EntityLabel::Social => (self.habit(tokens).unwrap_or(Type::Allergies), false),
            EntityLabel::Demographic => {
                let origin = self.classes(tokens).any(Classes::ORIGIN);
                (if origin { Type::RaceEthnicity } else { Type::Gender }, false)
            }
            EntityLabel::Value => (Type::TestValue, true),
            EntityLabel::Modifier => {
                let classes = self.classes(tokens);
                let kind = if classes.any(Classes::ACUITY) {
                    Type::Acuity
                } else if classes.any(Classes::DIRECTION) {
                    Type::Direction
                } else {
                    Type::Quality
                };
                (kind, true)
            }
        }
    }

    /// Which habit the words of a range speak of; none if they speak of allergies.
    fn habit(&self, tokens: &Range<usize>) -> Option<Type> {
        tokens
            .clone()
            .filter_map(|token| self.matches.at(token))
            .find_map(|found| habit_of(found.classes))
    }

    /// A name that only trade names have is a trade name.
    fn medication(&self, tokens: &Range<usize>) -> Type {
        let whole = self.phrase(tokens);
        let classes = if whole.is_empty() { self.classes(tokens) } else { whole };
        if classes.any(Classes::BRAND) && !classes.any(Classes::GENERIC) {
            Type::BrandName
        } else if whole.any(Classes::DRUG_CLASS) && !whole.any(Classes::GENERIC.with(Classes::BRAND)) {
            Type::TreatmentName
        } else {
            Type::GenericName
        }
    }

    /// The classes of a range that is a phrase of the terminologies as a whole.
    fn phrase(&self, tokens: &Range<usize>) -> Classes {
        match self.matches.at(tokens.start) {
            Some(found) if (found.start as usize, found.end as usize) == (tokens.start, tokens.end) => found.classes,
            _ => self.terminology.phrase(self.tokens, tokens.clone()),
        }
    }

    /// The classes of the first phrase of the terminologies in a range.
    fn classes(&self, tokens: &Range<usize>) -> Classes {
        tokens
            .clone()
            .find_map(|token| self.matches.at(token))
            .map_or(Classes::NONE, |found| found.classes)
    }

    /// Adds the pieces that grammars and word lists find beside those of the tagger, and sorts them.
    pub fn add_pieces(&self, mentions: &mut Vec<Mention>, pieces: &mut Vec<Piece>) {
        let tagged = pieces.len();
        let dated = mentions.iter().any(|mention| takes_dose(mention.kind));
        let mut by_grammar = Vec::new();
        // Without a medicine or a habit only a dose on its own says something.
        let alone = mentions.is_empty() && self.sentence.clone().any(|token| self.tokens.all()[token].digits);
        if dated || alone {
            attributes::find(self.tokens, &self.sentence, &mut by_grammar);
        }
        self.add_results(mentions, pieces);
        self.add_modifiers(mentions, pieces);
        for piece in by_grammar {
            let over_mention = mentions
                .iter()
                .any(|mention| mention.kind != Type::TimeExpression && overlap(&mention.tokens, &piece.tokens));
            let over_time = mentions
                .iter()
                .any(|mention| mention.kind == Type::TimeExpression && overlap(&mention.tokens, &piece.tokens));
            let over_piece = pieces.iter().any(|other| overlap(&other.tokens, &piece.tokens));
            // How long and how often are times, unless they say so of a medicine or a habit.
            let of_medicine = dated && self.after_dose_taker(mentions, piece.tokens.start);
            if over_mention || over_piece || over_time && !of_medicine {
                continue;
            }
            if over_time {
                mentions
                    .retain(|mention| mention.kind != Type::TimeExpression || !overlap(&mention.tokens, &piece.tokens));
            }
            if dated || matches!(piece.kind, Type::Dosage | Type::Strength | Type::Rate) && mentions.is_empty() {
                pieces.push(piece);
            }
        }
        if pieces.len() > tagged || tagged > 1 {
            pieces.sort_by_key(|piece| (piece.tokens.start, piece.tokens.end));
        }
    }

    /// Adds habits that the tagger passed over: what is smoked anywhere, what is drunk or taken where it is said to be.
    pub fn add_habits(&self, section: Section, mentions: &mut Vec<Mention>) {
        const CUES: &[&[u8]] = &[
            b"drinks",
            b"drink",
            b"drank",
            b"drinking",
            b"consumes",
            b"uses",
            b"used",
            b"use",
            b"denies",
            b"no",
            b"quit",
            b"of",
            b"abuses",
            b"smokes",
            b"social",
        ];
        let mut added = false;
        let mut at = self.sentence.start;
        while at < self.sentence.end {
            let Some(found) = self.matches.at(at) else {
                at += 1;
                continue;
            };
            let range = at.max(found.start as usize)..(found.end as usize).min(self.sentence.end);
            at = range.end;
            let Some(kind) = habit_of(found.classes) else {
                continue;
            };
            let cued = (range.start.saturating_sub(4).max(self.sentence.start)..range.start)
                .any(|token| CUES.contains(&self.tokens.folded(token)));
            let smoked = self.tokens.folded(range.start).starts_with(b"smok");
            let verb = matches!(
                self.tokens.folded(range.start),
                b"drinks" | b"drinking" | b"pipe" | b"crack"
            );
            let said = smoked || (section == Section::Social || cued) && !verb;
            if said && !mentions.iter().any(|mention| overlap(&mention.tokens, &range)) {
                mentions.push(Mention {
                    kind,
                    tokens: range,
                    score: 0.7,
                });
                added = true;
            }
        }
        if added {
            mentions.sort_by_key(|mention| mention.tokens.start);
        }
    }

    /// Whether the nearest mention before the token that could be dated is a medicine or a habit.
    fn after_dose_taker(&self, mentions: &[Mention], token: usize) -> bool {
        mentions
            .iter()
            .rev()
            .filter(|mention| mention.tokens.end <= token)
            .find(|mention| takes_dose(mention.kind) || mention.kind.time_to().is_some())
            .is_some_and(|mention| takes_dose(mention.kind) && mention.kind != Type::TreatmentName)
    }

    /// Units behind results, and numbers right behind tests that the tagger did not mark.
    fn add_results(&self, mentions: &[Mention], pieces: &mut Vec<Piece>) {
        for mention in mentions.iter().filter(|mention| mention.kind == Type::TestName) {
            let mut at = mention.tokens.end;
            if matches!(self.tokens.word(at), b":" | b"=" | b"of" | b"was" | b"is" | b"at") {
                at += 1;
            }
            if at < self.sentence.end
                && let Some(end) = attributes::plain_value(self.tokens, at, self.sentence.end)
                && !pieces.iter().any(|piece| overlap(&piece.tokens, &(at..end)))
                && !mentions.iter().any(|other| overlap(&other.tokens, &(at..end)))
            {
                pieces.push(Piece {
                    kind: Type::TestValue,
                    tokens: at..end,
                    score: 0.8,
                });
            }
        }
        let values: Vec<Range<usize>> = pieces
            .iter()
            .filter(|piece| piece.kind == Type::TestValue)
            .map(|piece| piece.tokens.clone())
            .collect();
        for value in values {
            let numeric = value.clone().any(|token| self.tokens.all()[token].digits);
            let at = value.end;
            if numeric
                && at < self.sentence.end
                && let Some(end) = attributes::test_unit(self.tokens, at, self.sentence.end)
                && !pieces.iter().any(|piece| overlap(&piece.tokens, &(at..end)))
                && !mentions.iter().any(|other| overlap(&other.tokens, &(at..end)))
            {
                pieces.push(Piece {
                    kind: Type::TestUnit,
                    tokens: at..end,
                    score: 0.95,
                });
            }
        }
    }

    /// Acuity, quality and direction by word list, beside conditions and body parts and inside body parts.
    fn add_modifiers(&self, mentions: &[Mention], pieces: &mut Vec<Piece>) {
        for token in self.sentence.clone() {
            let Some(found) = self.matches.at(token).filter(|found| found.start as usize == token) else {
                // Inside a longer phrase, as `right` in `right ventricle`.
                self.inner_direction(token, mentions, pieces);
                continue;
            };
            let range = found.start as usize..found.end as usize;
            let kind = if found.classes.any(Classes::ACUITY) {
                Type::Acuity
            } else if found.classes.any(Classes::QUALITY) {
                Type::Quality
            } else if found.classes.any(Classes::DIRECTION) {
                Type::Direction
            } else {
                self.inner_direction(token, mentions, pieces);
                continue;
            };
            let inside = |of: fn(Type) -> bool| {
                mentions
                    .iter()
                    .any(|mention| of(mention.kind) && overlap(&mention.tokens, &range))
            };
            let in_site = inside(|kind| kind == Type::SystemOrganSite);
            if inside(|kind| kind != Type::SystemOrganSite)
                || in_site && kind != Type::Direction
                || pieces.iter().any(|piece| overlap(&piece.tokens, &range))
            {
                continue;
            }
            let beside = mentions.iter().any(|mention| {
                matches!(mention.kind, Type::DxName | Type::SystemOrganSite)
                    && mention
                        .tokens
                        .start
                        .abs_diff(range.end)
                        .min(range.start.abs_diff(mention.tokens.end))
                        <= 3
                    && (kind == Type::Direction || mention.kind == Type::DxName)
            });
            if in_site || beside {
                pieces.push(Piece {
                    kind,
                    tokens: range,
                    score: 0.85,
                });
            }
        }
    }

    /// A direction that starts a body part and is a part of the phrase that the terminologies have.
    fn inner_direction(&self, token: usize, mentions: &[Mention], pieces: &mut Vec<Piece>) {
        static SIDES: WordSet = WordSet::new(&[
            "left",
            "right",
            "upper",
            "lower",
            "anterior",
            "posterior",
            "inferior",
            "superior",
            "distal",
            "proximal",
            "medial",
            "lateral",
            "bilateral",
            "both",
            "middle",
            "internal",
            "external",
        ]);
        let in_site = || {
            mentions.iter().any(|mention| {
                mention.kind == Type::SystemOrganSite && mention.tokens.contains(&token) && mention.tokens.len() > 1
            })
        };
        if SIDES.contains(self.tokens.folded(token))
            && in_site()
            && !pieces.iter().any(|piece| piece.tokens.contains(&token))
        {
            pieces.push(Piece {
                kind: Type::Direction,
                tokens: token..token + 1,
                score: 0.95,
            });
        }
    }

    /// Whether a condition is a diagnosis, a sign or a symptom: by the terminologies, else by the section.
    pub fn kind_of_condition(&self, mention: &Mention, section: Section, out: &mut Vec<Trait>) {
        if mention.kind != Type::DxName {
            return;
        }
        let whole = self.phrase(&mention.tokens);
        let conditions = Classes::DISEASE.with(Classes::SYMPTOM).with(Classes::SIGN);
        let (classes, score) = if whole.any(conditions) {
            (whole, 0.9)
        } else {
            let last = self
                .matches
                .at(mention.tokens.end - 1)
                .map_or(Classes::NONE, |found| found.classes);
            (last, 0.75)
        };
        let examined = section == Section::Examination;
        let (name, score) = if classes.any(Classes::SIGN) || examined && !classes.any(Classes::DISEASE) {
            (TraitName::Sign, score)
        } else if classes.any(Classes::SYMPTOM) {
            (TraitName::Symptom, score)
        } else if classes.any(Classes::DISEASE) {
            (TraitName::Diagnosis, score)
        } else {
            (TraitName::Diagnosis, 0.6)
        };
        out.push(Trait {
            name,
            score: rounded(score),
        });
    }
}

/// An amount with a unit is the strength of what is counted: `50 mg` of `50 mg tablets`, `0.2 mg` of `0.2 mg - 1 tab`.
pub fn settle_strengths(tokens: &Tokens, pieces: &mut [Piece], links: &[Option<Link>]) {
    for index in 0..pieces.len() {
        let unit = pieces[index].tokens.end - 1;
        let counts = tokens.all()[unit].class == Class::Number
            || matches!(tokens.folded(unit), b"half" | b"one" | b"two" | b"three");
        if pieces[index].kind != Type::Dosage || counts {
            continue;
        }
        let head = links[index].map(|link| link.mention);
        let same_head = |other: usize| head.is_some() && links[other].map(|link| link.mention) == head;
        let counted = (index + 1..pieces.len().min(index + 5)).any(|other| {
            same_head(other)
                && (pieces[other].kind == Type::Dosage
                    || pieces[other].kind == Type::Form && pieces[other].tokens.start == pieces[index].tokens.end)
        });
        if counted {
            pieces[index].kind = Type::Strength;
        }
    }
}

/// The habit that phrases of these classes speak of.
fn habit_of(classes: Classes) -> Option<Type> {
    if classes.any(Classes::TOBACCO) {
        Some(Type::TobaccoUse)
    } else if classes.any(Classes::ALCOHOL) {
        Some(Type::AlcoholConsumption)
    } else if classes.any(Classes::RECREATIONAL) {
        Some(Type::RecDrugUse)
    } else {
        None
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whether attributes of prescriptions and habits can belong to it.
fn takes_dose(kind: Type) -> bool {
    kind.is_medication()
        || matches!(
            kind,
            Type::TreatmentName | Type::TobaccoUse | Type::AlcoholConsumption | Type::RecDrugUse
        )
}
