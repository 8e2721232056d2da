//! Probabilities of tags and spans, by sums over all sequences.
//!
//! The sums run over probabilities, scaled at every token, and not over their logarithms: a multiplication and an
//! addition per transition instead of an exponential. Single precision then holds ratios up to e^87 between the tags
//! of one token: enough for any trained model seen, whose scores differ by e^30 at most. Where scores lie farther
//! apart, [`Underflow`] tells the caller to take [`super::log_space`].

use super::{Transitions, with_lanes};
use crate::exp::exp;
use crate::labels::TokenSpan;
use crate::scheme::Tags;

/// The scores lie too far apart for scaled single precision.
#[derive(Debug)]
pub(crate) struct Underflow;

/// Working memory and result.
#[derive(Clone, Debug, Default)]
pub(crate) struct ForwardBackward {
    /// Exponential of each score, relative to the best of its token; zero for tags that are not allowed.
    factors: Vec<f32>,
    /// Probability of a tag given the tokens up to it.
    alpha: Vec<f32>,
    /// How much likelier the rest is after this tag than on average; its product with `alpha` is the probability of
    /// the tag given all tokens.
    beta: Vec<f32>,
    /// `factors` times `beta` by the scale of the token: what a path into the tag is multiplied with.
    into: Vec<f32>,
    /// One by the sum of each token's `alpha` before scaling.
    inverse_scale: Vec<f32>,
    /// One by the part of the last `alpha` that may end a sequence.
    inverse_end: f32,
    /// Logarithm of the sum over all (allowed) sequences.
    pub(crate) log_sum: f64,
}

/// Below it a scale is taken for an underflow: close to the smallest number in single precision.
const SMALLEST_SCALE: f32 = 1e-30;

impl ForwardBackward {
    /// Computes the sums for the scores, one row of `tags.stride` finite numbers per token. `allowed`, where given,
    /// has a factor for each of them, 0 where a tag does not count; it must allow a legal sequence.
    pub(crate) fn run(
        &mut self,
        tags: &Tags,
        transitions: &Transitions,
        scores: &[f32],
        allowed: Option<&[f32]>,
    ) -> Result<(), Underflow> {
        let stride = tags.stride;
        let tokens = scores.len() / stride;
        for buffer in [&mut self.factors, &mut self.alpha, &mut self.beta, &mut self.into] {
            buffer.resize(scores.len(), 0.0);
        }
        self.inverse_scale.resize(tokens, 0.0);
        self.log_sum = 0.0;
        if tokens == 0 {
            return Ok(());
        }
        for (token, (factors, scores)) in self
            .factors
            .chunks_exact_mut(stride)
            .zip(scores.chunks_exact(stride))
            .enumerate()
        {
            let allowed = allowed.map(|allowed| &allowed[token * stride..][..stride]);
            self.log_sum += f64::from(exponentials(tags, factors, scores, allowed)?);
        }
        with_lanes!(tags.continuing, forward(self, tags, transitions))?;
        with_lanes!(tags.continuing, backward(self, tags, transitions))
    }

    /// The probability of each tag of a token.
    pub(crate) fn probabilities(&self, tags: &Tags, token: usize) -> impl Iterator<Item = f32> {
        let row = token * tags.stride..(token + 1) * tags.stride;
        self.alpha[row.clone()]
            .iter()
            .zip(&self.beta[row])
            .map(|(alpha, beta)| alpha * beta)
    }

    /// Adds `weight` times the expected number of uses of each transition to `counts`, short of the transition's
    /// own factor.
    pub(crate) fn add_transition_counts(
        &self,
        tags: &Tags,
        transitions: &Transitions,
        weight: f32,
        counts: &mut [f32],
    ) {
        let layout = transitions.layout;
        let (labels, continuing, stride) = (tags.labels, tags.continuing, tags.stride);
        for (count, into) in counts.iter_mut().zip(&self.into[..continuing]) {
            *count += weight * into;
        }
        for (before, into) in self
            .alpha
            .chunks_exact(stride)
            .zip(self.into.chunks_exact(stride).skip(1))
        {
            let matrix = counts[layout.enter..layout.from_begin].chunks_exact_mut(continuing);
            for (&source, row) in tags.closing.iter().zip(matrix) {
                let base = weight * before[usize::from(source)];
                for (count, into) in row.iter_mut().zip(into) {
                    *count += base * into;
                }
            }
            for block in 0..tags.blocks {
                let into = &into[continuing + block * labels..][..labels];
                for (start, before) in [
                    (layout.from_begin, &before[1..1 + labels]),
                    (layout.from_inside, &before[continuing..continuing + labels]),
                ] {
                    let counts = &mut counts[start + block * labels..][..labels];
                    for ((count, before), into) in counts.iter_mut().zip(before).zip(into) {
                        *count += weight * before * into;
                    }
                }
            }
        }
    }

