//! One linear support vector machine for each label.
//!
//! Each label has a machine of its own that tells it from all others, with a squared hinge loss. Dual coordinate descent
//! (Hsieh et al., 2008) goes through the documents and corrects the weights by as much as each document asks for. The
//! machines of a band of labels walk through the documents side by side, so that a document's features are looked up once
//! for all of them.
//!
//! A document that asked for next to nothing is passed over in the next passes: after a few passes most documents are.
//! Multipliers outlive a solution: the next one, of almost the same documents, begins where the last one ended.

use fearless_simd::Level;

use super::lanes::{Row, Visit, correct, lengthen, shortened};
use super::matrix::{Matrix, Vectors};
use super::weights::{Band, WIDEST, WIDEST_OF_ANY_NUMBER, Weights};
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
/// The same where documents are spread among passes.
const REST_OF_SPREAD: u8 = 4;
const LONGEST_REST_OF_SPREAD: u8 = 12;

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
pub(crate) struct Multipliers {
    bands: Vec<OfBand>,
    /// For how many passes documents rest at first, and at most.
    rests: (u8, u8),
}

/// How much each document counts for the labels of a band.
struct OfBand {
    /// Documents × lanes.
    multipliers: Vec<f32>,
    /// For how many passes each document rests, and for how many it did last.
    rests: Vec<(u8, u8)>,
}

impl Multipliers {
    /// Documents that count nothing yet.
    pub(crate) fn new(weights: &Weights, documents: usize) -> Multipliers {
        let of_band = |band: &Band| OfBand {
            multipliers: vec![0.0; documents * band.lanes],
            rests: vec![(0, 0); documents],
        };
        Multipliers {
            bands: weights.bands.iter().map(of_band).collect(),
            rests: (REST, LONGEST_REST),
        }
    }

    /// Divides the documents of a matrix that have no label of a band among the first so many passes: with many labels
    /// nearly all are of that kind, and those that come later find a band that has learnt what tells them apart.
    pub(crate) fn spread(&mut self, weights: &Weights, matrix: &Matrix, passes: u8, random: &mut Random) {
        self.rests = (REST_OF_SPREAD, LONGEST_REST_OF_SPREAD);
        for (of_band, band) in self.bands.iter_mut().zip(&weights.bands) {
            for (document, rest) in of_band.rests.iter_mut().enumerate() {
                let after = (random.next() % u64::from(passes.max(1))) as u8;
                if !matrix.labels(document).iter().any(|&label| band.has(label)) {
                    *rest = (after, 0);
                }
            }
        }
    }

    /// No document rests any more.
    pub(crate) fn wake(&mut self) {
        for band in &mut self.bands {
            band.rests.fill((0, 0));
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
    let rests = multipliers.rests;
    for (number, (band, of_band)) in weights.bands.iter_mut().zip(&mut multipliers.bands).enumerate() {
        *random = start.clone();
        let mut progress = |done: f32| progress((number as f32 + done) / count);
        let mut learner = Learner {
            first: band.first,
            labels: band.labels,
            biases: &mut band.biases,
            of_band,
            rests,
        };
        let rows = &mut band.rows;
        match band.lanes {
            1 => learner.solve(rows.as_chunks_mut::<1>().0, task, random, &mut progress),
            2 => learner.solve(rows.as_chunks_mut::<2>().0, task, random, &mut progress),
            4 => learner.solve(rows.as_chunks_mut::<4>().0, task, random, &mut progress),
            8 => learner.solve(rows.as_chunks_mut::<8>().0, task, random, &mut progress),
            WIDEST => learner.solve(rows.as_chunks_mut::<WIDEST>().0, task, random, &mut progress),
            _ => {
                let mut short = shortened(rows);
                let solved = learner.solve(
                    short.as_chunks_mut::<WIDEST_OF_ANY_NUMBER>().0,
                    task,
                    random,
                    &mut progress,
                );
                lengthen(&short, rows);
                solved
            }
        }?;
    }
    Ok(())
}

/// What solving a band takes besides the rows of its weights.
struct Learner<'b> {
    /// The first of its labels, and their number.
    first: usize,
    labels: usize,
    biases: &'b mut [f32],
    of_band: &'b mut OfBand,
    /// See [`Multipliers`].
    rests: (u8, u8),
}

impl Learner<'_> {
    fn solve<R: Row<LANES>, const LANES: usize>(
        &mut self,
        rows: &mut [R],
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
        let level = Level::new();
        let slack = 0.5 / cost;
        let without_labels: [f32; LANES] = std::array::from_fn(|lane| if lane < self.labels { -1.0 } else { 0.0 });
        let first = self.first;
        let (shortest_rest, longest_rest) = self.rests;
        let (multipliers, _) = self.of_band.multipliers.as_chunks_mut::<LANES>();
        let mut biases: [f32; LANES] = std::array::from_fn(|lane| self.biases[lane]);
        let mut order = documents.to_vec();
        for pass in 0..passes {
            random.shuffle(&mut order);
            let mut largest = 0.0f32;
            for (place, &document) in order.iter().enumerate() {
                if place.is_multiple_of(4096) {
                    progress((pass as f32 + place as f32 / order.len() as f32) / passes as f32)?;
                }
                let document = document as usize;
                let (rest, last_rest) = &mut self.of_band.rests[document];
                if *rest > 0 {
                    *rest -= 1;
                    continue;
                }
                let mut signs = without_labels;
                for &label in matrix.labels(document) {
                    if let Some(sign) = (label as usize).checked_sub(first).and_then(|lane| signs.get_mut(lane)) {
                        *sign = 1.0;
                    }
                }
                let range = matrix.range(document);
                let visit = Visit {
                    columns: &matrix.features[range.clone()],
                    values: &vectors.values[range],
                    signs,
                    step: 1.0 / (vectors.squares[document] + 1.0 + slack),
                    slack,
                    smallest: SMALLEST_CHANGE,
                };
                let change = correct(level, rows, &mut biases, &mut multipliers[document], &visit);
                *last_rest = if change > CALM {
                    0
                } else {
                    (*last_rest * 2 + shortest_rest).min(longest_rest)
                };
                *rest = *last_rest;
                largest = largest.max(change);
            }
            if largest < CONVERGED {
                break;
            }
        }
        self.biases.copy_from_slice(&biases);
        Ok(())
    }
}
