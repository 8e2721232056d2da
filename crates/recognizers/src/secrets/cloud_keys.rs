//! AWS access key ids and secret access keys.

use construe_text::Span;

use crate::candidate::{Candidate, Kind};
use crate::context::Context;
use crate::document::Document;
use crate::tags::Tags;

/// Length of an AWS secret access key.
const SECRET: usize = 40;

/// Access key ids: a prefix by type of identity, then sixteen characters of base 32.
pub(super) fn access_key(document: &Document<'_>, index: usize, out: &mut Vec<Candidate>) {
    let term = &document.terms[index];
    let word = document.word(term).to_ascii_uppercase();
    let prefixed = [
        "AKIA", "ASIA", "AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ANVA", "ABIA", "ACCA",
    ]
    .iter()
    .any(|prefix| word.starts_with(prefix));
    if prefixed
        && (term.shape.has_digit() || term.shape.is_upper())
        && !(term.shape.has_upper() && term.shape.has_lower())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        out.push(Candidate {
            kind: Kind::AwsAccessKey,
            span: Span::new(term.start(), term.end()),
            score: 0.99,
        });
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Secret keys: exactly forty characters of base 64, mixed like random ones.
pub(super) fn secret_key(document: &Document<'_>, index: usize, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    let mut start = document.terms[index].start();
    // A key may begin with a sign that is no part of a word.
    while start > 0 && matches!(bytes[start - 1], b'+' | b'/') && document.terms[index].start() - start < 4 {
        start -= 1;
    }
    if start > 0 && (is_base64(bytes[start - 1]) || bytes[start - 1] == b'\\') {
        return;
    }
    let Some(key) = bytes.get(start..start + SECRET) else {
        return;
    };
    if !key.iter().copied().all(is_base64) {
        return;
    }
    let next = document.byte_at(start + SECRET);
    if is_base64(next) || next == b'=' || next >= 0x80 {
        return;
    }
    let (mut upper, mut lower, mut digits, mut signs, mut changes) = (0, 0, 0, 0, 0);
    let mut class = 0;
    for byte in key {
        let of = match byte {
            b'A'..=b'Z' => {
                upper += 1;
                1
            }
            b'a'..=b'z' => {
                lower += 1;
                2
            }
            b'0'..=b'9' => {
                digits += 1;
                3
            }
            _ => {
                signs += 1;
                4
            }
        };
        changes += u32::from(of != class);
        class = of;
    }
    // Hashes are hexadecimal, paths are made of words.
    let mixed = upper > 0 && lower > 0 && digits > 0;
    let support = Context::around(document, index, start, start + SECRET).support(Tags::AWS_SECRET | Tags::AWS_ACCESS);
    let random = mixed && changes >= 16 && upper >= 4 && lower >= 4 && signs <= 6;
    let score = match () {
        () if random && support > 0.4 => 0.99,
        () if random => 0.85,
        () if support > 0.6
            && (mixed || upper + lower > 0)
            && changes >= 8
            && !key.iter().all(u8::is_ascii_hexdigit) =>
        {
            0.9
        }
        () => return,
    };
    out.push(Candidate {
        kind: Kind::AwsSecretKey,
        span: Span::new(start, start + SECRET),
        score,
    });
}
