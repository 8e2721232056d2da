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
    /// The features of the document in the order of their first occurrence.
    features: Vec<u32>,
    /// How much each of them occurs.
    times: Vec<f32>,
    /// What is known of each feature.
    slots: Vec<Slot>,
    /// The places of the document's features count from here; those of documents before are lower.
    first: u32,
    /// Where words have vectors.
    table: Option<&'static Table>,
    /// The vector of each known word.
    vectors: Vec<Option<Vector>>,
    /// The sum of the vectors of the document's words.
    sum: Sum,
}

/// What is known of a feature. Side by side, because the processor waits for each that it looks up.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// Its place in the last document that has it.
    place: u32,
    /// Number of documents that have it.
    documents: u32,
}

struct Sum([f32; DIMENSIONS]);

impl Default for Sum {
    fn default() -> Sum {
        Sum([0.0; DIMENSIONS])
    }
}

impl Found {
    #[inline]
    fn occurs(&mut self, number: u32, times: f32) {
        let number_at = number as usize;
        if number_at >= self.slots.len() {
            self.slots.resize(number_at + 1, Slot::default());
        }
        let slot = &mut self.slots[number_at];
        match slot.place.checked_sub(self.first) {
            Some(place) => self.times[place as usize] += times,
            None => {
                slot.place = self.first + self.features.len() as u32;
                slot.documents += 1;
                self.features.push(number);
                self.times.push(times);
            }
        }
    }

    /// Begins a document.
    fn begin(&mut self) {
        // Places never reach the half that is left: no document has so many features.
        self.first = self.first.max(1) + self.features.len() as u32;
        if self.first > u32::MAX / 2 {
            self.slots.iter_mut().for_each(|slot| slot.place = 0);
            self.first = 1;
        }
        self.features.clear();
        self.times.clear();
        self.sum = Sum::default();
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

    /// The sum of the vectors of the words of the document read last: as many numbers as vectors of the table have.
    pub(crate) fn sum_of_vectors(&self) -> &[f32] {
        &self.found.sum.0[..self.found.table.map_or(0, Table::dimensions)]
    }

    /// The features of a document, each once, and how much each occurs. `number` must give a feature the same number, or
    /// none, each time.
    pub(crate) fn read(&mut self, text: &str, number: impl FnMut(u32) -> Option<u32>) -> (&[u32], &[f32]) {
        let found = &mut self.found;
        found.begin();
        self.reader.read(text, &mut Numbering { found, number });
        (&self.found.features, &self.found.times)
    }

    /// In how many documents a feature was since [`Documents::forget`].
    pub(crate) fn documents_with(&self, number: u32) -> u32 {
        self.found.slots.get(number as usize).map_or(0, |slot| slot.documents)
    }

    /// Words have no vectors any more.
    pub(crate) fn leave_vectors_out(&mut self) {
        self.found.table = None;
        self.found.vectors.fill(None);
    }

    /// Makes room for another numbering.
    pub(crate) fn forget(&mut self) {
        *self = Documents::new(self.found.table);
    }
}
