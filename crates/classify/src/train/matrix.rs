//! Examples as vectors.
//!
//! A vector has two parts. The first is sparse: how much each feature occurs. The second, which may be empty, is the sum of
//! the vectors of the words, a few numbers that every document has. Both are entries of the same kind, the second part's
//! being the last ones, so that learning need not tell them apart; but only the first decides on the length of a vector.

/// From so many documents on the vectors of words count less.
const MANY_DOCUMENTS: usize = 2000;
/// How long second parts are then.
const LENGTH_WITH_MANY: f64 = 0.7;

/// A column and how much it occurs.
const BYTES_PER_ENTRY: usize = size_of::<u32>() + size_of::<f32>();
/// A matrix of more entries is large.
const LARGE: usize = 1 << 23;

/// Vectors and labels of documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matrix {
    /// Columns of entries, those of one document after those of another.
    pub(crate) features: Vec<u32>,
    /// How much each occurs in its document, see [`crate::reader::increment`].
    pub(crate) times: Vec<f32>,
    /// Where each document's features end.
    pub(crate) ends: Vec<usize>,
    /// Numbers of labels, those of one document after those of another.
    pub(crate) labels: Vec<u32>,
    /// Where each document's labels end.
    pub(crate) label_ends: Vec<usize>,
    /// Number of entries of the second part of each vector.
    meanings: usize,
}

impl Matrix {
    /// Room for documents of so many bytes: a matrix that grows to that size is never copied.
    pub(crate) fn with_room(bytes: usize) -> Matrix {
        let entries = bytes / BYTES_PER_ENTRY;
        Matrix {
            features: Vec::with_capacity(entries),
            times: Vec::with_capacity(entries),
            ..Matrix::default()
        }
    }

    /// Before a matrix with so many more entries grows large, gives it all the room that it may ever need, in bytes: to grow
    /// on step by step would take half as much again for a while. Room that is not used costs no memory.
    pub(crate) fn make_room(&mut self, more: usize, bytes: usize) {
        let wanted = self.features.len() + more;
        if wanted > self.features.capacity() && wanted > LARGE {
            let entries = wanted.max(bytes / BYTES_PER_ENTRY);
            self.features.reserve_exact(entries - self.features.len());
            self.times.reserve_exact(entries - self.times.len());
        }
    }

    /// Number of documents.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds a document.
    pub(crate) fn push(&mut self, (features, times): (&[u32], &[f32]), labels: &[u32]) {
        self.features.extend_from_slice(features);
        self.times.extend_from_slice(times);
        self.ends.push(self.features.len());
        self.labels.extend_from_slice(labels);
        self.label_ends.push(self.labels.len());
    }

    /// Some of the documents.
    pub(crate) fn part(&self, documents: &[u32]) -> Matrix {
        let mut part = Matrix {
            meanings: self.meanings,
            ..Matrix::default()
        };
        for &document in documents {
            let range = self.range(document as usize);
            let entries = (&self.features[range.clone()], &self.times[range]);
            part.push(entries, self.labels(document as usize));
        }
        part
    }

    /// Forgets all documents.
    pub(crate) fn clear(&mut self) {
        self.features.clear();
        self.times.clear();
        self.ends.clear();
        self.labels.clear();
        self.label_ends.clear();
    }

    /// Where the entries of a document are.
    pub(crate) fn range(&self, document: usize) -> std::ops::Range<usize> {
        let start = document.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[document]
    }

    /// Where the first part of its vector is, that of the features.
    pub(crate) fn words(&self, document: usize) -> std::ops::Range<usize> {
        let range = self.range(document);
        range.start..range.end - self.meanings
    }

    /// Gives vectors their second part: the sums of the vectors of the words, so many numbers for each document, in
    /// columns from `first` on.
    pub(crate) fn append_meanings(&mut self, sums: &[f32], numbers: usize, first: u32) {
        let room = self.features.len() + sums.len();
        let features = std::mem::replace(&mut self.features, Vec::with_capacity(room));
        let times = std::mem::replace(&mut self.times, Vec::with_capacity(room));
        let mut start = 0;
        for (end, sum) in self.ends.iter_mut().zip(sums.chunks_exact(numbers)) {
            self.features.extend_from_slice(&features[start..*end]);
            self.times.extend_from_slice(&times[start..*end]);
            start = *end;
            self.features.extend((first..).take(numbers));
            self.times.extend_from_slice(sum);
            *end = self.features.len();
        }
        self.meanings = numbers;
    }

    /// Adds how much the columns of the second part count to `values`, which has those of the first: so much that beside
    /// first parts of the length 1 second parts are about that long too, or with many documents shorter. Without
    /// second parts nothing is added.
    pub(crate) fn weigh_meanings(&self, documents: &[u32], values: &mut Vec<f32>) {
        if self.meanings == 0 {
            return;
        }
        let mut sum = 0.0f64;
        for &document in documents {
            let document = document as usize;
            let scale = f64::from(self.scale(document, values));
            let meanings = self.words(document).end..self.range(document).end;
            let square: f32 = self.times[meanings].iter().map(|number| number * number).sum();
            sum += f64::from(square) * scale * scale;
        }
        let mean = sum / documents.len().max(1) as f64;
        let length = if self.len() < MANY_DOCUMENTS {
            1.0
        } else {
            LENGTH_WITH_MANY
        };
        let value = if mean > 0.0 { (length / mean.sqrt()) as f32 } else { 0.0 };
        values.extend(std::iter::repeat_n(value, self.meanings));
    }

    /// Columns of a document's entries, and the entries.
    #[cfg(test)]
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
        let words = self.words(document);
        let entries = self.features[words.clone()].iter().zip(&self.times[words]);
        let square: f32 = entries
            .map(|(&feature, times)| times * values[feature as usize] * values[feature as usize])
            .sum();
        if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 }
    }

    /// About how much memory the documents take, in bytes.
    pub(crate) fn memory_usage(&self) -> usize {
        self.features.len() * BYTES_PER_ENTRY
            + (self.ends.len() + self.label_ends.len()) * size_of::<usize>()
            + self.labels.len() * size_of::<u32>()
    }
}

/// The vectors of documents, of about the length one.
#[derive(Default)]
pub(crate) struct Vectors {
    /// Values, in the same places as the features of the matrix.
    pub(crate) values: Vec<f32>,
    /// The square of the length of each document's vector.
    pub(crate) squares: Vec<f32>,
}

impl Vectors {
    /// Works out the vectors of some documents if features count as much as `values` says; those of others stay as they
    /// are.
    pub(crate) fn fill(&mut self, matrix: &Matrix, documents: &[u32], values: &[f32]) {
        self.values.resize(matrix.features.len(), 0.0);
        self.squares.resize(matrix.len(), 0.0);
        for &document in documents {
            let range = matrix.range(document as usize);
            let vector = &mut self.values[range.clone()];
            let words = matrix.words(document as usize).len();
            let mut square = 0.0;
            let entries = matrix.features[range.clone()].iter().zip(&matrix.times[range]);
            for (place, (entry, (&feature, times))) in vector.iter_mut().zip(entries).enumerate() {
                let value = values[feature as usize];
                *entry = times * value;
                if place < words {
                    square += *entry * value;
                }
            }
            let scale = if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
            let mut length = 0.0;
            for entry in vector {
                *entry *= scale;
                length += *entry * *entry;
            }
            self.squares[document as usize] = length;
        }
    }
}