    /// The probability that exactly these tokens form a span of this label.
    pub(crate) fn span_probability(&self, tags: &Tags, transitions: &Transitions, span: TokenSpan) -> f32 {
        let layout = transitions.layout;
        let length = span.end - span.start;
        let tag_at = |token: usize| tags.of_span(span.label, token - span.start, length);
        let mut tag = tag_at(span.start);
        let mut probability = self.alpha[span.start * tags.stride + tag];
        for token in span.start + 1..span.end {
            let next = tag_at(token);
            let from = if token == span.start + 1 {
                layout.from_begin
            } else {
                layout.from_inside
            };
            probability *= transitions.factors[from + next - tags.continuing]
                * self.factors[token * tags.stride + next]
                * self.inverse_scale[token];
            tag = next;
        }
        // What follows must not go on with the span.
        let after = if span.end * tags.stride == self.alpha.len() {
            self.inverse_end
        } else {
            let source = tags.closing.iter().position(|&closing| usize::from(closing) == tag);
            let row = layout.enter + source.map_or(0, |source| source * tags.continuing);
            let into = &self.into[span.end * tags.stride..];
            dot(&transitions.factors[row..row + tags.continuing], into)
        };
        (probability * after).clamp(0.0, 1.0)
    }
}

/// The largest distance between the scores of a token that single precision is trusted with.
const LARGEST_DISTANCE: f32 = 80.0;

/// Writes the exponentials of the scores relative to the largest allowed one, and returns that.
#[inline(always)]
fn exponentials(tags: &Tags, factors: &mut [f32], scores: &[f32], allowed: Option<&[f32]>) -> Result<f32, Underflow> {
    let widen = |(low, high): (f32, f32), score: f32| {
        (
            if score < low { score } else { low },
            if score > high { score } else { high },
        )
    };
    let nothing = (f32::INFINITY, f32::NEG_INFINITY);
    let (low, high) = match allowed {
        None => {
            let (starting, continuing) = scores.split_at(tags.continuing);
            let range = starting[..tags.starting].iter().copied().fold(nothing, widen);
            continuing[..tags.blocks * tags.labels]
                .iter()
                .copied()
                .fold(range, widen)
        }
        Some(allowed) => {
            let counted = scores.iter().zip(allowed).filter(|&(_, &allowed)| allowed > 0.0);
            counted.map(|(&score, _)| score).fold(nothing, widen)
        }
    };
    if high - low > LARGEST_DISTANCE {
        return Err(Underflow);
    }
    for (factor, score) in factors.iter_mut().zip(scores) {
        *factor = exp(score - high);
    }
    if let Some(allowed) = allowed {
        for (factor, allowed) in factors.iter_mut().zip(allowed) {
            *factor *= allowed;
        }
    }
    Ok(high)
}

