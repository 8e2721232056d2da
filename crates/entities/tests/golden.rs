//! Texts with the entities that must be found in them. The sentences were written for this test.

use std::sync::LazyLock;

use construe_entities::{Engine, Entity, Language};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the engine loads"));

fn analyze(text: &str, language: Language) -> Vec<Entity> {
    let mut entities = Vec::new();
    ENGINE.analyze(&mut ENGINE.scratch(), text, language, &mut entities);
    entities
}

/// Entities as their type and the text that they cover.
fn found(text: &str, language: Language) -> Vec<(&'static str, &str)> {
    analyze(text, language)
        .iter()
        .map(|entity| (entity.kind.name(), &text[entity.byte_start..entity.byte_end]))
        .collect()
}

#[test]
fn english_sentences() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        (
            "Angela Merkel met Emmanuel Macron in Berlin on 14 March 2017.",
            &[
                ("PERSON", "Angela Merkel"),
                ("PERSON", "Emmanuel Macron"),
                ("LOCATION", "Berlin"),
                ("DATE", "14 March 2017"),
            ],
        ),
        (
            "Microsoft bought the company for $7.5 billion.",
            &[("ORGANIZATION", "Microsoft"), ("QUANTITY", "$7.5 billion")],
        ),
        (
            "She studied at the University of Oxford and later moved to Canada.",
            &[("ORGANIZATION", "University of Oxford"), ("LOCATION", "Canada")],
        ),
        (
            "The ship reached New York on Tuesday.",
            &[("LOCATION", "New York"), ("DATE", "Tuesday")],
        ),
        (
            "Her cousin Mary Thompson works for the United Nations in Geneva.",
            &[
                ("PERSON", "Mary Thompson"),
                ("ORGANIZATION", "United Nations"),
                ("LOCATION", "Geneva"),
            ],
        ),
        ("The soup needs more salt and a little patience.", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text, Language::En), *expected, "{text}");
    }
}

#[test]
fn case_of_the_text_does_not_hide_well_known_names() {
    for text in [
        "angela merkel flew to paris on monday",
        "ANGELA MERKEL FLEW TO PARIS ON MONDAY",
        "Angela Merkel flew to Paris on Monday",
    ] {
        let kinds: Vec<_> = found(text, Language::En)
            .into_iter()
            .map(|(kind, surface)| (kind, surface.to_lowercase()))
            .collect();
        let expected = [("PERSON", "angela merkel"), ("LOCATION", "paris"), ("DATE", "monday")];
        assert_eq!(
            kinds,
            expected.map(|(kind, surface)| (kind, surface.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn offsets_count_code_points() {
    let text = "😀 «Łódź» — Angela Merkel";
    let entities = analyze(text, Language::En);
    let merkel = entities
        .iter()
        .find(|entity| &text[entity.byte_start..entity.byte_end] == "Angela Merkel")
        .expect("the name is found");
    assert_eq!((merkel.start, merkel.end), (11, 24));
    assert!((0.5..=1.0).contains(&merkel.score));
}

#[test]
fn scores_have_four_decimals() {
    for entity in analyze("Angela Merkel met Emmanuel Macron in Berlin.", Language::En) {
        let scaled = f64::from(entity.score) * 10_000.0;
        assert!((scaled - scaled.round()).abs() < 0.01, "{}", entity.score);
    }
}

#[test]
fn memory_of_all_languages_stays_within_its_bound() {
    for language in Language::ALL {
        ENGINE.prepare(language).expect("the model loads");
    }
    assert!(ENGINE.memory_usage() < 150 << 20, "{} bytes", ENGINE.memory_usage());
}
