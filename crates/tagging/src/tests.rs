//! Training and tagging together, on texts made for it.

use std::ops::ControlFlow;

use construe_learn::{Features, LabelSet, Labels, Settings};
use construe_text::Language;
use proptest::prelude::*;

use crate::document::Buffers;
use crate::model::features_of;
use crate::{
    Case, CorpusBuilder, Document, Error, Example, Found, FoundTokens, Knowledge, Marks, Model, NoKnowledge, Scratch,
    WordFeatures, train,
};

const NAMES: [&str; 6] = ["Anna", "Boris", "Chloé", "Dev", "Elif", "Fatou"];
const PLACES: [&str; 4] = ["Bergen", "Kyoto", "Łódź", "São Paulo"];

fn labels() -> Labels {
    Labels::new(["PERSON", "PLACE"]).expect("two names")
}

/// Sentences that say who went where.
fn examples() -> Vec<Example<'static>> {
    let mut examples = Vec::new();
    for (number, name) in NAMES.iter().enumerate() {
        for place in PLACES {
            for (verb, tail) in [("went to", "."), ("wrote from", " yesterday."), ("likes", ", too.")] {
                let text = format!("Then {name} {verb} {place}{tail}");
                let at = |part: &str| {
                    let byte = text.find(part).expect("it is in the text");
                    let start = text[..byte].chars().count();
                    start..start + part.chars().count()
                };
                let label = |name: &str| labels().find(name).expect("a label");
                let spans = vec![(at(name), label("PERSON")), (at(place), label("PLACE"))];
                examples.push(Example {
                    spans,
                    ignore: Vec::new(),
                    // Some sources mark people only.
                    covers: if number % 3 == 2 {
                        label("PERSON").into()
                    } else {
                        labels().all()
                    },
                    weight: 1.0,
                    text: text.into(),
                });
            }
        }
    }
    examples
}

/// Knows that long words are long, and marks what stands in brackets.
struct Toy;

impl Knowledge for Toy {
    type Scratch = usize;

    fn schema(&self) -> &str {
        "toy"
    }

    fn word(&self, surface: &str, folded: &str, out: &mut WordFeatures) {
        out.own(1, surface.len() as u64);
        out.near(2, folded.len() as u64);
        out.wide(3, u64::from(folded.len() > 5));
        out.set_class(1 + folded.len() as u64 % 3);
    }

    fn passages(&self, scratch: &mut usize, document: &Document<'_>, out: &mut Marks) {
        *scratch += 1;
        for token in 0..document.tokens.len() {
            if document.token(token) == "(" {
                out.add(token..token + 2, 7);
                out.feature(token, 4, 1);
            }
        }
    }
}

fn model<K: Knowledge>(language: Language, knowledge: &K) -> Model {
    let mut training = CorpusBuilder::new(language, labels(), knowledge);
    for example in examples() {
        training.add(&example).expect("a good example");
        training
            .add(&example.recased(Case::Lower, 0.5))
            .expect("a good example");
    }
    let held_out = CorpusBuilder::new(language, labels(), knowledge);
    let settings = Settings {
        min_count: 1,
        epochs: 4,
        l2: 0.1,
        ..Settings::default()
    };
    let (model, _) = train(&training, &held_out, &settings, |_| ControlFlow::Continue(())).expect("it trains");
    model
}

fn found(model: &Model, text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    model.analyze(&NoKnowledge, &mut Scratch::default(), text, &mut found);
    found
}

#[test]
fn learns_what_the_examples_say() {
    let model = model(Language::En, &NoKnowledge);
    let text = "Then Boris went to São Paulo. Then Greta wrote from Kyoto yesterday.";
    let surfaces: Vec<(&str, &str)> = found(&model, text)
        .iter()
        .map(|found| {
            (
                model.labels().name(found.label),
                &text[found.byte_start..found.byte_end],
            )
        })
        .collect();
    let expected = [
        ("PERSON", "Boris"),
        ("PLACE", "São Paulo"),
        ("PERSON", "Greta"),
        ("PLACE", "Kyoto"),
    ];
    assert_eq!(surfaces, expected);
    let kyoto = found(&model, text)[3];
    assert_eq!(text[..kyoto.byte_start].chars().count(), kyoto.start);
}

