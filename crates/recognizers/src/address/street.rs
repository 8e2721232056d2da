//! Beginnings of addresses: a number and its street, a street type before its name, a unit.

use super::{Parsed, Reader};
use crate::tags::Tags;

/// Words between a house number and its street type at most.
const MAX_STREET_WORDS: usize = 5;

impl Reader<'_, '_> {
    /// `394 E Miles Dr`, `254B Cambridge Road`, `98, Ashok Road`, `6/208 Bridges Drive`.
    pub(super) fn numbered_street(&self, index: usize) -> Option<Parsed> {
        let number = self.term(index)?;
        if !house_number(self.document.word(number)) {
            return None;
        }
        let mut at = index + 1;
        if matches!(self.gap(at), b"/" | b"-")
            && self.term(at).is_some_and(|term| {
                house_number(self.document.word(term)) || term.len() == 1 && term.shape.is_letters()
            })
        {
            at += 1;
        }
        let comma = self.gap(at) == b", ";
        if !(self.gap(at) == b" " || comma) {
            return None;
        }
        let first = at;
        if number.len() <= 5
            && let Some(next) = self.type_first(first)
        {
            return Some(Parsed {
                next: self.number_inside(next),
                score: 0.86,
            });
        }
        // `6750 Koskikatu 25`: a plot or postbox before a street with its own number.
        if !comma && let Some(street) = self.number_last(first) {
            return Some(street);
        }
        let cased = self.term(at)?.shape.starts_upper() || self.term(at)?.shape.has_digit();
        let mut street = None;
        while at < first + MAX_STREET_WORDS + 1 {
            let Some(term) = self.term(at) else { break };
            if at > first && !matches!(self.gap(at), b" " | b". " | b"-" | b"'" | b"\xe2\x80\x99") {
                break;
            }
            let ordinal = term.shape.has_digit()
                && ["st", "nd", "rd", "th"]
                    .iter()
                    .any(|ending| self.document.word(term).to_ascii_lowercase().ends_with(ending));
            // `Sector 12 Road`
            let numbered = at > first && term.shape.is_digits() && self.word(at - 1).eq_ignore_ascii_case("sector");
            if term.shape.has_digit() && !ordinal && !numbered {
                break;
            }
            if cased
                && !term.shape.starts_upper()
                && !ordinal
                && !numbered
                && !term.tags.any(Tags::PARTICLE | Tags::STREET)
                && at > first
                && self.gap(at) != b"'"
            {
                break;
            }
            if !cased
                && term.tags.any(Tags::NOT_A_NAME)
                && !term.tags.any(Tags::STREET | Tags::PARTICLE | Tags::DIRECTION)
            {
                break;
            }
            let whole = term.tags.any(Tags::STREET);
            // `St. James Street`: a street type at the front is part of the name.
            if whole
                && (at > first || self.word(at).eq_ignore_ascii_case("broadway"))
                && (term.shape.starts_upper() || !cased)
            {
                let next = self.after_phrase(at);
                street = Some(next);
                let follows_type = self.tags(next).any(Tags::STREET) && self.gap(next) == b" ";
                if !follows_type {
                    break;
                }
                at = next;
                continue;
            }
            at += 1;
        }
        let mut next = street?;
        // `Highway 12`
        if self
            .term(next)
            .is_some_and(|term| term.shape.is_digits() && term.len() <= 3)
            && self.gap(next) == b" "
            && matches!(
                self.word(next - 1).to_ascii_lowercase().as_str(),
                "highway" | "hwy" | "route" | "road"
            )
        {
            next += 1;
        }
        next = self.direction_after(next);
        let mut score = if cased { 0.86 } else { 0.45 };
        if comma {
            score -= 0.1;
        }
        // `14687 nw jackson ln` needs no more to be an address; `20 minute drive` is none.
        let abbreviated = matches!(
            self.word(next - 1).to_ascii_lowercase().as_str(),
            "st" | "rd"
                | "ln"
                | "ave"
                | "blvd"
                | "dr"
                | "ct"
                | "cir"
                | "pkwy"
                | "hwy"
                | "ter"
                | "trl"
                | "pl"
                | "nagar"
                | "marg"
        );
        if !cased && abbreviated && number.len() >= 3 {
            score += 0.1;
        }
        Some(Parsed { next, score })
    }

