//! User names, passwords and cloud keys.

use construe_text::Span;

use crate::candidate::{Candidate, Kind, Kinds};
use crate::context::Context;
use crate::document::{Cue, Document};
use crate::gazetteer::Gazetteer;
use crate::tags::Tags;

/// Length of an AWS secret access key.
const SECRET: usize = 40;
/// The longest user name or password, in bytes.
const MAX_VALUE: usize = 72;

/// Adds the candidates of `document` among `wanted` to `out`.
pub fn find(document: &Document<'_>, gazetteer: &Gazetteer, wanted: Kinds, out: &mut Vec<Candidate>) {
    if wanted.any(Kinds::of(Kind::AwsAccessKey).with(Kind::AwsSecretKey)) {
        for (index, term) in document.terms.iter().enumerate() {
            if term.len() == 20 && wanted.contains(Kind::AwsAccessKey) {
                access_key(document, index, out);
            }
            if wanted.contains(Kind::AwsSecretKey) {
                secret_key(document, index, out);
            }
        }
    }
    if wanted.any(Kinds::of(Kind::Username).with(Kind::Password)) {
        for cue in document.cues {
            let kinds = [(Tags::USERNAME, Kind::Username), (Tags::PASSWORD, Kind::Password)];
            for (tags, kind) in kinds {
                if cue.tags.any(tags) && wanted.contains(kind) {
                    labelled(document, gazetteer, cue, kind, out);
                }
            }
        }
    }
    if wanted.contains(Kind::Username) {
        handles(document, out);
        answers(document, out);
        accounts_by_name(document, gazetteer, out);
    }
}

/// Access key ids: a prefix by type of identity, then sixteen characters of base 32.
fn access_key(document: &Document<'_>, index: usize, out: &mut Vec<Candidate>) {
    let term = &document.terms[index];
    let word = document.word(term).to_ascii_uppercase();
    let prefixed = ["AKIA", "ASIA", "AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ANVA", "ABIA", "ACCA"].iter().any(|prefix| word.starts_with(prefix));
    if prefixed && (term.shape.has_digit() || term.shape.is_upper()) && !(term.shape.has_upper() && term.shape.has_lower()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        out.push(Candidate { kind: Kind::AwsAccessKey, span: Span::new(term.start(), term.end()), score: 0.99 });
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Secret keys: exactly forty characters of base 64, mixed like random ones.
fn secret_key(document: &Document<'_>, index: usize, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    let mut start = document.terms[index].start();
    // A key may begin with a sign that is no part of a word.
    while start > 0 && matches!(bytes[start - 1], b'+' | b'/') && document.terms[index].start() - start < 4 {
        start -= 1;
    }
    if start > 0 && (is_base64(bytes[start - 1]) || bytes[start - 1] == b'\\') {
        return;
    }
    let Some(key) = bytes.get(start..start + SECRET) else { return };
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
        () if support > 0.6 && (mixed || upper + lower > 0) && changes >= 8 && !key.iter().all(u8::is_ascii_hexdigit) => 0.9,
        () => return,
    };
    out.push(Candidate { kind: Kind::AwsSecretKey, span: Span::new(start, start + SECRET), score });
}

/// How a label and its value are joined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Join {
    /// `:`, `=`, an element of XML, a key of JSON.
    Mark,
    /// A tab or a dash.
    Column,
    /// `is`, `was`, `to`.
    Verb,
    /// A blank only.
    Blank,
}