#[test]
fn trains_bit_for_bit_and_survives_the_file() {
    let (first, second) = (model(Language::En, &NoKnowledge), model(Language::En, &NoKnowledge));
    let bytes = first.to_bytes();
    assert_eq!(bytes, second.to_bytes());
    let read = Model::from_bytes(&bytes, &NoKnowledge).expect("its own file");
    assert_eq!(read.language(), Language::En);
    let text = "Then Anna likes Bergen, too.";
    assert_eq!(found(&read, text), found(&first, text));
    assert!(matches!(Model::from_bytes(&bytes, &Toy), Err(Error::Schema { .. })));
}

#[test]
fn spans_outside_the_text_are_refused() {
    let mut builder = CorpusBuilder::new(Language::En, labels(), &NoKnowledge);
    let label = labels().find("PERSON").expect("a label");
    for range in [3..9, 2..2] {
        let example = Example {
            text: "Anna".into(),
            spans: vec![(range, label)],
            ignore: Vec::new(),
            covers: LabelSet::EMPTY,
            weight: 1.0,
        };
        assert!(matches!(builder.add(&example), Err(Error::Span { .. })));
    }
}

#[test]
fn unknown_ranges_give_way_to_spans() {
    let mut builder = CorpusBuilder::new(Language::En, labels(), &NoKnowledge);
    let label = labels().find("PERSON").expect("a label");
    let example = Example {
        text: "one two three four five".into(),
        spans: vec![(4..7, label)],
        ignore: vec![0..13, 8..18],
        covers: labels().all(),
        weight: 1.0,
    };
    builder.add(&example).expect("a good example");
    let (_, annotation) = builder.corpus().iter().next().expect("one sentence");
    assert_eq!(annotation.unknown, [0..1, 2..3, 3..4]);
    assert!(!annotation.judges(3, 5, label) && annotation.judges(4, 5, label));
}

/// The spans of a text by way of the features that training sees.
fn by_features<K: Knowledge>(model: &Model, knowledge: &K, document: &Document<'_>) -> Vec<FoundTokens> {
    let mut scratch: Scratch<K> = Scratch::default();
    scratch.inner.mark(knowledge, document);
    let mut memory = construe_learn::Scratch::default();
    let mut found = Vec::new();
    for sentence in document.sentences {
        let mut features = Features::new();
        features_of(knowledge, &mut scratch.inner, document, sentence.clone(), &mut features);
        found.extend(
            model
                .tagger()
                .tag(&features, &mut memory)
                .iter()
                .map(|span| FoundTokens {
                    start: sentence.start + span.start,
                    end: sentence.start + span.end,
                    label: span.label,
                    probability: span.probability,
                    score: span.score,
                }),
        );
    }
    found
}

/// Sentences near enough to the examples that something is found.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(NAMES.to_vec()).prop_map(|name| format!("{name} ")),
        proptest::sample::select(PLACES.to_vec()).prop_map(|place| format!("{place} ")),
        proptest::sample::select(vec![
            "went to ",
            "(",
            ") ",
            "likes ",
            "Then ",
            ". ",
            "THEN ",
            "東京へ",
            "서울에서 "
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z]{1,30} ",
        "\\PC{0,4}",
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Sums of words that are kept, whichever were there before, are the sums that training saw.
    #[test]
    fn kept_words_and_plain_features_agree(texts in proptest::collection::vec(text(), 1..4)) {
        static MODELS: std::sync::LazyLock<[Model; 2]> =
            std::sync::LazyLock::new(|| [model(Language::En, &Toy), model(Language::Ja, &Toy)]);
        for model in MODELS.iter() {
            let (mut buffers, mut scratch) = (Buffers::default(), Scratch::default());
            let mut found = Vec::new();
            for text in &texts {
                let document = buffers.read(text, model.language());
                model.tag(&Toy, &mut scratch, &document, &mut found);
                prop_assert_eq!(&found, &by_features(model, &Toy, &document));
            }
            prop_assert_eq!(*scratch.knowledge(), texts.len());
        }
    }
}
