//! A trained classifier.

mod file;

use std::hint::black_box;
use std::sync::LazyLock;

use construe_word_vectors::{DIMENSIONS, Table};
use fearless_simd::{Level, dispatch};

use crate::Mode;
use crate::calibration::Calibration;
use crate::index::Index;
use crate::reader::{AHEAD, Reader, Sink, increment};

pub use file::FORMAT_VERSION;

/// The score of a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The label's place in [`Model::labels`].
    pub label: u32,
    /// From 0 to 1. With one label for each document the scores are probabilities and add up to 1; with any number of
    /// labels one half is where answering the label begins to be right, judged by the F1 score.
    pub score: f32,
}

/// Labels are kept in groups of this many, so that loops over them become vector instructions.
pub(crate) const GROUP: usize = 8;

/// Room for the weights of this many labels.
pub(crate) fn stride(labels: usize) -> usize {
    labels.next_multiple_of(GROUP)
}

/// What a model consists of, as training makes it and files keep it.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) mode: Mode,
    /// Sorted.
    pub(crate) labels: Vec<String>,
    /// Ascending.
    pub(crate) features: Vec<u32>,
    /// How much each feature counts, see [`value`].
    pub(crate) values: Vec<u8>,
    /// The scale of each feature's weights, see [`row_scale`].
    pub(crate) scales: Vec<u8>,
    /// A row of weights for each feature, without padding.
    pub(crate) weights: Vec<i8>,
    /// Where words have vectors, if these count.
    pub(crate) table: Option<&'static Table>,
    /// If so, for each number of a vector a weight for each label.
    pub(crate) meanings: Vec<f32>,
    /// What each label starts from.
    pub(crate) biases: Vec<f32>,
    pub(crate) calibration: Calibration,
    /// At least one label is chosen for every document.
    pub(crate) always_one: bool,
}

/// The number of the value that comes next to this one.
pub(crate) fn value_number(wanted: f32) -> u8 {
    static VALUES: LazyLock<[f32; 256]> = LazyLock::new(|| std::array::from_fn(|number| value(number as u8)));
    let values = &*VALUES;
    let above = values.partition_point(|&value| value < wanted).min(255);
    match above.checked_sub(1) {
        Some(below) if wanted - values[below] < values[above] - wanted => below as u8,
        _ => above as u8,
    }
}

/// How much a feature with this number counts: steps of a sixteenth of a doubling.
pub(crate) fn value(number: u8) -> f32 {
    const SIXTEENTH: f32 = 1.044_273_8;
    let base = row_scale(number / 2 + 128);
    if number.is_multiple_of(2) {
        base
    } else {
        base * SIXTEENTH
    }
}

/// The largest weight in a row with this number: steps of an eighth of a doubling.
pub(crate) fn row_scale(number: u8) -> f32 {
    // Powers by multiplication alone are the same on every machine.
    const EIGHTH: [f32; 8] = [
        1.0,
        1.090_507_8,
        1.189_207_1,
        1.296_839_6,
        std::f32::consts::SQRT_2,
        1.542_210_8,
        1.681_792_8,
        1.834_008,
    ];
    let whole = i32::from(number / 8) - 24;
    let power = f32::from_bits(((whole + 127) as u32) << 23);
    EIGHTH[usize::from(number % 8)] * power
}

/// Groups of bytes in a row: the header and the weights.
fn row_groups(labels: usize) -> usize {
    1 + labels.div_ceil(GROUP)
}

/// Two numbers as a group of bytes.
fn header(value: f32, scale: f32) -> [i8; GROUP] {
    let bits = u64::from(value.to_bits()) << 32 | u64::from(scale.to_bits());
    bits.to_le_bytes().map(u8::cast_signed)
}

#[inline]
fn read_header(group: [i8; GROUP]) -> (f32, f32) {
    let bits = u64::from_le_bytes(group.map(i8::cast_unsigned));
    (f32::from_bits((bits >> 32) as u32), f32::from_bits(bits as u32))
}

/// A trained classifier. Immutable: any number of threads may use one, each with a [`Scratch`] of its own.
#[derive(Clone)]
pub struct Model {
    parts: Parts,
    index: Index,
    /// Groups of bytes for each feature, side by side because they are read together: how much it counts and the scale of
    /// its weights, then the weights with padding.
    rows: Vec<[i8; GROUP]>,
    /// Tells models apart.
    fingerprint: u64,
}

