//! The classifier as its callers see it.

use std::ops::ControlFlow;

use construe_classify::{
    Evaluation, Example, Examples, LoadError, Mode, Model, Prediction, Settings, TrainError, train,
};
use proptest::prelude::*;

/// Labels, joined by `|`, and texts.
#[derive(Clone)]
struct Rows(Vec<(String, String)>);

impl Examples for Rows {
    type Error = &'static str;

    fn visit(&mut self, each: &mut dyn FnMut(Example<'_>) -> ControlFlow<()>) -> Result<(), Self::Error> {
        for (labels, text) in &self.0 {
            let labels: Vec<&str> = labels.split('|').filter(|label| !label.is_empty()).collect();
            if each(Example { text, labels: &labels }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn rows<L: Into<String>, T: Into<String>>(rows: impl IntoIterator<Item = (L, T)>) -> Rows {
    Rows(
        rows.into_iter()
            .map(|(labels, text)| (labels.into(), text.into()))
            .collect(),
    )
}

fn learn(mode: Mode, rows: &Rows) -> Model {
    learn_with(&Settings::new(mode), rows)
}

fn learn_with(settings: &Settings, rows: &Rows) -> Model {
    train(settings, &mut rows.clone(), &mut |_| ControlFlow::Continue(())).expect("the rows are fine")
}

fn classify(model: &Model, text: &str) -> Vec<Prediction> {
    let mut predictions = Vec::new();
    model.classify(&mut model.scratch(), text, &mut predictions);
    predictions
}

fn answer<'m>(model: &'m Model, text: &str) -> Vec<&'m str> {
    let predictions = classify(model, text);
    let mut labels: Vec<&str> = model
        .chosen(&predictions)
        .iter()
        .map(|prediction| model.labels()[prediction.label as usize].as_str())
        .collect();
    labels.sort_unstable();
    labels
}

const FRUIT: [&str; 5] = ["apple", "banana", "cherry", "mango", "papaya"];
const TOOLS: [&str; 5] = ["hammer", "pliers", "wrench", "screwdriver", "chisel"];

/// Sentences about one or the other, ten of each.
fn tiny() -> Rows {
    let of = |label: &'static str, things: [&'static str; 5]| {
        (0..10).map(move |n| {
            (
                label,
                format!("number {n} is a {} or a {}", things[n % 5], things[(n * 3 + 1) % 5]),
            )
        })
    };
    rows(of("fruit", FRUIT).chain(of("tool", TOOLS)))
}

#[test]
fn two_classes_of_ten_documents_are_enough() {
    let model = learn(Mode::MultiClass, &tiny());
    assert_eq!(model.labels(), ["fruit", "tool"]);
    assert_eq!(answer(&model, "give me two mangos and a banana"), ["fruit"]);
    assert_eq!(answer(&model, "where are the pliers and the hammer?"), ["tool"]);
    let predictions = classify(&model, "the apple");
    let sum: f32 = predictions.iter().map(|prediction| prediction.score).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert!(
        predictions[0].score > predictions[1].score && predictions[0].score > 0.6,
        "{predictions:?}"
    );
}

#[test]
fn words_that_were_never_seen_mean_what_similar_ones_do() {
    let model = learn(Mode::MultiClass, &tiny());
    for (text, label) in [
        ("some plum juice", "fruit"),
        ("lots of grapefruit", "fruit"),
        ("an axe", "tool"),
        ("your drill", "tool"),
    ] {
        assert_eq!(answer(&model, text), [label], "{text}");
    }
    let again = Model::from_bytes(&model.to_bytes()).expect("the file is fine");
    assert_eq!(classify(&again, "an axe"), classify(&model, "an axe"));
}

#[test]
fn scripts_without_spaces_are_read() {
    let sentences = [
        ("天気", "今日は朝から雨が降っています"),
        ("天気", "明日は晴れて気温が上がるでしょう"),
        ("天気", "台風が近づき強い雨と風に注意"),
        ("天気", "週末は曇り時々雨の予報です"),
        ("スポーツ", "野球の試合は延長戦で決着した"),
        ("スポーツ", "サッカー代表が決勝で勝利した"),
        ("スポーツ", "彼はマラソンで優勝し金メダルを得た"),
        ("スポーツ", "テニスの選手が試合で負けた"),
    ];
    let model = learn(Mode::MultiClass, &rows(sentences));
    assert_eq!(answer(&model, "夕方から雨の予報"), ["天気"]);
    assert_eq!(answer(&model, "選手は試合で優勝"), ["スポーツ"]);
    let korean = [
        ("날씨", "오늘은 아침부터 비가 내립니다"),
        ("날씨", "내일은 비와 강한 바람이 예상됩니다"),
        ("날씨", "주말에는 흐리고 비가 오겠습니다"),
        ("운동", "축구 선수가 경기에서 이겼다"),
        ("운동", "야구 경기는 연장전에서 끝났다"),
        ("운동", "그 선수는 마라톤 경기에서 우승했다"),
    ];
    let model = learn(Mode::MultiClass, &rows(korean));
    // Known words with other particles.
    assert_eq!(answer(&model, "비는 언제까지"), ["날씨"]);
    assert_eq!(answer(&model, "선수들의 경기"), ["운동"]);
}

#[test]
fn any_number_of_labels() {
    let mut given = Vec::new();
    for n in 0..60 {
        let (fruit, tool) = (FRUIT[n % 5], TOOLS[n / 3 % 5]);
        given.push(match n % 3 {
            0 => ("fruit".to_owned(), format!("a {fruit} here {n}")),
            1 => ("tool".to_owned(), format!("a {tool} there {n}")),
            _ => ("fruit|tool".to_owned(), format!("a {fruit} beside a {tool} {n}")),
        });
    }
    let model = learn(Mode::MultiLabel, &rows(given.clone()));
    assert_eq!(answer(&model, "a cherry"), ["fruit"]);
    assert_eq!(answer(&model, "the wrench"), ["tool"]);
    assert_eq!(answer(&model, "a banana and a chisel"), ["fruit", "tool"]);
    // Every document had a label, so every document gets one.
    assert_eq!(answer(&model, "").len(), 1);
    given.extend((0..30).map(|n| (String::new(), format!("nothing of interest {n}"))));
    let model = learn(Mode::MultiLabel, &rows(given));
    assert_eq!(answer(&model, "nothing of interest"), [""; 0]);
    assert_eq!(answer(&model, "a banana and a chisel"), ["fruit", "tool"]);
}

#[test]
fn a_rare_class_is_not_drowned() {
    let common = (0..400).map(|n| ("common", format!("{} {} item {n}", FRUIT[n % 5], FRUIT[n / 5 % 5])));
    let rare = (0..12).map(|n| ("rare", format!("{} {} item {n}", TOOLS[n % 5], FRUIT[n / 5 % 5])));
    let model = learn(Mode::MultiClass, &rows(common.chain(rare)));
    let mut evaluation = Evaluation::new(Mode::MultiClass, model.labels().to_vec());
    for n in 0..50 {
        let text = format!("item {} {} and {}", 500 + n, TOOLS[n % 5], FRUIT[n / 7 % 5]);
        evaluation.add(&["rare"], &answer(&model, &text));
        let text = format!("item {} {} and {}", 500 + n, FRUIT[n % 5], FRUIT[n / 7 % 5]);
        evaluation.add(&["common"], &answer(&model, &text));
    }
    assert!(evaluation.metrics().f1_score > 0.95, "{:?}", evaluation.metrics());
}

/// Texts of three labels with noise, each in its own words.
fn noisy(count: usize) -> Rows {
    let mut random = 1u64;
    let mut below = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % bound
    };
    rows((0..count).map(|n| {
        let label = n % 3;
        let words = (0..12).map(|_| match below(4) {
            0 => format!("topic{label}word{} ", below(40)),
            _ => format!("word{} ", below(300)),
        });
        (format!("label {label}"), words.collect::<String>())
    }))
}

#[test]
fn scores_are_right_as_often_as_they_say() {
    let all = noisy(3000);
    let model = learn(Mode::MultiClass, &rows(all.0[..600].iter().cloned()));
    let (mut expected, mut right) = (0.0, 0.0);
    for (label, text) in &all.0[600..] {
        let best = classify(&model, text)[0];
        expected += best.score;
        right += f32::from(u8::from(model.labels()[best.label as usize] == *label));
    }
    let count = (all.0.len() - 600) as f32;
    assert!(right / count > 0.8, "{}", right / count);
    assert!(
        (expected - right).abs() / count < 0.05,
        "{expected} expected, {right} right of {count}"
    );
}

#[test]
fn words_that_occur_once_make_no_answer_look_sure() {
    // One word in ten tells the label, seven times in ten the right one. Others do not come back.
    let mut random = 1u64;
    let mut letter = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'a' + ((random >> 33) % 26) as u8)
    };
    let documents: Vec<(String, String)> = (0..1600)
        .map(|n| {
            let label = n % 2;
            let told = if n / 2 % 10 < 7 { label } else { 1 - label };
            let mut text = ["left", "right"][told].to_owned();
            for place in 0..90 {
                text.push(if place % 10 == 0 { ' ' } else { letter() });
            }
            (["west", "east"][label].to_owned(), text)
        })
        .collect();
    let model = learn(Mode::MultiClass, &rows(documents[..600].iter().cloned()));
    let (mut expected, mut right) = (0.0, 0.0);
    for (label, text) in &documents[600..] {
        let best = classify(&model, text)[0];
        expected += best.score;
        right += f32::from(u8::from(model.labels()[best.label as usize] == *label));
    }
    assert!(
        (expected - right).abs() < 50.0,
        "{expected} expected, {right} right of 1000"
    );
}

