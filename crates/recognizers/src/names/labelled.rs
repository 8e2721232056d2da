//! Names after labels and phrases that announce them.

use super::push;
use super::run::{Piece, Run};
use super::score::Lead;
use super::titled::title_before;
use crate::candidate::Candidate;
use crate::document::{Cue, Document};
use crate::gazetteer::Gazetteer;
use crate::tags::Tags;

/// Names after labels and phrases that announce them, in any case, and with the surname first.
pub(super) fn find(document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
    for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::NAME)) {
        let Some(announced) = Announced::by(document, cue) else {
            continue;
        };
        let from = announced.from;
        let term = &document.terms[from];
        let cased = term.shape.starts_upper();
        let run = if announced.lead == Lead::Label || announced.new_line {
            Run::read_field(document, gazetteer, from)
        } else {
            Run::read(document, gazetteer, from, true)
        };
        let Some(mut run) = run else { continue };
        let Some(mut score) = run.score(document, from, announced.lead) else {
            continue;
        };
        if let Some(given) = given_after(document, gazetteer, &run, announced.marked) {
            score = score.max(0.95);
            run.end = given.end;
            run.next = given.next;
        } else if run.next == from + 1 {
            // `Customer: Hi`
            if term.tags.any(Tags::NOT_A_NAME) && term.is_single() && run.pieces[0].best() < 0.6 {
                continue;
            }
            let goes_on = document.gap_before(run.next) == b" "
                && document
                    .terms
                    .get(run.next)
                    .is_some_and(|next| next.shape.starts_upper() && !next.tags.any(Tags::CUES));
            if announced.marked && cased && goes_on {
                // The first word of something longer that is no name.
                score -= 0.2;
            }
        }
        if announced.marked && cased && run.next - from >= 2 && field_ends(document, run.end) {
            score = score.max(0.86);
        }
        if !cased {
            let evidence = run.pieces[..run.len].iter().map(Piece::best).fold(0.0, f32::max);
            if evidence < 0.3 {
                continue;
            }
            score -= 0.05;
        }
        push(document, from, &run, score, out);
    }
}

/// A place where a cue announces a name.
struct Announced {
    /// Index of the first word of the name.
    from: usize,
    /// A mark stands between: a colon, an equals sign, a tab, the end of an element.
    marked: bool,
    /// The name stands on a line of its own, as below a letter.
    new_line: bool,
    /// How strongly it is announced.
    lead: Lead,
}

impl Announced {
    /// What `cue` announces; `None` if what follows is no place for a name.
    fn by(document: &Document<'_>, cue: &Cue) -> Option<Announced> {
        let end = cue.end as usize;
        let phrase = &document.text[cue.start as usize..end];
        let from = document.term_from(end);
        let term = document.terms.get(from)?;
        let gap = &document.bytes()[end..term.start()];
        if gap.len() > 12 || !term.shape.is_letters() {
            return None;
        }
        let marked = gap.iter().any(|byte| matches!(byte, b':' | b'=' | b'>' | b'\t' | b'"')) || gap == b" - ";
        let new_line = gap.contains(&b'\n');
        let sentence_ends = gap.windows(2).any(|pair| matches!(pair, b". " | b"? " | b"! "));
        if new_line && !gap.contains(&b',') || sentence_ends {
            return None;
        }
        // `Dear Mr. Banks`, `Contact: Dr. Lau` are found by their titles.
        if term.tags.any(Tags::TITLE) && title_before(document, from) {
            return None;
        }
        // `Customer: Hi Keisha`: the greeting announces the name, the label does not.
        if marked && closes_letter(&document.text[term.start()..term.end()]) {
            return None;
        }
        let lower = phrase.to_ascii_lowercase();
        if !marked {
            let spoken = new_line || matches!(gap, b" " | b", ");
            let closing = new_line || gap == b", " && closes_letter(phrase);
            if !spoken || term.tags.any(Tags::NAME) || !(closing || strong_phrase(phrase)) {
                return None;
            }
            let small = !term.shape.starts_upper() && !new_line;
            if small && !phrase.contains(' ') && !SAID_IN_ANY_CASE.contains(&lower.as_str()) {
                return None;
            }
        }
        // `My name is` is as good as a label.
        let said = ["name is", "llamo", "name's", "name was"]
            .iter()
            .any(|ending| lower.ends_with(ending));
        let lead = if marked || said { Lead::Label } else { Lead::Cue };
        Some(Announced {
            from,
            marked,
            new_line,
            lead,
        })
    }
}

