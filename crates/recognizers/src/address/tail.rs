//! What follows a street: units, places, states, postcodes, countries.

use construe_text::fold::fold_into;

use super::{Parsed, Reader};
use crate::candidate::Candidate;
use crate::document::Document;
use crate::shape::match_at;
use crate::tags::Tags;

/// Parts after the street at most.
const MAX_PARTS: usize = 8;

/// Words of the name of a place at most.
pub(super) const MAX_PLACE_WORDS: usize = 6;

/// What a tail has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Street,
    Place,
    State,
    Postcode,
    Everything,
}

impl Reader<'_, '_> {
    /// What stands behind a Spanish street without belonging to its line: a postcode, a city, a province in
    /// brackets, a country, each on its own. The index of the word after them.
    pub(super) fn continuation(&self, from: usize, out: &mut Vec<Candidate>) -> usize {
        let mut index = from;
        for part in 0..4 {
            let gap = self.gap(index);
            if !matches!(
                gap,
                b" " | b", " | b". " | b" - " | b" (" | b") " | b"). " | b"- " | b", E-" | b" E-" | b". E-"
            ) {
                break;
            }
            let Some(term) = self.term(index) else { break };
            let postcode = part == 0 && term.len() == 5 && term.shape.is_digits();
            let next = if postcode {
                index + 1
            } else if term.tags.any(Tags::COUNTRY) && term.shape.starts_upper() {
                self.after_phrase(index)
            } else if let Some(next) = self
                .place(index, true)
                .filter(|_| term.shape.starts_upper() && (part > 0 || gap != b". "))
            {
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
    pub(super) fn tail(&self, from: Parsed) -> Parsed {
        let mut parsed = from;
        let mut after = After::Street;
        for _ in 0..MAX_PARTS {
            let next = parsed.next;
            let Some((part, kind)) = self.part(next, after) else {
                break;
            };
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
        let separated = matches!(
            gap,
            b", "
                | b","
                | b",\n"
                | b"\n"
                | b", \n"
                | b" - "
                | b"- "
                | b" -"
                | b". "
                | b" ("
                | b",  "
                | b"\r\n"
                | b",\r\n"
                | b" , "
                | b"., "
                | b".\n"
                | b"\n "
                | b"\n, "
                | b",\n "
        );
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
            return matches!(after, After::Street | After::Place | After::State)
                .then_some((Parsed { next, score: 0.2 }, After::Postcode));
        }
        if gap == b". " || gap == b" (" {
            return None;
        }
        // `Virginia, MN`: a city may be called like a state.
        let city = term.tags.any(Tags::STATE)
            && after == After::Street
            && self.place(index, separated).is_some_and(|next| {
                self.confirms_place(next) && !self.term(next).is_some_and(|next| next.shape.is_digits())
            });
        if !city && let Some(next) = self.state(index, separated || gap == b" ") {
            return matches!(after, After::Street | After::Place)
                .then_some((Parsed { next, score: 0.15 }, After::State));
        }
        if term.tags.any(Tags::COUNTRY) && separated && after != After::Street {
            let mut next = self.after_phrase(index);
            // Some print the postcode behind the country.
            let postcode = self.gap(next) == b" "
                && self
                    .term(next)
                    .is_some_and(|code| code.shape.is_digits() && (5..=6).contains(&code.len()));
            if postcode && !matches!(after, After::Postcode | After::Everything) {
                next += 1;
            }
            // On a line of its own, a country is the whole of it.
            let alone = postcode
                || matches!(
                    self.document.byte_at(self.document.terms[next - 1].end()),
                    b'\n' | b'\r'
                );
            return (!newline || alone).then_some((Parsed { next, score: 0.1 }, After::Everything));
        }
        if !matches!(after, After::Street | After::Postcode | After::Place) {
            return None;
        }
        // After a place, only one more: a suburb and its city.
        let next = self.place(index, separated || after == After::Postcode)?;
        let fits = match (after, newline) {
            (After::Place, true) => false,
            (After::Place, false) | (_, true) => self.confirms_place(next),
            _ => true,
        };
        fits.then_some((Parsed { next, score: 0.1 }, After::Place))
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
            let fits = matches!(self.gap(number), b" " | b". " | b" #" | b"." | b": ")
                && value.len() <= 5
                && (value.shape.has_digit()
                    || value.len() == 1 && value.shape.is_upper()
                    || value.len() == 1 && term.shape.is_lower());
            if fits {
                return Some(number + 1);
            }
            let standing = [
                "bajo",
                "bajos",
                "ático",
                "local",
                "penthouse",
                "izquierda",
                "derecha",
                "izq",
                "dcha",
                "izda",
            ];
            return (standing
                .iter()
                .any(|word| self.document.word(term).eq_ignore_ascii_case(word))
                && gap == b", ")
                .then_some(index + 1);
        }
        // `3rd Floor`, `2ª planta`
        if term.shape.has_digit()
            && term.len() <= 4
            && matches!(self.gap(index + 1), b" " | b"\xc2\xba " | b"\xc2\xaa ")
            && self.tags(index + 1).any(Tags::UNIT)
            && !self
                .term(index + 2)
                .is_some_and(|value| value.shape.has_digit() && self.gap(index + 2) == b" ")
        {
            return Some(index + 2);
        }
        // `3ºD`, `3º D`, `2ª izq`
        let ordinal = term.shape.has_digit() && term.len() <= 6 && self.document.word(term).contains(['º', 'ª']);
        if ordinal && matches!(gap, b", " | b" " | b",") {
            let letter = self.gap(index + 1) == b" "
                && self.document.word(term).ends_with(['º', 'ª'])
                && self.term(index + 1).is_some_and(|letter| {
                    letter.shape.is_letters() && (letter.len() == 1 || letter.tags.any(Tags::UNIT))
                });
            return Some(if letter { index + 2 } else { index + 1 });
        }
        let closes = |end: usize| {
            matches!(self.document.byte_at(end), b',' | b'\n' | b'.' | b'"' | b';')
                || self.document.byte_at(end) == b' ' && self.document.byte_at(end + 1) == b'.'
        };
        if gap == b", " && term.len() <= 3 && term.shape.has_digit() && term.shape.has_upper() && closes(term.end()) {
            return Some(index + 1);
        }
        // `3.º C`
        if gap == b", "
            && term.shape.is_digits()
            && self.gap(index + 1) == b"."
            && matches!(self.word(index + 1), "º" | "ª")
        {
            let letter = self.gap(index + 2) == b" "
                && self
                    .term(index + 2)
                    .is_some_and(|letter| letter.len() == 1 && letter.shape.is_upper());
            return Some(index + 2 + usize::from(letter));
        }
        // `5 B` and `6o A` after a Spanish street.
        if self.spanish.get()
            && gap == b", "
            && term.len() <= 3
            && self.document.bytes()[term.start()].is_ascii_digit()
            && self.gap(index + 1) == b" "
            && self
                .term(index + 1)
                .is_some_and(|letter| letter.len() == 1 && letter.shape.is_upper() && closes(letter.end()))
        {
            return Some(index + 2);
        }
        None
    }

    /// A postcode at word `index`: US, UK, Canada, India, and the five digits of Spain, Germany or France.
    pub(super) fn postcode(&self, index: usize) -> Option<usize> {
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
            5 if next == b'-'
                && self
                    .term(index + 1)
                    .is_some_and(|plus| plus.len() == 4 && plus.shape.is_digits()) =>
            {
                Some(index + 2)
            }
            5 | 6 => Some(index + 1),
            // Australia: four digits after a state.
            4 if self.gap(index) == b" " && index > 0 && self.is_australian(index - 1) => Some(index + 1),
            // Netherlands: `1821 GR`.
            4 if next == b' '
                && self.term(index + 1).is_some_and(|letters| {
                    letters.len() == 2 && letters.shape.is_upper() && !letters.tags.any(Tags::STATE_CODE)
                }) =>
            {
                Some(index + 2)
            }
            3 if self.gap(index) == b" "
                && self.gap(index + 1) == b" "
                && self
                    .term(index + 1)
                    .is_some_and(|rest| rest.len() == 3 && rest.shape.is_digits()) =>
            {
                Some(index + 2)
            }
            _ => None,
        }
    }

    /// Whether an Australian state ends with word `index`.
    fn is_australian(&self, index: usize) -> bool {
        const STATES: [&str; 14] = [
            "nsw",
            "qld",
            "sa",
            "tas",
            "vic",
            "act",
            "nt",
            "wa",
            "wales",
            "queensland",
            "australia",
            "tasmania",
            "victoria",
            "territory",
        ];
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
            let written_small = term.shape.is_lower()
                && self.gap(index) == b", "
                && index > 0
                && self.document.terms[index - 1].shape.is_lower()
                && matches!(
                    self.document.byte_at(term.end()),
                    b'"' | b'\n' | b'.' | b',' | b';' | b'<'
                );
            return (upper || postcode || written_small).then_some(next);
        }
        if term.tags.any(Tags::STATE)
            && (term.shape.starts_upper()
                || self.gap(index) != b" "
                || self.postcode(self.after_phrase(index)).is_some())
        {
            return Some(self.after_phrase(index));
        }
        None
    }

