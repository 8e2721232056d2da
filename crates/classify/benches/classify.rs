//! Throughput of classification on documents of one kilobyte, of training, and the time to load a model, on one core, with
//! few and many labels. What is asked for: 30 MB/s, 5 MB/s and 100 ms.
//!
//! The texts are made up of a vocabulary whose words are as frequent as those of a language (the n-th has a share of 1/n),
//! and no document returns: a model that remembers words gets no more help from that than in practice.

use std::ops::ControlFlow;

use construe_classify::{Example, Examples, Mode, Model, Settings, train};
use divan::Bencher;
use divan::counter::BytesCount;

const LABELS: [usize; 4] = [2, 28, 77, 150];
const WORDS: usize = 30_000;
const DOCUMENT: usize = 1000;

/// Labelled texts, never the same.
struct Source {
    random: u64,
    words: Vec<String>,
    /// For each word the sum of the shares up to it.
    shares: Vec<f64>,
}

impl Source {
    fn new(seed: u64) -> Source {
        let mut source = Source {
            random: seed,
            words: Vec::new(),
            shares: Vec::new(),
        };
        let mut sum = 0.0;
        let mut letters = Source {
            random: 7,
            words: Vec::new(),
            shares: Vec::new(),
        };
        for rank in 0..WORDS {
            let syllables = 1 + (rank + 1).ilog10() as u64 / 2 + letters.below(3);
            let word = (0..syllables).map(|_| {
                let consonant = b"bcdfghklmnprstvw"[letters.below(16) as usize];
                let vowel = b"aeiouy"[letters.below(6) as usize];
                format!("{}{}", consonant as char, vowel as char)
            });
            source.words.push(word.collect());
            sum += 1.0 / (rank + 1) as f64;
            source.shares.push(sum);
        }
        source
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % bound
    }

    /// A document of one of so many labels: one word in four is one of the label's own.
    fn document(&mut self, label: usize, labels: usize) -> String {
        let mut text = String::with_capacity(DOCUMENT + 32);
        let all = self.shares[WORDS - 1];
        while text.len() < DOCUMENT {
            let share = all * self.below(1 << 30) as f64 / (1 << 30) as f64;
            let rank = self.shares.partition_point(|&sum| sum < share).min(WORDS - 1);
            let word = if self.below(4) == 0 {
                rank / labels * labels + label
            } else {
                rank
            };
            text.push_str(&self.words[word.min(WORDS - 1)]);
            text.push(if self.below(12) == 0 { '.' } else { ' ' });
        }
        text
    }
}

struct Labelled(Vec<(String, String)>);

impl Examples for &Labelled {
    type Error = std::convert::Infallible;

    fn visit(&mut self, each: &mut dyn FnMut(Example<'_>) -> ControlFlow<()>) -> Result<(), Self::Error> {
        for (label, text) in &self.0 {
            let example = Example { text, labels: &[label] };
            if each(example).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn labelled(seed: u64, labels: usize, documents: usize) -> Labelled {
    let mut source = Source::new(seed);
    Labelled(
        (0..documents)
            .map(|number| {
                let label = number % labels;
                (format!("label {label}"), source.document(label, labels))
            })
            .collect(),
    )
}

fn size(examples: &Labelled) -> BytesCount {
    BytesCount::new(examples.0.iter().map(|(_, text)| text.len()).sum::<usize>())
}

fn learn(examples: &Labelled, memory: usize) -> Model {
    let settings = Settings {
        memory,
        ..Settings::new(Mode::MultiClass)
    };
    train(&settings, &mut &*examples, &mut |_| ControlFlow::Continue(())).expect("the examples are fine")
}

fn main() {
    divan::main();
}

#[divan::bench(args = LABELS, sample_count = 10)]
fn classify_documents_of_one_kilobyte(bencher: Bencher<'_, '_>, labels: usize) {
    let model = learn(&labelled(1, labels, 4000), 512 << 20);
    let others = labelled(2, labels, 8000);
    let mut scratch = model.scratch();
    let mut predictions = Vec::new();
    bencher.counter(size(&others)).bench_local(|| {
        let mut right = 0;
        for (label, text) in &others.0 {
            model.classify(&mut scratch, text, &mut predictions);
            right += usize::from(model.labels()[predictions[0].label as usize] == *label);
        }
        assert!(right > others.0.len() / 2);
    });
}

#[divan::bench(args = LABELS, sample_count = 2)]
fn train_in_memory(bencher: Bencher<'_, '_>, labels: usize) {
    let examples = labelled(3, labels, 4000);
    bencher
        .counter(size(&examples))
        .bench_local(|| learn(&examples, 512 << 20));
}

#[divan::bench(args = [2, 28], sample_count = 2)]
fn train_in_two_readings(bencher: Bencher<'_, '_>, labels: usize) {
    let examples = labelled(3, labels, 8000);
    bencher
        .counter(size(&examples))
        .bench_local(|| learn(&examples, 64 << 20));
}

#[divan::bench(args = LABELS, sample_count = 10)]
fn load(bencher: Bencher<'_, '_>, labels: usize) {
    let bytes = learn(&labelled(1, labels, 4000), 512 << 20).to_bytes();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| Model::from_bytes(&bytes).expect("the model is fine").memory_usage());
}
