//! Weights of linear classifiers, laid out for learning.
//!
//! Labels are divided into bands. The weights of a band are a table of its own whose rows are as long as one to four
//! vectors of the processor: sums over a document stay in registers, the tables of few labels in its caches.

/// The most labels of a band.
const WIDEST: usize = 16;

/// Number of lanes of the bands of this many labels in all.
pub(crate) fn lanes(labels: usize) -> usize {
    bands(labels).map(|(_, _, lanes)| lanes).sum()
}

/// First label, number of labels and number of lanes of each band.
fn bands(labels: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..labels).step_by(WIDEST).map(move |first| {
        let count = (labels - first).min(WIDEST);
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
    /// The weights of a column, one for each label.
    pub(crate) fn row(&self, column: usize) -> &[f32] {
        &self.rows[column * self.lanes..][..self.labels]
    }

    /// The scores of the labels for a document that has these columns; `value` gives the value of each by its place.
    pub(crate) fn score(&self, columns: &[u32], value: impl Fn(usize) -> f32, scores: &mut [f32]) {
        match self.lanes {
            1 => self.score_lanes::<1>(columns, value, scores),
            2 => self.score_lanes::<2>(columns, value, scores),
            4 => self.score_lanes::<4>(columns, value, scores),
            8 => self.score_lanes::<8>(columns, value, scores),
            _ => self.score_lanes::<WIDEST>(columns, value, scores),
        }
    }

    fn score_lanes<const LANES: usize>(&self, columns: &[u32], value: impl Fn(usize) -> f32, scores: &mut [f32]) {
        let (rows, _) = self.rows.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for (place, &column) in columns.iter().enumerate() {
            add(&mut sums, &rows[column as usize], value(place));
        }
        for ((score, sum), bias) in scores.iter_mut().zip(sums).zip(&self.biases) {
            *score = sum + bias;
        }
    }
}

/// `sums += factor * row`.
#[inline]
pub(crate) fn add<const LANES: usize>(sums: &mut [f32; LANES], row: &[f32; LANES], factor: f32) {
    // In steps that each become one vector instruction.
    let (sums, last_sums) = sums.as_chunks_mut::<4>();
    let (row, last) = row.as_chunks::<4>();
    for (sums, row) in sums.iter_mut().zip(row) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += factor * weight;
        }
    }
    for (sum, weight) in last_sums.iter_mut().zip(last) {
        *sum += factor * weight;
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
        let bands = bands(labels).map(|(first, labels, lanes)| Band {
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

    /// No weights yet, for two labels of which each document has one.
    pub(crate) fn mirrored(columns: usize) -> Weights {
        let mut weights = Weights::new(columns, 1);
        weights.bands[0].first = 1;
        weights.labels = 2;
        weights.mirrored = true;
        weights
    }

    /// Writes the scores of all labels for a document that has these columns; `value` gives the value of each by its
    /// place.
    pub(crate) fn score(&self, columns: &[u32], value: impl Fn(usize) -> f32, scores: &mut [f32]) {
        for band in &self.bands {
            band.score(columns, &value, &mut scores[band.first..][..band.labels]);
        }
        if self.mirrored {
            scores[0] = -scores[1];
        }
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

    /// Calls `change` with every weight and bias and that of `other` in the same place.
    pub(crate) fn zip(&mut self, other: &Weights, mut change: impl FnMut(&mut f32, f32)) {
        for (band, other) in self.bands.iter_mut().zip(&other.bands) {
            let weights = band.rows.iter_mut().chain(&mut band.biases);
            let others = other.rows.iter().chain(&other.biases);
            weights.zip(others).for_each(|(weight, &other)| change(weight, other));
        }
    }
}
