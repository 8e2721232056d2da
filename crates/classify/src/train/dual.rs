//! One linear support vector machine for each label, all at once.
//!
//! Each label has a machine of its own that tells it from all others, with a squared hinge loss. Dual coordinate descent
//! (Hsieh et al., 2008) goes through the documents and corrects the weights by as much as each document asks for; the
//! machines are independent, but walk through the documents in the same order, so that a document's features are
//! looked up once and the weights of all labels lie side by side.

use super::matrix::{GROUP, Matrix, Weights};
use super::{Random, Stopped};

/// Corrections no larger than this are left out.
const SMALLEST_CHANGE: f32 = 1e-6;
/// With no correction larger than this in a whole pass there is nothing left to learn.
const CONVERGED: f32 = 1e-3;

/// What to learn from.
pub(crate) struct Task<'t> {
    pub(crate) matrix: &'t Matrix,
    /// How much each feature counts.
    pub(crate) values: &'t [f32],
    /// The documents of the matrix to learn from.
    pub(crate) documents: &'t [u32],
    pub(crate) passes: u32,
    /// What a wrong decision costs, against the square of the weights.
    pub(crate) cost: f32,
}

/// Corrects weights. `progress` gets the part of the work that is done.
pub(crate) fn solve(
    weights: &mut Weights,
    task: &Task<'_>,
    random: &mut Random,
    progress: &mut dyn FnMut(f32) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let &Task {
        matrix,
        values,
        documents,
        passes,
        cost,
    } = task;
    let stride = weights.stride;
    let slack = 0.5 / cost;
    // The vectors, and the squares of their lengths with a feature of the value 1 that every document has.
    let mut vectors = vec![0.0f32; matrix.features.len()];
    let mut squares = vec![0.0f32; matrix.len()];
    let mut multipliers = vec![0.0f32; matrix.len() * stride];
    let mut order = documents.to_vec();
    let mut scores = vec![0.0f32; stride];
    let mut signs = vec![-1.0f32; stride];
    for pass in 0..passes {
        random.shuffle(&mut order);
        let mut largest = 0.0f32;
        for (place, &document) in order.iter().enumerate() {
            if place.is_multiple_of(4096) {
                progress((pass as f32 + place as f32 / order.len() as f32) / passes as f32)?;
            }
            let document = document as usize;
            let range = matrix.range(document);
            let features = &matrix.features[range.clone()];
            let vector = &mut vectors[range];
            if pass == 0 {
                squares[document] = matrix.vector(document, values, vector) + 1.0;
            }
            score(weights, features, vector, &mut scores);
            let labels = matrix.labels(document);
            labels.iter().for_each(|&label| signs[label as usize] = 1.0);
            let step = 1.0 / (squares[document] + slack);
            let multipliers = &mut multipliers[document * stride..][..stride];
            let mut change = 0.0f32;
            // The scores become the corrections.
            for ((score, multiplier), &sign) in scores.iter_mut().zip(multipliers).zip(&signs) {
                let gradient = sign * *score - 1.0 + slack * *multiplier;
                let corrected = (*multiplier - gradient * step).max(0.0);
                *score = (corrected - *multiplier) * sign;
                *multiplier = corrected;
                change = change.max(score.abs());
            }
            labels.iter().for_each(|&label| signs[label as usize] = -1.0);
            largest = largest.max(change);
            if change <= SMALLEST_CHANGE {
                continue;
            }
            for (&feature, &value) in features.iter().zip(&*vector) {
                add(weights.row_mut(feature as usize), &scores, value);
            }
            add(&mut weights.biases, &scores, 1.0);
        }
        if largest < CONVERGED {
            break;
        }
    }
    Ok(())
}

/// The scores of all labels for a vector.
fn score(weights: &Weights, features: &[u32], vector: &[f32], scores: &mut [f32]) {
    scores.copy_from_slice(&weights.biases);
    match weights.stride {
        4 => score_few::<4>(weights, features, vector, scores),
        8 => score_few::<8>(weights, features, vector, scores),
        _ => {
            for (&feature, &value) in features.iter().zip(vector) {
                add(scores, weights.row(feature as usize), value);
            }
        }
    }
}

/// The same for rows so short that the sums need not leave the registers.
fn score_few<const STRIDE: usize>(weights: &Weights, features: &[u32], vector: &[f32], scores: &mut [f32]) {
    let (rows, _) = weights.rows.as_chunks::<STRIDE>();
    let mut sums = [0.0f32; STRIDE];
    for (&feature, &value) in features.iter().zip(vector) {
        for (sum, weight) in sums.iter_mut().zip(&rows[feature as usize]) {
            *sum += value * weight;
        }
    }
    for (score, sum) in scores.iter_mut().zip(sums) {
        *score += sum;
    }
}

/// `sums += factor * row`.
#[inline]
fn add(sums: &mut [f32], row: &[f32], factor: f32) {
    let (sums, _) = sums.as_chunks_mut::<GROUP>();
    let (row, _) = row.as_chunks::<GROUP>();
    for (sums, row) in sums.iter_mut().zip(row) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += factor * weight;
        }
    }
}
