//! Recognisers trained on documents made for it.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use construe_custom_entities::{
    Language, ListMatcher, LoadError, Model, NotEnough, Progress, Resources, Scratch, Settings, Span, TrainError,
    Trained, Trainer, Types,
};
use proptest::prelude::*;

static RESOURCES: LazyLock<Resources> = LazyLock::new(|| Resources::load().expect("the product's data"));

const NAMES: [&str; 12] = [
    "Diego Ramirez",
    "Emilio Johnson",
    "Jane Doe",
    "Mateo Jackson",
    "Sofía Martínez",
    "Paulo Santos",
    "Ana Carolina Silva",
    "Wang Xiulan",
    "Arnav Desai",
    "Nikki Wolf",
    "Li Juan",
    "Kwaku Mensah",
];

const PLACES: [&str; 6] = ["Seattle", "Lisbon", "the new office", "Building 7", "Munich", "our lab"];

fn types() -> Types {
    Types::new(["ENGINEER", "MANAGER"]).expect("two types")
}

/// A sentence with a name, and what the name is by what is said of it.
fn document(number: usize) -> (String, Vec<Span>) {
    let name = NAMES[number % NAMES.len()];
    let place = PLACES[number / NAMES.len() % PLACES.len()];
    let years = number % 17 + 2;
    let (before, after, kind) = match number % 5 {
        0 => ("", " has been an engineer for many years at ", 0),
        1 => ("Our latest employee, ", ", has been a manager in ", 1),
        2 => ("The code was written by engineer ", " while working at ", 0),
        3 => ("Please ask your manager ", " for leave before you travel to ", 1),
        _ => ("Nothing new was said about the weather in ", "", 2),
    };
    if kind == 2 {
        let text = format!("{before}{place}, {years} days after the storm, and nobody minded.");
        return (text, vec![]);
    }
    let text = format!("{before}{name}{after}{place}, {years} miles from here.");
    let start = before.chars().count() as u32;
    let end = start + name.chars().count() as u32;
    (text, vec![Span { start, end, kind }])
}

fn trainer(documents: usize) -> Trainer {
    let mut trainer = Trainer::annotated(Settings::new(Language::En, types()));
    for (text, spans) in (0..documents).map(document) {
        trainer.add(&text, &spans).expect("a sound document");
    }
    trainer
}

fn train(trainer: Trainer) -> Trained {
    let go_on = &mut |_: Progress| ControlFlow::Continue(());
    trainer.train(&RESOURCES, go_on).expect("it trains")
}

static TRAINED: LazyLock<Trained> = LazyLock::new(|| train(trainer(200)));

fn found(model: &Model, text: &str) -> Vec<(String, String)> {
    let mut entities = Vec::new();
    model.analyze(&mut Scratch::default(), text, &mut entities);
    entities
        .iter()
        .map(|entity| {
            assert_eq!(text[..entity.byte_start].chars().count(), entity.start);
            let surface = &text[entity.byte_start..entity.byte_end];
            (model.types()[usize::from(entity.kind)].clone(), surface.to_owned())
        })
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(kind, text)| (kind.to_owned(), text.to_owned()))
        .collect()
}

#[test]
fn names_that_were_never_seen_are_told_apart_by_their_context() {
    let text = "The tool was written by engineer Hanna Kowalczyk while working at Oslo. Please ask your manager \
                Ravi Balakrishnan for leave. Thomas Müller has been an engineer for many years.";
    let expected = [
        ("ENGINEER", "Hanna Kowalczyk"),
        ("MANAGER", "Ravi Balakrishnan"),
        ("ENGINEER", "Thomas Müller"),
    ];
    assert_eq!(found(&TRAINED.model, text), pairs(&expected));
}

