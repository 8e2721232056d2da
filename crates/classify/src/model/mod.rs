//! A trained classifier.

mod file;

use std::hint::black_box;

use crate::Mode;
use crate::calibration::Calibration;
use crate::index::Index;
use crate::reader::{Reader, Sink, increment};

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
#[derive(Clone, Debug, PartialEq)]
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
    /// What each label starts from.
    pub(crate) biases: Vec<f32>,
    pub(crate) calibration: Calibration,
    /// At least one label is chosen for every document.
    pub(crate) always_one: bool,
}

/// The number of the value that comes next to this one.
pub(crate) fn value_number(wanted: f32) -> u8 {
    let above = (0..=u8::MAX).position(|number| value(number) >= wanted).unwrap_or(255);
    match above.checked_sub(1) {
        Some(below) if wanted - value(below as u8) < value(above as u8) - wanted => below as u8,
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
            + parts.biases.capacity() * size_of::<f32>()
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
            total, words, lengths, ..
        } = &self.sums;
        self.reader.memory_usage() + (total.capacity() + words.capacity() + lengths.capacity()) * size_of::<f32>()
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
    /// The sums of each known word over its features.
    words: Vec<f32>,
    /// What each known word adds to the square of the length.
    lengths: Vec<f32>,
}

struct Scoring<'a> {
    model: &'a Model,
    sums: &'a mut Sums,
}

/// Adds a feature to sums: returns the square of its value.
#[inline]
fn add_feature(model: &Model, feature: u32, times: f32, sums: &mut [f32]) -> f32 {
    model
        .index
        .get(feature)
        .map_or(0.0, |row| add_row(model, row, times, sums))
}

/// The same for the feature with that row.
#[inline]
fn add_row(model: &Model, row: u32, times: f32, sums: &mut [f32]) -> f32 {
    let (sums, _) = sums.as_chunks_mut::<GROUP>();
    let groups = 1 + sums.len();
    let row = &model.rows[row as usize * groups..][..groups];
    let (value, scale) = read_header(row[0]);
    let weights = &row[1..];
    let factor = times * value * scale;
    for (sums, weights) in sums.iter_mut().zip(weights) {
        // In steps that each become vector instructions.
        let weights = weights.map(i16::from).map(i32::from).map(|weight| weight as f32);
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += factor * weight;
        }
    }
    value * value
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
        let word = self.sums.total.len() * size_of::<f32>();
        (WORD_MEMORY / word).clamp(FEWEST_WORDS, MOST_WORDS)
    }

    fn learn(&mut self, features: &[u32]) {
        let stride = self.sums.total.len();
        let start = self.sums.words.len();
        self.sums.words.resize(start + stride, 0.0);
        let sums = &mut self.sums.words[start..];
        let length = features
            .iter()
            .map(|&feature| add_feature(self.model, feature, 1.0, sums))
            .sum();
        self.sums.lengths.push(length);
    }

    fn forget(&mut self) {
        self.sums.words.clear();
        self.sums.lengths.clear();
    }

    #[inline]
    fn word(&mut self, word: u32, occurrence: u32) {
        let times = increment(occurrence);
        let sums = &mut *self.sums;
        let stride = sums.total.len();
        let (word_sums, _) = sums.words[word as usize * stride..][..stride].as_chunks::<GROUP>();
        let (total, _) = sums.total.as_chunks_mut::<GROUP>();
        for (total, word_sums) in total.iter_mut().zip(word_sums) {
            for (sum, &added) in total.iter_mut().zip(word_sums) {
                *sum += times * added;
            }
        }
        sums.length += times * sums.lengths[word as usize];
    }

    #[inline]
    fn expect_word(&self, word: u32) {
        let stride = self.sums.total.len();
        touch(&self.sums.words[word as usize * stride..][..stride]);
    }

    #[inline]
    fn wanted(&mut self, feature: u32) -> Option<u32> {
        self.model.index.get(feature)
    }

    #[inline]
    fn expect_feature(&self, row: u32) {
        let groups = row_groups(self.model.parts.labels.len());
        touch(&self.model.rows[row as usize * groups..][..groups]);
    }

    #[inline]
    fn feature(&mut self, row: u32, occurrence: u32) {
        let times = increment(occurrence);
        let square = add_row(self.model, row, times, &mut self.sums.total);
        self.sums.length += times * square;
    }
}