#[test]
fn training_is_repeatable_and_the_file_says_all() {
    for (mode, memory) in [
        (Mode::MultiClass, 64 << 20),
        (Mode::MultiClass, 100_000),
        (Mode::MultiLabel, 64 << 20),
    ] {
        let settings = Settings {
            memory,
            ..Settings::new(mode)
        };
        let examples = noisy(900);
        let bytes = learn_with(&settings, &examples).to_bytes();
        assert_eq!(learn_with(&settings, &examples).to_bytes(), bytes);
        let model = Model::from_bytes(&bytes).expect("the file is fine");
        assert_eq!(model.to_bytes(), bytes);
        assert_eq!(model.mode(), mode);
        let other = Settings { seed: 2, ..settings };
        assert_ne!(learn_with(&other, &examples).to_bytes(), bytes);
    }
}

#[test]
fn what_does_not_fit_into_memory_is_learnt_as_well() {
    let all = noisy(4000);
    let (learnt, held_out) = all.0.split_at(3000);
    let settings = Settings {
        memory: 200_000,
        ..Settings::new(Mode::MultiClass)
    };
    let accuracy = |model: &Model| {
        let right = held_out
            .iter()
            .filter(|(label, text)| answer(model, text) == [label.as_str()])
            .count();
        right as f64 / held_out.len() as f64
    };
    let (streamed, whole) = (
        accuracy(&learn_with(&settings, &rows(learnt.iter().cloned()))),
        accuracy(&learn(Mode::MultiClass, &rows(learnt.iter().cloned()))),
    );
    assert!(streamed > whole - 0.02, "{streamed} against {whole}");
}

