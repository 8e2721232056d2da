//! Short numbers that mean something only beside a cue: PINs, verification codes, last four digits, expiry dates,
//! and codes of any layout after an explicit label.

use construe_text::Span;

use super::{finance, is_amount, stands_alone};
use crate::candidate::{Candidate, Kind, Kinds};
use crate::context::Context;
use crate::document::Document;
use crate::tags::Tags;

/// Adds the candidates of `document` among `wanted` to `out`.
pub(super) fn find(document: &Document<'_>, wanted: Kinds, out: &mut Vec<Candidate>) {
    const SHORT: Kinds = Kinds::NONE
        .with(Kind::Pin)
        .with(Kind::CardVerification)
        .with(Kind::CardExpiry)
        .with(Kind::PaymentCard)
        .with(Kind::BankAccount)
        .with(Kind::UsSocialSecurity);
    if wanted.any(SHORT) {
        for &index in document.numeric {
            short_number(document, index as usize, wanted, out);
        }
        if wanted.contains(Kind::CardExpiry) {
            expiry_in_words(document, out);
        }
    }
    if wanted.any(Kinds::of(Kind::Passport).with(Kind::DrivingLicence)) {
        any_layout(document, wanted, out);
    }
}

/// Numbers of one to eight digits, and `12/27`.
fn short_number(document: &Document<'_>, index: usize, wanted: Kinds, out: &mut Vec<Candidate>) {
    let term = &document.terms[index];
    if term.len() > 8 || !term.shape.is_digits() {
        return;
    }
    let (start, end) = (term.start(), term.end());
    if is_amount(document, start) {
        return;
    }
    if term.len() <= 2 {
        if !wanted.contains(Kind::CardExpiry) || matches!(document.byte_before(start), b'/' | b'-' | b'.') {
            return;
        }
        if let Some(end) = finance::expiry_at(document, start) {
            let context = Context::around(document, index, start, end);
            push(Kind::CardExpiry, Span::new(start, end), expiry_score(&context), out);
        }
        return;
    }
    if term.len() == 4 && masked(document, index, wanted, out) {
        return;
    }
    if !stands_alone(document, b"9", start, end) {
        return;
    }
    let context = Context::around(document, index, start, end);
    let length = term.len();
    if matches!(length, 3 | 4) && wanted.contains(Kind::CardVerification) {
        push(
            Kind::CardVerification,
            Span::new(start, end),
            0.97 * context.support(Tags::CVV),
            out,
        );
    }
    if wanted.contains(Kind::Pin) && (4..=8).contains(&length) {
        let usual = if matches!(length, 4 | 6) { 0.97 } else { 0.85 };
        push(
            Kind::Pin,
            Span::new(start, end),
            usual * context.support(Tags::PIN),
            out,
        );
    }
    if length == 4 {
        let last_four = context.support(Tags::LAST_FOUR);
        if last_four > 0.4 {
            last_four_of(document, index, start, last_four, wanted, out);
        }
    }
}

/// The last four digits of a number whose others are blotted out: `**** **** **** 1234`, `xxxx-1234`, `XXX-XX-6789`,
/// `...1234`. Whether word `index` is that, wanted or not.
fn masked(document: &Document<'_>, index: usize, wanted: Kinds, out: &mut Vec<Candidate>) -> bool {
    /// The longest mask: five groups of four with separators.
    const LONGEST: usize = 28;
    let term = &document.terms[index];
    let (start, end) = (term.start(), term.end());
    let before = &document.text[..start];
    let mut blots = 0;
    let mut groups = 0;
    let mut dots = 0;
    let mut open = false;
    let mut length = 0;
    for character in before.chars().rev().take(LONGEST) {
        match character {
            '*' | 'x' | 'X' | '•' | '●' | '∙' | '#' => {
                blots += 1;
                groups += usize::from(!open);
                open = true;
            }
            '.' | '…' => {
                dots += if character == '…' { 3 } else { 1 };
                open = false;
            }
            ' ' | '-' => open = false,
            _ => break,
        }
        length += character.len_utf8();
    }
    // A word that ends in x is no mask.
    let glued = document.text[..start - length]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric)
        && !before[start - length..].starts_with([' ', '.', '…', '*', '•', '●']);
    let next = document.byte_at(end);
    if glued
        || !(blots >= 2 || blots == 0 && dots >= 2)
        || next.is_ascii_alphanumeric()
        || matches!(next, b'-' | b'/' | b'.' | b',') && document.byte_at(end + 1).is_ascii_digit()
    {
        return false;
    }
    let context = Context::around(document, index, start, end);
    let social = before.ends_with("-XX-") || before.ends_with("-xx-") || before.ends_with("-**-");
    let support = [
        (
            Kind::UsSocialSecurity,
            context.support(Tags::SSN),
            if social { 0.9 } else { 0.0 },
        ),
        (
            Kind::PaymentCard,
            context.support(Tags::CARD),
            if groups >= 3 && blots >= 8 && !social || blots >= 12 {
                0.85
            } else {
                0.0
            },
        ),
        (Kind::BankAccount, context.support(Tags::ACCOUNT), 0.0),
    ];
    // The nearest cue names the owner; the form of the mask speaks where none stands.
    let owner = support
        .iter()
        .filter(|(_, cue, _)| *cue > 0.3)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|&(kind, cue, _)| (kind, 0.6 + 0.35 * cue))
        .or_else(|| {
            support
                .iter()
                .find(|(_, _, form)| *form > 0.0)
                .map(|&(kind, _, form)| (kind, form))
        });
    let Some((kind, score)) = owner else { return false };
    if wanted.contains(kind) {
        push(kind, Span::new(start, end), score, out);
    }
    true
}

