//! Inference on the chain of tags: the best sequence, and the probabilities of tags and spans.

mod forward_backward;
pub(crate) mod log_space;
mod viterbi;

#[cfg(test)]
mod tests;

pub(crate) use forward_backward::{ForwardBackward, Underflow};
pub(crate) use viterbi::Viterbi;

use crate::exp::exp;
use crate::scheme::Tags;

/// Where the parts of a vector of transition scores begin.
///
/// The vector holds the score of every legal transition: of each starting tag at the first token; from each closing
/// tag to each starting tag; from the beginning and from the inside of each label to each of its continuing tags.
/// Rows of starting tags are padded to `continuing` numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransitionLayout {
    /// Start of the matrix from closing to starting tags; the scores at the first token come before it.
    pub(crate) enter: usize,
    /// Start of the vectors from the beginning of a span, one per block of continuing tags.
    pub(crate) from_begin: usize,
    /// Start of the vectors from the inside of a span.
    pub(crate) from_inside: usize,
    pub(crate) len: usize,
}

impl TransitionLayout {
    pub(crate) fn new(tags: &Tags) -> TransitionLayout {
        let enter = tags.continuing;
        let from_begin = enter + tags.closing.len() * tags.continuing;
        let from_inside = from_begin + tags.blocks * tags.labels;
        TransitionLayout {
            enter,
            from_begin,
            from_inside,
            len: from_inside + tags.blocks * tags.labels,
        }
    }

    /// Which numbers of the vector are padding.
    pub(crate) fn is_padding(&self, tags: &Tags, index: usize) -> bool {
        index < self.from_begin && index % tags.continuing >= tags.starting
    }
}

/// The largest size of a transition's score: far above any that training arrives at by itself, and small enough for
/// sums of probabilities in single precision.
pub(crate) const LARGEST_TRANSITION: f32 = 40.0;

/// Scores of the legal transitions, as they add up along a sequence and as factors of its probability.
#[derive(Clone, Debug)]
pub(crate) struct Transitions {
    pub(crate) layout: TransitionLayout,
    /// Minus infinity in the padding.
    pub(crate) scores: Vec<f32>,
    /// The exponentials, zero in the padding.
    pub(crate) factors: Vec<f32>,
}

impl Transitions {
    pub(crate) fn new(tags: &Tags) -> Transitions {
        let layout = TransitionLayout::new(tags);
        let mut transitions = Transitions {
            layout,
            scores: vec![0.0; layout.len],
            factors: vec![1.0; layout.len],
        };
        for index in (0..layout.len).filter(|&index| layout.is_padding(tags, index)) {
            transitions.scores[index] = f32::NEG_INFINITY;
            transitions.factors[index] = 0.0;
        }
        transitions
    }

    /// Brings the factors up to date with the scores.
    pub(crate) fn update_factors(&mut self, tags: &Tags) {
        for (factor, &score) in self.factors.iter_mut().zip(&self.scores) {
            *factor = exp(score);
        }
        for row in self.factors[..self.layout.from_begin].chunks_exact_mut(tags.continuing) {
            row[tags.starting..].fill(0.0);
        }
    }
}

/// Calls `$function::<N>(…)` with N the value of `$width` if it is one of the usual widths, else with 0: a loop over
/// a known number of lanes is unrolled into vector registers, which is worth a factor of two.
macro_rules! with_lanes {
    ($width:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $width {
            4 => $function::<4>($($argument),*),
            8 => $function::<8>($($argument),*),
            12 => $function::<12>($($argument),*),
            16 => $function::<16>($($argument),*),
            20 => $function::<20>($($argument),*),
            24 => $function::<24>($($argument),*),
            _ => $function::<0>($($argument),*),
        }
    };
}
pub(crate) use with_lanes;