#[test]
fn the_size_of_the_model_is_kept() {
    let settings = Settings {
        model_size: 5_000,
        ..Settings::new(Mode::MultiClass)
    };
    let model = learn_with(&settings, &tiny());
    assert!(model.to_bytes().len() <= 5_000 + 200);
    assert_eq!(answer(&model, "hammer and pliers"), ["tool"]);
}

#[test]
fn a_scratch_serves_any_model_and_leaves_no_trace() {
    let (fruit, noise) = (learn(Mode::MultiClass, &tiny()), learn(Mode::MultiClass, &noisy(300)));
    let mut scratch = fruit.scratch();
    let mut predictions = Vec::new();
    let texts = ["an apple", "word1 topic1word2", "apple apple apple hammer", ""];
    for _ in 0..2 {
        for model in [&fruit, &noise] {
            for text in texts {
                model.classify(&mut scratch, text, &mut predictions);
                assert_eq!(predictions, classify(model, text), "{text}");
            }
        }
    }
}

#[test]
fn words_that_no_longer_fit_into_memory_change_nothing() {
    let model = learn(Mode::MultiClass, &tiny());
    let mut scratch = model.scratch();
    let mut predictions = Vec::new();
    let flood: String = (0..140_000).map(|n| format!("w{n} ")).collect();
    for text in [flood.as_str(), "hammer and pliers", &format!("hammer {flood} hammer")] {
        model.classify(&mut scratch, text, &mut predictions);
        assert_eq!(predictions, classify(&model, text));
    }
}

