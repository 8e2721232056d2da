//! Postal addresses, by a small grammar: a beginning (number and street, `Calle …`, a post-office box, a unit, a
//! city with its state, a postcode) and a tail of units, cities, states, postcodes and countries.

use construe_text::Span;
use construe_text::fold::fold_into;

use crate::candidate::{Candidate, Kind};
use crate::document::{Document, Term};
use crate::gazetteer::Gazetteer;
use crate::shape::match_at;
use crate::tags::Tags;

/// Words between a house number and its street type at most.
const MAX_STREET_WORDS: usize = 5;
/// Parts after the street at most.
const MAX_PARTS: usize = 8;
/// Words of the name of a place at most.
const MAX_PLACE_WORDS: usize = 6;
/// The longest address taken from a labelled field, in bytes.
const MAX_FIELD: usize = 160;

/// A part of an address that was read: the index of the word after it, and how sure it makes the whole.
#[derive(Clone, Copy)]
struct Parsed {
    next: usize,
    score: f32,
}

/// What a tail has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Street,
    Place,
    State,
    Postcode,
    Everything,
}

/// Reads addresses.
pub struct Reader<'a, 't> {
    document: &'a Document<'t>,
    gazetteer: &'a Gazetteer,
    /// The address being read began with a Spanish street.
    spanish: std::cell::Cell<bool>,
}

impl<'a, 't> Reader<'a, 't> {
    /// A reader of `document`.
    pub fn new(document: &'a Document<'t>, gazetteer: &'a Gazetteer) -> Reader<'a, 't> {
        Reader { document, gazetteer, spanish: std::cell::Cell::new(false) }
    }

    /// Adds the addresses to `out`.
    pub fn find(&self, out: &mut Vec<Candidate>) {
        self.labelled(out);
        let mut index = 0;
        while index < self.document.terms.len() {
            match self.at(index) {
                Some(parsed) if parsed.score >= crate::REPORTED => {
                    self.push(self.house_before(index), parsed, out);
                    let spanish = self.tags(index).any(Tags::STREET_BEFORE);
                    index = parsed.next.max(index + 1);
                    if spanish {
                        index = self.continuation(index, out);
                    }
                }
                _ => index += 1,
            }
        }
    }

    fn push(&self, index: usize, parsed: Parsed, out: &mut Vec<Candidate>) {
        let span = Span::new(self.document.terms[index].start(), self.end_of(parsed.next));
        out.push(Candidate { kind: Kind::Address, span, score: parsed.score.min(0.97) });
    }

    fn end_of(&self, next: usize) -> usize {
        let last = &self.document.terms[next - 1];
        let end = last.end();
        // The stop of `Court St.` belongs to it, unless it ends a sentence.
        let next = self.document.byte_at(end + 1);
        let ends = next == b' ' && !self.document.byte_at(end + 2).is_ascii_lowercase() || next.is_ascii_alphanumeric();
        if self.document.byte_at(end) == b'.' && !ends && last.len() <= 4 && last.tags.any(Tags::STREET) && last.shape.starts_upper() { end + 1 } else { end }
    }

    /// Index of the first word of the name of a house before a street: `Apple House, 180 Apple Crescent`.
    fn house_before(&self, index: usize) -> usize {
        const HOUSES: [&str; 12] = ["house", "cottage", "lodge", "hall", "villa", "farm", "manor", "court", "tower", "towers", "building", "mansions"];
        let named = index >= 2 && self.gap(index) == b", " && HOUSES.iter().any(|house| self.word(index - 1).eq_ignore_ascii_case(house)) && self.document.terms[index].shape.has_digit();
        if !named {
            return index;
        }
        let upper = self.document.terms[index - 1].shape.starts_upper();
        let mut first = index - 1;
        while first > 0 && index - first < 4 {
            let term = &self.document.terms[first - 1];
            let fits = self.gap(first) == b" " && term.shape.is_letters() && term.shape.starts_upper() == upper && !(term.tags.any(Tags::NOT_A_NAME | Tags::CUES | Tags::PARTICLE) && term.tags.any(Tags::NOT_A_NAME) );
            if !fits {
                break;
            }
            first -= 1;
            if !upper {
                break;
            }
        }
        if first == index - 1 { index } else { first }
    }