    /// Past a number behind a street that had one before: `7097 rue Victor Hugo 25`.
    fn number_inside(&self, next: usize) -> usize {
        let fits = self.gap(next) == b" "
            && self
                .term(next)
                .is_some_and(|term| term.shape.is_digits() && term.len() <= 3)
            && (self.tags(next + 1).any(Tags::UNIT) || self.gap(next + 1).starts_with(b"\n"));
        if fits { next + 1 } else { next }
    }

    /// Past a direction such as `NW` right after a street.
    fn direction_after(&self, next: usize) -> usize {
        let fits = self.tags(next).any(Tags::DIRECTION)
            && matches!(self.gap(next), b" " | b". " | b", ")
            && self.term(next).is_some_and(|term| {
                term.shape.is_upper()
                    || term.len() > 2 && term.shape.starts_upper()
                    || term.shape.is_lower() && term.len() <= 2
            })
            && !(self.gap(next) == b", " && self.word(next).len() > 2);
        if fits { next + 1 } else { next }
    }

    /// `Calle Mirasierra, 27`, `C/ de Alcalá 22`, `Avda. de la Constitución 5, 3ºD`.
    pub(super) fn street_first(&self, index: usize) -> Option<Parsed> {
        let kind = self.term(index)?;
        let lower = kind.shape.is_lower();
        let word = self.document.word(kind);
        let slash = self.document.byte_at(kind.end()) == b'/';
        let dot = self.document.byte_at(kind.end()) == b'.';
        if kind.len() <= 2 && !slash && !dot && !word.eq_ignore_ascii_case("av") && !word.eq_ignore_ascii_case("cl") {
            return None;
        }
        // `C. de Alcalá`, but `C. Lenz` is a person.
        if kind.len() == 1 && !slash && !self.tags(index + 1).any(Tags::PARTICLE) {
            return None;
        }
        if word.eq_ignore_ascii_case("jr") || word.eq_ignore_ascii_case("cl") && !kind.shape.starts_upper() {
            return None;
        }
        let mut at = self.after_phrase(index);
        let first = at;
        let certain = is_certain_type(word);
        // `via platform 4`
        if lower && !certain && self.term(first).is_some_and(|name| name.shape.is_lower()) {
            return None;
        }
        let mut capitals = 0;
        while at < first + 8 {
            let Some(term) = self.term(at) else { break };
            let gap = self.gap(at);
            if !matches!(
                gap,
                b" " | b"/"
                    | b"/ "
                    | b". "
                    | b"."
                    | b"-"
                    | b"'"
                    | b"\xc2\xba "
                    | b"\xc2\xaa "
                    | b"\xc2\xaa"
                    | b".\xc2\xaa "
                    | b"  "
                    | b"'\xe2\x80\x99"
            ) {
                break;
            }
            if term.shape.has_digit() {
                break;
            }
            let small =
                term.tags.any(Tags::PARTICLE) || matches!(self.document.word(term), "a" | "al" | "y" | "del" | "els");
            if !term.shape.starts_upper() && !small && !lower {
                break;
            }
            if lower && term.tags.any(Tags::NOT_A_NAME) && !small {
                break;
            }
            capitals += usize::from(!small);
            at += 1;
        }
        if capitals == 0 {
            return None;
        }
        let named_to = at;
        // The number: `, 27`, ` 22`, ` nº 5`, `, n.º 5`, ` s/n`.
        let mut number = at;
        if matches!(
            self.word(number).to_ascii_lowercase().as_str(),
            "n" | "nº" | "no" | "num" | "núm" | "número"
        ) && matches!(self.gap(number), b" " | b", ")
        {
            number += 1;
        }
        let numbered = self
            .term(number)
            .is_some_and(|term| house_number(self.document.word(term)))
            && matches!(
                self.gap(number),
                b" " | b", "
                    | b","
                    | b"\xc2\xba "
                    | b".\xc2\xba "
                    | b". "
                    | b" - "
                    | b"-"
                    | b"\xc2\xba"
                    | b", n\xc2\xba"
            );
        if numbered {
            let mut next = number + 1;
            // `1-3`, `58-2ºC`, `12 B`
            while matches!(
                self.gap(next),
                b"-" | b"/" | b"\xc2\xba" | b"\xc2\xaa" | b"\xc2\xba-" | b"\xc2\xba "
            ) && self.term(next).is_some_and(|term| term.len() <= 4)
            {
                next += 1;
            }
            if self.gap(next) == b" "
                && self
                    .term(next)
                    .is_some_and(|term| term.len() == 1 && term.shape.is_upper())
            {
                next += 1;
            }
            let score = if lower { 0.7 } else { 0.9 };
            return Some(Parsed { next, score });
        }
        if lower || kind.shape.is_upper() && kind.len() > 3 {
            return None;
        }
        // `s/n`: no number.
        if self.word(at) == "s"
            && self.word(at + 1) == "n"
            && self.gap(at + 1) == b"/"
            && matches!(self.gap(at), b" " | b", ")
        {
            return Some(Parsed {
                next: at + 2,
                score: 0.85,
            });
        }
        // A street without a number is worth something only with a place behind it.
        Some(Parsed {
            next: named_to,
            score: if certain { 0.55 } else { 0.3 },
        })
    }

