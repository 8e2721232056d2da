//! E-mail, web, internet and hardware addresses.

use construe_text::Span;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::candidate::{Candidate, Kind, Kinds};
use crate::context::Context;
use crate::document::Document;
use crate::tags::Tags;

/// The longest local part (RFC 5321) and domain (RFC 1035), in bytes.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 253;
/// The longest web address that is looked at, in bytes.
const MAX_URL: usize = 2048;
const MAX_SCHEME: usize = 12;

/// Adds the candidates of `document` among `wanted` to `out`.
pub fn find(document: &Document<'_>, wanted: Kinds, out: &mut Vec<Candidate>) {
    if wanted.any(Kinds::of(Kind::Email).with(Kind::Url)) {
        let mut url_end = 0;
        for &mark in document.marks {
            let mark = mark as usize;
            if document.bytes()[mark] == b'@' {
                if wanted.contains(Kind::Email) {
                    email_at(document, mark, out);
                }
            } else if wanted.contains(Kind::Url) && mark >= url_end {
                url_end = url_at(document, mark, out).unwrap_or(url_end);
            }
        }
    }
    for (index, term) in document.terms.iter().enumerate() {
        if wanted.contains(Kind::Url) && document.byte_before(term.start()) == b'.' {
            domain_at(document, index, out);
        }
        if term.len() == 3
            && wanted.contains(Kind::Url)
            && document.word(term).eq_ignore_ascii_case("www")
            && document.byte_at(term.end()) == b'.'
        {
            www_at(document, term.start(), out);
        }
        if term.len() <= 4
            && wanted.contains(Kind::IpAddress)
            && term.shape.is_digits()
            && document.byte_at(term.end()) == b'.'
        {
            ipv4_at(document, index, out);
        }
    }
    if wanted.any(Kinds::of(Kind::IpAddress).with(Kind::MacAddress)) {
        hexadecimal(document, wanted, out);
    }
}

/// Bytes of the local part of an address (RFC 5322 dot-atom), plus letters beyond ASCII.
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'&' | b'~' | b'!' | b'#' | b'$' | b'*'
        )
        || byte >= 0x80
}

fn email_at(document: &Document<'_>, at_sign: usize, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    let floor = at_sign.saturating_sub(MAX_LOCAL);
    let mut start = at_sign;
    while start > floor && is_local(bytes[start - 1]) {
        start -= 1;
    }
    // Not in the middle of a character, nor with punctuation in front.
    while start < at_sign
        && (!document.text.is_char_boundary(start)
            || !(bytes[start].is_ascii_alphanumeric() || bytes[start] == b'_' || bytes[start] >= 0xc3))
    {
        start += 1;
    }
    if start == at_sign {
        return;
    }
    let domain = at_sign + 1;
    let end = domain_end(bytes, domain);
    let host = &bytes[domain..end];
    let Some(dot) = host.iter().rposition(|&byte| byte == b'.') else {
        return;
    };
    let top = &host[dot + 1..];
    if host[0] == b'.'
        || host[0] == b'-'
        || top.len() < 2
        || !top.iter().all(u8::is_ascii_alphabetic)
        || host.windows(2).any(|pair| pair == b"..")
    {
        return;
    }
    out.push(Candidate {
        kind: Kind::Email,
        span: Span::new(start, end),
        score: 0.99,
    });
}

/// A domain without scheme or `www`: `example.com`, all in small letters, since `Amazon.com` is the name of a company,
/// under a top domain that files and code do not use as an ending.
fn domain_at(document: &Document<'_>, top: usize, out: &mut Vec<Candidate>) {
    const TOPS: [&str; 17] = [
        "com", "net", "org", "info", "biz", "edu", "gov", "io", "co", "uk", "de", "fr", "es", "it", "ca", "eu", "us",
    ];
    let bytes = document.bytes();
    let term = &document.terms[top];
    let next = document.byte_at(term.end());
    let goes_on = matches!(next, b'.' | b'-') && document.byte_at(term.end() + 1).is_ascii_alphanumeric();
    if !term.shape.is_lower()
        || !TOPS.contains(&document.word(term))
        || goes_on
        || matches!(next, b'@' | b'(' | b'_' | b'=' | b'\'')
        || top == 0
    {
        return;
    }
    let floor = term.start().saturating_sub(MAX_DOMAIN);
    let mut start = term.start();
    let mut dots = 0;
    while start > floor
        && (bytes[start - 1].is_ascii_lowercase()
            || bytes[start - 1].is_ascii_digit()
            || matches!(bytes[start - 1], b'.' | b'-'))
    {
        start -= 1;
        dots += usize::from(bytes[start] == b'.');
    }
    let host = &bytes[start..term.start() - 1];
    // Two letters at the end of a sentence and the next one's first word look the same: these need one more dot, a
    // path or a cue.
    let short = term.len() == 2 && !matches!(document.word(term), "io");
    let cued = || Context::around(document, top, start, term.end()).support(Tags::URL.and(Tags::EMAIL)) > 0.6;
    if host.len() < 3
        || !host[0].is_ascii_alphanumeric()
        || host.windows(2).any(|pair| pair == b"..")
        || !host.iter().any(u8::is_ascii_alphabetic)
        || host.starts_with(b"www.")
        || matches!(
            document.byte_before(start),
            b'@' | b'/' | b'_' | b'\\' | b':' | b'$' | b'%'
        )
        || document.byte_before(start).is_ascii_alphanumeric()
        || document.byte_before(start) >= 0x80
        || short && dots < 2 && next != b'/' && !cued()
    {
        return;
    }
    let end = if next == b'/' {
        url_end(document, term.end())
    } else {
        term.end()
    };
    out.push(Candidate {
        kind: Kind::Url,
        span: Span::new(start, end),
        score: 0.7,
    });
}

