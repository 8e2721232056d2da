//! One document as training sees it.

use construe_word_vectors::{DIMENSIONS, Table, Vector};

use crate::reader::{Reader, Sink, increment};

/// Reads documents into numbered features. What numbers a word's features have is worked out once.
#[derive(Default)]
pub(crate) struct Documents {
    reader: Reader,
    found: Found,
}

#[derive(Default)]
struct Found {
    /// The numbers of the features of each known word, one word after the other.
    of_words: Vec<u32>,
    ends: Vec<usize>,
    /// The features of the document in the order of their first occurrence, and how much each occurs.
    features: Vec<(u32, f32)>,
    /// For each feature its place among those of the document, counting from 1, or 0.
    places: Vec<u32>,
    /// Where words have vectors.
    table: Option<&'static Table>,
    /// The vector of each known word.
    vectors: Vec<Option<Vector>>,
    /// The sum of the vectors of the document's words.
    sum: Sum,
}

struct Sum([f32; DIMENSIONS]);

impl Default for Sum {
    fn default() -> Sum {
        Sum([0.0; DIMENSIONS])
    }
}

impl Found {
    fn occurs(&mut self, number: u32, times: f32) {
        let number_at = number as usize;
        if number_at >= self.places.len() {
            self.places.resize((number_at + 1).next_power_of_two(), 0);
        }
        match self.places[number_at].checked_sub(1) {
            Some(place) => self.features[place as usize].1 += times,
            None => {
                self.features.push((number, times));
                self.places[number_at] = self.features.len() as u32;
            }
        }
    }
}

/// What becomes of features under a numbering.
struct Numbering<'a, N> {
    found: &'a mut Found,
    /// The number of a feature, if it is wanted.
    number: N,
}

/// Words whose features are kept. Few have more than fifty.
const MOST_WORDS: usize = 1 << 16;

impl<N: FnMut(u32) -> Option<u32>> Sink for Numbering<'_, N> {
    fn most_words(&self) -> usize {
        MOST_WORDS
    }

    fn wants_pairs(&self) -> bool {
        self.found.table.is_some()
    }

    fn learn(&mut self, features: &[u32], unit: &str) {
        for &feature in features {
            self.found.of_words.extend((self.number)(feature));
        }
        self.found.ends.push(self.found.of_words.len());
        self.found
            .vectors
            .push(self.found.table.and_then(|table| table.get(unit)));
    }

    fn forget(&mut self) {
        self.found.of_words.clear();
        self.found.ends.clear();
        self.found.vectors.clear();
    }

    fn words(&mut self, occurrences: &[(u32, u32)]) {
        for &(word, occurrence) in occurrences {
            let word = word as usize;
            let start = word.checked_sub(1).map_or(0, |before| self.found.ends[before]);
            let times = increment(occurrence);
            if let Some(vector) = self.found.vectors[word] {
                vector.add_to(&mut self.found.sum.0, times);
            }
            for at in start..self.found.ends[word] {
                self.found.occurs(self.found.of_words[at], times);
            }
        }
    }

    fn wanted(&mut self, feature: u32) -> Option<u32> {
        (self.number)(feature)
    }

    fn features(&mut self, occurrences: &[(u32, u32)]) {
        for &(number, occurrence) in occurrences {
            self.found.occurs(number, increment(occurrence));
        }
    }
}

impl Documents {
    /// Words have the vectors of a table, if any.
    pub(crate) fn new(table: Option<&'static Table>) -> Documents {
        let mut documents = Documents::default();
        documents.found.table = table;
        documents
    }

    /// The sum of the vectors of the words of the document read last.
    pub(crate) fn sum_of_vectors(&self) -> &[f32; DIMENSIONS] {
        &self.found.sum.0
    }

    /// The features of a document, each once, and how much each occurs. `number` must give a feature the same number, or
    /// none, each time.
    pub(crate) fn read(&mut self, text: &str, number: impl FnMut(u32) -> Option<u32>) -> &[(u32, f32)] {
        let found = &mut self.found;
        for (number, _) in found.features.drain(..) {
            found.places[number as usize] = 0;
        }
        found.sum = Sum::default();
        self.reader.read(text, &mut Numbering { found, number });
        &self.found.features
    }

    /// Makes room for another numbering.
    pub(crate) fn forget(&mut self) {
        *self = Documents::new(self.found.table);
    }
}
