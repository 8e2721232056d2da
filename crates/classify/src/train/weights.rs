//! Weights of linear classifiers, laid out for learning.
//!
//! Labels are divided into bands. The weights of a band are a table of its own whose rows are as long as one to four
//! vectors of the processor: sums over a document stay in registers, the tables of few labels in its caches.

use fearless_simd::Level;

use super::lanes::gather;
use crate::Mode;

/// The most labels of a band.
pub(crate) const WIDEST: usize = 16;
/// The most labels of a band of support vector machines for any number of labels: they learn by weights of 16 bits, so that
/// rows are no longer. With one label for each document narrower bands are better: more documents have no label of a
/// band, and rest.
pub(crate) const WIDEST_OF_ANY_NUMBER: usize = 32;

/// The most lanes that the bands of this many labels may have in all.
pub(crate) fn lanes(labels: usize) -> usize {
    let lanes = |widest| bands(labels, widest).map(|(_, _, lanes)| lanes).sum();
    usize::max(lanes(WIDEST), lanes(WIDEST_OF_ANY_NUMBER))
}

/// First label, number of labels and number of lanes of each band of at most `widest` labels.
fn bands(labels: usize, widest: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..labels).step_by(widest).map(move |first| {
        let count = (labels - first).min(widest);
        (first, count, count.next_power_of_two())
    })
}

/// The weights of some labels.
#[derive(Clone)]
pub(crate) struct Band {
    /// The first of the labels.
    pub(crate) first: usize,
    /// Number of labels.
    pub(crate) labels: usize,
    /// Length of a row: the number of labels, rounded up to a power of two.
    pub(crate) lanes: usize,
    /// A row for each column of a matrix.
    pub(crate) rows: Vec<f32>,
    /// What each label starts from.
    pub(crate) biases: Vec<f32>,
}

impl Band {
    /// Whether a label is one of the band's.
    pub(crate) fn has(&self, label: u32) -> bool {
        (self.first..self.first + self.labels).contains(&(label as usize))
    }

    /// The weights of a column, one for each label.
    pub(crate) fn row(&self, column: usize) -> &[f32] {
        &self.rows[column * self.lanes..][..self.labels]
    }

    /// Writes the scores of the labels for a document that has these columns with these values.
    pub(crate) fn score(&self, columns: &[u32], values: &[f32], scores: &mut [f32]) {
        match self.lanes {
            1 => self.score_lanes::<1>(columns, values, scores),
            2 => self.score_lanes::<2>(columns, values, scores),
            4 => self.score_lanes::<4>(columns, values, scores),
            8 => self.score_lanes::<8>(columns, values, scores),
            WIDEST => self.score_lanes::<WIDEST>(columns, values, scores),
            _ => self.score_lanes::<WIDEST_OF_ANY_NUMBER>(columns, values, scores),
        }
    }

    fn score_lanes<const LANES: usize>(&self, columns: &[u32], values: &[f32], scores: &mut [f32]) {
        let (rows, _) = self.rows.as_chunks::<LANES>();
        let sums = gather(Level::new(), rows, columns, values);
        for ((score, sum), bias) in scores.iter_mut().zip(sums).zip(&self.biases) {
            *score = sum + bias;
        }
    }
}

/// Weights of all labels.
#[derive(Clone)]
pub(crate) struct Weights {
    pub(crate) bands: Vec<Band>,
    /// Number of labels.
    pub(crate) labels: usize,
    /// There is one label with weights, the second of two: those of the first are the same with the other sign.
    pub(crate) mirrored: bool,
}

impl Weights {
    /// No weights yet.
    pub(crate) fn new(columns: usize, labels: usize) -> Weights {
        Weights::in_bands(columns, labels, WIDEST)
    }

    /// The same in bands of at most `widest` labels.
    fn in_bands(columns: usize, labels: usize, widest: usize) -> Weights {
        let bands = bands(labels, widest).map(|(first, labels, lanes)| Band {
            first,
            labels,
            lanes,
            rows: vec![0.0; columns * lanes],
            biases: vec![0.0; lanes],
        });
        Weights {
            bands: bands.collect(),
            labels,
            mirrored: false,
        }
    }

    /// No weights yet, for `labels` and the documents of which each has one, or any number of them.
    pub(crate) fn of_machine(columns: usize, labels: usize, mode: Mode) -> Weights {
        match (mode, labels) {
            (Mode::MultiClass, 2) => Weights::mirrored(columns),
            (Mode::MultiClass, labels) => Weights::new(columns, labels),
            (Mode::MultiLabel, labels) => Weights::in_bands(columns, labels, WIDEST_OF_ANY_NUMBER),
        }
    }

    /// No weights yet, for two labels of which each document has one.
    fn mirrored(columns: usize) -> Weights {
        let mut weights = Weights::new(columns, 1);
        weights.bands[0].first = 1;
        weights.labels = 2;
        weights.mirrored = true;
        weights
    }

    /// Writes the weights of a column, one for each label.
    pub(crate) fn row(&self, column: usize, row: &mut [f32]) {
        for band in &self.bands {
            row[band.first..][..band.labels].copy_from_slice(band.row(column));
        }
        if self.mirrored {
            row[0] = -row[1];
        }
    }

    /// Writes what each label starts from.
    pub(crate) fn biases(&self, biases: &mut [f32]) {
        for band in &self.bands {
            biases[band.first..][..band.labels].copy_from_slice(&band.biases[..band.labels]);
        }
        if self.mirrored {
            biases[0] = -biases[1];
        }
    }

    /// Calls `change` with every weight and bias.
    pub(crate) fn each(&mut self, mut change: impl FnMut(&mut f32)) {
        for band in &mut self.bands {
            band.rows.iter_mut().chain(&mut band.biases).for_each(&mut change);
        }
    }

    /// Calls `change` with every weight and bias and that of `other` in the same place.
    pub(crate) fn zip(&mut self, other: &Weights, mut change: impl FnMut(&mut f32, f32)) {
        for (band, other) in self.bands.iter_mut().zip(&other.bands) {
            let weights = band.rows.iter_mut().chain(&mut band.biases);
            let others = other.rows.iter().chain(&other.biases);
            weights.zip(others).for_each(|(weight, &other)| change(weight, other));
        }
    }
}