#[test]
fn metrics_are_as_the_service_has_them() {
    let metrics = &TRAINED.metrics;
    assert_eq!((metrics.trained_documents, metrics.test_documents), (180, 20));
    assert!(metrics.overall.f1 > 90.0 && metrics.overall.f1 <= 100.0, "{metrics:?}");
    let names: Vec<&str> = metrics.types.iter().map(|of_type| of_type.name.as_str()).collect();
    assert_eq!(names, ["ENGINEER", "MANAGER"]);
    let mentions: u64 = metrics.types.iter().map(|of_type| of_type.train_mentions).sum();
    assert_eq!(mentions, 160 - 16);
    assert_eq!((TRAINED.documents_left_out, TRAINED.entities_left_out), (0, 0));
}

#[test]
fn training_repeats_bit_for_bit_and_survives_the_file() {
    let bytes = TRAINED.model.to_bytes();
    assert_eq!(train(trainer(200)).model.to_bytes(), bytes);
    let model = Model::from_bytes(&bytes, &RESOURCES).expect("its own file");
    assert_eq!(model.to_bytes(), bytes);
    assert_eq!((model.language(), model.types()), (Language::En, TRAINED.model.types()));
    for (text, _) in (0..20).map(document) {
        assert_eq!(found(&model, &text), found(&TRAINED.model, &text));
    }
}

#[test]
fn damaged_and_foreign_files_are_refused() {
    let bytes = TRAINED.model.to_bytes();
    let read = |bytes: &[u8]| Model::from_bytes(bytes, &RESOURCES).err();
    assert!(matches!(read(b"GIF89a"), Some(LoadError::Foreign)));
    assert!(matches!(read(&bytes[..20]), Some(LoadError::Malformed(_))));
    for place in [40, 44, 52, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert!(matches!(read(&damaged), Some(LoadError::Checksum)), "{place}");
    }
    assert!(matches!(read(&bytes[..bytes.len() - 1]), Some(LoadError::Checksum)));
}

#[test]
fn given_test_documents_and_an_earlier_model_are_judged_alike() {
    let mut trainer = trainer(200);
    for (text, spans) in (300..340).map(document) {
        trainer.add_test(&text, &spans).expect("a sound document");
    }
    let earlier = &TRAINED.model;
    let go_on = &mut |_: Progress| ControlFlow::Continue(());
    let trained = trainer
        .train_and_compare(&RESOURCES, Some(earlier), go_on)
        .expect("it trains");
    assert_eq!(
        (trained.metrics.trained_documents, trained.metrics.test_documents),
        (200, 40)
    );
    let compared = trained.compared.expect("there was an earlier model");
    assert!(compared.f1 > 90.0, "{compared:?}");
}

#[test]
fn a_list_is_learnt_from_and_known() {
    let list = NAMES[..10]
        .iter()
        .map(|&name| (name, 0))
        .chain([("Building 7", 1), ("Zürich-2 Annex", 1)]);
    let mut settings = Settings::new(Language::En, Types::new(["STAFF", "SITE"]).expect("two types"));
    settings.minimum.matches_per_type = 10;
    let mut trainer = Trainer::listed(settings, list);
    for (text, _) in (0..240).map(document) {
        trainer.add(&text, &[]).expect("a sound document");
    }
    let trained = train(trainer);
    // Listed, in a sentence unlike all of the documents.
    let text = "Yesterday we saw Wang Xiulan, Kim and the others leave Building 7 together";
    let got = found(&trained.model, text);
    assert!(got.contains(&("STAFF".to_owned(), "Wang Xiulan".to_owned())), "{got:?}");
    assert!(got.contains(&("SITE".to_owned(), "Building 7".to_owned())), "{got:?}");
    // Listed, and in none of the documents.
    let text = "They put the boxes into Zürich-2 Annex and zürich-2 annex.";
    assert_eq!(found(&trained.model, text), pairs(&[("SITE", "Zürich-2 Annex")]));
    // Not listed, where the listed ones stand.
    let text = "The code was written by engineer Hanna Kowalczyk while working at Oslo, 9 miles from here.";
    assert_eq!(found(&trained.model, text), pairs(&[("STAFF", "Hanna Kowalczyk")]));
    let read = Model::from_bytes(&trained.model.to_bytes(), &RESOURCES).expect("its own file");
    assert_eq!(found(&read, text), found(&trained.model, text));
}