#[test]
fn bad_examples_are_named() {
    let train_on = |mode, rows: Rows| {
        train(&Settings::new(mode), &mut rows.clone(), &mut |_| {
            ControlFlow::Continue(())
        })
        .map(|_| ())
    };
    let multi_class = Mode::MultiClass;
    assert!(matches!(
        train_on(multi_class, Rows(Vec::new())),
        Err(TrainError::TooFewLabels(0))
    ));
    assert!(matches!(
        train_on(multi_class, rows([("a", "x"), ("a", "y")])),
        Err(TrainError::TooFewLabels(1))
    ));
    assert!(matches!(
        train_on(multi_class, rows([("a", "x"), ("a|b", "y")])),
        Err(TrainError::NotOneLabel(1))
    ));
    assert!(matches!(
        train_on(multi_class, rows([("", "x")])),
        Err(TrainError::NotOneLabel(0))
    ));
    let long = "l".repeat(70_000);
    assert!(matches!(
        train_on(multi_class, rows([("a", "x"), (&long, "y")])),
        Err(TrainError::Label(1))
    ));
    let many = rows((0..5000).map(|n| (format!("label {n}"), "text")));
    assert!(matches!(train_on(multi_class, many), Err(TrainError::TooManyLabels)));
    // Documents without any text, and one of each label: little to learn, no failure.
    assert!(train_on(multi_class, rows([("a", ""), ("b", "")])).is_ok());
    assert!(train_on(Mode::MultiLabel, rows([("a", "x"), ("b", "y"), ("", "z")])).is_ok());
}