    fn term(&self, index: usize) -> Option<&'t Term> {
        self.document.terms.get(index)
    }

    fn word(&self, index: usize) -> &'t str {
        self.term(index).map_or("", |term| self.document.word(term))
    }

    fn gap(&self, index: usize) -> &'t [u8] {
        self.document.gap_before(index)
    }

    fn tags(&self, index: usize) -> Tags {
        self.term(index).map_or(Tags::NONE, |term| term.tags)
    }

    /// An address that begins at word `index`, by its form alone.
    fn at(&self, index: usize) -> Option<Parsed> {
        let term = self.term(index)?;
        let before = self.document.byte_before(term.start());
        if matches!(before, b'@' | b'_') || self.document.is_money(term.start()) || self.document.is_fraction(term.start()) {
            return None;
        }
        if term.shape.has_digit() {
            if let Some(parsed) = self.numbered_street(index) {
                return Some(self.tail(parsed));
            }
            return self.postcode_alone(index);
        }
        if term.tags.is_empty() && !term.shape.starts_upper() {
            return None;
        }
        if term.tags.any(Tags::PO_BOX) {
            let number = self.after_phrase(index);
            if self.term(number).is_some_and(|term| term.shape.has_digit()) && self.gap(number).len() <= 5 {
                return Some(self.tail(Parsed { next: number + 1, score: 0.9 }));
            }
        }
        if term.tags.any(Tags::STREET_BEFORE)
            && let Some(parsed) = self.street_first(index)
        {
            self.spanish.set(true);
            let parsed = self.tail(parsed);
            self.spanish.set(false);
            return Some(parsed);
        }
        if term.tags.any(Tags::UNIT)
            && let Some(parsed) = self.unit_first(index)
        {
            return Some(parsed);
        }
        if term.shape.starts_upper() || term.shape.is_lower() && term.len() > 2 {
            return self.city_and_state(index);
        }
        None
    }

    /// Index of the word after the phrase that begins at `index`.
    fn after_phrase(&self, index: usize) -> usize {
        let end = self.document.terms[index].phrase_end as usize;
        let mut next = index + 1;
        while self.term(next).is_some_and(|term| term.start() < end) {
            next += 1;
        }
        next
    }

    /// `394 E Miles Dr`, `254B Cambridge Road`, `98, Ashok Road`, `6/208 Bridges Drive`.
    fn numbered_street(&self, index: usize) -> Option<Parsed> {
        let number = self.term(index)?;
        if !house_number(self.document.word(number)) {
            return None;
        }
        let mut at = index + 1;
        if matches!(self.gap(at), b"/" | b"-") && self.term(at).is_some_and(|term| house_number(self.document.word(term)) || term.len() == 1 && term.shape.is_letters()) {
            at += 1;
        }
        let comma = self.gap(at) == b", ";
        if !(self.gap(at) == b" " || comma) {
            return None;
        }
        let first = at;
        let cased = self.term(at)?.shape.starts_upper() || self.term(at)?.shape.has_digit();
        let mut street = None;
        while at < first + MAX_STREET_WORDS + 1 {
            let Some(term) = self.term(at) else { break };
            if at > first && !matches!(self.gap(at), b" " | b". " | b"-" | b"'" | b"\xe2\x80\x99") {
                break;
            }
            let ordinal = term.shape.has_digit() && ["st", "nd", "rd", "th"].iter().any(|ending| self.document.word(term).to_ascii_lowercase().ends_with(ending));
            // `Sector 12 Road`
            let numbered = at > first && term.shape.is_digits() && self.word(at - 1).eq_ignore_ascii_case("sector");
            if term.shape.has_digit() && !ordinal && !numbered {
                break;
            }
            if cased && !term.shape.starts_upper() && !ordinal && !numbered && !term.tags.any(Tags::PARTICLE | Tags::STREET) && at > first && self.gap(at) != b"'" {
                break;
            }
            if !cased && term.tags.any(Tags::NOT_A_NAME) && !term.tags.any(Tags::STREET | Tags::PARTICLE | Tags::DIRECTION) {
                break;
            }
            let whole = term.tags.any(Tags::STREET);
            // `St. James Street`: a street type at the front is part of the name.
            if whole && (at > first || self.word(at).eq_ignore_ascii_case("broadway")) && (term.shape.starts_upper() || !cased) {
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
        if self.term(next).is_some_and(|term| term.shape.is_digits() && term.len() <= 3) && self.gap(next) == b" " && matches!(self.word(next - 1).to_ascii_lowercase().as_str(), "highway" | "hwy" | "route" | "road") {
            next += 1;
        }
        next = self.direction_after(next);
        let mut score = if cased { 0.86 } else { 0.45 };
        if comma {
            score -= 0.1;
        }
        // `14687 nw jackson ln` needs no more to be an address; `20 minute drive` is none.
        let abbreviated = matches!(self.word(next - 1).to_ascii_lowercase().as_str(), "st" | "rd" | "ln" | "ave" | "blvd" | "dr" | "ct" | "cir" | "pkwy" | "hwy" | "ter" | "trl" | "pl" | "nagar" | "marg");
        if !cased && abbreviated && number.len() >= 3 {
            score += 0.1;
        }
        Some(Parsed { next, score })
    }

    /// Past a direction such as `NW` right after a street.
    fn direction_after(&self, next: usize) -> usize {
        let fits = self.tags(next).any(Tags::DIRECTION)
            && matches!(self.gap(next), b" " | b". " | b", ")
            && self.term(next).is_some_and(|term| term.shape.is_upper() || term.len() > 2 && term.shape.starts_upper() || term.shape.is_lower() && term.len() <= 2)
            && !(self.gap(next) == b", " && self.word(next).len() > 2);
        if fits { next + 1 } else { next }
    }

    /// `Calle Mirasierra, 27`, `C/ de Alcalá 22`, `Avda. de la Constitución 5, 3ºD`.
    fn street_first(&self, index: usize) -> Option<Parsed> {
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
        let mut capitals = 0;
        while at < first + 8 {
            let Some(term) = self.term(at) else { break };
            let gap = self.gap(at);
            if !matches!(gap, b" " | b"/" | b"/ " | b". " | b"." | b"-" | b"'" | b"\xc2\xba " | b"\xc2\xaa " | b"\xc2\xaa" | b".\xc2\xaa " | b"  " | b"'\xe2\x80\x99") {
                break;
            }
            if term.shape.has_digit() {
                break;
            }
            let small = term.tags.any(Tags::PARTICLE) || matches!(self.document.word(term), "a" | "al" | "y" | "del" | "els");
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
        if matches!(self.word(number).to_ascii_lowercase().as_str(), "n" | "nº" | "no" | "num" | "núm" | "número") && matches!(self.gap(number), b" " | b", ") {
            number += 1;
        }
        let numbered = self.term(number).is_some_and(|term| house_number(self.document.word(term)))
            && matches!(self.gap(number), b" " | b", " | b"," | b"\xc2\xba " | b".\xc2\xba " | b". " | b" - " | b"-" | b"\xc2\xba" | b", n\xc2\xba");
        if numbered {
            let mut next = number + 1;
            // `1-3`, `58-2ºC`, `12 B`
            while matches!(self.gap(next), b"-" | b"/" | b"\xc2\xba" | b"\xc2\xaa" | b"\xc2\xba-" | b"\xc2\xba ") && self.term(next).is_some_and(|term| term.len() <= 4) {
                next += 1;
            }
            if self.gap(next) == b" " && self.term(next).is_some_and(|term| term.len() == 1 && term.shape.is_upper()) {
                next += 1;
            }
            let score = if lower { 0.7 } else { 0.9 };
            return Some(Parsed { next, score });
        }
        if lower || kind.shape.is_upper() && kind.len() > 3 {
            return None;
        }
        // `s/n`: no number.
        if self.word(at) == "s" && self.word(at + 1) == "n" && self.gap(at + 1) == b"/" && matches!(self.gap(at), b" " | b", ") {
            return Some(Parsed { next: at + 2, score: 0.85 });
        }
        // A street without a number is worth something only with a place behind it.
        let certain = matches!(word.to_lowercase().as_str(), "calle" | "avenida" | "avda" | "paseo" | "plaza" | "carretera" | "ctra" | "ronda" | "travesía" | "c" | "camino" | "carrer" | "glorieta" | "urbanización");
        Some(Parsed { next: named_to, score: if certain { 0.55 } else { 0.3 } })
    }

    /// `Unit 29, 126 Santiago Street`, `Flat 17, 74 Payne Drive`, `Door No. 197, Gandhi Nagar`.
    fn unit_first(&self, index: usize) -> Option<Parsed> {
        let number = self.after_phrase(index);
        let term = self.term(number)?;
        if !(house_number(self.document.word(term)) || term.len() == 1) || !matches!(self.gap(number), b" " | b". " | b" #" | b" No. ") {
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
            return Some(self.tail(Parsed { next: street.next, score: street.score + 0.1 }));
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

    /// What stands behind a Spanish street without belonging to its line: a postcode, a city, a province in
    /// brackets, a country, each on its own. The index of the word after them.
    fn continuation(&self, from: usize, out: &mut Vec<Candidate>) -> usize {
        let mut index = from;
        for part in 0..4 {
            let gap = self.gap(index);
            if !matches!(gap, b" " | b", " | b". " | b" - " | b" (" | b") " | b"). " | b"- " | b", E-" | b" E-" | b". E-") {
                break;
            }
            let Some(term) = self.term(index) else { break };
            let postcode = part == 0 && term.len() == 5 && term.shape.is_digits();
            let next = if postcode {
                index + 1
            } else if term.tags.any(Tags::COUNTRY) && term.shape.starts_upper() {
                self.after_phrase(index)
            } else if let Some(next) = self.place(index, true).filter(|_| term.shape.starts_upper() && (part > 0 || gap != b". ")) {
                next
            } else {
                break;
            };
            self.push(index, Parsed { next, score: 0.7 }, out);
            index = next;
        }
        index
    }

    /// Everything that follows a street.
    fn tail(&self, from: Parsed) -> Parsed {
        let mut parsed = from;
        let mut after = After::Street;
        for _ in 0..MAX_PARTS {
            let next = parsed.next;
            let Some((part, kind)) = self.part(next, after) else { break };
            parsed.next = part.next;
            parsed.score += part.score;
            after = match (kind, after) {
                (After::Street, _) => after,
                // `33579 Porriño`: where the postcode comes first, the place follows it.
                (After::Postcode, After::Street) => After::Postcode,
                (After::Postcode, _) => After::Everything,
                (After::Place, After::Postcode) => After::Everything,
                (kind, _) => kind,
            };
        }
        parsed.score = parsed.score.min(0.97);
        parsed
    }

    /// One part of a tail at word `index`: where it ends and what it adds.
    fn part(&self, index: usize, after: After) -> Option<(Parsed, After)> {
        let term = self.term(index)?;
        let gap = self.gap(index);
        let separated = matches!(gap, b", " | b"," | b",\n" | b"\n" | b", \n" | b" - " | b"- " | b" -" | b". " | b" (" | b",  " | b"\r\n" | b",\r\n" | b" , " | b"., " | b".\n");
        if !(separated || gap == b" " || gap == b" #" || gap == b", #" || gap == b"-" || gap == b". #") {
            return None;
        }
        let newline = gap.contains(&b'\n');
        if after == After::Street
            && let Some(next) = self.unit(index)
        {
            return Some((Parsed { next, score: 0.08 }, After::Street));
        }
        if gap == b"-" || gap.contains(&b'#') {
            return None;
        }
        // Behind a Spanish street, a postcode without a comma opens a line of its own.
        let own_line = self.spanish.get() && after == After::Street && !matches!(gap, b", " | b"," | b",\n" | b"\n");
        if !own_line && let Some(next) = self.postcode(index) {
            return matches!(after, After::Street | After::Place | After::State).then_some((Parsed { next, score: 0.2 }, After::Postcode));
        }
        if gap == b". " || gap == b" (" {
            return None;
        }
        // `Virginia, MN`: a city may be called like a state.
        let city = term.tags.any(Tags::STATE) && after == After::Street && self.place(index, separated).is_some_and(|next| self.confirms_place(next) && !self.term(next).is_some_and(|next| next.shape.is_digits()));
        if !city && let Some(next) = self.state(index, separated || gap == b" ") {
            return matches!(after, After::Street | After::Place).then_some((Parsed { next, score: 0.15 }, After::State));
        }
        if term.tags.any(Tags::COUNTRY) && separated && !newline && after != After::Street {
            return Some((Parsed { next: self.after_phrase(index), score: 0.1 }, After::Everything));
        }
        if !matches!(after, After::Street | After::Postcode | After::Place) {
            return None;
        }
        // After a place, only one more: a suburb and its city.
        let next = self.place(index, separated || after == After::Postcode)?;
        ((after != After::Place && !newline) || self.confirms_place(next)).then_some((Parsed { next, score: 0.1 }, After::Place))
    }

    /// `Apt 13`, `Suite 200B`, `#4`, `3rd Floor`, `Bajo C`, `3º D`.
    fn unit(&self, index: usize) -> Option<usize> {
        let term = self.term(index)?;
        let gap = self.gap(index);
        if gap.ends_with(b"#") {
            return (term.len() <= 5).then_some(index + 1);
        }
        // `Ste` is no phrase of the tables, where it would be found in `Main St E` too.
        if term.tags.any(Tags::UNIT) || self.document.word(term).eq_ignore_ascii_case("ste") {
            let number = self.after_phrase(index);
            let value = self.term(number)?;
            let fits = matches!(self.gap(number), b" " | b". " | b" #" | b"." | b": ") && value.len() <= 5 && (value.shape.has_digit() || value.len() == 1 && value.shape.is_upper() || value.len() == 1 && term.shape.is_lower());
            if fits {
                return Some(number + 1);
            }
            let standing = ["bajo", "bajos", "ático", "local", "penthouse", "izquierda", "derecha", "izq", "dcha", "izda"];
            return (standing.iter().any(|word| self.document.word(term).eq_ignore_ascii_case(word)) && gap == b", ").then_some(index + 1);
        }
        // `3rd Floor`, `2ª planta`
        if term.shape.has_digit() && term.len() <= 4 && matches!(self.gap(index + 1), b" " | b"\xc2\xba " | b"\xc2\xaa ") && self.tags(index + 1).any(Tags::UNIT) && !self.term(index + 2).is_some_and(|value| value.shape.has_digit() && self.gap(index + 2) == b" ") {
            return Some(index + 2);
        }
        // `3ºD`, `3º D`, `2ª izq`
        let ordinal = term.shape.has_digit() && term.len() <= 6 && self.document.word(term).contains(['º', 'ª']);
        if ordinal && matches!(gap, b", " | b" " | b",") {
            let letter = self.gap(index + 1) == b" " && self.document.word(term).ends_with(['º', 'ª']) && self.term(index + 1).is_some_and(|letter| letter.shape.is_letters() && (letter.len() == 1 || letter.tags.any(Tags::UNIT)));
            return Some(if letter { index + 2 } else { index + 1 });
        }
        let closes = |end: usize| matches!(self.document.byte_at(end), b',' | b'\n' | b'.' | b'"' | b';') || self.document.byte_at(end) == b' ' && self.document.byte_at(end + 1) == b'.';
        if gap == b", " && term.len() <= 3 && term.shape.has_digit() && term.shape.has_upper() && closes(term.end()) {
            return Some(index + 1);
        }
        // `5 B` and `6o A` after a Spanish street.
        if self.spanish.get() && gap == b", " && term.len() <= 3 && self.document.bytes()[term.start()].is_ascii_digit() && self.gap(index + 1) == b" " && self.term(index + 1).is_some_and(|letter| letter.len() == 1 && letter.shape.is_upper() && closes(letter.end())) {
            return Some(index + 2);
        }
        None
    }

    /// A postcode at word `index`: US, UK, Canada, India, and the five digits of Spain, Germany or France.
    fn postcode(&self, index: usize) -> Option<usize> {
        let term = self.term(index)?;
        let start = term.start();
        let bytes = self.document.bytes();
        if let Some(end) = uk_postcode(bytes, start).or_else(|| canadian_postcode(bytes, start)) {
            return Some(self.document.term_from(end));
        }
        if !term.shape.is_digits() {
            return None;
        }
        let next = self.document.byte_at(term.end());
        if matches!(next, b'.' | b',' | b'/' | b':') && self.document.byte_at(term.end() + 1).is_ascii_digit() {
            return None;
        }
        match term.len() {
            5 if next == b'-' && self.term(index + 1).is_some_and(|plus| plus.len() == 4 && plus.shape.is_digits()) => Some(index + 2),
            5 | 6 => Some(index + 1),
            // Australia: four digits after a state.
            4 if self.gap(index) == b" " && index > 0 && self.is_australian(index - 1) => Some(index + 1),
            3 if self.gap(index) == b" " && self.gap(index + 1) == b" " && self.term(index + 1).is_some_and(|rest| rest.len() == 3 && rest.shape.is_digits()) => Some(index + 2),
            _ => None,
        }
    }

    /// Whether an Australian state ends with word `index`.
    fn is_australian(&self, index: usize) -> bool {
        const STATES: [&str; 14] = ["nsw", "qld", "sa", "tas", "vic", "act", "nt", "wa", "wales", "queensland", "australia", "tasmania", "victoria", "territory"];
        STATES.iter().any(|state| self.word(index).eq_ignore_ascii_case(state))
    }

    /// A state at word `index`.
    fn state(&self, index: usize, separated: bool) -> Option<usize> {
        let term = self.term(index)?;
        if !separated {
            return None;
        }
        if term.tags.any(Tags::STATE_CODE) && term.is_single() && (2..=3).contains(&term.len()) {
            let upper = term.shape.is_upper();
            let next = index + 1;
            let postcode = self.postcode(next).is_some() && self.gap(next) == b" ";
            // In text without capitals, `tx` after a comma at the end of a field.
            let written_small = term.shape.is_lower() && self.gap(index) == b", " && index > 0 && self.document.terms[index - 1].shape.is_lower() && matches!(self.document.byte_at(term.end()), b'"' | b'\n' | b'.' | b',' | b';' | b'<');
            return (upper || postcode || written_small).then_some(next);
        }
        if term.tags.any(Tags::STATE) && (term.shape.starts_upper() || self.gap(index) != b" " || self.postcode(self.after_phrase(index)).is_some()) {
            return Some(self.after_phrase(index));
        }
        None
    }

    /// A place at word `index`: known by name, or unknown but with a state or postcode right behind it.
    fn place(&self, index: usize, separated: bool) -> Option<usize> {
        let first = self.term(index)?;
        if !first.shape.is_letters() || first.len() < 2 {
            return None;
        }
        let cased = first.shape.starts_upper();
        if ["apo", "fpo", "dpo"].iter().any(|post| self.document.word(first).eq_ignore_ascii_case(post)) && ["aa", "ae", "ap"].iter().any(|region| self.word(index + 1).eq_ignore_ascii_case(region)) && self.gap(index + 1) == b" " {
            return Some(index + 2);
        }
        let mut key = Vec::with_capacity(40);
        let mut known = None;
        let mut words = 0;
        for at in index..index + MAX_PLACE_WORDS {
            let Some(term) = self.term(at) else { break };
            if at > index && !matches!(self.gap(at), b" " | b"-" | b"'" | b". " | b"\xe2\x80\x99" | b" / ") {
                break;
            }
            if at > index && self.gap(at) == b". " && self.document.terms[at - 1].len() > 3 {
                break;
            }
            let hyphen = at > index && self.gap(at) == b"-";
            let particle = hyphen || term.tags.any(Tags::PARTICLE) || matches!(self.document.word(term), "the" | "by" | "on" | "upon" | "in" | "under" | "le" | "y" | "of" | "and" | "a");
            if !term.shape.is_letters() || cased && !term.shape.starts_upper() && !(particle && at > index) && !(at > index && self.gap(at) == b"'") {
                break;
            }
            // `Springfield IL`, `Kilsyth South VIC 3137`: the state is no part of the name.
            if at > index && term.tags.any(Tags::STATE_CODE) && term.shape.is_upper() && term.len() <= 3 {
                break;
            }
            if at > index && term.tags.any(Tags::STATE) && self.postcode(self.after_phrase(at)).is_some() {
                break;
            }
            if !key.is_empty() {
                key.push(b' ');
            }
            fold_into(self.document.word(term), &mut key);
            words = at + 1 - index;
            if self.gazetteer.place(&key).is_some() {
                known = Some(at + 1);
            }
        }
        if words == 0 {
            return None;
        }
        // `Bijbehara - 952629`, `Garbat, IV23 8RN`, `Kilsyth South VIC 3137`
        let confirmed = (1..=words).rev().map(|count| index + count).find(|&next| self.confirms_place(next));
        match (confirmed, known) {
            (Some(next), _) if cased || separated => Some(next),
            (_, Some(next)) if separated && (cased || known_alone(self.document, next)) => Some(next),
            (_, Some(next)) if cased && self.gap(index) == b" " && next - index >= 2 => Some(next),
            _ => None,
        }
    }

    /// Whether what follows word `next - 1` is a state or postcode, so that what precedes is a place.
    fn confirms_place(&self, next: usize) -> bool {
        let Some(term) = self.term(next) else { return false };
        let gap = self.gap(next);
        match gap {
            b" " | b", " | b" - " | b"- " | b" -" | b"," | b",  " | b"\n" | b",\n" | b"\r\n" => {}
            _ => return false,
        }
        if term.tags.any(Tags::STATE_CODE) && term.is_single() && (2..=3).contains(&term.len()) {
            return term.shape.is_upper() || self.postcode(next + 1).is_some() && self.gap(next + 1) == b" ";
        }
        if term.tags.any(Tags::STATE) {
            return true;
        }
        self.postcode(next).is_some() && (gap != b" " || !term.shape.is_digits() || term.len() != 4)
    }

    /// `Evansville, IN`, `Sydney NSW 1114`, `Readyville, Tennessee`, `Springfield, Pennsylvania 19064-9711`.
    fn city_and_state(&self, index: usize) -> Option<Parsed> {
        let first = self.term(index)?;
        if !first.shape.is_letters() || first.tags.any(Tags::NOT_A_NAME) && first.is_single() && !first.tags.any(Tags::PARTICLE) || matches!(self.document.byte_before(first.start()), b'@' | b'#' | b'/' | b'_' | b'-') {
            return None;
        }
        if index > 0 && self.gap(index) == b" " && self.term(index - 1).is_some_and(|term| term.shape.starts_upper() && !term.tags.any(Tags::NOT_A_NAME | Tags::CUES | Tags::BEFORE_YEAR)) {
            return None;
        }
        let cased = first.shape.starts_upper();
        let led = index > 0 && ["in", "at", "from", "to", "near", "of"].contains(&self.word(index - 1)) && self.gap(index) == b" " || matches!(self.document.byte_before(first.start()), b'"' | b'\n' | b'>' | b'=' | b'\t') || self.document.text[..first.start()].ends_with(": ") || self.document.text[..first.start()].ends_with(" - ");
        let mut key = Vec::with_capacity(40);
        let mut known = 0;
        let mut best = None;
        for count in 1..=MAX_PLACE_WORDS {
            let at = index + count - 1;
            let term = self.term(at)?;
            if count > 1 && !matches!(self.gap(at), b" " | b"-" | b"'" | b". ") {
                break;
            }
            if count > 1 && (!cased && term.shape.starts_upper() || self.gap(at) == b". " && self.document.terms[at - 1].len() > 3) {
                break;
            }
            let particle = count > 1 && (term.tags.any(Tags::PARTICLE) || matches!(self.document.word(term), "the" | "by" | "on" | "upon" | "in"));
            if !term.shape.is_letters() || cased && !term.shape.starts_upper() && !particle {
                break;
            }
            if !key.is_empty() {
                key.push(b' ');
            }
            fold_into(self.document.word(term), &mut key);
            let is_known = self.gazetteer.place(&key).is_some();
            if is_known {
                known = count;
            }
            let next = at + 1;
            let Some(state) = self.term(next) else { break };
            let gap = self.gap(next);
            if !matches!(gap, b", " | b" " | b",") {
                continue;
            }
            let code = state.tags.any(Tags::STATE_CODE) && state.is_single() && state.shape.is_upper() && (2..=3).contains(&state.len());
            let credential = ["MD", "DO", "PA", "NP"].contains(&self.document.word(state));
            let lower_code = !cased && state.tags.any(Tags::STATE_CODE) && state.is_single() && gap != b" ";
            let name = state.tags.any(Tags::STATE) && gap != b" ";
            let after = if code || lower_code { next + 1 } else { self.after_phrase(next) };
            let postcode = (code || lower_code || state.tags.any(Tags::STATE)).then(|| self.postcode(after)).flatten().filter(|_| self.gap(after) == b" ");
            let comma = gap.starts_with(b",");
            let score = match () {
                () if postcode.is_some() && (is_known || comma && cased) => 0.9,
                // `Hunter, MD` is a doctor.
                () if code && comma && is_known && (led || !credential) => 0.82,
                () if code && comma && known == 0 && led => 0.6,
                () if name && comma && is_known && (cased || self.document.byte_at(state.end()) != b' ') => 0.75,
                () if name && comma && cased && led => 0.5,
                () => 0.0,
            };
            if score > 0.0 {
                best = Some(Parsed { next: postcode.unwrap_or(after), score });
                break;
            }
            if let Some(end) = self.postcode_with_letters(next)
                && is_known
                && cased
            {
                best = Some(Parsed { next: end, score: 0.9 });
                break;
            }
        }
        let mut parsed = best?;
        if !cased {
            parsed.score -= 0.1;
        }
        if self.tags(parsed.next).any(Tags::COUNTRY) && self.gap(parsed.next) == b", " {
            parsed.next = self.after_phrase(parsed.next);
        }
        Some(parsed)
    }

    fn postcode_with_letters(&self, index: usize) -> Option<usize> {
        let term = self.term(index)?;
        let bytes = self.document.bytes();
        // Without a blank, the Canadian form is that of many part numbers.
        let end = uk_postcode(bytes, term.start()).or_else(|| canadian_postcode(bytes, term.start()).filter(|end| end - term.start() == 7))?;
        Some(self.document.term_from(end))
    }

    /// A postcode whose form says what it is.
    fn postcode_alone(&self, index: usize) -> Option<Parsed> {
        let term = self.term(index)?;
        if !term.shape.has_upper() || !term.shape.has_letter() || matches!(self.document.byte_before(term.start()), b'-' | b'/' | b'+') {
            return None;
        }
        self.postcode_with_letters(index).map(|next| Parsed { next, score: 0.78 })
    }

    /// Addresses after labels, whatever their form.
    fn labelled(&self, out: &mut Vec<Candidate>) {
        let document = self.document;
        for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::ADDRESS)) {
            let end = cue.end as usize;
            let from = document.term_from(end);
            let Some(term) = self.term(from) else { continue };
            let gap = &document.bytes()[end..term.start()];
            if gap.len() > 8 {
                continue;
            }
            let marked = gap.iter().any(|byte| matches!(byte, b':' | b'=' | b'>' | b'\t')) || gap == b" - ";
            if !marked && !matches!(gap, b" " | b" (" | b": ") {
                continue;
            }
            let lines = gap.iter().filter(|byte| **byte == b'\n').count();
            if lines > 1 {
                continue;
            }
            let mut from = from;
            if !marked && matches!(self.word(from), "is" | "es" | "at" | "in" | "the" | "la" | "el" | "en") {
                from += 1;
            }
            let parsed = self.at(from).map(|parsed| Parsed { score: parsed.score + 0.15, ..parsed });
            let field = field_end(document, self.document.terms.get(from).map_or(end, Term::start));
            // `Deliver to: Laura Neil, 24 Holly Close`: a name may come first.
            let person = cue.tags.any(Tags::NAME) && parsed.is_none();
            if marked
                && !person
                && let Some(found) = self.field(from, field, parsed)
            {
                out.push(found);
                continue;
            }
            if let Some(parsed) = parsed.filter(|parsed| parsed.score >= crate::REPORTED) {
                self.push(from, parsed, out);
                continue;
            }
            if person {
                continue;
            }
            // `moved to Garbat`, `CP 28028`
            let plain = self.postcode(from).map(|next| Parsed { next, score: if marked { 0.8 } else { 0.6 } });
            let place = || self.place(from, true).filter(|_| self.term(from).is_some_and(|term| term.shape.starts_upper())).map(|next| Parsed { next, score: 0.62 });
            if let Some(parsed) = plain.or_else(place) {
                self.push(from, self.tail(parsed), out);
            }
        }
    }

    /// The address in the field of a label, from word `from` to byte `end` at most.
    fn field(&self, from: usize, end: usize, parsed: Option<Parsed>) -> Option<Candidate> {
        let document = self.document;
        let start = document.terms.get(from)?.start();
        if end <= start || end - start > MAX_FIELD {
            return None;
        }
        let text = &document.text[start..end];
        if text.contains('@') || text.contains("://") || text.starts_with("is ") {
            return None;
        }
        if let Some(parsed) = parsed
            && parsed.score >= crate::REPORTED
        {
            let parsed_end = self.end_of(parsed.next);
            // What is left of the field belongs to it if it is short and no value of its own.
            let rest = &document.text[parsed_end.min(end)..end];
            let closed = matches!(document.byte_at(end), b'\n' | b'\r' | b';' | b'|' | b'<' | b'"' | b'\t');
            let plain = rest.split(' ').all(|word| !word.starts_with(|c: char| c.is_lowercase())) || text.chars().all(|c| !c.is_uppercase());
            let whole = rest.len() <= 40 && closed && plain && !rest.contains([':', '=', '(']);
            let span = Span::new(start, if whole { end.max(parsed_end) } else { parsed_end });
            return Some(Candidate { kind: Kind::Address, span, score: (parsed.score + 0.05).min(0.97) });
        }
        let last = document.term_from(end);
        let words = last - from;
        let digits = text.bytes().any(|byte| byte.is_ascii_digit());
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let term = &document.terms[from];
        let known = self.place(from, true).is_some() || term.tags.any(Tags::COUNTRY | Tags::STATE);
        let score = match () {
            () if digits && letters >= 4 && words >= 3 && text.contains(", ") => 0.8,
            () if digits && letters >= 4 && words >= 3 => 0.65,
            () if known && words <= 6 => 0.75,
            () if self.postcode(from).is_some_and(|next| next >= last) => 0.85,
            () if term.shape.starts_upper() && words <= 3 && letters >= 3 && !digits && !term.tags.any(Tags::NOT_A_NAME) => 0.55,
            () => return None,
        };
        Some(Candidate { kind: Kind::Address, span: Span::new(start, end), score })
    }
}

/// Whether a known place that is written in lower case stands at the end of its field.
fn known_alone(document: &Document<'_>, next: usize) -> bool {
    matches!(document.gap_before(next).first(), None | Some(b',' | b'.' | b'\n' | b';'))
}

/// The end of the field that starts at `start`: a line break, a mark between fields, or the end of a sentence.
fn field_end(document: &Document<'_>, start: usize) -> usize {
    let bytes = document.bytes();
    let mut end = start;
    while end < bytes.len() && end - start <= MAX_FIELD {
        match bytes[end] {
            b'\n' | b'\r' | b'\t' | b';' | b'|' | b'<' | b'"' => break,
            // A stop ends the field when a new sentence or nothing follows; `Apt. 4` and `St. James` go on.
            b'.' if matches!(document.byte_at(end + 1), b'\n' | b'\r') => break,
            b'.' if document.byte_at(end + 1) == b' ' && end - start >= 4 && !is_abbreviation(document, end) => break,
            b',' if document.byte_at(end + 1) == b' ' && label_follows(document, end + 2) => break,
            _ => {}
        }
        end += 1;
    }
    while end > start && matches!(bytes[end - 1], b' ' | b'.' | b',') {
        end -= 1;
    }
    end
}

fn is_abbreviation(document: &Document<'_>, stop: usize) -> bool {
    let index = document.term_from(stop).saturating_sub(1);
    document.terms.get(index).is_some_and(|term| term.end() == stop && term.len() <= 4 && (term.tags.any(Tags::STREET | Tags::UNIT | Tags::STREET_BEFORE | Tags::PO_BOX) || term.len() == 1))
}

/// Whether a label with its mark begins at byte `at`.
fn label_follows(document: &Document<'_>, at: usize) -> bool {
    let bytes = &document.bytes()[at..];
    let mark = bytes.iter().take(32).position(|byte| matches!(byte, b':' | b'=' | b'<' | b'\t'));
    let comma = bytes.iter().take(32).position(|&byte| matches!(byte, b',' | b'\n' | b'"')).unwrap_or(32);
    let cue = document.cues.partition_point(|cue| (cue.start as usize) < at);
    mark.is_some_and(|mark| mark < comma) || document.cues.get(cue).is_some_and(|cue| cue.start as usize == at && !cue.tags.any(Tags::ADDRESS) && cue.tags.any(Tags::VALUE_CUES | Tags::EMAIL | Tags::USERNAME | Tags::PASSWORD))
}

/// `12`, `254B`, `3rd`? No: up to six digits and a letter, or an ordinal of a street is left to the street.
fn house_number(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    (1..=6).contains(&digits) && (word.len() == digits || word.len() == digits + 1 && word.as_bytes()[digits].is_ascii_alphabetic())
}

/// The end of a UK postcode at `start`: `CV6 4TM`, `EC1A 1BB`.
fn uk_postcode(bytes: &[u8], start: usize) -> Option<usize> {
    const OUTWARD: [&str; 6] = ["A9 ", "A99 ", "AA9 ", "AA99 ", "A9A ", "AA9A "];
    let end = OUTWARD.iter().find_map(|shape| match_at(shape.as_bytes(), bytes, start))?;
    let end = match_at(b"9AA", bytes, end)?;
    let free = bytes.get(end).is_none_or(|next| !next.is_ascii_alphanumeric());
    (free && !matches!(bytes[start].to_ascii_uppercase(), b'Q' | b'V' | b'X')).then_some(end)
}

/// The end of a Canadian postcode at `start`: `C1E 4E5`.
fn canadian_postcode(bytes: &[u8], start: usize) -> Option<usize> {
    let end = match_at(b"A9A 9A9", bytes, start).or_else(|| match_at(b"A9A9A9", bytes, start))?;
    let free = bytes.get(end).is_none_or(|next| !next.is_ascii_alphanumeric());
    let region = !matches!(bytes[start].to_ascii_uppercase(), b'D' | b'F' | b'I' | b'O' | b'Q' | b'U' | b'W' | b'Z');
    (free && region).then_some(end)
}
