//! Names that only the layout around them tells: an age behind, an e-mail address, a field of their own.

use construe_text::Span;

use super::push;
use super::run::Run;
use super::score::age_follows;
use crate::candidate::{Candidate, Kind};
use crate::document::Document;
use crate::gazetteer::Gazetteer;
use crate::tags::Tags;

/// `Denny, Roberto <…>`, `"Stiebitz, Amelia"`: a surname and given names that fill a field. Their end and the index
/// of the word after them.
pub(super) fn surname_first(
    document: &Document<'_>,
    gazetteer: &Gazetteer,
    index: usize,
    run: &Run,
) -> Option<(usize, usize)> {
    let opens = matches!(
        document.byte_before(document.terms[index].start()),
        b'"' | b'\n' | b'\t'
    );
    if run.len > 2
        || run.organisation
        || run.pieces[0].best() < 0.15 && !run.pieces[0].unknown
        || document.gap_before(run.next) != b", "
    {
        return None;
    }
    let given = Run::read(document, gazetteer, run.next, false)?;
    let rest = &document.bytes()[given.end..];
    let closes = age_follows(document, given.end)
        || opens
            && (rest.starts_with(b"\"")
                || rest.starts_with(b" <")
                || rest.starts_with(b"\n")
                || rest.is_empty()
                || rest.starts_with(b"\t")
                || rest.starts_with(b" |"));
    (closes && given.len <= 3 && !given.organisation && given.pieces[0].given > 0.15).then_some((given.end, given.next))
}

/// Names in text without capitals that an age follows: `carol henry, 46, of`.
pub(super) fn before_ages(document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
    for &number in document.numeric {
        let number = number as usize;
        let Some(last) = number.checked_sub(1) else { continue };
        if !document.terms[last].shape.is_lower() || !age_follows(document, document.terms[last].end()) {
            continue;
        }
        let mut first = last;
        while first > 0
            && last - first < 3
            && document.gap_before(first) == b" "
            && document.terms[first - 1].shape.is_lower()
            && document.terms[first - 1].shape.is_letters()
            && !document.terms[first - 1].tags.any(Tags::NOT_A_NAME)
        {
            first -= 1;
        }
        // The longest run that begins with a given name.
        for from in first..last {
            if let Some(run) = Run::read(document, gazetteer, from, true)
                && run.next == number
                && run.pieces[0].given > 0.4
                && run.pieces[run.len - 1].best() > 0.2
            {
                out.push(Candidate {
                    kind: Kind::PersonName,
                    span: Span::new(document.terms[from].start(), run.end),
                    score: 0.75,
                });
                break;
            }
        }
    }
}

/// `"lauren charles",lauren@example.com`: a quoted field before an e-mail address, in a table of people.
pub(super) fn quoted_before_email(document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
    const LONGEST: usize = 64;
    let bytes = document.bytes();
    for &mark in document.marks {
        let mark = mark as usize;
        let field = &bytes[mark.saturating_sub(LONGEST)..mark];
        let Some(comma) = field
            .iter()
            .rposition(|byte| matches!(byte, b',' | b';' | b'\t' | b'\n'))
        else {
            continue;
        };
        let close = mark - field.len() + comma;
        if close == 0 || bytes[close - 1] != b'"' {
            continue;
        }
        let quoted = &bytes[..close - 1];
        let quoted = &quoted[quoted.len().saturating_sub(LONGEST)..];
        let Some(open) = quoted.iter().rposition(|byte| matches!(byte, b'"' | b'\n')) else {
            continue;
        };
        let start = close - 1 - quoted.len() + open + 1;
        let from = document.term_from(start);
        let Some(run) = Run::read_field(document, gazetteer, from) else {
            continue;
        };
        let whole = document.terms[from].start() == start && run.end == close - 1;
        if whole
            && run.next >= from + 2
            && run.pieces[..run.len]
                .iter()
                .any(|piece| piece.best() > 0.05 || piece.unknown)
        {
            push(document, from, &run, 0.88, out);
        }
    }
}
