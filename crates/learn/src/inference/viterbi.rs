//! The best sequence of tags.
//!
//! The pass to the right keeps only the best scores: one addition and one maximum per transition. Where a score came
//! from is found on the way back, for the one tag per token that lies on the path, by computing its sums again.

use super::{Transitions, with_lanes};
use crate::scheme::Tags;

/// Working memory and result.
#[derive(Clone, Debug, Default)]
pub(crate) struct Viterbi {
    /// For each token and tag the score of the best sequence that ends there.
    best: Vec<f32>,
    /// The best sequence.
    pub(crate) path: Vec<u16>,
}

impl Viterbi {
    /// Finds the best sequence for the scores, one row of `tags.stride` finite numbers per token. Of equal ones the
    /// tag of the lower number wins, last token first.
    pub(crate) fn run(&mut self, tags: &Tags, transitions: &Transitions, scores: &[f32]) {
        let tokens = scores.len() / tags.stride;
        self.path.clear();
        if tokens == 0 {
            return;
        }
        self.best.resize(scores.len(), 0.0);
        self.path.resize(tokens, 0);
        with_lanes!(tags.continuing, forward(tags, transitions, scores, &mut self.best));

        let last = &self.best[(tokens - 1) * tags.stride..];
        let mut tag = first_maximum(
            tags.closing
                .iter()
                .map(|&tag| (usize::from(tag), last[usize::from(tag)])),
        );
        for token in (0..tokens).rev() {
            self.path[token] = tag as u16;
            if token > 0 {
                let before = &self.best[(token - 1) * tags.stride..token * tags.stride];
                tag = predecessor(tags, transitions, before, tag);
            }
        }
    }
}

fn forward<const LANES: usize>(tags: &Tags, transitions: &Transitions, scores: &[f32], best: &mut [f32]) {
    let layout = transitions.layout;
    let (labels, continuing, stride) = (tags.labels, tags.continuing, tags.stride);
    let enter = &transitions.scores[layout.enter..layout.from_begin];
    let from_begin = &transitions.scores[layout.from_begin..layout.from_inside];
    let from_inside = &transitions.scores[layout.from_inside..];

    let row = &mut best[..stride];
    row.fill(f32::NEG_INFINITY);
    for ((best, &score), &initial) in row.iter_mut().zip(&scores[..tags.starting]).zip(&transitions.scores) {
        *best = score + initial;
    }
    for token in 1..scores.len() / stride {
        let (before, row) = best[(token - 1) * stride..(token + 1) * stride].split_at_mut(stride);
        let scores = &scores[token * stride..(token + 1) * stride];
        if LANES > 0 {
            let mut lanes = [f32::NEG_INFINITY; LANES];
            for (&source, enter) in tags.closing.iter().zip(enter.as_chunks::<LANES>().0) {
                let base = before[usize::from(source)];
                for (lane, &enter) in lanes.iter_mut().zip(enter) {
                    let sum = base + enter;
                    *lane = if sum > *lane { sum } else { *lane };
                }
            }
            row[..LANES].copy_from_slice(&lanes);
        } else {
            row[..continuing].fill(f32::NEG_INFINITY);
            for (&source, enter) in tags.closing.iter().zip(enter.chunks_exact(continuing)) {
                let base = before[usize::from(source)];
                for (lane, &enter) in row.iter_mut().zip(enter) {
                    let sum = base + enter;
                    *lane = if sum > *lane { sum } else { *lane };
                }
            }
        }
        let begin = &before[1..1 + labels];
        let inside = &before[continuing..continuing + labels];
        let blocks = row[continuing..].chunks_exact_mut(labels).take(tags.blocks);
        for (block, (from_begin, from_inside)) in
            blocks.zip(from_begin.chunks_exact(labels).zip(from_inside.chunks_exact(labels)))
        {
            for (((best, (&begin, &inside)), &from_begin), &from_inside) in block
                .iter_mut()
                .zip(begin.iter().zip(inside))
                .zip(from_begin)
                .zip(from_inside)
            {
                let (begin, inside) = (begin + from_begin, inside + from_inside);
                *best = if inside > begin { inside } else { begin };
            }
        }
        for (best, &score) in row.iter_mut().zip(scores) {
            *best += score;
        }
    }
}

/// The tag before `tag` on the best sequence that ends there.
fn predecessor(tags: &Tags, transitions: &Transitions, before: &[f32], tag: usize) -> usize {
    let layout = transitions.layout;
    if tag < tags.continuing {
        let column = transitions.scores[layout.enter + tag..].iter().step_by(tags.continuing);
        return first_maximum(tags.closing.iter().zip(column).map(|(&source, &enter)| {
            let source = usize::from(source);
            (source, before[source] + enter)
        }));
    }
    let index = tag - tags.continuing;
    let label = index % tags.labels;
    let (begin, inside) = (tags.begin(label), tags.inside(label));
    first_maximum([
        (begin, before[begin] + transitions.scores[layout.from_begin + index]),
        (inside, before[inside] + transitions.scores[layout.from_inside + index]),
    ])
}

fn first_maximum(candidates: impl IntoIterator<Item = (usize, f32)>) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (tag, score) in candidates {
        if score > best.1 {
            best = (tag, score);
        }
    }
    best.0
}