#[test]
fn documents_may_be_annotated_in_part() {
    // A third of the names is not in the list, yet stands where the others do.
    let mut matcher = ListMatcher::new(Language::En, NAMES[..8].iter().map(|&name| (name, 0)));
    let train_by = |add: fn(&mut Trainer, &str, &[Span]) -> Result<(), TrainError>, matcher: &mut ListMatcher| {
        let mut settings = Settings::new(Language::En, Types::new(["STAFF"]).expect("a type"));
        settings.minimum.annotations_per_type = 10;
        let (mut trainer, mut spans) = (Trainer::annotated(settings), Vec::new());
        for (text, _) in (0..240).map(document) {
            matcher.find(&text, &mut spans);
            add(&mut trainer, &text, &spans).expect("a sound document");
        }
        train(trainer).model
    };
    let text = "The code was written by engineer Hanna Kowalczyk while working at Lisbon, 5 miles from here.";
    let partly = train_by(Trainer::add_partly, &mut matcher);
    assert_eq!(found(&partly, text), pairs(&[("STAFF", "Hanna Kowalczyk")]));
    let score = |model: &Model| {
        let mut entities = Vec::new();
        model.analyze(&mut Scratch::default(), text, &mut entities);
        entities.first().map_or(0.0, |entity| entity.score)
    };
    let whole = train_by(Trainer::add, &mut matcher);
    assert!(score(&partly) > score(&whole), "{} {}", score(&partly), score(&whole));
}

#[test]
fn too_little_is_refused_by_name() {
    let refused = |trainer: Trainer| trainer.check().expect_err("too little");
    let found = document(0).0.len() as u64;
    assert_eq!(refused(trainer(1)), NotEnough::Text { found, needed: 5000 });

    let mut one_type = Trainer::annotated(Settings::new(Language::En, types()));
    for (text, spans) in (0..400)
        .map(document)
        .filter(|(_, spans)| spans.iter().all(|span| span.kind == 0))
    {
        one_type.add(&text, &spans).expect("a sound document");
    }
    let error = refused(one_type);
    assert_eq!(
        error.to_string(),
        "each entity type must have at least 25 annotations in the training documents; MANAGER has 0"
    );

    let mut one_document = Trainer::annotated(Settings::new(Language::En, types()));
    let (mut text, mut spans) = (String::new(), Vec::new());
    for (sentence, of_sentence) in (0..200).map(document) {
        let shift = text.chars().count() as u32;
        spans.extend(of_sentence.iter().map(|span| Span {
            start: span.start + shift,
            end: span.end + shift,
            kind: span.kind,
        }));
        text.push_str(&sentence);
        text.push('\n');
    }
    one_document.add(&text, &spans).expect("a sound document");
    assert_eq!(refused(one_document), NotEnough::Documents { found: 1, needed: 3 });

    let settings = Settings::new(Language::En, Types::new(["SITE"]).expect("a type"));
    let mut listed = Trainer::listed(settings, [("Seattle", 0)]);
    for (text, _) in (0..200).map(document) {
        listed.add(&text, &[]).expect("a sound document");
    }
    assert!(matches!(refused(listed), NotEnough::Matches { needed: 200, .. }));
}

#[test]
fn spans_outside_their_document_are_refused_and_white_space_is_cut() {
    let mut trainer = Trainer::annotated(Settings::new(Language::En, types()));
    let span = |start, end, kind| Span { start, end, kind };
    for bad in [span(0, 5, 0), span(3, 3, 2), span(0, 1, 2)] {
        assert!(matches!(trainer.add("é bc", &[bad]), Err(TrainError::Span)), "{bad:?}");
    }
    trainer
        .add("é bc", &[span(1, 4, 0), span(1, 2, 1)])
        .expect("a sound document");
}

