//! The canonical form of a request, which client and server must arrive at alike.

use super::SignedRequest;
use crate::error::ApiError;

/// Method, path, query, signed headers, their names, body hash; lines joined by LF.
pub(super) fn canonical_request(request: &SignedRequest<'_>, signed_headers: &[&str]) -> Result<Vec<u8>, ApiError> {
    let mut canonical = Vec::with_capacity(512);
    canonical.extend(request.method.as_bytes());
    canonical.push(b'\n');
    canonical.extend(canonical_path(request.path).as_bytes());
    canonical.push(b'\n');
    canonical.extend(canonical_query(request.query).as_bytes());
    canonical.push(b'\n');
    for name in signed_headers {
        let mut values = request.header(name).peekable();
        if values.peek().is_none() {
            return Err(ApiError::invalid_signature(format!(
                "The signed header {name} is not in the request."
            )));
        }
        canonical.extend(name.as_bytes());
        canonical.push(b':');
        while let Some(value) = values.next() {
            push_folded(&mut canonical, value);
            if values.peek().is_some() {
                canonical.push(b',');
            }
        }
        canonical.push(b'\n');
    }
    canonical.push(b'\n');
    canonical.extend(signed_headers.join(";").as_bytes());
    canonical.push(b'\n');
    canonical.extend(request.body_sha256_hex.as_bytes());
    Ok(canonical)
}

/// Appends a header value without white space at its ends and with one blank for each run inside.
fn push_folded(out: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend(word);
    }
}

/// The path without empty, `.` and `..` segments, each remaining segment encoded once more than it
/// came (S3 alone does neither).
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut canonical = String::from("/");
    for (index, segment) in segments.iter().enumerate() {
        if index > 0 {
            canonical.push('/');
        }
        push_encoded(&mut canonical, segment.as_bytes());
    }
    let names_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if names_folder && !segments.is_empty() {
        canonical.push('/');
    }
    canonical
}

/// Parameters in one encoding, sorted by name and then by value.
fn canonical_query(query: &str) -> String {
    let recoded = |text: &str| {
        let mut encoded = String::with_capacity(text.len());
        push_encoded(&mut encoded, &percent_decoded(text));
        encoded
    };
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut parameters: Vec<(String, String)> = parameters
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (recoded(name), recoded(value))
        })
        .collect();
    parameters.sort();
    let joined: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    joined.join("&")
}

/// Percent-encodes all but RFC 3986's unreserved characters, with upper-case digits.
fn push_encoded(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// Escapes that are none stay as they are.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = if first == b'%' { after.first_chunk::<2>() } else { None };
        let mut byte = [first];
        let is_escape = escape.is_some_and(|digits| hex::decode_to_slice(digits, &mut byte).is_ok());
        decoded.push(byte[0]);
        rest = if is_escape { &after[2..] } else { after };
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (path, expected) in [
            ("", "/"),
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("/a/b/..", "/a/"),
            ("/..", "/"),
            ("/a%20b", "/a%2520b"),
            (
                "/service/Comprehend_20171127/operation/X",
                "/service/Comprehend_20171127/operation/X",
            ),
        ] {
            assert_eq!(canonical_path(path), expected, "{path}");
        }
    }

    #[test]
    fn queries() {
        for (query, expected) in [
            ("", ""),
            ("b=2&a=1&&a=0", "a=0&a=1&b=2"),
            ("flag", "flag="),
            ("a=x=y", "a=x%3Dy"),
            ("a=%2f&b=/&c=%zz%4", "a=%2F&b=%2F&c=%25zz%254"),
            ("a=+", "a=%2B"),
        ] {
            assert_eq!(canonical_query(query), expected, "{query}");
        }
    }
}
