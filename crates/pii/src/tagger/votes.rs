//! Votes of a document: a name seen in full confirms its parts where they stand alone.

use construe_recognizers::{Candidate, Kind};
use construe_text::{Span, Word, split_words};

/// A full name with this score has a vote.
const SURE: f32 = 0.8;
/// What the vote is worth.
const CONFIRMED: f32 = 0.7;
/// The shortest part that is looked for, in bytes: `Al` and `De` are words too.
const SHORTEST: usize = 3;

/// Memory of [`confirm`].
#[derive(Default)]
pub(crate) struct Votes {
    /// Where the parts of sure names stand: start and end of one occurrence.
    parts: Vec<(u32, u32)>,
    taken: Vec<Span>,
}

impl Votes {
    /// Heap memory in bytes.
    pub(crate) fn memory_usage(&self) -> usize {
        self.parts.capacity() * size_of::<(u32, u32)>() + self.taken.capacity() * size_of::<Span>()
    }
}

/// Adds the parts of full names that stand alone elsewhere in `text` to `candidates`.
pub(crate) fn confirm(text: &str, votes: &mut Votes, candidates: &mut Vec<Candidate>) {
    let Votes { parts, taken } = votes;
    parts.clear();
    taken.clear();
    for name in candidates.iter().filter(|found| found.kind == Kind::PersonName) {
        taken.push(name.span);
        let surface = name.span.of(text);
        if name.score < SURE || surface.len() > 60 || !surface.contains(' ') {
            continue;
        }
        let start = name.span.start;
        let mut words = surface.split(' ');
        for word in [words.next(), words.next_back()].into_iter().flatten() {
            let at = start + (word.as_ptr() as usize - surface.as_ptr() as usize);
            if word.len() >= SHORTEST && word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic) {
                parts.push((at as u32, (at + word.len()) as u32));
            }
        }
    }
    if parts.is_empty() {
        return;
    }
    let of = |&(start, end): &(u32, u32)| &text[start as usize..end as usize];
    parts.sort_unstable_by(|a, b| of(a).cmp(of(b)));
    parts.dedup_by(|a, b| of(a) == of(b));
    taken.sort_unstable_by_key(|span| span.start);
    let (mut next_taken, mut before): (usize, Option<Word>) = (0, None);
    let mut pending: Option<Span> = None;
    split_words(text, |word| {
        let (start, end) = (word.start as usize, word.end as usize);
        // A capital word right beside it makes it a part of something else.
        let beside = |gap: &str| matches!(gap, " " | "-" | "'" | "." | "@" | "_" | "/" | " & ");
        if let Some(span) = pending.take()
            && !(word.shape.starts_upper() && beside(&text[span.end..start]))
        {
            candidates.push(Candidate {
                kind: Kind::PersonName,
                span,
                score: CONFIRMED,
            });
        }
        while taken.get(next_taken).is_some_and(|span| span.end <= start) {
            next_taken += 1;
        }
        let free = taken.get(next_taken).is_none_or(|span| span.start >= end);
        let surface = &text[start..end];
        if free
            && word.shape.starts_upper()
            && surface.len() >= SHORTEST
            && parts.binary_search_by(|part| of(part).cmp(surface)).is_ok()
            && !before.is_some_and(|before| {
                before.shape.starts_upper()
                    && beside(&text[before.end as usize..start])
                    && !opens_sentence(text, before.start as usize)
            })
        {
            pending = Some(Span::new(start, end));
        }
        before = Some(word);
    });
    if let Some(span) = pending {
        candidates.push(Candidate {
            kind: Kind::PersonName,
            span,
            score: CONFIRMED,
        });
    }
}

/// Whether a sentence or a line begins at byte `start`: there a capital says nothing.
fn opens_sentence(text: &str, start: usize) -> bool {
    let before = &text[..start];
    let trimmed = before.trim_end_matches([' ', '"', '“', '(']);
    trimmed.is_empty() || trimmed.ends_with(['.', '!', '?', ':', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_alone_are_confirmed_and_others_not() {
        let text = "Ada Holm wrote. Then Holm left; Holm Street and Ada Bank stayed, as did Adam, holm and Ada.";
        let mut candidates = vec![Candidate {
            kind: Kind::PersonName,
            span: Span::new(0, 8),
            score: 0.95,
        }];
        confirm(text, &mut Votes::default(), &mut candidates);
        let found: Vec<(usize, &str)> = candidates[1..]
            .iter()
            .map(|found| (found.span.start, found.span.of(text)))
            .collect();
        assert_eq!(found, [(21, "Holm"), (87, "Ada")]);
        let mut unsure = vec![Candidate {
            kind: Kind::PersonName,
            span: Span::new(0, 8),
            score: 0.6,
        }];
        confirm(text, &mut Votes::default(), &mut unsure);
        assert_eq!(unsure.len(), 1);
    }
}