#[test]
fn a_watch_hears_how_far_it_is_and_may_end_it() {
    let mut shares = Vec::new();
    let stopped = trainer(200).train(&RESOURCES, &mut |progress| {
        shares.push(progress.share);
        if progress.share > 0.3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(stopped, Err(TrainError::Stopped)));
    assert!(
        shares.is_sorted() && shares.last().is_some_and(|&last| last < 0.5),
        "{shares:?}"
    );
}

#[test]
fn little_memory_means_a_sample() {
    let mut settings = Settings::new(Language::En, types());
    settings.memory = 1 << 20;
    let mut trainer = Trainer::annotated(settings);
    for (text, spans) in (0..2000).map(document) {
        trainer.add(&text, &spans).expect("a sound document");
    }
    let trained = train(trainer);
    let read = trained.metrics.trained_documents + trained.metrics.test_documents;
    assert_eq!(read + trained.documents_left_out, 2000);
    assert!(read < 200, "{read}");
    assert!(trained.metrics.overall.f1 > 60.0, "{:?}", trained.metrics);
}

#[test]
fn languages_without_spaces_are_learnt() {
    let names = ["田中太郎", "佐藤花子", "鈴木一郎", "高橋美咲"];
    let mut settings = Settings::new(Language::Ja, Types::new(["社員"]).expect("a type"));
    settings.minimum.text = 0;
    let mut trainer = Trainer::annotated(settings);
    for number in 0..120_usize {
        let name = names[number % 4];
        let (before, after) = [("昨日、社員の", "が東京へ行きました。"), ("部長は", "さんを呼んだ。")][number / 4 % 2];
        let start = before.chars().count() as u32;
        let span = Span {
            start,
            end: start + 4,
            kind: 0,
        };
        trainer
            .add(&format!("{before}{name}{after}{number}"), &[span])
            .expect("a sound document");
    }
    let trained = train(trainer);
    let text = "昨日、社員の山田直樹が東京へ行きました。";
    assert_eq!(found(&trained.model, text), pairs(&[("社員", "山田直樹")]));
}

/// Text of words, names, digits, marks and line breaks in several scripts.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[A-Z][a-z]{1,8} ",
        "[a-z]{1,8}[,.;]? ",
        "[0-9]{1,4}[-/.:]?",
        "[\u{4e00}-\u{4e40}\u{3041}-\u{3060}\u{620}-\u{64a}]{1,4}",
        Just("by engineer Nikki Wolf ".to_owned()),
        Just("\n\n".to_owned()),
        "\\PC{0,3}",
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_read(first in text(), second in text()) {
        let model = &TRAINED.model;
        let (mut scratch, mut entities) = (Scratch::default(), Vec::new());
        model.analyze(&mut scratch, &first, &mut entities);
        let mut free_from = 0;
        for entity in &entities {
            prop_assert!(free_from <= entity.byte_start && entity.byte_start < entity.byte_end);
            prop_assert_eq!(first[..entity.byte_start].chars().count(), entity.start);
            prop_assert_eq!(first[..entity.byte_end].chars().count(), entity.end);
            prop_assert!((0.0..=1.0).contains(&entity.score));
            prop_assert!(usize::from(entity.kind) < model.types().len());
            free_from = entity.byte_end;
        }
        // Memory used before changes nothing.
        let mut again = Vec::new();
        model.analyze(&mut scratch, &second, &mut again);
        model.analyze(&mut Scratch::default(), &second, &mut entities);
        prop_assert_eq!(again, entities);
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..100), body in any::<bool>()) {
        let bytes = if body { [b"CNSTCER\0".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(Model::from_bytes(&bytes, &RESOURCES).is_err());
    }
}
