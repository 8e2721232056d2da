//! Any text: no panic, offsets on boundaries, order, the same result however it is asked for.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use construe_entities::{Engine, Entity, Language};
use proptest::prelude::*;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the engine loads"));

fn analyze(text: &str, language: Language) -> Vec<Entity> {
    let mut entities = Vec::new();
    ENGINE.analyze(&mut ENGINE.scratch(), text, language, &mut entities);
    entities
}

fn check(text: &str, entities: &[Entity]) {
    let mut free_from = 0;
    for entity in entities {
        assert!(free_from <= entity.byte_start && entity.byte_start < entity.byte_end);
        assert!(text.is_char_boundary(entity.byte_start) && text.is_char_boundary(entity.byte_end));
        assert_eq!(text[..entity.byte_start].chars().count(), entity.start);
        assert_eq!(text[..entity.byte_end].chars().count(), entity.end);
        assert!((0.0..=1.0).contains(&entity.score));
        free_from = entity.byte_end;
    }
}

fn language() -> impl Strategy<Value = Language> {
    (0..Language::ALL.len()).prop_map(|index| Language::ALL[index])
}

/// Text of words, names, digits, marks and line breaks in several scripts.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[A-Z][a-z]{1,8} ",
        "[a-z]{1,8}[,.;]? ",
        "[0-9]{1,4}[-/.:]?",
        "[\u{4e00}-\u{4e40}\u{3041}-\u{3060}\u{ac00}-\u{ac40}]{1,4}",
        "[\u{900}-\u{94f}\u{620}-\u{64a}]{1,5} ",
        Just("Angela Merkel ".to_owned()),
        Just("\n\n".to_owned()),
        "\\PC{0,3}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn offsets_are_sound(text in text(), language in language()) {
        check(&text, &analyze(&text, language));
    }

    #[test]
    fn any_text_is_read(text in any::<String>(), language in language()) {
        check(&text, &analyze(&text, language));
    }

    #[test]
    fn a_blank_paragraph_before_only_shifts(text in text(), language in language()) {
        // A text that begins with a line break has less of a paragraph before it.
        let text = text.trim_start();
        let shifted = analyze(&format!("\n\n{text}"), language);
        let expected: Vec<Entity> = analyze(text, language)
            .into_iter()
            .map(|entity| Entity {
                start: entity.start + 2,
                end: entity.end + 2,
                byte_start: entity.byte_start + 2,
                byte_end: entity.byte_end + 2,
                ..entity
            })
            .collect();
        prop_assert_eq!(shifted, expected);
    }

    #[test]
    fn memory_used_before_changes_nothing(first in text(), second in text(), language in language()) {
        let mut scratch = ENGINE.scratch();
        let mut entities = Vec::new();
        ENGINE.analyze(&mut scratch, &first, language, &mut entities);
        ENGINE.analyze(&mut scratch, &second, language, &mut entities);
        prop_assert_eq!(entities, analyze(&second, language));
    }
}

#[test]
fn threads_agree() {
    let text = "Angela Merkel met Emmanuel Macron in Berlin on 14 March 2017. ".repeat(50);
    let expected = analyze(&text, Language::En);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(analyze(&text, Language::En), expected));
        }
    });
}

#[test]
fn long_documents_are_read_to_their_end() {
    let sentence = "Angela Merkel flew to Berlin on Monday. ";
    let count = 5000;
    let text = sentence.repeat(count);
    let entities = analyze(&text, Language::En);
    check(&text, &entities);
    let merkels = entities
        .iter()
        .filter(|entity| &text[entity.byte_start..entity.byte_end] == "Angela Merkel");
    // Cuts between pieces may fall into a sentence: 200 000 bytes have a handful of them.
    assert!(merkels.count() >= count - 10);
    assert!(entities.last().expect("entities").byte_end > text.len() - sentence.len());
}

/// Time that an analysis takes, the best of so many.
fn duration(text: &str, language: Language, runs: usize) -> Duration {
    let run = || {
        let start = Instant::now();
        check_order(&analyze(text, language));
        start.elapsed()
    };
    (0..runs).map(|_| run()).min().expect("at least one run")
}

fn check_order(entities: &[Entity]) {
    assert!(entities.windows(2).all(|pair| pair[0].byte_end <= pair[1].byte_start));
}

#[test]
fn hostile_texts_take_linear_time() {
    for unit in [
        "a", "A", "7", "(", "\"", ".", "-", "\u{301}", "東", "가", "क", "ا", "A-", "Aa ", "1,", "\n", " ",
    ] {
        for language in [Language::En, Language::Ja, Language::Ar] {
            let text = |bytes: usize| unit.repeat(bytes / unit.len());
            let short = duration(&text(1 << 17), language, 3);
            let long = duration(&text(1 << 20), language, 1);
            // Eight times as long; far more would be more than linear. The machine may be busy.
            let bound = short * 8 * 6 + Duration::from_millis(200);
            assert!(long < bound, "{unit:?} in {language:?}: {short:?}, then {long:?}");
        }
    }
}