    /// A place at word `index`: known by name, or unknown but with a state or postcode right behind it.
    pub(super) fn place(&self, index: usize, separated: bool) -> Option<usize> {
        let first = self.term(index)?;
        if !first.shape.is_letters() || first.len() < 2 || first.tags.any(Tags::REFERENCE) {
            return None;
        }
        let cased = first.shape.starts_upper();
        if ["apo", "fpo", "dpo"]
            .iter()
            .any(|post| self.document.word(first).eq_ignore_ascii_case(post))
            && ["aa", "ae", "ap"]
                .iter()
                .any(|region| self.word(index + 1).eq_ignore_ascii_case(region))
            && self.gap(index + 1) == b" "
        {
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
            let particle = hyphen
                || term.tags.any(Tags::PARTICLE)
                || matches!(
                    self.document.word(term),
                    "the" | "by" | "on" | "upon" | "in" | "under" | "le" | "y" | "of" | "and" | "a"
                );
            let joined = at > index && (particle || self.gap(at) == b"'");
            if !term.shape.is_letters() || cased && !term.shape.starts_upper() && !joined {
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
        let confirmed = (1..=words)
            .rev()
            .map(|count| index + count)
            .find(|&next| self.confirms_place(next));
        match (confirmed, known) {
            (Some(next), _) if cased || separated => Some(next),
            (_, Some(next)) if separated && (cased || known_alone(self.document, next)) => Some(next),
            (_, Some(next)) if cased && self.gap(index) == b" " && next - index >= 2 => Some(next),
            _ => None,
        }
    }

    /// Whether what follows word `next - 1` is a state or postcode, so that what precedes is a place.
    pub(super) fn confirms_place(&self, next: usize) -> bool {
        let Some(term) = self.term(next) else { return false };
        let gap = self.gap(next);
        match gap {
            b" " | b", " | b" - " | b"- " | b" -" | b"," | b",  " | b"\n" | b",\n" | b"\r\n" | b"\n, " => {}
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
}

/// Whether a known place that is written in lower case stands at the end of its field.
fn known_alone(document: &Document<'_>, next: usize) -> bool {
    matches!(
        document.gap_before(next).first(),
        None | Some(b',' | b'.' | b'\n' | b';')
    )
}

/// The end of a UK postcode at `start`: `CV6 4TM`, `EC1A 1BB`.
pub(super) fn uk_postcode(bytes: &[u8], start: usize) -> Option<usize> {
    const OUTWARD: [&str; 6] = ["A9 ", "A99 ", "AA9 ", "AA99 ", "A9A ", "AA9A "];
    let end = OUTWARD
        .iter()
        .find_map(|shape| match_at(shape.as_bytes(), bytes, start))?;
    let end = match_at(b"9AA", bytes, end)?;
    let free = bytes.get(end).is_none_or(|next| !next.is_ascii_alphanumeric());
    (free && !matches!(bytes[start].to_ascii_uppercase(), b'Q' | b'V' | b'X')).then_some(end)
}

/// The end of a Canadian postcode at `start`: `C1E 4E5`.
pub(super) fn canadian_postcode(bytes: &[u8], start: usize) -> Option<usize> {
    let end = match_at(b"A9A 9A9", bytes, start).or_else(|| match_at(b"A9A9A9", bytes, start))?;
    let free = bytes.get(end).is_none_or(|next| !next.is_ascii_alphanumeric());
    let region = !matches!(
        bytes[start].to_ascii_uppercase(),
        b'D' | b'F' | b'I' | b'O' | b'Q' | b'U' | b'W' | b'Z'
    );
    (free && region).then_some(end)
}
