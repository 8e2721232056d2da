//! User names and passwords after their labels.

use construe_text::Span;

use crate::candidate::{Candidate, Kind};
use crate::document::{Cue, Document};
use crate::gazetteer::Gazetteer;

/// The longest user name or password, in bytes.
const MAX_VALUE: usize = 72;

/// How a label and its value are joined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Join {
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
pub(super) fn value_after(document: &Document<'_>, cue_end: usize, password: bool) -> Option<(Join, Span)> {
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
            // `my username's ada`
            b'\'' if join.is_none() && bytes.get(at + 1) == Some(&b's') && bytes.get(at + 2) == Some(&b' ') => {
                at += 2;
                join = Some(Join::Verb);
            }
            b'-' | b'|' if join == Some(Join::Blank) && document.byte_at(at + 1) == b' ' => join = Some(Join::Column),
            // Quotes are no part of the value; a hash belongs to a label such as `SS#`, or begins the value.
            b'"' | b'\'' | b'`' => {}
            b'#' if join.is_none() => {}
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
                    && let Some((verb, by)) = verbs
                        .iter()
                        .filter(|(verb, _)| {
                            rest.len() > verb.len()
                                && rest.as_bytes()[..verb.len()].eq_ignore_ascii_case(verb.as_bytes())
                        })
                        .max_by_key(|(verb, _)| verb.len())
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
            b'&' if is_query_key(&bytes[end + 1..]) => break,
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

/// Whether the name of a field with its equals sign follows, as in `user=ada&pass=…`.
fn is_query_key(rest: &[u8]) -> bool {
    const LONGEST_KEY: usize = 24;
    let key = rest
        .iter()
        .take(LONGEST_KEY)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        .count();
    key > 1 && rest.get(key) == Some(&b'=')
}

/// Whether a label stands where labels stand: at the start of a line, field, element or clause.
fn opens_field(document: &Document<'_>, start: usize) -> bool {
    let bytes = document.bytes();
    let mut at = start;
    while at > 0 && matches!(bytes[at - 1], b' ' | b'"' | b'\'' | b'_') {
        at -= 1;
    }
    at == 0
        || matches!(
            bytes[at - 1],
            b'\n' | b'\t' | b'|' | b';' | b',' | b'<' | b'{' | b'/' | b'(' | b'&' | b'?'
        )
}

/// The value right after a label.
pub(super) fn labelled(
    document: &Document<'_>,
    gazetteer: &Gazetteer,
    cue: &Cue,
    kind: Kind,
    out: &mut Vec<Candidate>,
) {
    let password = kind == Kind::Password;
    let Some((join, span)) = value_after(document, cue.end as usize, password) else {
        return;
    };
    let value = span.of(document.text);
    let bytes = value.as_bytes();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let signs = value.chars().filter(|c| !c.is_alphanumeric()).count();
    if letters + digits == 0 && !(password && bytes.len() >= 6) {
        return;
    }
    if value.contains("://")
        || (password && bytes.len() < 4 && join != Join::Mark)
        || (kind == Kind::Username && bytes.len() < 2)
    {
        return;
    }
    let looks_chosen = digits > 0
        || (signs > 0 && !value.ends_with(['.', '?', '!', ':']) && !value.contains("'"))
        || has_inner_capital(value);
    let known_word = !looks_chosen && gazetteer.is_word(value);
    if STATES_OF_A_SECRET.iter().any(|word| value.eq_ignore_ascii_case(word)) {
        return;
    }
    let field = opens_field(document, cue.start as usize);
    if kind == Kind::Username && is_speaker(document, cue) {
        return;
    }
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
            if field && is_last_in_field(document, span.end) {
                0.6
            } else {
                0.1
            }
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
    "required",
    "reset",
    "invalid",
    "expired",
    "incorrect",
    "wrong",
    "changed",
    "protected",
    "missing",
    "null",
    "none",
    "true",
    "false",
    "yes",
    "no",
    "n/a",
    "hidden",
    "redacted",
    "unknown",
    "error",
    "name",
    "number",
    "id",
    "and",
    "or",
    "the",
    "a",
    "is",
    "for",
    "failed",
    "not",
    "page",
    "policy",
    "screen",
    "button",
    "field",
    "here",
    "below",
    "above",
    "string",
    "correct",
    "again",
    "your",
    "my",
];

/// Whether `user:` is who speaks in a conversation: it stands at the start of several lines.
fn is_speaker(document: &Document<'_>, cue: &Cue) -> bool {
    let word = |cue: &Cue| &document.text[cue.start as usize..cue.end as usize];
    let opens_turn = |cue: &Cue| {
        matches!(document.byte_before(cue.start as usize), b'\n')
            && document.bytes()[cue.end as usize..].starts_with(b": ")
    };
    if !opens_turn(cue)
        || !["user", "usuario"]
            .iter()
            .any(|role| word(cue).eq_ignore_ascii_case(role))
    {
        return false;
    }
    const NEIGHBOURS: usize = 6;
    let at = document.cues.partition_point(|other| other.start < cue.start);
    let (from, to) = (
        at.saturating_sub(NEIGHBOURS),
        (at + NEIGHBOURS).min(document.cues.len()),
    );
    document.cues[from..to]
        .iter()
        .any(|other| other.start != cue.start && opens_turn(other) && word(other).eq_ignore_ascii_case(word(cue)))
}

fn has_inner_capital(value: &str) -> bool {
    value
        .as_bytes()
        .windows(2)
        .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// Whether nothing but the end of a field follows.
fn is_last_in_field(document: &Document<'_>, end: usize) -> bool {
    let rest = &document.bytes()[end..];
    let next = rest.iter().take(4).find(|byte| **byte != b' ');
    matches!(
        next,
        None | Some(b'\n' | b'\r' | b'|' | b';' | b',' | b'<' | b'\t' | b'"')
    )
}

/// `Failed login for maria`, `Accepted password for root`.
fn cue_is_login_event(document: &Document<'_>, cue: &Cue) -> bool {
    let text = &document.text[cue.start as usize..cue.end as usize];
    text.len() >= 4 && (text.ends_with("for") || text.ends_with("as") || text.eq_ignore_ascii_case("user"))
}
