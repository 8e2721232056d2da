//! The errors that weigh most, to be read by whoever improves an engine.

use std::collections::BTreeMap;
use std::fmt::Write;

use construe_corpus::Record;
use construe_learn::Label;
use construe_learn::evaluate::Span;

use crate::Scope;
use crate::judge::Found;

/// Code points of text shown on either side of an error.
const CONTEXT: usize = 30;
/// Code points of a span shown.
const SURFACE: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Found where nothing of any label is marked.
    Spurious,
    /// Found with the right label and other borders.
    Borders,
    /// Found where another label is marked.
    OtherLabel,
    /// Marked where nothing is found.
    Missed,
    /// Marked where another label is found.
    FoundAsOther,
}

/// What errors have in common that are listed as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    label: Label,
    kind: Kind,
    surface: String,
    /// The marked span's text, or the other label.
    other: String,
}

struct Case {
    count: usize,
    /// Sum of the scores of wrong findings; 1 for each finding without score and each missed span.
    weight: f64,
    place: String,
}

/// Errors by label. Holds and shows text: for the eyes of its owner, never for a log.
pub struct Worst {
    labels: Vec<String>,
    cases: BTreeMap<Key, Case>,
}

impl Worst {
    pub(crate) fn new(scope: &Scope) -> Worst {
        Worst {
            labels: scope.labels().to_vec(),
            cases: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, record: &Record, gold: &[Span], found: &[Found]) {
        let text = Text::new(&record.text);
        for found in found {
            let span = found.span;
            if gold.contains(&span) {
                continue;
            }
            let touching = || gold.iter().filter(|other| touches(other, &span));
            let (kind, other) = match touching().find(|other| other.label == span.label) {
                Some(other) => (Kind::Borders, text.surface(other)),
                None => match touching().next() {
                    Some(other) => (Kind::OtherLabel, self.labels[other.label.index()].clone()),
                    None => (Kind::Spurious, String::new()),
                },
            };
            self.count(record, &text, span, kind, other, f64::from(found.score.unwrap_or(1.0)));
        }
        for &span in gold {
            let mut touching = found.iter().filter(|found| touches(&found.span, &span)).peekable();
            let (kind, other) = match touching.peek() {
                None => (Kind::Missed, String::new()),
                Some(other) => (Kind::FoundAsOther, self.labels[other.span.label.index()].clone()),
            };
            // One with the right label is no error, or one of borders that is listed already.
            if !touching.any(|found| found.span.label == span.label) {
                self.count(record, &text, span, kind, other, 1.0);
            }
        }
    }

    fn count(&mut self, record: &Record, text: &Text<'_>, span: Span, kind: Kind, other: String, weight: f64) {
        let key = Key {
            label: span.label,
            kind,
            surface: text.surface(&span),
            other,
        };
        let case = self.cases.entry(key).or_insert_with(|| Case {
            count: 0,
            weight: 0.0,
            place: format!("{}: {}", record.id, text.context(&span)),
        });
        case.count += 1;
        case.weight += weight;
    }

    /// The `most` errors of each label that weigh most, as text: kind, weight, how often, the span, and one place.
    pub fn listing(&self, most: usize) -> String {
        let mut listing = String::new();
        for (index, label) in self.labels.iter().enumerate() {
            let mut cases: Vec<(&Key, &Case)> = self
                .cases
                .iter()
                .filter(|(key, _)| key.label.index() == index)
                .collect();
            // Stable: equal weights stay in the order of their keys.
            cases.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight));
            for (position, (key, case)) in cases.into_iter().take(most).enumerate() {
                if position == 0 {
                    let _ = writeln!(listing, "{label}");
                }
                let kind = match key.kind {
                    Kind::Spurious => "spurious".to_owned(),
                    Kind::Borders => format!("borders, marked is [{}]", key.other),
                    Kind::OtherLabel => format!("marked is {}", key.other),
                    Kind::Missed => "missed".to_owned(),
                    Kind::FoundAsOther => format!("found as {}", key.other),
                };
                let Case { count, weight, place } = case;
                // Writing to memory cannot fail.
                let _ = writeln!(listing, "  {weight:7.2} {count:4}x [{}] {kind} | {place}", key.surface);
            }
        }
        listing
    }
}

fn touches(a: &Span, b: &Span) -> bool {
    a.start < b.end && b.start < a.end
}

/// A text that can be cut by code points.
struct Text<'t> {
    text: &'t str,
    /// Byte offset of each code point, and the length.
    bytes: Vec<usize>,
}

impl<'t> Text<'t> {
    fn new(text: &'t str) -> Text<'t> {
        let ends = std::iter::once(text.len());
        Text {
            text,
            bytes: text.char_indices().map(|(byte, _)| byte).chain(ends).collect(),
        }
    }

    /// A part on one line; offsets beyond the text are brought back to it.
    fn slice(&self, start: usize, end: usize) -> String {
        let last = self.bytes.len() - 1;
        let (start, end) = (start.min(last), end.min(last));
        let part = &self.text[self.bytes[start]..self.bytes[end.max(start)]];
        // Control characters could steer the terminal that shows them.
        part.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    fn surface(&self, span: &Span) -> String {
        if span.end - span.start > SURFACE {
            format!("{}…", self.slice(span.start, span.start + SURFACE))
        } else {
            self.slice(span.start, span.end)
        }
    }

    fn context(&self, span: &Span) -> String {
        let before = self.slice(span.start.saturating_sub(CONTEXT), span.start);
        let after = self.slice(span.end, span.end + CONTEXT);
        format!("{before}[{}]{after}", self.surface(span))
    }
}
