//! Addresses without a street: a city with its state, a postcode.

use construe_text::fold::fold_into;

use super::tail::{MAX_PLACE_WORDS, canadian_postcode, uk_postcode};
use super::{Parsed, Reader};
use crate::tags::Tags;

impl Reader<'_, '_> {
    /// `Evansville, IN`, `Sydney NSW 1114`, `Readyville, Tennessee`, `Springfield, Pennsylvania 19064-9711`.
    pub(super) fn city_and_state(&self, index: usize) -> Option<Parsed> {
        let first = self.term(index)?;
        if !first.shape.is_letters()
            || first.tags.any(Tags::NOT_A_NAME) && first.is_single() && !first.tags.any(Tags::PARTICLE)
            || matches!(
                self.document.byte_before(first.start()),
                b'@' | b'#' | b'/' | b'_' | b'-'
            )
        {
            return None;
        }
        if index > 0
            && self.gap(index) == b" "
            && self.term(index - 1).is_some_and(|term| {
                term.shape.starts_upper() && !term.tags.any(Tags::NOT_A_NAME | Tags::CUES | Tags::BEFORE_YEAR)
            })
        {
            return None;
        }
        let cased = first.shape.starts_upper();
        let in_or_at = index > 0
            && ["in", "at", "from", "to", "near", "of"].contains(&self.word(index - 1))
            && self.gap(index) == b" ";
        let opens_field = matches!(
            self.document.byte_before(first.start()),
            b'"' | b'\n' | b'>' | b'=' | b'\t'
        ) || [": ", " - "]
            .iter()
            .any(|mark| self.document.text[..first.start()].ends_with(mark));
        let led = in_or_at || opens_field;
        let mut key = Vec::with_capacity(40);
        let mut known = 0;
        let mut best = None;
        for count in 1..=MAX_PLACE_WORDS {
            let at = index + count - 1;
            let term = self.term(at)?;
            if count > 1 && !matches!(self.gap(at), b" " | b"-" | b"'" | b". ") {
                break;
            }
            if count > 1
                && (!cased && term.shape.starts_upper()
                    || self.gap(at) == b". " && self.document.terms[at - 1].len() > 3)
            {
                break;
            }
            let particle = count > 1
                && (term.tags.any(Tags::PARTICLE)
                    || matches!(self.document.word(term), "the" | "by" | "on" | "upon" | "in"));
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
            let code = state.tags.any(Tags::STATE_CODE)
                && state.is_single()
                && state.shape.is_upper()
                && (2..=3).contains(&state.len());
            let credential = ["MD", "DO", "PA", "NP"].contains(&self.document.word(state));
            let lower_code = !cased && state.tags.any(Tags::STATE_CODE) && state.is_single() && gap != b" ";
            let name = state.tags.any(Tags::STATE) && gap != b" ";
            let after = if code || lower_code {
                next + 1
            } else {
                self.after_phrase(next)
            };
            let postcode = (code || lower_code || state.tags.any(Tags::STATE))
                .then(|| self.postcode(after))
                .flatten()
                .filter(|_| self.gap(after) == b" ");
            let comma = gap.starts_with(b",");
            let score = match () {
                () if postcode.is_some() && (is_known || comma && cased) => 0.9,
                // `Hunter, MD` is a doctor.
                () if code && comma && is_known && (in_or_at || !credential) => 0.82,
                () if code && comma && known == 0 && led && (in_or_at || !credential) => 0.6,
                () if name && comma && is_known && (cased || self.document.byte_at(state.end()) != b' ') => 0.75,
                () if name && comma && cased && led => 0.5,
                () => 0.0,
            };
            if score > 0.0 {
                best = Some(Parsed {
                    next: postcode.unwrap_or(after),
                    score,
                });
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
        let end = uk_postcode(bytes, term.start())
            .or_else(|| canadian_postcode(bytes, term.start()).filter(|end| end - term.start() == 7))?;
        Some(self.document.term_from(end))
    }

    /// A postcode whose form says what it is.
    pub(super) fn postcode_alone(&self, index: usize) -> Option<Parsed> {
        let term = self.term(index)?;
        if !term.shape.has_upper()
            || !term.shape.has_letter()
            || matches!(self.document.byte_before(term.start()), b'-' | b'/' | b'+')
        {
            return None;
        }
        self.postcode_with_letters(index)
            .map(|next| Parsed { next, score: 0.78 })
    }
}
