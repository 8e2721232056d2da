//! What training must be able to do, on corpora small enough to see through.

use super::*;
use crate::corpus::AnnotatedSpan;
use crate::features::{FeatureHasher, Features};
use crate::labels::LabelSet;
use crate::model::Scratch;
use crate::scheme::Scheme;

fn provenance() -> Provenance {
    Provenance {
        feature_schema: "words/1".to_owned(),
        data_fingerprint: [7; 32],
    }
}

fn features(words: &[String]) -> Features {
    let mut features = Features::new();
    for (position, word) in words.iter().enumerate() {
        let before = position.checked_sub(1).map_or("", |before| words[before].as_str());
        features.push(FeatureHasher::new(0).finish());
        features.push(FeatureHasher::new(1).text(word).finish());
        features.push(FeatureHasher::new(2).text(before).finish());
        features.end_token();
    }
    features
}

/// A sequence of common words, people (one or two of `p0`, `p1`, …) and days (one of `d0`, `d1`, …).
fn sequence(random: &mut SplitMix) -> (Vec<String>, Vec<TokenSpan>) {
    let (mut words, mut spans) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        let mut number = |below: u64| random.next() % below;
        match number(4) {
            0 => {
                let start = words.len();
                let length = 1 + number(2) as usize;
                words.extend((0..length).map(|_| format!("p{}", number(10))));
                spans.push(TokenSpan {
                    start,
                    end: start + length,
                    label: Label(0),
                });
                words.push("said".to_owned());
            }
            1 => {
                words.push(format!("d{}", number(10)));
                spans.push(TokenSpan {
                    start: words.len() - 1,
                    end: words.len(),
                    label: Label(1),
                });
                words.push("was".to_owned());
            }
            _ => words.push(format!("w{}", number(30))),
        }
    }
    (words, spans)
}

/// Sequences of which every second annotates persons only, the others days only.
fn two_sources(count: usize, seed: u64, covers_all: bool) -> Corpus {
    let labels = Labels::new(["PERSON", "DAY"]).expect("names");
    let mut corpus = Corpus::new(labels.clone());
    let mut random = SplitMix(seed);
    for number in 0..count {
        let (words, spans) = sequence(&mut random);
        let covered = Label((number % 2) as u8);
        let mut annotation = Annotation::new(if covers_all { labels.all() } else { covered.into() });
        for span in spans.iter().filter(|span| span.label == covered) {
            annotation = annotation.with_span(span.start, span.end, span.label);
        }
        corpus.push(features(&words), annotation).expect("it fits");
    }
    corpus
}

/// Sequences with everything annotated.
fn complete(count: usize, seed: u64) -> Corpus {
    let labels = Labels::new(["PERSON", "DAY"]).expect("names");
    let mut corpus = Corpus::new(labels.clone());
    let mut random = SplitMix(seed);
    for _ in 0..count {
        let (words, spans) = sequence(&mut random);
        let spans = spans.iter().map(|&TokenSpan { start, end, label }| AnnotatedSpan {
            start,
            end,
            labels: label.into(),
        });
        let annotation = Annotation {
            spans: spans.collect(),
            ..Annotation::new(labels.all())
        };
        corpus.push(features(&words), annotation).expect("it fits");
    }
    corpus
}

/// Sequences whose words say nothing about their spans.
fn noise(count: usize, seed: u64) -> Corpus {
    let mut corpus = Corpus::new(Labels::new(["PERSON", "DAY"]).expect("names"));
    let mut random = SplitMix(seed);
    for (_, annotation) in complete(count, seed).iter() {
        let tokens = annotation.spans.last().map_or(5, |span| span.end + 1);
        let words: Vec<String> = (0..tokens).map(|_| format!("w{}", random.next() % 200)).collect();
        corpus.push(features(&words), annotation.clone()).expect("it fits");
    }
    corpus
}

fn settings(scheme: Scheme) -> Settings {
    Settings {
        scheme,
        l2: 0.1,
        ..Settings::default()
    }
}

fn trained(corpus: &Corpus, settings: &Settings) -> Tagger {
    let nothing = Corpus::new(corpus.labels().clone());
    train(corpus, &nothing, settings, provenance(), |_| ControlFlow::Continue(()))
        .expect("it trains")
        .0
}

#[test]
fn two_sources_that_cover_different_labels_teach_both() {
    let test = complete(100, 99);
    for scheme in [Scheme::Bio, Scheme::Bilou] {
        let f1 = |covers_all| {
            let settings = Settings {
                uncovered_prior: 1.0,
                ..settings(scheme)
            };
            let tagger = trained(&two_sources(300, 5, covers_all), &settings);
            tagger.evaluate(&test).total().exact().f1
        };
        let (partial, negative) = (f1(false), f1(true));
        assert!(partial > 0.97, "{scheme:?}: partial annotation gives {partial}");
        assert!(negative < 0.8, "{scheme:?}: gaps taken for negatives give {negative}");
    }
}