impl Model {
    pub(crate) fn assemble(parts: Parts) -> Model {
        let scales: [f32; 256] = std::array::from_fn(|number| row_scale(number as u8) / 127.0);
        let values: [f32; 256] = std::array::from_fn(|number| value(number as u8));
        let groups = row_groups(parts.labels.len());
        let mut rows = Vec::with_capacity(parts.features.len() * groups);
        let numbers = parts.values.iter().zip(&parts.scales);
        for ((&value, &scale), weights) in numbers.zip(parts.weights.chunks_exact(parts.labels.len())) {
            rows.push(header(values[usize::from(value)], scales[usize::from(scale)]));
            for weights in weights.chunks(GROUP) {
                let mut group = [0; GROUP];
                group[..weights.len()].copy_from_slice(weights);
                rows.push(group);
            }
        }
        Model {
            index: Index::new(&parts.features),
            fingerprint: file::fingerprint(&parts),
            rows,
            parts,
        }
    }

    /// How many labels a document has.
    pub fn mode(&self) -> Mode {
        self.parts.mode
    }

    /// The labels, sorted.
    pub fn labels(&self) -> &[String] {
        &self.parts.labels
    }

    /// Memory to work in.
    pub fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    /// Replaces `out` by the scores of all labels, best first; equal ones in the order of the labels.
    pub fn classify(&self, scratch: &mut Scratch, text: &str, out: &mut Vec<Prediction>) {
        let scores = self.raw_scores(scratch, text);
        out.clear();
        out.extend(
            scores
                .iter()
                .zip(0..)
                .map(|(&score, label)| Prediction { label, score }),
        );
        self.parts.calibration.apply(self.parts.mode, out);
        out.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.label.cmp(&b.label)));
    }

    /// The labels that the model answers for a document with these predictions: the best one, or with any number of
    /// labels all those with a score of at least one half, and the best one if every training document had a label.
    pub fn chosen<'p>(&self, predictions: &'p [Prediction]) -> &'p [Prediction] {
        let reached = predictions
            .iter()
            .take_while(|prediction| prediction.score >= 0.5)
            .count();
        let count = match self.parts.mode {
            Mode::MultiClass => 1,
            Mode::MultiLabel => reached.max(usize::from(self.parts.always_one)),
        };
        &predictions[..count.min(predictions.len())]
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        let parts = &self.parts;
        self.index.memory_usage()
            + self.rows.capacity() * GROUP
            + parts.weights.capacity()
            + parts.features.capacity() * size_of::<u32>()
            + parts.values.capacity()
            + parts.scales.capacity()
            + (parts.biases.capacity() + parts.meanings.capacity()) * size_of::<f32>()
            + parts
                .labels
                .iter()
                .map(|label| label.capacity() + size_of::<String>())
                .sum::<usize>()
    }

    /// The scores of all labels before calibration.
    fn raw_scores<'s>(&self, scratch: &'s mut Scratch, text: &str) -> &'s [f32] {
        if scratch.fingerprint != self.fingerprint {
            *scratch = Scratch {
                fingerprint: self.fingerprint,
                ..Scratch::default()
            };
        }
        let Scratch { reader, sums, .. } = scratch;
        let stride = stride(self.parts.labels.len());
        sums.total.clear();
        sums.total.resize(stride, 0.0);
        sums.length = 0.0;
        reader.read(text, &mut Scoring { model: self, sums });
        let scale = if sums.length > 0.0 {
            1.0 / sums.length.sqrt()
        } else {
            0.0
        };
        sums.total.truncate(self.parts.labels.len());
        for (score, bias) in sums.total.iter_mut().zip(&self.parts.biases) {
            *score = *score * scale + bias;
        }
        &sums.total
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("mode", &self.parts.mode)
            .field("labels", &self.parts.labels.len())
            .field("features", &self.parts.features.len())
            .finish()
    }
}

/// Memory that [`Model::classify`] works in. It remembers words, so one that is kept is faster than a new one.
#[derive(Clone, Default)]
pub struct Scratch {
    /// Of the model whose words are remembered.
    fingerprint: u64,
    reader: Reader,
    sums: Sums,
}