/// The value after a cue and how it is joined; `None` if something else follows.
fn value_after(document: &Document<'_>, cue_end: usize, password: bool) -> Option<(Join, Span)> {
    let bytes = document.bytes();
    let mut at = cue_end;
    let mut join = None;
    let limit = bytes.len().min(cue_end + 28);
    while at < limit {
        match bytes[at] {
            b'\n' | b'\r' => return None,
            b' ' => {
                join = join.or(Some(Join::Blank));
            }
            b':' | b'=' => join = Some(Join::Mark),
            b'>' if join != Some(Join::Mark) => join = Some(Join::Mark),
            b'\t' if join != Some(Join::Mark) => join = Some(Join::Column),
            b'-' | b'|' if join == Some(Join::Blank) && document.byte_at(at + 1) == b' ' => join = Some(Join::Column),
            b'"' | b'\'' | b'`' | b'#' if join.is_some() || matches!(bytes[at], b'"' | b'\'' | b'#') => {
                // Of a value in quotes, the quotes are no part.
                if join.is_some() && bytes[at] == b'#' {
                    break;
                }
            }
            b'(' if join == Some(Join::Blank) => {}
            0xc2 if bytes.get(at + 1) == Some(&0xa0) => {
                at += 1;
                join = join.or(Some(Join::Blank));
            }
            0xe2 if document.text[at..].starts_with(['“', '‘']) => at += 2,
            _ => {
                // A short verb, once.
                let rest = &document.text[at..];
                let verbs: &[(&str, Join)] = &[
                    ("is ", Join::Verb),
                    ("is: ", Join::Mark),
                    ("was ", Join::Verb),
                    ("to ", Join::Verb),
                    ("es ", Join::Verb),
                    ("es: ", Join::Mark),
                    ("era ", Join::Verb),
                    ("a ", Join::Verb),
                    ("of ", Join::Verb),
                    ("as ", Join::Verb),
                    ("set to ", Join::Verb),
                    ("is set to ", Join::Verb),
                    ("has been reset to ", Join::Verb),
                    ("will be ", Join::Verb),
                    ("is now ", Join::Verb),
                    ("changed to ", Join::Verb),
                ];
                if join == Some(Join::Blank)
                    && let Some((verb, by)) = verbs.iter().filter(|(verb, _)| rest.len() > verb.len() && rest.as_bytes()[..verb.len()].eq_ignore_ascii_case(verb.as_bytes())).max_by_key(|(verb, _)| verb.len())
                {
                    at += verb.len();
                    join = Some(*by);
                    continue;
                }
                break;
            }
        }
        at += 1;
    }
    let join = join?;
    let start = at;
    let mut end = start;
    let limit = bytes.len().min(start + MAX_VALUE + 1);
    while end < limit {
        match bytes[end] {
            0..=b' ' | b'"' | b'|' => break,
            b'<' if bytes.get(end + 1) == Some(&b'/') => break,
            0xe2 if document.text[end..].starts_with(['”', '’', '…', '—', '–']) => break,
            b'<' | b'>' | b',' | b';' | b'(' | b')' | b'{' | b'}' | b'[' | b']' | b'=' if !password => break,
            b',' | b';' | b'.' | b')' | b'}' if document.byte_at(end + 1).is_ascii_whitespace() => break,
            _ => {}
        }
        end += 1;
    }
    if end - start > MAX_VALUE || !document.text.is_char_boundary(end) || !document.text.is_char_boundary(start) {
        return None;
    }
    // The stop of a sentence is no part; an exclamation mark of a password may be.
    while end > start && matches!(bytes[end - 1], b'.' | b',' | b';' | b':' | b'\'' | b'`') {
        end -= 1;
    }
    if !password {
        while end > start && matches!(bytes[end - 1], b'!' | b'?' | b'/') {
            end -= 1;
        }
    }
    (end > start).then_some((join, Span::new(start, end)))
}

/// Whether a label stands where labels stand: at the start of a line, field, element or clause.
fn opens_field(document: &Document<'_>, start: usize) -> bool {
    let bytes = document.bytes();
    let mut at = start;
    while at > 0 && matches!(bytes[at - 1], b' ' | b'"' | b'\'' | b'_') {
        at -= 1;
    }
    at == 0 || matches!(bytes[at - 1], b'\n' | b'\t' | b'|' | b';' | b',' | b'<' | b'{' | b'/' | b'(' | b'&' | b'?')
}

/// The value right after a label.
fn labelled(document: &Document<'_>, gazetteer: &Gazetteer, cue: &Cue, kind: Kind, out: &mut Vec<Candidate>) {
    let password = kind == Kind::Password;
    let Some((join, span)) = value_after(document, cue.end as usize, password) else { return };
    let value = span.of(document.text);
    let bytes = value.as_bytes();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let signs = value.chars().filter(|c| !c.is_alphanumeric()).count();
    if letters + digits == 0 && !(password && bytes.len() >= 6) {
        return;
    }
    if value.contains("://") || (password && bytes.len() < 4 && join != Join::Mark) || (kind == Kind::Username && bytes.len() < 2) {
        return;
    }
    let looks_chosen = digits > 0 || (signs > 0 && !value.ends_with(['.', '?', '!', ':']) && !value.contains("'")) || has_inner_capital(value);
    let known_word = !looks_chosen && gazetteer.is_word(value);
    if STATES_OF_A_SECRET.iter().any(|word| value.eq_ignore_ascii_case(word)) {
        return;
    }
    let field = opens_field(document, cue.start as usize);
    let score = match join {
        Join::Mark if looks_chosen => 0.97,
        Join::Mark if known_word && password => 0.75,
        Join::Mark => 0.88,
        Join::Column if looks_chosen => 0.94,
        Join::Column if known_word && !field => 0.3,
        Join::Column => 0.8,
        Join::Verb if looks_chosen => 0.93,
        Join::Verb if known_word => 0.2,
        Join::Verb => 0.65,
        Join::Blank if looks_chosen && letters > 0 && (field || !password) => 0.85,
        Join::Blank if looks_chosen && letters > 0 => 0.6,
        Join::Blank if known_word => {
            if field && is_last_in_field(document, span.end) { 0.6 } else { 0.1 }
        }
        Join::Blank if field => 0.7,
        Join::Blank if cue_is_login_event(document, cue) => 0.8,
        Join::Blank => 0.2,
    };
    if score >= crate::REPORTED {
        out.push(Candidate { kind, span, score });
    }
}

