//! Times of day, alone and behind a date.

use super::digits;
use crate::document::Document;

/// The end of a time of day that belongs to the date ending at `end`: `T10:00:00Z`, ` 10:00`.
pub(super) fn with_time(document: &Document<'_>, end: usize) -> (usize, bool) {
    let at = match (document.byte_at(end), document.byte_at(end + 1)) {
        (b'T' | b't' | b' ', b'0'..=b'9') => end + 1,
        (b',', b' ') if document.byte_at(end + 2).is_ascii_digit() => end + 2,
        (b' ', b'a') if document.bytes()[end..].starts_with(b" a las ") => end + 7,
        _ => return (end, false),
    };
    match clock(document, at) {
        Some((time_end, _)) => (time_end, true),
        None => (end, false),
    }
}

/// A clock at `start`: `10:30`, `22:07:27.5+02:00`, `5 pm`.
pub(super) fn clock(document: &Document<'_>, start: usize) -> Option<(usize, f32)> {
    let (hour, count) = digits(document, start)?;
    if count > 2 || hour > 24 {
        return None;
    }
    let mut at = start + count;
    let mut minutes = false;
    if matches!(document.byte_at(at), b':') {
        let (minute, count) = digits(document, at + 1)?;
        if count != 2 || minute > 59 {
            return None;
        }
        minutes = true;
        at += 3;
        if document.byte_at(at) == b':'
            && let Some((second, 2)) = digits(document, at + 1)
            && second <= 60
        {
            at += 3;
            if matches!(document.byte_at(at), b'.' | b',') && document.byte_at(at + 1).is_ascii_digit() {
                at += 1 + document.bytes()[at + 1..]
                    .iter()
                    .take(9)
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
            }
        }
        // A third colon makes it something else: an address of hardware, a ratio.
        if document.byte_at(at) == b':' && document.byte_at(at + 1).is_ascii_alphanumeric() {
            return None;
        }
        match document.byte_at(at) {
            b'Z' | b'z' if !document.byte_at(at + 1).is_ascii_alphanumeric() => return Some((at + 1, 0.95)),
            b'+' | b'-' if document.byte_at(at + 1).is_ascii_digit() => {
                if let Some((zone, count)) = digits(document, at + 1) {
                    if count == 2
                        && zone <= 14
                        && document.byte_at(at + 3) == b':'
                        && matches!(digits(document, at + 4), Some((0..=59, 2)))
                    {
                        return Some((at + 6, 0.95));
                    }
                    if count == 4 && zone <= 1400 {
                        return Some((at + 5, 0.95));
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(end) = half_of_day(document, at)
        && (1..=12).contains(&hour)
    {
        return Some((end, 0.95));
    }
    if !minutes
        || document.byte_at(at).is_ascii_alphanumeric()
        || (document.byte_at(at) == b'.' && document.byte_at(at + 1).is_ascii_digit())
        || document.byte_at(at) == b'%'
    {
        return None;
    }
    Some((at, 0.85))
}

/// The end of `am`, `p.m.` or the like at `at`, with a blank before.
fn half_of_day(document: &Document<'_>, at: usize) -> Option<usize> {
    let mut at = at;
    if document.byte_at(at) == b' ' {
        at += 1;
    }
    if !matches!(document.byte_at(at).to_ascii_lowercase(), b'a' | b'p') {
        return None;
    }
    at += 1;
    let dotted = document.byte_at(at) == b'.';
    at += usize::from(dotted);
    if document.byte_at(at) == b' ' && dotted {
        at += 1;
    }
    if !document.byte_at(at).eq_ignore_ascii_case(&b'm') {
        return None;
    }
    at += 1;
    if dotted && document.byte_at(at) == b'.' {
        // The last stop belongs to `p.m.`, unless it also ends the sentence; either reading includes it.
        at += 1;
    }
    (!document.byte_at(at).is_ascii_alphanumeric()).then_some(at)
}
