//! Candidates of the recognizers and spans of the tagger, put together.
//!
//! The tagger has seen the candidates and decides on names, with three exceptions that were fitted on whole sources held
//! back: names that the recognizers are sure of keep their bounds, names that they are sure of are not taken for places,
//! and where the tagger sees nothing at all, a likely candidate stands. English addresses are read by the recognizers; the
//! tagger adds those that no grammar covers. In Spanish it is the other way round: forms and records there count street,
//! postcode and city apart, which the tagger has learnt from texts.

use construe_recognizers::{Candidate, Kind};
use construe_tagging::{Document, FoundTokens};
use construe_text::Span;

use super::{is_title, kind};
use crate::language::Language;

/// A span of the tagger is reported from this score on: four of ten are right there, and more of all are found.
const LEAST: f32 = 0.4;
/// A candidate is believed where the tagger sees nothing.
const fn alone(language: Language) -> f32 {
    match language {
        Language::En => 0.75,
        Language::Es => 0.9,
    }
}
/// A candidate keeps its bounds against a name of the tagger.
const BOUNDS: f32 = 0.93;
/// A candidate is a name although the tagger takes it for a place or an organisation.
const AGAINST: f32 = 0.9;

/// Adds the spans of the tagger, which are in order, to `candidates`, and takes away what it refutes.
pub(crate) fn merge(
    document: &Document<'_>,
    language: Language,
    found: &[FoundTokens],
    candidates: &mut Vec<Candidate>,
    refuted: &mut Vec<bool>,
) {
    refuted.clear();
    refuted.resize(found.len(), false);
    candidates.retain(|candidate| {
        let first = found.partition_point(|span| whole(document, span).end <= candidate.span.start);
        let length = found[first..].partition_point(|span| whole(document, span).start < candidate.span.end);
        let mut overlapping = first..first + length;
        let is = |index: usize, wanted: Kind| kind(found[index].label) == Some(wanted);
        match (candidate.kind, language) {
            (Kind::Address, Language::Es) => return !overlapping.any(|index| is(index, Kind::Address)),
            (Kind::Address, Language::En) => {
                overlapping
                    .filter(|&index| is(index, Kind::Address))
                    .for_each(|index| refuted[index] = true);
                return true;
            }
            (Kind::PersonName, _) => {}
            _ => return true,
        }
        let is_name = |&index: &usize| is(index, Kind::PersonName);
        let same = |&index: &usize| span_of(document, &found[index]) == candidate.span;
        if overlapping.is_empty() {
            candidate.score >= alone(language)
        } else if !overlapping.clone().any(|index| is_name(&index)) {
            candidate.score >= AGAINST
        } else if candidate.score >= BOUNDS && !overlapping.clone().any(|index| is_name(&index) && same(&index)) {
            overlapping.filter(is_name).for_each(|index| refuted[index] = true);
            true
        } else {
            false
        }
    });
    for (span, _) in found.iter().zip(refuted.iter()).filter(|(_, refuted)| !**refuted) {
        let Some(kind) = kind(span.label).filter(|_| span.score >= LEAST) else {
            continue;
        };
        let bytes = span_of(document, span);
        if kind == Kind::PersonName && is_eponym(&document.text[bytes.end..]) {
            continue;
        }
        candidates.push(Candidate {
            kind,
            span: bytes,
            score: span.score,
        });
    }
}

/// Whether what follows a name makes it the name of a thing: `Graves disease`, `Down's syndrome`.
fn is_eponym(rest: &str) -> bool {
    const THINGS: [&str; 10] = [
        "disease",
        "syndrome",
        "disorder",
        "palsy",
        "lymphoma",
        "sarcoma",
        "theorem",
        "criteria",
        "classification",
        "reflex",
    ];
    let rest = rest
        .strip_prefix("'s")
        .or_else(|| rest.strip_prefix("’s"))
        .unwrap_or(rest);
    let Some(rest) = rest.strip_prefix(' ') else {
        return false;
    };
    let word = &rest[..rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())];
    THINGS.contains(&word)
}

/// The bytes of a span.
fn whole(document: &Document<'_>, found: &FoundTokens) -> Span {
    let (first, last) = (&document.tokens[found.start], &document.tokens[found.end - 1]);
    Span::new(first.start as usize, last.end as usize)
}

/// The bytes of a span; of a name without titles before and without credentials behind it.
fn span_of(document: &Document<'_>, found: &FoundTokens) -> Span {
    let text = document.text;
    let whole = whole(document, found);
    if kind(found.label) != Some(Kind::PersonName) {
        return whole;
    }
    let mut start = whole.start;
    let mut end = whole.end;
    // `Hunter, MD`
    if let Some(comma) = text[start..end].rfind(", ") {
        let credentials = &text[start + comma + 2..end];
        if credentials.len() <= 5 && credentials.chars().filter(|c| c.is_uppercase()).count() >= 2 {
            end = start + comma;
        }
    }
    loop {
        let name = &text[start..end];
        let title = name.find(|c: char| !c.is_alphabetic()).unwrap_or(name.len());
        let rest = name[title..].trim_start_matches(['.', ' ']);
        if rest.is_empty() || !is_title(&name[..title]) {
            break;
        }
        start = end - rest.len();
    }
    let name = text[start..end].trim_matches(|c: char| matches!(c, '-' | '–' | '—' | ' ' | '"' | ':' | ';' | '*'));
    if name.is_empty() {
        return whole;
    }
    let offset = text[start..end].find(name).unwrap_or(0);
    Span::new(start + offset, start + offset + name.len())
}
