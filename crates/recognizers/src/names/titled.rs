//! Names after titles: `Mr. Okafor`, `Officer Banks`, `dear mr. thoresen`.

use construe_text::Span;

use super::push;
use super::run::{Run, is_initial, particle_leads_on};
use super::score::Lead;
use crate::candidate::{Candidate, Kind};
use crate::document::Document;
use crate::gazetteer::Gazetteer;
use crate::tags::Tags;

/// Adds the name after the title at word `index`, if one can be read. The index of the word to go on with.
pub(super) fn find(document: &Document<'_>, gazetteer: &Gazetteer, index: usize, out: &mut Vec<Candidate>) -> usize {
    let mut from = index + 1;
    // `Prof. Dr Z. Necatigil`, and in Spain `Dr. D. Xavier Pascual`.
    if document.terms[from].tags.any(Tags::TITLE) && title_before(document, from) {
        return from;
    }
    if document.word(&document.terms[from]) == "D" && document.gap_before(from + 1) == b". " {
        from += 1;
    }
    if let Some((end, next)) = initials_only(document, from) {
        let span = Span::new(document.terms[from].start(), end);
        out.push(Candidate {
            kind: Kind::PersonName,
            span,
            score: 0.85,
        });
        return next;
    }
    let title = document.word(&document.terms[index]);
    let weak = WEAK_TITLES.iter().any(|known| title.eq_ignore_ascii_case(known));
    let (run, lead) = if weak {
        (Run::read(document, gazetteer, from, true), Lead::WeakTitle)
    } else {
        (Run::read_titled(document, gazetteer, from), Lead::Title)
    };
    let Some(mut run) = run else { return index + 1 };
    let Some(score) = run
        .score(document, from, lead)
        .filter(|score| *score >= crate::REPORTED)
    else {
        return index + 1;
    };
    // `Doña Cervántez, Miguel`
    if run.len == 1
        && document.gap_before(run.next) == b", "
        && let Some(given) = Run::read(document, gazetteer, run.next, false)
        && given.len == 1
        && given.pieces[0].given > 0.4
        && matches!(document.byte_at(given.end), b',' | b' ')
    {
        run.end = given.end;
        run.next = given.next;
    }
    push(document, from, &run, score, out);
    run.next
}

/// Titles that are also ordinary words: they need a name behind them.
const WEAK_TITLES: &[&str] = &[
    "general",
    "chief",
    "president",
    "secretary",
    "minister",
    "justice",
    "father",
    "sister",
    "brother",
    "mother",
    "coach",
    "king",
    "queen",
    "prince",
    "princess",
    "lady",
    "lord",
    "saint",
    "mayor",
    "governor",
    "hon",
    "sir",
    "major",
    "col",
    "gen",
    "ing",
    "lic",
    "don",
    "fr",
    "sor",
    "rey",
    "reina",
    "papa",
    "padre",
    "hermano",
    "hermana",
    "doctor",
    "nurse",
    "attorney",
    "officer",
    "judge",
    "captain",
    "uncle",
    "aunt",
    "madam",
    "dame",
    "bishop",
    "cardinal",
    "emperor",
    "deputy",
    "alcalde",
    "presidente",
    "presidenta",
    "ministro",
    "ministra",
    "senator",
    "chancellor",
    "ambassador",
    "inspector",
    "superintendent",
    "sheriff",
    "constable",
    "ms",
    "sen",
    "ing",
];

/// Whether the word at `index` is a title with a name to come: `Mr. `, `Dr `, `Officer `.
pub(super) fn title_before(document: &Document<'_>, index: usize) -> bool {
    let Some(next) = document.terms.get(index + 1) else {
        return false;
    };
    let term = &document.terms[index];
    if matches!(document.byte_before(term.start()), b'.' | b'@' | b'-' | b'_' | b'/') {
        return false;
    }
    let word = document.word(term);
    let gap = document.gap_before(index + 1);
    let short = word.len() <= 5;
    if !(gap == b" " || gap == b". " || gap == b"." && short || gap == b".  " || gap == b"  " || gap == b"\xc2\xa0") {
        return false;
    }
    if !next.shape.is_letters() || next.len() < 2 && !next.shape.starts_upper() {
        return false;
    }
    if next.len() == 1 && document.byte_at(next.end()) == b'\'' {
        return true;
    }
    if next.shape.starts_upper() {
        // `Lady` and `General` also begin other names; a lower-case title is one all the same.
        let strong = !WEAK_TITLES.iter().any(|title| word.eq_ignore_ascii_case(title));
        let opens_sentence = [
            "In", "The", "He", "She", "It", "We", "They", "And", "But", "If", "As", "At", "On", "For", "El", "La",
            "En", "Se",
        ]
        .contains(&document.word(next));
        return !next.tags.any(Tags::NOT_A_NAME)
            || next.tags.any(Tags::TITLE)
            || is_initial(document, next)
            || strong && !opens_sentence;
    }
    // In text without capitals: `dear mr. thoresen`.
    let abbreviated = matches!(
        word.to_ascii_lowercase().as_str(),
        "mr" | "mrs" | "ms" | "dr" | "sr" | "sra" | "dra" | "srta" | "don" | "doña" | "officer" | "señor" | "señora"
    );
    if next.tags.any(Tags::PARTICLE) && next.shape.is_lower() {
        return particle_leads_on(document, index + 1, term.shape.starts_upper()) && next.len() > 1;
    }
    term.shape.is_lower() && abbreviated && !next.tags.any(Tags::NOT_A_NAME)
}

/// A name of initials only after a title: `F.L.`, up to three. Its end and the index of the word after it.
fn initials_only(document: &Document<'_>, index: usize) -> Option<(usize, usize)> {
    let mut at = index;
    let mut end = 0;
    while at < index + 3
        && document
            .terms
            .get(at)
            .is_some_and(|term| term.len() == 1 && term.shape.starts_upper() && document.byte_at(term.end()) == b'.')
        && (at == index || document.gap_before(at) == b".")
    {
        end = document.terms[at].end() + 1;
        at += 1;
    }
    let name_follows = document.terms.get(at).is_some_and(|term| {
        document.gap_before(at) == b". " && term.shape.starts_upper() && !term.tags.any(Tags::NOT_A_NAME)
    });
    (at >= index + 2 && !name_follows).then_some((end, at))
}