#[test]
fn a_source_that_fails_or_changes_ends_training() {
    struct Moody {
        visits: u32,
        fails: bool,
    }
    impl Examples for Moody {
        type Error = &'static str;

        fn visit(&mut self, each: &mut dyn FnMut(Example<'_>) -> ControlFlow<()>) -> Result<(), Self::Error> {
            self.visits += 1;
            if self.visits == 2 && self.fails {
                return Err("gone");
            }
            for (label, text) in noisy(400 - self.visits as usize).0 {
                if each(Example {
                    text: &text,
                    labels: &[&label],
                })
                .is_break()
                {
                    break;
                }
            }
            Ok(())
        }
    }
    let settings = Settings {
        memory: 10_000,
        ..Settings::new(Mode::MultiClass)
    };
    let run = |fails| {
        train(&settings, &mut Moody { visits: 0, fails }, &mut |_| {
            ControlFlow::Continue(())
        })
        .map(|_| ())
    };
    assert!(matches!(run(true), Err(TrainError::Source("gone"))));
    assert!(matches!(run(false), Err(TrainError::Unrepeatable)));
}

#[test]
fn progress_rises_and_training_can_be_stopped_anywhere() {
    for memory in [64 << 20, 100_000] {
        let settings = Settings {
            memory,
            ..Settings::new(Mode::MultiClass)
        };
        let mut reports = Vec::new();
        let examples = noisy(2500);
        let outcome = train(&settings, &mut examples.clone(), &mut |progress| {
            reports.push(progress.done);
            ControlFlow::Continue(())
        });
        assert!(outcome.is_ok());
        assert!(reports.is_sorted() && reports.last() == Some(&1.0), "{reports:?}");
        assert!(reports.len() > 10);
        for stop in [0, 1, reports.len() / 2, reports.len() - 1] {
            let mut left = stop;
            let outcome = train(&settings, &mut examples.clone(), &mut |_| {
                left = left.wrapping_sub(1);
                if left == usize::MAX {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(matches!(outcome, Err(TrainError::Stopped)), "at report {stop}");
        }
    }
}

/// The file of a model whose checksum fits whatever was changed.
fn sealed(content: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    [content, Sha256::digest(content).as_slice()].concat()
}

#[test]
fn files_of_other_kinds_are_refused() {
    let bytes = learn(Mode::MultiClass, &tiny()).to_bytes();
    let load = |bytes: &[u8]| Model::from_bytes(bytes).map(|_| ());
    assert!(matches!(load(b""), Err(LoadError::Foreign)));
    assert!(matches!(load(&bytes[1..]), Err(LoadError::Foreign)));
    let mut newer = bytes.clone();
    newer[8] = 9;
    assert!(matches!(load(&newer), Err(LoadError::Version { found: 9 })));
    let mut damaged = bytes.clone();
    damaged[100] ^= 1;
    assert!(matches!(load(&damaged), Err(LoadError::Checksum)));
    for len in [8, 12, 40, bytes.len() - 1] {
        assert!(load(&bytes[..len]).is_err());
    }
    let content = &bytes[..bytes.len() - 32];
    assert!(load(&sealed(content)).is_ok());
    let table = construe_word_vectors::Table::of_texts(["an apple is a fruit"]).expect("it is English");
    let identity = table.identity().to_le_bytes();
    let place = content.windows(8).position(|bytes| bytes == identity);
    let mut other = content.to_vec();
    other[place.expect("the model has a table")] ^= 1;
    assert!(matches!(load(&sealed(&other)), Err(LoadError::WordVectors)));
    assert!(matches!(
        load(&sealed(&[content, &[0]].concat())),
        Err(LoadError::Malformed(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_gets_scores(text in any::<String>(), again in any::<String>()) {
        thread_local!(static MODEL: Model = learn(Mode::MultiClass, &tiny()));
        MODEL.with(|model| {
            let mut scratch = model.scratch();
            let mut predictions = Vec::new();
            for text in [&text, &again, &text] {
                model.classify(&mut scratch, text, &mut predictions);
                assert_eq!(predictions.len(), 2);
                let sum: f32 = predictions.iter().map(|prediction| prediction.score).sum();
                assert!((sum - 1.0).abs() < 1e-5);
                assert_eq!(&predictions, &classify(model, text));
            }
        });
    }

    #[test]
    fn any_bytes_with_the_right_checksum_are_a_model_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        thread_local!(static BYTES: Vec<u8> = learn(Mode::MultiLabel, &tiny()).to_bytes());
        BYTES.with(|bytes| {
            let mut content = bytes[..bytes.len() - 32].to_vec();
            for (at, byte) in &changes {
                let len = content.len().min(300);
                content[at.index(len)] = *byte;
            }
            for content in [&content[..], &content[..cut.index(content.len())]] {
                if let Ok(model) = Model::from_bytes(&sealed(content)) {
                    for prediction in classify(&model, "an apple, a hammer") {
                        assert!((0.0..=1.0).contains(&prediction.score));
                    }
                }
            }
        });
    }

    #[test]
    fn any_examples_can_be_learnt_from(texts in proptest::collection::vec(any::<String>(), 2..12)) {
        let rows = rows(texts.iter().enumerate().map(|(n, text)| (format!("l{}", n % 2), text.as_str())));
        let model = learn(Mode::MultiClass, &rows);
        for text in &texts {
            assert!(classify(&model, text).iter().all(|prediction| (0.0..=1.0).contains(&prediction.score)));
        }
    }
}
