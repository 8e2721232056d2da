//! User names that no label stands before: handles, answers to questions, accounts that something happened to.

use construe_text::Span;

use super::fields::{Join, value_after};
use crate::candidate::{Candidate, Kind};
use crate::document::Document;
use crate::gazetteer::Gazetteer;
use crate::tags::Tags;

/// `@handle`, unless it is part of an e-mail address.
pub(super) fn handles(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    for &mark in document.marks {
        let at = mark as usize;
        if bytes[at] != b'@'
            || document.byte_before(at).is_ascii_alphanumeric()
            || matches!(document.byte_before(at), b'.' | b'@' | b'_' | b'/' | b'-')
        {
            continue;
        }
        let name = bytes[at + 1..]
            .iter()
            .take(31)
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let end = at + 1 + name;
        if (2..=30).contains(&name)
            && bytes[at + 1..end].iter().any(u8::is_ascii_alphabetic)
            && document.byte_at(end) != b'@'
        {
            out.push(Candidate {
                kind: Kind::Username,
                span: Span::new(at, end),
                score: 0.7,
            });
        }
    }
}

/// `ada@203.0.113.7`: whose account a command signs in to.
pub(super) fn before_hosts(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    for &mark in document.marks {
        let at = mark as usize;
        let digits = document.digits_at(at + 1);
        if bytes[at] != b'@' || !(1..=3).contains(&digits) || document.byte_at(at + 1 + digits) != b'.' {
            continue;
        }
        let length = bytes[..at]
            .iter()
            .rev()
            .take(33)
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
            .count();
        let start = at - length;
        let address = bytes[at + 1..]
            .iter()
            .take(16)
            .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
            .filter(|byte| **byte == b'.')
            .count();
        if (2..=32).contains(&length) && address >= 3 && bytes[start].is_ascii_alphabetic() {
            out.push(Candidate {
                kind: Kind::Username,
                span: Span::new(start, at),
                score: 0.85,
            });
        }
    }
}

/// The answer to a question for a user name: `What is your login?` / `Customer: It's maria77.`
pub(super) fn answers(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::USERNAME)) {
        let end = cue.end as usize;
        if document.byte_at(end) != b'?' {
            continue;
        }
        let line = bytes[end + 1..]
            .iter()
            .take(80)
            .position(|&byte| byte == b'\n')
            .map_or(end + 1, |at| end + 2 + at);
        let stop = bytes[line..]
            .iter()
            .take(120)
            .position(|&byte| byte == b'\n')
            .map_or(bytes.len().min(line + 120), |at| line + at);
        let mut from = document.term_from(line);
        let mut best = None;
        // The last thing before the end of the first sentence that is not an ordinary word.
        while let Some(term) = document.terms.get(from) {
            if term.start() >= stop {
                break;
            }
            let start = if document.byte_before(term.start()) == b'@' {
                term.start() - 1
            } else {
                term.start()
            };
            let length = bytes[term.start()..stop]
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@' | b'\''))
                .count();
            let mut end = term.start() + length;
            while end > term.start() && matches!(bytes[end - 1], b'.' | b'-') {
                end -= 1;
            }
            let word = &document.text[term.start()..end];
            let contracted = ["it's", "that's", "it", "is"]
                .iter()
                .any(|verb| word.eq_ignore_ascii_case(verb));
            let chosen = document.byte_at(end) != b':' && !contracted && length > 2;
            if chosen {
                best = Some(Span::new(start, end));
            }
            if document.byte_at(end) == b'.' || document.byte_at(end) == b',' {
                break;
            }
            from = document.term_from(end.max(term.end()));
        }
        if let Some(span) = best {
            out.push(Candidate {
                kind: Kind::Username,
                span,
                score: 0.75,
            });
        }
    }
}

/// `The account maria.k was suspended`: a name that only a machine would write.
pub(super) fn accounts_by_name(document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
    for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::ACCOUNT)) {
        let cue_text = &document.text[cue.start as usize..cue.end as usize];
        if !(cue_text.eq_ignore_ascii_case("account") || cue_text.eq_ignore_ascii_case("cuenta")) {
            continue;
        }
        let Some((Join::Blank, span)) = value_after(document, cue.end as usize, false) else {
            continue;
        };
        let value = span.of(document.text);
        let bytes = value.as_bytes();
        if !bytes.iter().any(u8::is_ascii_alphabetic)
            || !bytes
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@'))
            || bytes.len() < 4
        {
            continue;
        }
        let rest = document.text[span.end..].trim_start();
        let passive = ["was ", "is ", "has ", "fue ", "ha ", "está "]
            .iter()
            .any(|verb| rest.starts_with(verb));
        let chosen = bytes.iter().any(u8::is_ascii_digit) || value.contains(['.', '_', '@']);
        let score = match (passive, chosen) {
            (true, true) => 0.85,
            (true, false) if !gazetteer.is_word(value) && !value.starts_with(|c: char| c.is_uppercase()) => 0.7,
            _ => continue,
        };
        out.push(Candidate {
            kind: Kind::Username,
            span,
            score,
        });
    }
}