fn forward<const LANES: usize>(
    sums: &mut ForwardBackward,
    tags: &Tags,
    transitions: &Transitions,
) -> Result<(), Underflow> {
    let layout = transitions.layout;
    let (labels, continuing, stride) = (tags.labels, tags.continuing, tags.stride);
    let enter = &transitions.factors[layout.enter..layout.from_begin];
    let from_begin = &transitions.factors[layout.from_begin..layout.from_inside];
    let from_inside = &transitions.factors[layout.from_inside..];

    let first = &mut sums.alpha[..stride];
    first.fill(0.0);
    first[..continuing].copy_from_slice(&transitions.factors[..continuing]);
    for token in 0..sums.inverse_scale.len() {
        if token > 0 {
            let (before, row) = sums.alpha[(token - 1) * stride..(token + 1) * stride].split_at_mut(stride);
            if LANES > 0 {
                let mut lanes = [0.0f32; LANES];
                for (&source, enter) in tags.closing.iter().zip(enter.as_chunks::<LANES>().0) {
                    let base = before[usize::from(source)];
                    for (lane, &enter) in lanes.iter_mut().zip(enter) {
                        *lane += base * enter;
                    }
                }
                row[..LANES].copy_from_slice(&lanes);
            } else {
                row[..continuing].fill(0.0);
                for (&source, enter) in tags.closing.iter().zip(enter.chunks_exact(continuing)) {
                    let base = before[usize::from(source)];
                    for (lane, &enter) in row.iter_mut().zip(enter) {
                        *lane += base * enter;
                    }
                }
            }
            let begin = &before[1..1 + labels];
            let inside = &before[continuing..continuing + labels];
            let (continued, padding) = row[continuing..].split_at_mut(tags.blocks * labels);
            padding.fill(0.0);
            for (block, (from_begin, from_inside)) in continued
                .chunks_exact_mut(labels)
                .zip(from_begin.chunks_exact(labels).zip(from_inside.chunks_exact(labels)))
            {
                for (((alpha, (begin, inside)), from_begin), from_inside) in block
                    .iter_mut()
                    .zip(begin.iter().zip(inside))
                    .zip(from_begin)
                    .zip(from_inside)
                {
                    *alpha = begin * from_begin + inside * from_inside;
                }
            }
        }
        let row = &mut sums.alpha[token * stride..(token + 1) * stride];
        for (alpha, factor) in row.iter_mut().zip(&sums.factors[token * stride..]) {
            *alpha *= factor;
        }
        let scale = sum(row);
        if scale.is_nan() || scale < SMALLEST_SCALE {
            return Err(Underflow);
        }
        let inverse = 1.0 / scale;
        row.iter_mut().for_each(|alpha| *alpha *= inverse);
        sums.inverse_scale[token] = inverse;
        sums.log_sum += f64::from(scale).ln();
    }
    let last = &sums.alpha[sums.alpha.len() - stride..];
    let ending: f32 = tags.closing.iter().map(|&tag| last[usize::from(tag)]).sum();
    if ending.is_nan() || ending < SMALLEST_SCALE {
        return Err(Underflow);
    }
    sums.inverse_end = 1.0 / ending;
    sums.log_sum += f64::from(ending).ln();
    Ok(())
}

fn backward<const LANES: usize>(
    sums: &mut ForwardBackward,
    tags: &Tags,
    transitions: &Transitions,
) -> Result<(), Underflow> {
    let layout = transitions.layout;
    let (labels, continuing, stride) = (tags.labels, tags.continuing, tags.stride);
    let enter = &transitions.factors[layout.enter..layout.from_begin];
    let tokens = sums.inverse_scale.len();

    let last = &mut sums.beta[(tokens - 1) * stride..];
    last.fill(0.0);
    for &tag in &tags.closing {
        last[usize::from(tag)] = sums.inverse_end;
    }
    for token in (0..tokens).rev() {
        let row = token * stride..(token + 1) * stride;
        let beta = &sums.beta[row.clone()];
        let total: f32 = dot(&sums.alpha[row.clone()], beta);
        // One, but for rounding, unless a number left its range.
        if !(0.99..1.01).contains(&total) {
            return Err(Underflow);
        }
        let into = &mut sums.into[row.clone()];
        let inverse = sums.inverse_scale[token];
        for ((into, beta), factor) in into.iter_mut().zip(beta).zip(&sums.factors[row]) {
            *into = beta * factor * inverse;
        }
        if token == 0 {
            break;
        }
        let before = &mut sums.beta[(token - 1) * stride..token * stride];
        before.fill(0.0);
        if let Some(into) = into.first_chunk::<LANES>().filter(|_| LANES > 0) {
            for (&source, enter) in tags.closing.iter().zip(enter.as_chunks::<LANES>().0) {
                before[usize::from(source)] = dot(enter, into);
            }
        } else {
            for (&source, enter) in tags.closing.iter().zip(enter.chunks_exact(continuing)) {
                before[usize::from(source)] = dot(enter, into);
            }
        }
        for block in 0..tags.blocks {
            let into = &into[continuing + block * labels..][..labels];
            for (from, start) in [(layout.from_begin, 1), (layout.from_inside, continuing)] {
                let factors = &transitions.factors[from + block * labels..][..labels];
                for ((before, factor), into) in before[start..start + labels].iter_mut().zip(factors).zip(into) {
                    *before += factor * into;
                }
            }
        }
    }
    Ok(())
}

/// The sum of products, four at a time: rounding in a fixed order that vector instructions can follow. The first
/// slice's length is a multiple of four and at most that of the second.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 4];
    for (a, b) in a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}

/// The sum, four at a time.
#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 4];
    for chunk in values.as_chunks::<4>().0 {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}
