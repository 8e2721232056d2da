//! Names of training texts in the place of others.

use std::collections::BTreeMap;
use std::ops::Range;

use super::random::Random;
use super::sentences::{is_plain_name, slice};
use super::training::TrainingText;

/// A text with other names.
pub(super) struct Renamed<'t> {
    pub(super) text: String,
    pub(super) spans: Vec<(Range<usize>, &'t str)>,
    pub(super) ignore: Vec<Range<usize>>,
}

/// Names of the texts, to put into other texts: what stands around a name then counts more than the name.
pub(super) struct Names<'t> {
    full: Vec<&'t str>,
    single: Vec<&'t str>,
}

impl<'t> Names<'t> {
    /// The names of the texts.
    pub(super) fn of(texts: &[&TrainingText<'t>]) -> Names<'t> {
        let mut names = Names {
            full: Vec::new(),
            single: Vec::new(),
        };
        // Every text has its say once for each name; the order is that of the texts.
        for text in texts {
            for (range, _) in text.spans.iter().filter(|(_, name)| *name == "NAME") {
                let Some(surface) = slice(text.text, range).filter(|surface| is_plain_name(surface)) else {
                    continue;
                };
                match surface.split(' ').count() {
                    1 => names.single.push(surface),
                    2 | 3 => {
                        names.full.push(surface);
                        names.single.extend(surface.split(' ').next_back());
                        names.single.extend(surface.split(' ').next());
                    }
                    _ => {}
                }
            }
        }
        names
    }

    /// The text with other names in the place of its persons; the same name for the same person.
    pub(super) fn replace<'r>(&self, text: &TrainingText<'r>, random: &mut Random) -> Option<Renamed<'r>> {
        if self.full.is_empty() || self.single.is_empty() {
            return None;
        }
        let mut spans = text.spans.clone();
        spans.sort_by_key(|(range, _)| range.start);
        if !spans.iter().any(|(_, name)| matches!(*name, "PERSON" | "NAME")) {
            return None;
        }
        let mut chosen: BTreeMap<&str, &str> = BTreeMap::new();
        let mut out = String::with_capacity(text.text.len() + 16);
        let mut out_len = 0;
        let mut at = 0;
        let mut moved = Vec::with_capacity(spans.len());
        // Where code points of the old text come to lie: each entry holds from where on, and by how much they move.
        let mut shifts: Vec<(usize, isize)> = Vec::new();
        for (range, name) in &spans {
            if range.start < at {
                return None;
            }
            let between = slice(text.text, &(at..range.start))?;
            let surface = slice(text.text, range)?;
            let words = surface.split(' ').count();
            let replaceable = matches!(*name, "PERSON" | "NAME")
                && words <= 3
                && surface.starts_with(char::is_uppercase)
                && surface
                    .chars()
                    .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’'));
            let new = if replaceable {
                *chosen.entry(surface).or_insert_with(|| {
                    let pool = if words == 1 { &self.single } else { &self.full };
                    pool[random.below(pool.len())]
                })
            } else {
                surface
            };
            out.push_str(between);
            out_len += range.start - at;
            let new_len = new.chars().count();
            moved.push((out_len..out_len + new_len, *name));
            out.push_str(new);
            out_len += new_len;
            at = range.end;
            shifts.push((at, out_len as isize - at as isize));
        }
        out.push_str(slice(text.text, &(at..text.text.chars().count()))?);
        let shift = |offset: usize| {
            let before = shifts.partition_point(|&(from, _)| from <= offset);
            let by = before.checked_sub(1).map_or(0, |index| shifts[index].1);
            offset.saturating_add_signed(by)
        };
        // A zone that a name overlaps cannot be carried over.
        let overlaps = |zone: &Range<usize>| {
            spans
                .iter()
                .any(|(range, _)| range.start < zone.end && zone.start < range.end)
        };
        if text.ignore.iter().any(overlaps) {
            return None;
        }
        let ignore = text
            .ignore
            .iter()
            .map(|zone| shift(zone.start)..shift(zone.end - 1) + 1)
            .collect();
        Some(Renamed {
            text: out,
            spans: moved,
            ignore,
        })
    }
}