    /// `Unit 29, 126 Santiago Street`, `Flat 17, 74 Payne Drive`, `Door No. 197, Gandhi Nagar`.
    pub(super) fn unit_first(&self, index: usize) -> Option<Parsed> {
        let number = self.after_phrase(index);
        let term = self.term(number)?;
        if !(house_number(self.document.word(term)) || term.len() == 1)
            || !matches!(self.gap(number), b" " | b". " | b" #" | b" No. ")
        {
            return None;
        }
        let mut at = number + 1;
        if matches!(self.gap(at), b"/" | b"-") {
            at += 1;
        }
        if !matches!(self.gap(at), b", " | b" " | b",") {
            return None;
        }
        if let Some(street) = self.numbered_street(at) {
            return Some(self.tail(Parsed {
                next: street.next,
                score: street.score + 0.1,
            }));
        }
        // A street without a number of its own.
        if self.gap(at) != b", " {
            return None;
        }
        let first = at;
        let lower = self.document.terms[index].shape.is_lower();
        let mut street = None;
        while at < first + 4 && (at == first || self.gap(at) == b" ") {
            let Some(term) = self.term(at) else { break };
            let numbered = at > first && term.shape.is_digits() && self.word(at - 1).eq_ignore_ascii_case("sector");
            if !(numbered || term.shape.is_letters() && (term.shape.starts_upper() || lower)) {
                break;
            }
            at += 1;
            if at > first + 1 && self.tags(at - 1).any(Tags::STREET) {
                street = Some(at);
            }
        }
        street.map(|next| self.tail(Parsed { next, score: 0.75 }))
    }
}

/// `12`, `254B`, `3rd`? No: up to six digits and a letter, or an ordinal of a street is left to the street.
pub(super) fn house_number(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    (1..=6).contains(&digits)
        && (word.len() == digits || word.len() == digits + 1 && word.as_bytes()[digits].is_ascii_alphabetic())
}

/// Whether a street type that stands first is one in any text.
fn is_certain_type(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "calle"
            | "avenida"
            | "avda"
            | "paseo"
            | "plaza"
            | "carretera"
            | "ctra"
            | "ronda"
            | "travesía"
            | "c"
            | "camino"
            | "carrer"
            | "glorieta"
            | "urbanización"
    )
}