impl Scratch {
    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        let Sums {
            total,
            words,
            known,
            learnt,
            ..
        } = &self.sums;
        self.reader.memory_usage()
            + (total.capacity() + learnt.capacity()) * size_of::<f32>()
            + words.capacity() * size_of::<i16>()
            + known.capacity() * size_of::<Known>()
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch")
            .field("memory_usage", &self.memory_usage())
            .finish()
    }
}

#[derive(Clone, Debug, Default)]
struct Sums {
    /// For each label the sum over the document so far.
    total: Vec<f32>,
    /// The square of the length of the document's vector.
    length: f32,
    /// The sums of each known word over its features, in sixteen bits: of many words and labels they are much to bring near.
    words: Vec<i16>,
    known: Vec<Known>,
    /// The sums of a word that is being learnt.
    learnt: Vec<f32>,
}

/// What is known of a word besides.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// What one of its sums' steps is worth.
    step: f32,
    /// What it adds to the square of the length.
    length: f32,
}

struct Scoring<'a> {
    model: &'a Model,
    sums: &'a mut Sums,
}

/// Adds features to sums: returns the squares of their values, added up.
#[inline(always)]
fn add_features(model: &Model, features: &[u32], sums: &mut [f32]) -> f32 {
    let (sums, _) = sums.as_chunks_mut::<GROUP>();
    let groups = 1 + sums.len();
    let mut length = 0.0;
    for row in features.iter().filter_map(|&feature| model.index.get(feature)) {
        let row = &model.rows[row as usize * groups..][..groups];
        let (value, scale) = read_header(row[0]);
        let factor = value * scale;
        for (sums, weights) in sums.iter_mut().zip(&row[1..]) {
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum += factor * f32::from(weight);
            }
        }
        length += value * value;
    }
    length
}

/// The nearest whole number.
#[inline]
fn nearest(number: f32) -> i16 {
    // Rounding functions are calls where processors need not have an instruction for it.
    (number + f32::copysign(0.5, number)) as i16
}

/// Adds what the vector of a word says to sums.
fn add_meaning(parts: &Parts, unit: &str, sums: &mut [f32]) {
    let Some(vector) = parts.table.and_then(|table| table.get(unit)) else {
        return;
    };
    let mut numbers = [0.0; DIMENSIONS];
    vector.add_to(&mut numbers, 1.0);
    for (number, row) in numbers.iter().zip(parts.meanings.chunks_exact(parts.labels.len())) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += number * weight;
        }
    }
}

/// Reads one item of each cache line and the last: what follows finds all of them near by.
#[inline]
fn touch<T: Copy>(items: &[T]) {
    const CACHE_LINE: usize = 64;
    for &item in items.iter().step_by(CACHE_LINE / size_of::<T>()) {
        black_box(item);
    }
    black_box(items.last().copied());
}

/// Memory for the sums of known words, in bytes, and bounds of their number.
const WORD_MEMORY: usize = 16 << 20;
const FEWEST_WORDS: usize = 1 << 12;
const MOST_WORDS: usize = 1 << 17;

impl Sink for Scoring<'_> {
    fn most_words(&self) -> usize {
        let word = self.sums.total.len() * size_of::<i16>();
        (WORD_MEMORY / word).clamp(FEWEST_WORDS, MOST_WORDS)
    }

    fn wants_pairs(&self) -> bool {
        self.model.parts.table.is_some()
    }

    fn learn(&mut self, features: &[u32], unit: &str) {
        let Sums {
            total,
            words,
            known,
            learnt,
            ..
        } = &mut *self.sums;
        learnt.clear();
        learnt.resize(total.len(), 0.0);
        let length = dispatch!(Level::new(), _simd => add_features(self.model, features, learnt));
        add_meaning(&self.model.parts, unit, learnt);
        let largest = learnt.iter().fold(0.0f32, |largest, sum| largest.max(sum.abs()));
        let steps = if largest > 0.0 {
            f32::from(i16::MAX) / largest
        } else {
            0.0
        };
        words.extend(learnt.iter().map(|sum| nearest(sum * steps)));
        known.push(Known {
            step: largest / f32::from(i16::MAX),
            length,
        });
    }

    fn forget(&mut self) {
        self.sums.words.clear();
        self.sums.known.clear();
    }

    fn words(&mut self, occurrences: &[(u32, u32)]) {
        let Sums {
            total,
            length,
            words,
            known,
            ..
        } = &mut *self.sums;
        let stride = total.len();
        let mut factors = [0.0; AHEAD];
        for &(word, _) in occurrences {
            touch(&words[word as usize * stride..][..stride]);
        }
        for (factor, &(word, occurrence)) in factors.iter_mut().zip(occurrences) {
            let (times, known) = (increment(occurrence), known[word as usize]);
            *factor = times * known.step;
            *length += times * known.length;
        }
        dispatch!(Level::new(), _simd => add_words(total, words, occurrences, &factors));
    }

    #[inline]
    fn wanted(&mut self, feature: u32) -> Option<u32> {
        self.model.index.get(feature)
    }

    fn features(&mut self, occurrences: &[(u32, u32)]) {
        let groups = row_groups(self.model.parts.labels.len());
        let rows = &self.model.rows;
        let mut factors = [0.0; AHEAD];
        for &(row, _) in occurrences {
            touch(&rows[row as usize * groups..][..groups]);
        }
        for (factor, &(row, occurrence)) in factors.iter_mut().zip(occurrences) {
            let (value, scale) = read_header(rows[row as usize * groups]);
            let times = increment(occurrence);
            *factor = times * value * scale;
            self.sums.length += times * value * value;
        }
        let total = &mut self.sums.total;
        dispatch!(Level::new(), _simd => add_rows(total, rows, occurrences, &factors));
    }
}

