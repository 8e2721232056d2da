//! Context: how strongly the words around a candidate speak for a kind of value.

use crate::document::{Cue, Document};
use crate::tags::Tags;

/// How far back a cue is heard, in bytes.
const REACH_BACK: usize = 110;
/// How far ahead a cue is heard, in bytes: `4411 is my PIN`.
const REACH_AHEAD: usize = 32;
/// Cues that are looked at in each direction.
const MAX_CUES: usize = 10;
/// What is left of a cue's weight for each cue of another kind between it and the candidate.
const RIVAL: f32 = 0.35;
/// What is left of a cue's weight after this many other values between it and the candidate.
const AFTER_VALUES: [f32; 4] = [1.0, 0.6, 0.42, 0.3];

/// Cues around one candidate, nearest first, each with a weight from 0 to 1.
#[derive(Clone, Debug)]
pub struct Context {
    entries: [(Tags, f32); 2 * MAX_CUES],
    len: usize,
}

impl Context {
    /// The context of the candidate at bytes `start..end` whose first word has index `term`.
    pub fn around(document: &Document<'_>, term: usize, start: usize, end: usize) -> Context {
        let mut context = Context {
            entries: [(Tags::NONE, 0.0); 2 * MAX_CUES],
            len: 0,
        };
        let first_after = document.cues.partition_point(|cue| (cue.end as usize) <= start);
        let values = document.terms[term].values_before;
        for cue in document.cues[..first_after].iter().rev().take(MAX_CUES) {
            if start - cue.end as usize > REACH_BACK {
                break;
            }
            let Some(weight) = weight_before(document, cue, start, values) else {
                break;
            };
            context.push(cue.tags, weight);
        }
        let before = context.len;
        for cue in document.cues[first_after..].iter().take(4) {
            let at = cue.start as usize;
            if at < end {
                continue;
            }
            if at - end > REACH_AHEAD || memchr::memchr(b'\n', &document.bytes()[end..at]).is_some() {
                break;
            }
            // `4411 is my PIN`, `(4411, his PIN)`, but not the next clause.
            let clause = document.bytes()[end..at]
                .iter()
                .any(|byte| matches!(byte, b'?' | b'!' | b';' | b':'))
                || document.bytes()[end..at].starts_with(b",") && at - end > 10;
            if clause || labels_what_follows(document, cue) || ends_sentence(&document.bytes()[end..at]) {
                break;
            }
            let weight = if at - end <= 14 { 0.75 } else { 0.55 };
            // A label before the value is worth more than a word after it.
            let rivals = context.entries[..before]
                .iter()
                .filter(|(tags, weight)| *weight > 0.5 && rivals(*tags, cue.tags))
                .count();
            context.push(cue.tags, weight * RIVAL.powi(rivals.min(3) as i32));
            break;
        }
        context
    }

    fn push(&mut self, tags: Tags, weight: f32) {
        if self.len < self.entries.len() {
            let closer = self.entries[..self.len]
                .iter()
                .filter(|(closer, _)| rivals(*closer, tags))
                .count();
            self.entries[self.len] = (tags, weight * RIVAL.powi(closer.min(4) as i32));
            self.len += 1;
        }
    }

    /// Weight, from 0 to 1, of the strongest cue with one of `wanted`.
    #[inline]
    pub fn support(&self, wanted: Tags) -> f32 {
        self.entries[..self.len]
            .iter()
            .filter(|(tags, _)| tags.any(wanted))
            .fold(0.0, |most, (_, weight)| most.max(*weight))
    }

    /// Whether the nearest cue of a value is one of `wanted`.
    pub fn nearest_is(&self, wanted: Tags) -> bool {
        self.entries[..self.len]
            .iter()
            .find(|(tags, _)| tags.any(Tags::VALUE_CUES | Tags::DATE))
            .is_some_and(|(tags, _)| tags.any(wanted))
    }
}

/// Whether a closer cue tells against what a farther one says.
fn rivals(closer: Tags, farther: Tags) -> bool {
    const PARTS_OF_CARDS: Tags = Tags::PIN.and(Tags::CVV).and(Tags::EXPIRY);
    // `the PIN of my card is`: the card is only what the PIN belongs to.
    if closer.any(Tags::CARD.and(Tags::ACCOUNT)) && farther.any(PARTS_OF_CARDS) {
        return false;
    }
    closer.any(Tags::VALUE_CUES) && !closer.any(farther & Tags::CUES) && farther.any(Tags::VALUE_CUES)
}

/// Weight of a cue that ends before the candidate at `start`; `None` if neither it nor those before it are heard.
fn weight_before(document: &Document<'_>, cue: &Cue, start: usize, values: u32) -> Option<f32> {
    let gap = &document.bytes()[cue.end as usize..start];
    let between = values.saturating_sub(cue.values_before) as usize;
    let mut weight = *AFTER_VALUES.get(between)?;
    let letters = gap.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    weight *= match (letters, gap.len()) {
        (0, ..=24) => 1.0,
        (_, ..=20) => 0.95,
        (_, ..=40) => 0.85,
        (_, ..=70) => 0.7,
        _ => 0.5,
    };
    match memchr::memchr_iter(b'\n', gap).take(3).count() {
        0 => {}
        1 if letters == 0 => {}
        1 | 2 if between == 0 => weight *= 0.65,
        1 => weight *= 0.4,
        _ => return None,
    }
    if ends_sentence(gap) {
        weight *= 0.7;
    }
    Some(weight)
}

/// Whether a full stop or exclamation mark with a blank after it lies in the gap. What follows a question answers it.
fn ends_sentence(gap: &[u8]) -> bool {
    let first_letter = gap.iter().position(u8::is_ascii_alphabetic).unwrap_or(gap.len());
    gap.windows(2).enumerate().any(|(at, pair)| {
        matches!(pair[0], b'.' | b'!') && pair[1].is_ascii_whitespace() && (at > first_letter || pair[0] != b'.')
    })
}

/// Whether the cue announces a value after it, as `PIN` does in `… PIN: 1234`.
fn labels_what_follows(document: &Document<'_>, cue: &Cue) -> bool {
    let bytes = &document.bytes()[cue.end as usize..];
    let near = &bytes[..bytes.len().min(6)];
    near.iter()
        .take_while(|byte| !byte.is_ascii_alphabetic() && **byte != b'\n')
        .any(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'=' | b'#'))
}