/// The given names of `Weber, Cameron` after the surname `run`.
fn given_after(document: &Document<'_>, gazetteer: &Gazetteer, run: &Run, marked: bool) -> Option<Run> {
    let next = document.terms.get(run.next)?;
    let surname = &run.pieces[0];
    let is_surname = surname.surname > 0.12 || surname.unknown || run.len > 1;
    let is_full_name = run.len > 1 && surname.given >= 0.5 && surname.surname <= surname.given;
    if document.gap_before(run.next) != b", "
        || run.len > 3
        || !is_surname
        || is_full_name
        || next.tags.any(Tags::VALUE_CUES)
    {
        return None;
    }
    let given = Run::read(document, gazetteer, run.next, true)?;
    let first = given.pieces[0].given;
    if given.len > 3 || given.organisation && !marked || first <= 0.15 {
        return None;
    }
    let fills_field = marked && field_ends(document, given.end);
    (fills_field || surname.surname > 0.15 && first > 0.4 && given.len <= 2).then_some(given)
}

/// Single words after which a name may stand in small letters.
const SAID_IN_ANY_CASE: &[&str] = &[
    "spouse",
    "applicant",
    "traveler",
    "traveller",
    "passenger",
    "dear",
    "soy",
    "estimado",
    "estimada",
    "querido",
    "querida",
    "thx",
    "hi",
    "hey",
    "hello",
    "hola",
];

/// Phrases that announce a name without a mark behind them. Words such as `to` and `customer` do not.
fn strong_phrase(phrase: &str) -> bool {
    const WORDS: &[&str] = &[
        "name",
        "spouse",
        "applicant",
        "traveler",
        "traveller",
        "passenger",
        "dear",
        "cardholder",
        "policyholder",
        "beneficiary",
        "nominee",
        "claimant",
        "soy",
        "paciente",
        "titular",
        "estimado",
        "estimada",
        "querido",
        "querida",
        "solicitante",
        "thx",
        "hi",
        "hey",
        "hello",
        "hola",
        "its",
        "it's",
        "patient",
        "guest",
        "tenant",
        "landlord",
    ];
    phrase.contains(' ') || WORDS.iter().any(|word| phrase.eq_ignore_ascii_case(word))
}

/// Whether the phrase ends a letter, so that a name follows its comma.
fn closes_letter(phrase: &str) -> bool {
    const CLOSINGS: &[&str] = &[
        "regards",
        "best regards",
        "kind regards",
        "warm regards",
        "sincerely",
        "yours sincerely",
        "sincerely yours",
        "yours truly",
        "respectfully",
        "atentamente",
        "saludos",
        "un saludo",
        "saludos cordiales",
        "un cordial saludo",
        "cordialmente",
        "hi",
        "hello",
        "hey",
        "hola",
    ];
    CLOSINGS.iter().any(|closing| phrase.eq_ignore_ascii_case(closing))
}

/// Whether a field ends at byte `end`.
fn field_ends(document: &Document<'_>, end: usize) -> bool {
    matches!(
        document.byte_at(end),
        b'\n' | b'\r' | b'"' | b';' | b'|' | b'<' | b'\t' | b',' | b'.' | b')' | b'('
    ) || document.bytes()[end..].starts_with(b" |")
        || document.bytes()[end..].starts_with(b" (")
}