// Going through all words or features for some labels, not through all labels for each word, leaves the sums in registers.

/// Adds the sums of words, each times its factor, to those of a document.
#[inline(always)]
fn add_words(total: &mut [f32], words: &[i16], occurrences: &[(u32, u32)], factors: &[f32; AHEAD]) {
    let stride = total.len();
    let mut first = 0;
    while first < stride {
        first += match (stride - first) / GROUP {
            4.. => add_words_of::<{ 4 * GROUP }>(total, words, first, occurrences, factors),
            2..4 => add_words_of::<{ 2 * GROUP }>(total, words, first, occurrences, factors),
            _ => add_words_of::<GROUP>(total, words, first, occurrences, factors),
        };
    }
}

/// The same for some labels from `first` on; returns their number.
#[inline(always)]
fn add_words_of<const LABELS: usize>(
    total: &mut [f32],
    words: &[i16],
    first: usize,
    occurrences: &[(u32, u32)],
    factors: &[f32; AHEAD],
) -> usize {
    let stride = total.len();
    if let Some(total) = total[first..].first_chunk_mut::<LABELS>() {
        let mut sums = *total;
        for (factor, &(word, _)) in factors.iter().zip(occurrences) {
            if let Some(row) = words[word as usize * stride + first..].first_chunk::<LABELS>() {
                for (sum, &added) in sums.iter_mut().zip(row) {
                    *sum += factor * f32::from(added);
                }
            }
        }
        *total = sums;
    }
    LABELS
}

/// Adds the rows of features, each times its factor, to the sums of a document.
#[inline(always)]
fn add_rows(total: &mut [f32], rows: &[[i8; GROUP]], occurrences: &[(u32, u32)], factors: &[f32; AHEAD]) {
    let (total, _) = total.as_chunks_mut::<GROUP>();
    let mut first = 0;
    while first < total.len() {
        first += match total.len() - first {
            4.. => add_rows_of::<4>(total, rows, first, occurrences, factors),
            2..4 => add_rows_of::<2>(total, rows, first, occurrences, factors),
            _ => add_rows_of::<1>(total, rows, first, occurrences, factors),
        };
    }
}

/// The same for some groups of labels from `first` on; returns their number.
#[inline(always)]
fn add_rows_of<const GROUPS: usize>(
    total: &mut [[f32; GROUP]],
    rows: &[[i8; GROUP]],
    first: usize,
    occurrences: &[(u32, u32)],
    factors: &[f32; AHEAD],
) -> usize {
    let groups = 1 + total.len();
    if let Some(total) = total[first..].first_chunk_mut::<GROUPS>() {
        let mut sums = *total;
        for (factor, &(row, _)) in factors.iter().zip(occurrences) {
            // The header of the row comes before its weights.
            if let Some(row) = rows[row as usize * groups + 1 + first..].first_chunk::<GROUPS>() {
                for (sum, &weight) in sums.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
                    *sum += factor * f32::from(weight);
                }
            }
        }
        *total = sums;
    }
    GROUPS
}