/// Words that say something about a password or a login instead of being one.
const STATES_OF_A_SECRET: &[&str] = &[
    "required", "reset", "invalid", "expired", "incorrect", "wrong", "changed", "protected", "missing", "null", "none", "true", "false", "yes", "no", "n/a", "hidden", "redacted", "unknown", "error",
    "name", "number", "id", "and", "or", "the", "a", "is", "for", "failed", "not", "page", "policy", "screen", "button", "field", "here", "below", "above", "string", "correct", "again", "your", "my",
];

fn has_inner_capital(value: &str) -> bool {
    value.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// Whether nothing but the end of a field follows.
fn is_last_in_field(document: &Document<'_>, end: usize) -> bool {
    let rest = &document.bytes()[end..];
    let next = rest.iter().take(4).find(|byte| **byte != b' ');
    matches!(next, None | Some(b'\n' | b'\r' | b'|' | b';' | b',' | b'<' | b'\t' | b'"'))
}

/// `Failed login for maria`, `Accepted password for root`.
fn cue_is_login_event(document: &Document<'_>, cue: &Cue) -> bool {
    let text = &document.text[cue.start as usize..cue.end as usize];
    text.len() >= 4 && (text.ends_with("for") || text.ends_with("as") || text.eq_ignore_ascii_case("user"))
}

/// `@handle`, unless it is part of an e-mail address.
fn handles(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    for &mark in document.marks {
        let at = mark as usize;
        if bytes[at] != b'@' || document.byte_before(at).is_ascii_alphanumeric() || matches!(document.byte_before(at), b'.' | b'@' | b'_' | b'/' | b'-') {
            continue;
        }
        let name = bytes[at + 1..].iter().take(31).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let end = at + 1 + name;
        if (2..=30).contains(&name) && bytes[at + 1..end].iter().any(u8::is_ascii_alphabetic) && document.byte_at(end) != b'@' {
            out.push(Candidate { kind: Kind::Username, span: Span::new(at, end), score: 0.7 });
        }
    }
}

/// The answer to a question for a user name: `What is your login?` / `Customer: It's maria77.`
fn answers(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::USERNAME)) {
        let end = cue.end as usize;
        if document.byte_at(end) != b'?' {
            continue;
        }
        let line = bytes[end + 1..].iter().take(80).position(|&byte| byte == b'\n').map_or(end + 1, |at| end + 2 + at);
        let stop = bytes[line..].iter().take(120).position(|&byte| byte == b'\n').map_or(bytes.len().min(line + 120), |at| line + at);
        let mut from = document.term_from(line);
        let mut best = None;
        // The last thing before the end of the first sentence that is not an ordinary word.
        while let Some(term) = document.terms.get(from) {
            if term.start() >= stop {
                break;
            }
            let start = if document.byte_before(term.start()) == b'@' { term.start() - 1 } else { term.start() };
            let length = bytes[term.start()..stop].iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@' | b'\'')).count();
            let mut end = term.start() + length;
            while end > term.start() && matches!(bytes[end - 1], b'.' | b'-') {
                end -= 1;
            }
            let word = &document.text[term.start()..end];
            let contracted = ["it's", "that's", "it", "is"].iter().any(|verb| word.eq_ignore_ascii_case(verb));
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
            out.push(Candidate { kind: Kind::Username, span, score: 0.75 });
        }
    }
}

/// `The account maria.k was suspended`: a name that only a machine would write.
fn accounts_by_name(document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
    for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::ACCOUNT)) {
        let cue_text = &document.text[cue.start as usize..cue.end as usize];
        if !(cue_text.eq_ignore_ascii_case("account") || cue_text.eq_ignore_ascii_case("cuenta")) {
            continue;
        }
        let Some((Join::Blank, span)) = value_after(document, cue.end as usize, false) else { continue };
        let value = span.of(document.text);
        let bytes = value.as_bytes();
        if !bytes.iter().any(u8::is_ascii_alphabetic) || !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@')) || bytes.len() < 4 {
            continue;
        }
        let rest = document.text[span.end..].trim_start();
        let passive = ["was ", "is ", "has ", "fue ", "ha ", "está "].iter().any(|verb| rest.starts_with(verb));
        let chosen = bytes.iter().any(u8::is_ascii_digit) || value.contains(['.', '_', '@']);
        let score = match (passive, chosen) {
            (true, true) => 0.85,
            (true, false) if !gazetteer.is_word(value) && !value.starts_with(|c: char| c.is_uppercase()) => 0.7,
            _ => continue,
        };
        out.push(Candidate { kind: Kind::Username, span, score });
    }
}
