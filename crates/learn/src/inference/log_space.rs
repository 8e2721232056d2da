//! The sums of [`super::ForwardBackward`] over logarithms in double precision: slow, and right for any scores.
//!
//! It stands in where scaled single precision underflows, and tests hold the fast way against it.

use super::Transitions;
use crate::labels::TokenSpan;
use crate::scheme::Tags;

/// The sums of one sequence.
pub(crate) struct LogSpace<'a> {
    tags: &'a Tags,
    transitions: &'a Transitions,
    scores: &'a [f32],
    allowed: Option<&'a [f32]>,
    alpha: Vec<f64>,
    beta: Vec<f64>,
    pub(crate) log_sum: f64,
}

impl<'a> LogSpace<'a> {
    pub(crate) fn run(
        tags: &'a Tags,
        transitions: &'a Transitions,
        scores: &'a [f32],
        allowed: Option<&'a [f32]>,
    ) -> LogSpace<'a> {
        let nothing = vec![f64::NEG_INFINITY; scores.len()];
        let mut sums = LogSpace {
            tags,
            transitions,
            scores,
            allowed,
            alpha: nothing.clone(),
            beta: nothing,
            log_sum: 0.0,
        };
        let (stride, tokens) = (tags.stride, scores.len() / tags.stride);
        if tokens == 0 {
            return sums;
        }
        for tag in 0..tags.starting {
            sums.alpha[tag] = f64::from(transitions.scores[tag]) + sums.score(0, tag);
        }
        for token in 1..tokens {
            for_each_transition(tags, transitions, |from, to, index| {
                let path = sums.alpha[(token - 1) * stride + from]
                    + f64::from(transitions.scores[index])
                    + sums.score(token, to);
                add(&mut sums.alpha[token * stride + to], path);
            });
        }
        let end = (tokens - 1) * stride;
        sums.log_sum = f64::NEG_INFINITY;
        for tag in tags.closing.iter().map(|&tag| usize::from(tag)) {
            sums.beta[end + tag] = 0.0;
            add(&mut sums.log_sum, sums.alpha[end + tag]);
        }
        for token in (1..tokens).rev() {
            for_each_transition(tags, transitions, |from, to, index| {
                let path =
                    sums.beta[token * stride + to] + f64::from(transitions.scores[index]) + sums.score(token, to);
                add(&mut sums.beta[(token - 1) * stride + from], path);
            });
        }
        sums
    }

    /// The probability of each tag of a token.
    pub(crate) fn probabilities(&self, token: usize) -> impl Iterator<Item = f32> {
        (token * self.tags.stride..(token + 1) * self.tags.stride)
            .map(|index| (self.alpha[index] + self.beta[index] - self.log_sum).exp() as f32)
    }

    /// Calls with the index and the expected number of uses of every transition.
    pub(crate) fn transition_counts(&self, mut count: impl FnMut(usize, f64)) {
        let stride = self.tags.stride;
        let tokens = self.scores.len() / stride;
        for tag in 0..self.tags.starting.min(self.alpha.len()) {
            count(tag, (self.alpha[tag] + self.beta[tag] - self.log_sum).exp());
        }
        for token in 1..tokens {
            for_each_transition(self.tags, self.transitions, |from, to, index| {
                let path = self.alpha[(token - 1) * stride + from]
                    + f64::from(self.transitions.scores[index])
                    + self.score(token, to)
                    + self.beta[token * stride + to];
                count(index, (path - self.log_sum).exp());
            });
        }
    }

    /// The probability that exactly these tokens form a span of this label.
    pub(crate) fn span_probability(&self, span: TokenSpan) -> f32 {
        let (tags, layout) = (self.tags, self.transitions.layout);
        let transition = |index: usize| f64::from(self.transitions.scores[index]);
        let length = span.end - span.start;
        let mut tag = tags.of_span(span.label, 0, length);
        let mut path = self.alpha[span.start * tags.stride + tag];
        for token in span.start + 1..span.end {
            tag = tags.of_span(span.label, token - span.start, length);
            let from = if token == span.start + 1 {
                layout.from_begin
            } else {
                layout.from_inside
            };
            path += transition(from + tag - tags.continuing) + self.score(token, tag);
        }
        let mut after = 0.0;
        if span.end * tags.stride < self.scores.len() {
            after = f64::NEG_INFINITY;
            let source = tags
                .closing
                .iter()
                .position(|&closing| usize::from(closing) == tag)
                .unwrap_or(0);
            for to in 0..tags.starting {
                let row = layout.enter + source * tags.continuing;
                add(
                    &mut after,
                    transition(row + to) + self.score(span.end, to) + self.beta[span.end * tags.stride + to],
                );
            }
        }
        (path + after - self.log_sum).exp() as f32
    }

    fn score(&self, token: usize, tag: usize) -> f64 {
        let index = token * self.tags.stride + tag;
        match self.allowed {
            Some(allowed) => f64::from(self.scores[index]) + f64::from(allowed[index]).ln(),
            None => f64::from(self.scores[index]),
        }
    }
}

/// Calls with every legal pair of tags and the index of its transition.
pub(crate) fn for_each_transition(tags: &Tags, transitions: &Transitions, mut call: impl FnMut(usize, usize, usize)) {
    let layout = transitions.layout;
    for (row, &from) in tags.closing.iter().enumerate() {
        for to in 0..tags.starting {
            call(usize::from(from), to, layout.enter + row * tags.continuing + to);
        }
    }
    for index in 0..tags.blocks * tags.labels {
        let label = index % tags.labels;
        call(tags.begin(label), tags.continuing + index, layout.from_begin + index);
        call(tags.inside(label), tags.continuing + index, layout.from_inside + index);
    }
}

/// Adds to a sum of which both parts are given by their logarithms.
fn add(sum: &mut f64, other: f64) {
    let (small, large) = if *sum < other { (*sum, other) } else { (other, *sum) };
    *sum = if small == f64::NEG_INFINITY {
        large
    } else {
        large + (small - large).exp().ln_1p()
    };
}