/// The end of the host name at `start`, without dots or hyphens at its end.
fn domain_end(bytes: &[u8], start: usize) -> usize {
    let limit = bytes.len().min(start + MAX_DOMAIN);
    let mut end = start;
    let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
    // An apostrophe between letters is wrong in a host name, and yet people write it.
    while end < limit
        && (bytes[end].is_ascii_alphanumeric()
            || matches!(bytes[end], b'.' | b'-')
            || (bytes[end] == b'\'' && end > start && letter(end - 1) && letter(end + 1)))
    {
        end += 1;
    }
    while end > start && matches!(bytes[end - 1], b'.' | b'-') {
        end -= 1;
    }
    end
}

/// An address with a scheme, whose `://` stands at `colon`. The end, if there is one.
fn url_at(document: &Document<'_>, colon: usize, out: &mut Vec<Candidate>) -> Option<usize> {
    let bytes = document.bytes();
    let floor = colon.saturating_sub(MAX_SCHEME);
    let mut start = colon;
    while start > floor && (bytes[start - 1].is_ascii_alphanumeric() || matches!(bytes[start - 1], b'+' | b'-')) {
        start -= 1;
    }
    let scheme = &document.text[start..colon];
    const SCHEMES: [&str; 12] = [
        "http", "https", "ftp", "ftps", "sftp", "ws", "wss", "s3", "ssh", "git", "file", "ldap",
    ];
    // The longest that fits: of `https`, not `s`; of `xhttp`, still `http`.
    let known = SCHEMES
        .iter()
        .filter(|known| scheme.len() >= known.len() && scheme[scheme.len() - known.len()..].eq_ignore_ascii_case(known))
        .max_by_key(|known| known.len())?;
    start = colon - known.len();
    let end = url_end(document, colon + 3);
    let first = *bytes.get(colon + 3)?;
    if end <= colon + 4 || !(first.is_ascii_alphanumeric() || first == b'[' || first >= 0x80) {
        return None;
    }
    out.push(Candidate {
        kind: Kind::Url,
        span: Span::new(start, end),
        score: 0.99,
    });
    Some(end)
}

fn www_at(document: &Document<'_>, start: usize, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    if matches!(document.byte_before(start), b'/' | b'.' | b'@' | b'-' | b'_') || bytes[..start].ends_with(b"://") {
        return;
    }
    let end = url_end(document, start + 4);
    let host = &bytes[start + 4..end];
    let name = host
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'\'') || **byte >= 0x80)
        .count();
    if name == 0
        || host.get(name) != Some(&b'.')
        || !host
            .get(name + 1)
            .is_some_and(|&byte| byte.is_ascii_alphabetic() || byte >= 0x80)
    {
        return;
    }
    out.push(Candidate {
        kind: Kind::Url,
        span: Span::new(start, end),
        score: 0.98,
    });
}

/// The end of a web address that goes on at `from`: at a blank, quote or bracket that closes something, without the
/// punctuation of the sentence around it.
fn url_end(document: &Document<'_>, from: usize) -> usize {
    let bytes = document.bytes();
    let limit = bytes.len().min(from + MAX_URL);
    let mut end = from;
    let mut open = 0usize;
    while end < limit {
        match bytes[end] {
            0..=b' ' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^' | 0x7f => break,
            b'\'' if !document.byte_at(end + 1).is_ascii_alphanumeric() => break,
            // Typographic quotes and blanks.
            0xe2 if matches!(bytes.get(end + 1), Some(0x80)) => break,
            0xc2 if matches!(bytes.get(end + 1), Some(0xa0 | 0xbb | 0xab)) => break,
            0xe3 if matches!(bytes.get(end + 1), Some(0x80)) => break,
            b'(' => open += 1,
            b')' if open == 0 => break,
            b')' => open -= 1,
            _ => {}
        }
        end += 1;
    }
    while end > from
        && (matches!(
            bytes[end - 1],
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b']'
        ) || !document.text.is_char_boundary(end))
    {
        end -= 1;
    }
    end
}