#[test]
fn probabilities_are_high_where_the_data_is_clear() {
    let tagger = trained(&complete(300, 5), &settings(Scheme::Bio));
    let words: Vec<String> = ["w1", "p1", "p2", "said", "w2", "d3", "was"]
        .map(str::to_owned)
        .to_vec();
    let mut scratch = Scratch::default();
    let spans = tagger.tag(&features(&words), &mut scratch).to_vec();
    assert_eq!(
        spans
            .iter()
            .map(|span| (span.start, span.end, span.label.0))
            .collect::<Vec<_>>(),
        [(1, 3, 0), (5, 6, 1)]
    );
    assert!(
        spans
            .iter()
            .all(|span| span.probability > 0.95 && span.score == span.probability),
        "{spans:?}"
    );
    assert!(tagger.tag(&Features::new(), &mut scratch).is_empty());
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (corpus, held_out) = (complete(80, 1), complete(20, 2));
    let bytes = |seed| {
        let settings = Settings {
            seed,
            epochs: 3,
            ..settings(Scheme::Bio)
        };
        let mut tagger = train(&corpus, &held_out, &settings, provenance(), |_| {
            ControlFlow::Continue(())
        })
        .expect("it trains")
        .0;
        tagger.calibrate(&held_out);
        tagger.to_bytes()
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn pruning_keeps_what_matters() {
    let (corpus, held_out) = (complete(300, 1), complete(50, 2));
    let mut settings = settings(Scheme::Bio);
    settings.max_features = 30;
    let mut phases = Vec::new();
    let (tagger, report) = train(&corpus, &held_out, &settings, provenance(), |epoch| {
        phases.push(epoch.phase);
        ControlFlow::Continue(())
    })
    .expect("it trains");
    assert!(tagger.features() <= 30 && report.features_kept == tagger.features());
    assert!(report.features_fitted > 60, "{report:?}");
    assert_eq!(report.held_out, tagger.evaluate(&held_out).total());
    assert!(report.held_out.exact().f1 > 0.97, "{report:?}");
    assert!(phases.contains(&Phase::Fit) && phases.ends_with(&[Phase::Refit]));
}

#[test]
fn training_stops_when_it_gets_no_better_and_when_asked_to() {
    let (corpus, held_out) = (noise(200, 1), noise(50, 2));
    let settings = Settings {
        epochs: 50,
        patience: 2,
        ..settings(Scheme::Bio)
    };
    let (_, report) = train(&corpus, &held_out, &settings, provenance(), |_| {
        ControlFlow::Continue(())
    })
    .expect("it trains");
    assert!(report.epochs.len() < 40, "{}", report.epochs.len());
    let mut passes = 0;
    let stopped = train(&corpus, &held_out, &settings, provenance(), |_| {
        passes += 1;
        if passes == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(stopped, Err(Error::Stopped)));
    assert_eq!(passes, 2);
}

#[test]
fn unusable_input_is_refused() {
    let labels = Labels::new(["A", "B"]).expect("names");
    assert!(matches!(Labels::new(Vec::<String>::new()), Err(Error::LabelCount(0))));
    assert!(matches!(Labels::new(["A", "A"]), Err(Error::LabelName(_))));
    assert!(Labels::new((0..65).map(|n| n.to_string())).is_err());

    let mut corpus = Corpus::new(labels.clone());
    let three = || features(&["a", "b", "c"].map(str::to_owned));
    let all = labels.all();
    let bad = [
        Annotation::new(all).with_span(0, 4, Label(0)),
        Annotation::new(all).with_span(1, 1, Label(0)),
        Annotation::new(all).with_span(1, 3, Label(0)).with_span(2, 3, Label(1)),
        Annotation::new(all).with_span(0, 1, Label(2)),
        Annotation::new(LabelSet::from(Label(7))),
        Annotation {
            weight: 0.0,
            ..Annotation::new(all)
        },
        Annotation {
            weight: f32::NAN,
            ..Annotation::new(all)
        },
        Annotation {
            spans: vec![AnnotatedSpan {
                start: 0,
                end: 1,
                labels: LabelSet::EMPTY,
            }],
            ..Annotation::new(all)
        },
    ];
    for annotation in bad {
        assert!(
            matches!(corpus.push(three(), annotation.clone()), Err(Error::Annotation(_))),
            "{annotation:?}"
        );
    }
    let go_on = |_: &Epoch| ControlFlow::Continue(());
    let empty = corpus.clone();
    assert!(matches!(
        train(&corpus, &empty, &Settings::default(), provenance(), go_on),
        Err(Error::TrainingData(_))
    ));
    corpus.push(three(), Annotation::new(all)).expect("it fits");
    let others = Corpus::new(Labels::new(["A"]).expect("names"));
    assert!(matches!(
        train(&corpus, &others, &Settings::default(), provenance(), go_on),
        Err(Error::TrainingData(_))
    ));
    for settings in [
        Settings {
            epochs: 0,
            ..Settings::default()
        },
        Settings {
            learning_rate: f32::NAN,
            ..Settings::default()
        },
        Settings {
            l2: -1.0,
            ..Settings::default()
        },
        Settings {
            uncovered_prior: 1.5,
            ..Settings::default()
        },
        Settings {
            max_features: 0,
            ..Settings::default()
        },
    ] {
        assert!(matches!(
            train(&corpus, &empty, &settings, provenance(), go_on),
            Err(Error::Settings(_))
        ));
    }
    // A corpus without any span is dull, not wrong.
    let tagger = trained(&corpus, &Settings::default());
    assert!(tagger.tag(&three(), &mut Scratch::default()).is_empty());
}
