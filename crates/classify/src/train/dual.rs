//! One linear support vector machine for each label.
//!
//! Each label has a machine of its own that tells it from all others, with a squared hinge loss. Dual coordinate descent
//! (Hsieh et al., 2008) goes through the documents and corrects the weights by as much as each document asks for. The
//! machines of a band of labels walk through the documents side by side, so that a document's features are looked up once
//! for all of them.
//!
//! A document that asked for next to nothing is passed over in the next passes: after a few passes most documents are.
//! Multipliers outlive a solution: the next one, of almost the same documents, begins where the last one ended.

use super::matrix::{Matrix, Vectors};
use super::weights::{Band, Weights, add};
use super::{Random, Stopped};

/// Corrections no larger than this are left out.
const SMALLEST_CHANGE: f32 = 1e-6;
/// With no correction larger than this in a whole pass there is nothing left to learn.
const CONVERGED: f32 = 1e-3;
/// A document that asks for no larger correction is passed over for a while.
const CALM: f32 = 0.03;
/// For so many passes; when that comes again at once, for longer.
const REST: u8 = 3;
const LONGEST_REST: u8 = 9;

/// What to learn from.
pub(crate) struct Task<'t> {
    pub(crate) matrix: &'t Matrix,
    pub(crate) vectors: &'t Vectors,
    /// The documents of the matrix to learn from.
    pub(crate) documents: &'t [u32],
    pub(crate) passes: u32,
    /// What a wrong decision costs, against the square of the weights.
    pub(crate) cost: f32,
}

/// How much each document of a matrix counts for each label.
#[derive(Clone, Default)]
pub(crate) struct Multipliers {
    /// For each band documents × lanes.
    bands: Vec<Vec<f32>>,
}

impl Multipliers {
    /// Documents that count nothing yet.
    pub(crate) fn new(weights: &Weights, documents: usize) -> Multipliers {
        let of_band = |band: &Band| vec![0.0; documents * band.lanes];
        Multipliers {
            bands: weights.bands.iter().map(of_band).collect(),
        }
    }
}

/// Corrects weights. `progress` gets the part of the work that is done.
pub(crate) fn solve(
    weights: &mut Weights,
    multipliers: &mut Multipliers,
    task: &Task<'_>,
    random: &mut Random,
    progress: &mut dyn FnMut(f32) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let count = weights.bands.len() as f32;
    let start = random.clone();
    for (number, (band, multipliers)) in weights.bands.iter_mut().zip(&mut multipliers.bands).enumerate() {
        *random = start.clone();
        let mut progress = |done: f32| progress((number as f32 + done) / count);
        match band.lanes {
            1 => solve_band::<1>(band, multipliers, task, random, &mut progress),
            2 => solve_band::<2>(band, multipliers, task, random, &mut progress),
            4 => solve_band::<4>(band, multipliers, task, random, &mut progress),
            8 => solve_band::<8>(band, multipliers, task, random, &mut progress),
            _ => solve_band::<16>(band, multipliers, task, random, &mut progress),
        }?;
    }
    Ok(())
}

fn solve_band<const LANES: usize>(
    band: &mut Band,
    multipliers: &mut [f32],
    task: &Task<'_>,
    random: &mut Random,
    progress: &mut dyn FnMut(f32) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let &Task {
        matrix,
        vectors,
        documents,
        passes,
        cost,
    } = task;
    let slack = 0.5 / cost;
    let (rows, _) = band.rows.as_chunks_mut::<LANES>();
    let (multipliers, _) = multipliers.as_chunks_mut::<LANES>();
    let mut biases: [f32; LANES] = std::array::from_fn(|lane| band.biases[lane]);
    // Lanes without a label learn nothing.
    let used: [f32; LANES] = std::array::from_fn(|lane| f32::from(u8::from(lane < band.labels)));
    let mut order = documents.to_vec();
    // For how many passes a document rests, and for how many it did last.
    let mut rests = vec![(0u8, 0u8); matrix.len()];
    for pass in 0..passes {
        random.shuffle(&mut order);
        let mut largest = 0.0f32;
        for (place, &document) in order.iter().enumerate() {
            if place.is_multiple_of(4096) {
                progress((pass as f32 + place as f32 / order.len() as f32) / passes as f32)?;
            }
            let document = document as usize;
            let (rest, last_rest) = &mut rests[document];
            if *rest > 0 {
                *rest -= 1;
                continue;
            }
            let range = matrix.range(document);
            let columns = &matrix.features[range.clone()];
            let vector = &vectors.values[range];
            let mut scores = biases;
            for (&column, &value) in columns.iter().zip(vector) {
                add(&mut scores, &rows[column as usize], value);
            }
            let mut signs = [-1.0f32; LANES];
            for &label in matrix.labels(document) {
                if let Some(sign) = (label as usize)
                    .checked_sub(band.first)
                    .and_then(|lane| signs.get_mut(lane))
                {
                    *sign = 1.0;
                }
            }
            let step = 1.0 / (vectors.squares[document] + 1.0 + slack);
            // The scores become the corrections.
            let of_document = &mut multipliers[document];
            let mut sizes = [0.0f32; LANES];
            for lane in 0..LANES {
                let multiplier = of_document[lane];
                let gradient = signs[lane] * scores[lane] - 1.0 + slack * multiplier;
                let corrected = multiplier - gradient * step;
                let corrected = if corrected > 0.0 { corrected * used[lane] } else { 0.0 };
                scores[lane] = (corrected - multiplier) * signs[lane];
                sizes[lane] = scores[lane].abs();
                of_document[lane] = corrected;
            }
            let change = sizes
                .iter()
                .fold(0.0, |change, &size| if size > change { size } else { change });
            *last_rest = if change > CALM {
                0
            } else {
                (*last_rest * 2 + REST).min(LONGEST_REST)
            };
            *rest = *last_rest;
            largest = largest.max(change);
            if change <= SMALLEST_CHANGE {
                continue;
            }
            for (&column, &value) in columns.iter().zip(vector) {
                add(&mut rows[column as usize], &scores, value);
            }
            add(&mut biases, &scores, 1.0);
        }
        if largest < CONVERGED {
            break;
        }
    }
    band.biases.copy_from_slice(&biases);
    Ok(())
}
