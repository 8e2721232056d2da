//! Tokens tagged per second on one core, with nine labels and 25 features per token, most of them known to the model.

use std::ops::ControlFlow;

use construe_learn::{
    Annotation, Corpus, FeatureHasher, Features, Labels, Provenance, Scheme, Scratch, Settings, Tagger,
};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

const LABELS: u64 = 9;

/// Pseudo-random words: the n-th most frequent one is n times as rare as the first, as in real texts.
struct Words(u64);

impl Words {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_F42D_4C95_7F2D)
            .wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn sentence(&mut self) -> Vec<u64> {
        (0..25)
            .map(|_| (self.uniform() * 60_000f64.ln()).exp() as u64)
            .collect()
    }
}

/// 25 features, from very frequent ones (the word's class) to rare ones (pairs of words).
fn features(words: &[u64]) -> Features {
    let mut features = Features::new();
    for position in 0..words.len() {
        let at = |offset: isize| {
            position
                .checked_add_signed(offset)
                .and_then(|position| words.get(position))
                .copied()
                .unwrap_or(u64::MAX)
        };
        let mut template = 0;
        let mut push = |values: &[u64]| {
            let hasher = values
                .iter()
                .fold(FeatureHasher::new(template), |hasher, &value| hasher.number(value));
            features.push(hasher.finish());
            template += 1;
        };
        push(&[]);
        for offset in [-2, -1, 0, 1, 2] {
            push(&[at(offset)]);
            push(&[at(offset) % 7]);
        }
        for affix in [11, 53, 211, 997, 2003, 4001, 8009, 16_001] {
            push(&[at(0) % affix]);
        }
        for (first, second) in [(-1, 0), (0, 1), (-1, 1)] {
            push(&[at(first), at(second)]);
            push(&[at(first) % 7, at(second) % 7]);
        }
        features.end_token();
    }
    features
}

fn tagger(scheme: Scheme) -> Tagger {
    let labels = Labels::new((0..LABELS).map(|label| format!("LABEL_{label}"))).expect("distinct names");
    let mut corpus = Corpus::new(labels.clone());
    let mut words = Words(1);
    for _ in 0..5000 {
        let sentence = words.sentence();
        let mut annotation = Annotation::new(labels.all());
        for (position, word) in sentence.iter().enumerate().filter(|(_, word)| *word % 16 == 5) {
            let label = construe_learn::Label((word / 16 % LABELS) as u8);
            annotation = annotation.with_span(position, position + 1, label);
        }
        corpus.push(features(&sentence), annotation).expect("spans in order");
    }
    let settings = Settings {
        scheme,
        epochs: 1,
        refit_epochs: 0,
        ..Settings::default()
    };
    let provenance = Provenance {
        feature_schema: "bench".to_owned(),
        data_fingerprint: [0; 32],
    };
    let nothing = Corpus::new(labels);
    let (tagger, _) = construe_learn::train(&corpus, &nothing, &settings, provenance, |_| ControlFlow::Continue(()))
        .expect("it trains");
    tagger
}

fn measure(bencher: Bencher<'_, '_>, scheme: Scheme) {
    let tagger = tagger(scheme);
    let mut words = Words(2);
    let sentences: Vec<Features> = (0..2000).map(|_| features(&words.sentence())).collect();
    let mut scratch = Scratch::default();
    let tokens: usize = sentences.iter().map(Features::tokens).sum();
    bencher.counter(ItemsCount::new(tokens)).bench_local(|| {
        let spans: usize = sentences
            .iter()
            .map(|features| tagger.tag(features, &mut scratch).len())
            .sum();
        assert!(spans > 500, "the model finds something");
        spans
    });
}

#[divan::bench]
fn bio(bencher: Bencher<'_, '_>) {
    measure(bencher, Scheme::Bio);
}

#[divan::bench]
fn bilou(bencher: Bencher<'_, '_>) {
    measure(bencher, Scheme::Bilou);
}

#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    let bytes = tagger(Scheme::Bio).to_bytes();
    assert!(bytes.len() > 1_000_000);
    bencher.bench_local(|| Tagger::from_bytes(&bytes, "bench").expect("a good file").features());
}