fn ipv4_at(document: &Document<'_>, index: usize, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    let start = document.terms[index].start();
    let mut end = start;
    let mut dots = 0;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'0'..=b'9' => {}
            b'.' if bytes.get(end + 1).is_some_and(u8::is_ascii_digit) => dots += 1,
            _ => break,
        }
        end += 1;
        if end - start > 15 {
            return;
        }
    }
    let before = document.byte_before(start);
    let next = document.byte_at(end);
    if dots != 3
        || before == b'.'
        || before == b'-'
        || before == b'_'
        || next.is_ascii_alphanumeric()
        || next == b'_'
        || next == b'-'
    {
        return;
    }
    let Ok(address) = document.text[start..end].parse::<Ipv4Addr>() else {
        return;
    };
    let context = Context::around(document, index, start, end);
    let octets = address.octets();
    let version = context.support(Tags::VERSION);
    let cue = context.support(Tags::IP);
    // Versions look the same: small numbers, or a word that says so.
    let small = octets.iter().all(|&octet| octet < 40);
    let score = match () {
        () if cue > 0.8 && cue >= version => 0.98,
        () if version > 0.4 && cue < version => 0.3,
        () if octets[0] == 0 && address != Ipv4Addr::UNSPECIFIED => 0.3,
        () if small && matches!(octets, [10, ..] | [1, 1, 1, 1] | [8, 8, ..]) => 0.8,
        () if small => 0.55,
        () => 0.95,
    };
    if score >= crate::REPORTED {
        out.push(Candidate {
            kind: Kind::IpAddress,
            span: Span::new(start, end),
            score,
        });
    }
}

/// IPv6 and hardware addresses: runs of hexadecimal digits with `:`, `-` or `.` between them.
fn hexadecimal(document: &Document<'_>, wanted: Kinds, out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    let mut done = 0;
    for term in document.terms {
        let start = term.start();
        let next = document.byte_at(term.end());
        if start < done
            || !matches!(next, b':' | b'-' | b'.')
            || term.len() > 4
            || !bytes[start..term.end()].iter().all(u8::is_ascii_hexdigit)
        {
            continue;
        }
        // Digits only, in the layout with dots, can be any number.
        if wanted.contains(Kind::MacAddress)
            && let Some(end) = mac_at(document, start)
            && (bytes[start..end].iter().any(u8::is_ascii_alphabetic)
                || bytes[start + 4] != b'.'
                || Context::around(document, document.term_from(start), start, end).support(Tags::MAC) > 0.6)
        {
            out.push(Candidate {
                kind: Kind::MacAddress,
                span: Span::new(start, end),
                score: 0.98,
            });
            done = end;
            continue;
        }
        if next == b':' && wanted.contains(Kind::IpAddress) {
            let from = if bytes[..start].ends_with(b"::") {
                start - 2
            } else {
                start
            };
            if let Some(end) = ipv6_at(document, from) {
                out.push(Candidate {
                    kind: Kind::IpAddress,
                    span: Span::new(from, end),
                    score: 0.97,
                });
                done = end;
            }
        }
    }
}

fn mac_at(document: &Document<'_>, start: usize) -> Option<usize> {
    let bytes = document.bytes();
    let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    if matches!(document.byte_before(start), b':' | b'-' | b'.') {
        // The middle of a longer run, unless a label ends in a colon.
        let before = if start >= 2 { bytes[start - 2] } else { b' ' };
        if before.is_ascii_hexdigit() && !before.is_ascii_alphabetic() || bytes[..start].ends_with(b"::") {
            return None;
        }
    }
    let separator = document.byte_at(start + 2);
    let end = if matches!(separator, b':' | b'-') {
        let fits = (0..6).all(|pair| {
            hex(start + 3 * pair)
                && hex(start + 3 * pair + 1)
                && (pair == 5 || document.byte_at(start + 3 * pair + 2) == separator)
        });
        fits.then_some(start + 17)?
    } else {
        let fits = (0..3).all(|group| {
            (0..4).all(|digit| hex(start + 5 * group + digit))
                && (group == 2 || document.byte_at(start + 5 * group + 4) == b'.')
        });
        fits.then_some(start + 14)?
    };
    let next = document.byte_at(end);
    if next.is_ascii_alphanumeric() || (matches!(next, b':' | b'-' | b'.') && hex(end + 1)) {
        return None;
    }
    Some(end)
}

fn ipv6_at(document: &Document<'_>, start: usize) -> Option<usize> {
    let bytes = document.bytes();
    if matches!(document.byte_before(start), b'.' | b'_' | b'-') {
        return None;
    }
    let length = bytes[start..]
        .iter()
        .take(46)
        .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        .count();
    let mut end = start + length;
    while end > start && (bytes[end - 1] == b'.' || (bytes[end - 1] == b':' && !bytes[..end].ends_with(b"::"))) {
        end -= 1;
    }
    let text = &document.text[start..end];
    let colons = text.bytes().filter(|&byte| byte == b':').count();
    if colons < 3
        && !(colons == 2 && text.contains("::") && text.len() >= 6 && text.bytes().any(|byte| byte.is_ascii_digit()))
    {
        return None;
    }
    if document.byte_at(end).is_ascii_alphanumeric() || document.byte_at(end) == b'_' {
        return None;
    }
    text.parse::<Ipv6Addr>().ok()?;
    Some(end)
}
