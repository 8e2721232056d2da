//! Streets of continental Europe and Latin America: the number follows the name (`Hauptstraße 12`, `Mellomveien 99`,
//! `ul. Zielona 5`, `Petőfi utca 9`, `Via Roma, 7`), or stands before a street type that comes first (`41 rue
//! Saint-Nicolas`).

use super::street::house_number;
use super::{Parsed, Reader};
use crate::tags::Tags;

/// Endings of street names written as one word, by language: the street type is the last part of a compound.
const ENDINGS: &[&str] = &[
    // German.
    "straße",
    "strasse",
    "str",
    "weg",
    "gasse",
    "allee",
    "platz",
    "ring",
    "damm",
    "ufer",
    "steig",
    "chaussee",
    // Dutch.
    "straat",
    "laan",
    "plein",
    "kade",
    "gracht",
    "dijk",
    "singel",
    "steeg",
    "plantsoen",
    "dreef",
    "hof",
    // Swedish, Norwegian, Danish.
    "gatan",
    "gata",
    "vägen",
    "väg",
    "gränd",
    "stigen",
    "torget",
    "gate",
    "gaten",
    "veien",
    "vegen",
    "vei",
    "veg",
    "vej",
    "gade",
    "stræde",
    "alle",
    "allé",
    "vænget",
    "parken",
    "bakken",
    "plads",
    // Finnish.
    "katu",
    "tie",
    "kuja",
    "polku",
    "tori",
    "kaari",
    "ranta",
    "rinne",
];

/// The shortest part before such an ending, in bytes.
const MIN_STEM: usize = 3;

/// Words of a name before a street type that stands behind it: `An der Alten Post Straße`.
const MAX_WORDS: usize = 4;

impl Reader<'_, '_> {
    /// A street whose name comes first and whose number comes last, at word `index`.
    pub(super) fn number_last(&self, index: usize) -> Option<Parsed> {
        let first = self.term(index)?;
        if !first.shape.starts_upper() || !first.shape.is_letters() {
            return None;
        }
        if let Some(parsed) = self.by_preposition(index) {
            return Some(parsed);
        }
        if first.len() < 3 {
            return None;
        }
        let mut at = index;
        loop {
            let term = self.term(at)?;
            let joined = at == index
                || match self.gap(at) {
                    b" " | b"-" => true,
                    // `Gl. Kongevej`, `St. Annegade`
                    b". " => at == index + 1 && first.len() <= 4,
                    _ => false,
                };
            if !joined || !term.shape.is_letters() || at - index >= MAX_WORDS {
                return None;
            }
            let upper = term.shape.starts_upper();
            let apart = at > index && term.tags.any(Tags::STREET_LAST);
            if (apart || upper && is_compound(self.document.word(term)))
                && let Some(next) = self.number_behind(at)
            {
                return Some(Parsed {
                    next,
                    score: if apart { 0.85 } else { 0.88 },
                });
            }
            if !upper && !term.tags.any(Tags::PARTICLE) || term.tags.any(Tags::NOT_A_NAME) && at == index {
                return None;
            }
            at += 1;
        }
    }

    /// `Am Borsigturm 19`, `An der Schillingbrücke 4`: German streets named after where they lie.
    fn by_preposition(&self, index: usize) -> Option<Parsed> {
        const ALONE: [&str; 6] = ["Am", "Im", "Zum", "Zur", "Beim", "Vom"];
        const WITH_ARTICLE: [&str; 7] = ["An", "Auf", "In", "Unter", "Hinter", "Vor", "Bei"];
        let word = self.word(index);
        let name = if ALONE.contains(&word) {
            index + 1
        } else if WITH_ARTICLE.contains(&word)
            && matches!(self.word(index + 1), "der" | "den" | "dem")
            && self.gap(index + 1) == b" "
        {
            index + 2
        } else {
            return None;
        };
        let mut last = name;
        // `Am Alten Markt 3`
        while last < name + 2
            && self.gap(last + 1) == b" "
            && self
                .term(last + 1)
                .is_some_and(|term| term.shape.is_letters() && term.shape.starts_upper())
        {
            last += 1;
        }
        let named = self.gap(name) == b" "
            && self
                .term(name)
                .is_some_and(|term| term.shape.is_letters() && term.shape.starts_upper() && term.len() >= 3);
        if !named {
            return None;
        }
        self.number_behind(last).map(|next| Parsed { next, score: 0.8 })
    }

    /// `41 quai Saint-Nicolas`, `122, avenue du Maréchal Juin`: the street after its number, from word `index`.
    pub(super) fn type_first(&self, index: usize) -> Option<usize> {
        let kind = self.term(index)?;
        let dotted = self.gap(index + 1) == b". ";
        if !kind.tags.any(Tags::STREET_BEFORE) || kind.len() < 3 && !dotted {
            return None;
        }
        let lower = kind.shape.is_lower();
        let mut at = index + 1;
        let mut named = None;
        while at < index + 8 {
            let Some(term) = self.term(at) else { break };
            let joined = matches!(self.gap(at), b" " | b"-" | b"'" | b"\xe2\x80\x99") || dotted && at == index + 1;
            if !joined || !term.shape.is_letters() {
                break;
            }
            let small = term.tags.any(Tags::PARTICLE) || matches!(self.document.word(term), "d" | "l" | "sur" | "aux");
            if term.shape.starts_upper() {
                // `5 Via Roma Apt`: a unit is no part of the name.
                if named.is_some() && term.tags.any(Tags::UNIT | Tags::STATE_CODE) && self.gap(at) == b" " {
                    break;
                }
                named = Some(at + 1);
            } else if !small {
                break;
            }
            at += 1;
        }
        // `12 Plaza Drive` is read as an English street.
        let english = named.is_some_and(|next| self.tags(next - 1).any(Tags::STREET));
        named.filter(|_| lower || !english)
    }

    /// The word after a house number behind word `street`: ` 12`, `, 12`, ` 12a`, ` 12-14`, ` 12 B`.
    fn number_behind(&self, street: usize) -> Option<usize> {
        let number = street + 1;
        let term = self.term(number)?;
        let dotted = self.gap(number) == b". ";
        let abbreviated = self.document.terms[street].len() <= 4 || self.word(street).ends_with("str");
        if !(matches!(self.gap(number), b" " | b", ") || dotted && abbreviated)
            || !house_number(self.document.word(term))
            || term.shape.is_digits() && term.len() > 4
            || self.document.has_fraction(term.end())
            || matches!(self.document.byte_at(term.end()), b'%' | b':')
        {
            return None;
        }
        // After a comma the number may count something: `Mit Ring, 20 years`.
        if self.gap(number) == b", "
            && self.gap(number + 1) == b" "
            && self.term(number + 1).is_some_and(|next| next.shape.is_lower())
        {
            return None;
        }
        let next = number + 1;
        let range = matches!(self.gap(next), b"-" | b"/")
            && self
                .term(next)
                .is_some_and(|range| house_number(self.document.word(range)));
        let letter = self.gap(next) == b" "
            && self
                .term(next)
                .is_some_and(|letter| letter.len() == 1 && letter.shape.is_upper())
            && !self
                .term(next + 1)
                .is_some_and(|after| self.gap(next + 1) == b" " && after.shape.starts_upper());
        Some(next + usize::from(range || letter))
    }
}

/// Whether the word is the name of a street with its type as the last part.
fn is_compound(word: &str) -> bool {
    ENDINGS
        .iter()
        .any(|ending| word.len() >= ending.len() + MIN_STEM && word.ends_with(ending))
}