/// What the last four digits belong to: the nearest of the three kinds that is named before, or else after.
fn last_four_of(
    document: &Document<'_>,
    index: usize,
    start: usize,
    support: f32,
    wanted: Kinds,
    out: &mut Vec<Candidate>,
) {
    const OWNERS: [(Tags, Kind); 3] = [
        (Tags::SSN, Kind::UsSocialSecurity),
        (Tags::CARD, Kind::PaymentCard),
        (Tags::ACCOUNT, Kind::BankAccount),
    ];
    let end = document.terms[index].end();
    let first_after = document.cues.partition_point(|cue| (cue.end as usize) <= start);
    let values = document.terms[index].values_before;
    let announced = document.cues[..first_after]
        .iter()
        .rev()
        .take(12)
        .find(|cue| cue.tags.any(Tags::LAST_FOUR))
        .is_none_or(|cue| {
            // The 4 of `last 4` is no value.
            let own = document.bytes()[cue.start as usize..cue.end as usize]
                .iter()
                .any(u8::is_ascii_digit);
            cue.values_before + u32::from(own) == values
        });
    if !announced {
        return;
    }
    let before = document.cues[..first_after]
        .iter()
        .rev()
        .take_while(|cue| start - (cue.end as usize) < 100);
    let after = document.cues[first_after..]
        .iter()
        .take_while(|cue| (cue.start as usize) < end + 40);
    let owner = before
        .chain(after)
        .find_map(|cue| OWNERS.iter().find(|(tags, _)| cue.tags.any(*tags)));
    if let Some(&(_, kind)) = owner
        && wanted.contains(kind)
    {
        push(kind, Span::new(start, end), 0.6 + 0.35 * support, out);
    }
}

/// How much the context makes a month and year the end of a card.
fn expiry_score(context: &Context) -> f32 {
    let expiry = context.support(Tags::EXPIRY);
    // Passports and licences expire too, but seldom to the month.
    let other = context.support(Tags::PASSPORT | Tags::DRIVER);
    let card = context.support(Tags::CARD | Tags::CVV);
    if other > card && other > 0.5 {
        0.5 * expiry
    } else {
        0.96 * expiry.max(0.5 * card)
    }
}

/// `Exp: Mar 2028`.
fn expiry_in_words(document: &Document<'_>, out: &mut Vec<Candidate>) {
    for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::EXPIRY)) {
        let from = document.term_from(cue.end as usize);
        for index in from..(from + 4).min(document.terms.len()) {
            let term = &document.terms[index];
            if !term.tags.any(Tags::MONTH) {
                if term.start() - cue.end as usize > 24 {
                    break;
                }
                continue;
            }
            if let Some(span) = finance::month_and_year(document, term.start()) {
                let context = Context::around(document, index, span.start, span.end);
                push(Kind::CardExpiry, span, expiry_score(&context), out);
            }
            break;
        }
    }
}

/// Passport and licence numbers of a layout that no table has, right after their label.
fn any_layout(document: &Document<'_>, wanted: Kinds, out: &mut Vec<Candidate>) {
    for cue in document.cues {
        let kind = if cue.tags.any(Tags::PASSPORT) {
            Kind::Passport
        } else if cue.tags.any(Tags::DRIVER) {
            Kind::DrivingLicence
        } else {
            continue;
        };
        if !wanted.contains(kind) {
            continue;
        }
        let index = document.term_from(cue.end as usize);
        let Some(term) = document.terms.get(index) else {
            continue;
        };
        let gap = &document.bytes()[cue.end as usize..term.start()];
        let labels = gap.len() <= 6
            && gap.iter().any(|byte| matches!(byte, b':' | b'=' | b'#' | b'>' | b'\t'))
            && !gap.contains(&b'\n');
        if !labels {
            continue;
        }
        // Words joined by single hyphens.
        let mut last = index;
        while last + 1 < document.terms.len() && document.gap_before(last + 1) == b"-" {
            last += 1;
        }
        let span = Span::new(term.start(), document.terms[last].end());
        let text = &document.bytes()[span.start..span.end];
        let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
        if (5..=20).contains(&span.len())
            && digits >= 4
            && digits * 2 >= span.len() - 1
            && text.is_ascii()
            && stands_alone(document, b"X", span.start, span.end)
        {
            push(kind, span, 0.75, out);
        }
    }
}

fn push(kind: Kind, span: Span, score: f32, out: &mut Vec<Candidate>) {
    if score >= crate::REPORTED {
        out.push(Candidate { kind, span, score });
    }
}
