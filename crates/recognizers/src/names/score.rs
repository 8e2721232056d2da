//! How likely a run is a personal name: its words, what leads to it and what follows.

use super::run::{Piece, Run};
use crate::document::Document;
use crate::tags::Tags;

/// What speaks for a name from outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Lead {
    None,
    /// A word that names often follow.
    Word,
    /// A phrase that announces a name.
    Cue,
    /// A label with a mark.
    Label,
    /// A title that is also an ordinary word.
    WeakTitle,
    /// A title.
    Title,
}

impl Run {
    /// How likely the run is a personal name, before places are considered.
    pub(super) fn score(&self, document: &Document<'_>, index: usize, lead: Lead) -> Option<f32> {
        let pieces = &self.pieces[..self.len];
        if self.organisation && lead != Lead::Title {
            return None;
        }
        let term = &document.terms[index];
        let cased = term.shape.starts_upper();
        let core = || pieces.iter().filter(|piece| !piece.initial && !piece.particle);
        let first = core().next()?;
        let last = core().next_back()?;
        let count = core().count();
        let initials = pieces.iter().any(|piece| piece.initial);
        if lead == Lead::Title {
            let common = count == 1 && first.word > 40 && first.best() < 0.2;
            return (!common || cased && first.surname > 0.05).then_some(if cased { 0.95 } else { 0.88 });
        }
        if lead == Lead::WeakTitle {
            let evidence = core().map(Piece::best).fold(0.0, f32::max);
            let unknown = core().any(|piece| piece.unknown);
            let preceded = index >= 2
                && document.gap_before(index - 1) == b" "
                && document.terms[index - 2].shape.starts_upper()
                && !document.terms[index - 2].tags.any(Tags::NOT_A_NAME | Tags::TITLE);
            let score = if evidence > 0.3 {
                0.6 + 0.35 * evidence
            } else if unknown {
                0.72
            } else {
                0.3
            };
            return Some(if preceded && evidence < 0.6 { score - 0.3 } else { score });
        }
        let before = index.checked_sub(1).map(|at| &document.terms[at]);
        let gap = document.gap_before(index);
        if let Some(before) = before
            && gap == b" "
        {
            // Numbers and street words make it an address, `de` and `of` a title of something.
            if before.shape.is_digits() && before.len() <= 5 && lead < Lead::Cue && count < 3 {
                return None;
            }
            if before.tags.any(Tags::STREET_BEFORE) && before.shape.starts_upper() && lead < Lead::Cue {
                return None;
            }
        }
        let after = document.terms.get(self.next);
        let verb = after.is_some_and(|term| {
            document.gap_before(self.next) == b" " && term.tags.any(Tags::AFTER_NAME) && term.shape.is_lower()
        });
        let the = before.is_some_and(|term| {
            gap == b" "
                && matches!(
                    document.word(term),
                    "the" | "The" | "el" | "la" | "El" | "La" | "del" | "al" | "a" | "an" | "un" | "una"
                )
        });
        let starts_sentence =
            before.is_none() || gap.iter().any(|byte| matches!(byte, b'.' | b'!' | b'?' | b'\n' | b':'));
        let mut score = if count == 1 {
            let p = first.given.max(0.85 * first.surname);
            let alone = match () {
                () if lead >= Lead::Label && first.unknown => 0.75,
                () if lead >= Lead::Label && p < 0.15 && first.word > 34 => 0.3,
                () if lead >= Lead::Label => 0.5 + 0.42 * p,
                () if lead >= Lead::Cue && first.unknown => 0.6,
                () if lead >= Lead::Cue => 0.35 + 0.5 * p,
                () if initials && first.unknown => 0.62,
                () if initials => 0.4 + 0.45 * p,
                () if first.given > 0.85 && first.word < 36 => 0.58,
                () if first.given > 0.6 => 0.46,
                () if first.surname > 0.85 && !starts_sentence => 0.42,
                () if p > 0.3 => 0.3,
                () if first.unknown && !starts_sentence => 0.3,
                () => 0.05,
            };
            let upper = term.shape.is_upper() && term.len() > 1 && lead < Lead::Label;
            alone - if upper { 0.25 } else { 0.0 }
        } else {
            let given = if first.unknown {
                0.3
            } else {
                first.given.max(0.55 * first.surname)
            };
            let surname = if last.unknown {
                0.45
            } else {
                last.surname.max(0.6 * last.given)
            };
            let mut score = 0.22 + 0.42 * given + 0.32 * surname;
            if given > 0.45 && surname > 0.4 {
                score += 0.08;
            }
            for piece in core() {
                if piece.best() < 0.15 && piece.word > 20 {
                    let penalty = if lead >= Lead::Label { 0.004 } else { 0.012 };
                    score -= penalty * f32::from(piece.word.min(40));
                }
            }
            if initials {
                score += 0.08;
            }
            if lead >= Lead::Cue {
                score = (score + 0.22).max(if lead == Lead::Label { 0.58 } else { 0.5 });
            }
            if count > 4 {
                score -= 0.1 * (count - 4) as f32;
            }
            if term.shape.is_upper() && lead < Lead::Label {
                score -= 0.08;
            }
            score
        };
        if lead == Lead::Word {
            score += if count == 1 { 0.12 } else { 0.08 };
        }
        if verb {
            score += 0.14;
        }
        if document.bytes()[self.end..].starts_with(b" <")
            && document.bytes()[self.end..].iter().take(40).any(|&byte| byte == b'@')
        {
            score += 0.35;
        }
        if credential_follows(document, self.next, self.end) {
            score += if count == 1 { 0.4 } else { 0.2 };
        }
        // `Graves disease`, `Murphy sign`: named after somebody.
        let eponym = after.is_some_and(|term| {
            document.gap_before(self.next) == b" " && term.shape.is_lower() && term.tags.any(Tags::INSTITUTION)
        });
        if eponym && count == 1 {
            score -= 0.35;
        }
        let saint = before.is_some_and(|term| {
            matches!(gap, b" " | b". ") && matches!(document.word(term), "St" | "Saint" | "San" | "Santa" | "Ste")
        });
        let contraction = document.text[self.end..].starts_with("'t") || document.text[self.end..].starts_with("’t");
        if (saint && lead < Lead::Cue) || contraction {
            score -= 0.4;
        }
        if age_follows(document, self.end) {
            score += if count == 1 { 0.35 } else { 0.25 };
        }
        if the && lead < Lead::Cue {
            // `the Christie`, but `the Agatha Christie collection`.
            score -= if count == 1 { 0.3 } else { 0.12 };
        }
        let street = document.terms[self.next - 1].tags.any(Tags::STREET) && count <= 3;
        if street && last.surname < 0.6 && lead < Lead::Label {
            score -= 0.2;
        }
        Some(score.min(0.96))
    }
}

/// `, MD` and the like after a name.
fn credential_follows(document: &Document<'_>, next: usize, end: usize) -> bool {
    const CREDENTIALS: &[&str] = &[
        "MD", "M.D", "DO", "D.O", "NP", "RN", "PA", "PhD", "Ph.D", "DDS", "Esq", "MBA", "CPA", "LPN", "PharmD", "JD",
    ];
    let rest = &document.text[end..];
    document.gap_before(next) == b", "
        && CREDENTIALS.iter().any(|credential| rest[2..].starts_with(credential) && !document.byte_at(end + 2 + credential.len()).is_ascii_alphanumeric())
        // `Hagerstown, MD 21740` is a place.
        && document.digits_at(end + 5) == 0
}

/// `, 46,` or ` (46)` after a name.
pub(super) fn age_follows(document: &Document<'_>, end: usize) -> bool {
    let bytes = &document.bytes()[end..];
    if !(bytes.starts_with(b", ") || bytes.starts_with(b" (")) {
        return false;
    }
    let digits = document.digits_at(end + 2);
    matches!(digits, 1 | 2) && matches!(document.byte_at(end + 2 + digits), b',' | b')')
}
