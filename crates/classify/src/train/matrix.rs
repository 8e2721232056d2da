//! Examples as vectors.

/// Sparse vectors and their labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matrix {
    /// Numbers of features, those of one document after those of another.
    pub(crate) features: Vec<u32>,
    /// How much each occurs in its document, see [`crate::reader::increment`].
    pub(crate) times: Vec<f32>,
    /// Where each document's features end.
    pub(crate) ends: Vec<usize>,
    /// Numbers of labels, those of one document after those of another.
    pub(crate) labels: Vec<u32>,
    /// Where each document's labels end.
    pub(crate) label_ends: Vec<usize>,
}

impl Matrix {
    /// Number of documents.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds a document.
    pub(crate) fn push(&mut self, features: &[(u32, f32)], labels: &[u32]) {
        for &(feature, times) in features {
            self.features.push(feature);
            self.times.push(times);
        }
        self.ends.push(self.features.len());
        self.labels.extend_from_slice(labels);
        self.label_ends.push(self.labels.len());
    }

    /// Forgets all documents.
    pub(crate) fn clear(&mut self) {
        self.features.clear();
        self.times.clear();
        self.ends.clear();
        self.labels.clear();
        self.label_ends.clear();
    }

    /// Where the features of a document are.
    pub(crate) fn range(&self, document: usize) -> std::ops::Range<usize> {
        let start = document.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[document]
    }

    /// Features of a document and how much each occurs.
    pub(crate) fn row(&self, document: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = self.range(document);
        let features = self.features[range.clone()].iter().map(|&feature| feature as usize);
        features.zip(self.times[range].iter().copied())
    }

    /// Labels of a document.
    pub(crate) fn labels(&self, document: usize) -> &[u32] {
        let start = document.checked_sub(1).map_or(0, |before| self.label_ends[before]);
        &self.labels[start..self.label_ends[document]]
    }

    /// What a document's values are multiplied by for its vector to have about the length one, if features count as much
    /// as `values` says.
    pub(crate) fn scale(&self, document: usize, values: &[f32]) -> f32 {
        let square: f32 = self
            .row(document)
            .map(|(feature, times)| times * values[feature] * values[feature])
            .sum();
        if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 }
    }

    /// Writes a document's vector, of about the length one, if features count as much as `values` says; returns the square
    /// of its length.
    pub(crate) fn vector(&self, document: usize, values: &[f32], vector: &mut [f32]) -> f32 {
        let mut square = 0.0;
        for (entry, (feature, times)) in vector.iter_mut().zip(self.row(document)) {
            *entry = times * values[feature];
            square += *entry * values[feature];
        }
        let scale = if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
        let mut length = 0.0;
        for entry in vector {
            *entry *= scale;
            length += *entry * *entry;
        }
        length
    }

    /// About how much memory the documents take, in bytes.
    pub(crate) fn memory_usage(&self) -> usize {
        self.features.len() * (size_of::<u32>() + size_of::<f32>())
            + (self.ends.len() + self.label_ends.len()) * size_of::<usize>()
            + self.labels.len() * size_of::<u32>()
    }
}

/// Labels are learnt in groups of this many, so that loops over them become vector instructions.
pub(crate) const GROUP: usize = 4;

/// Length of the rows of weights of this many labels.
pub(crate) fn stride(labels: usize) -> usize {
    labels.next_multiple_of(GROUP)
}

/// Weights of a linear classifier.
#[derive(Clone)]
pub(crate) struct Weights {
    /// A row for each feature, padded.
    pub(crate) rows: Vec<f32>,
    /// Length of a row.
    pub(crate) stride: usize,
    /// Number of labels.
    pub(crate) labels: usize,
    /// One for each label, padded too.
    pub(crate) biases: Vec<f32>,
}

impl Weights {
    pub(crate) fn new(features: usize, labels: usize) -> Weights {
        let stride = stride(labels);
        Weights {
            rows: vec![0.0; features * stride],
            stride,
            labels,
            biases: vec![0.0; stride],
        }
    }

    /// The row of a feature.
    pub(crate) fn row(&self, feature: usize) -> &[f32] {
        &self.rows[feature * self.stride..][..self.stride]
    }

    /// The row of a feature.
    pub(crate) fn row_mut(&mut self, feature: usize) -> &mut [f32] {
        &mut self.rows[feature * self.stride..][..self.stride]
    }

    /// Writes the score of each label for a document whose features count as much as `values` says, all times `scale`.
    pub(crate) fn score(&self, matrix: &Matrix, document: usize, values: &[f32], scale: f32, scores: &mut [f32]) {
        scores.fill(0.0);
        for (feature, times) in matrix.row(document) {
            let value = times * values[feature] * scale;
            for (score, weight) in scores.iter_mut().zip(self.row(feature)) {
                *score += value * weight;
            }
        }
        for (score, bias) in scores.iter_mut().zip(&self.biases) {
            *score += bias;
        }
    }
}
