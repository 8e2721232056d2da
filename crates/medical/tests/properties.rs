//! What holds for every text, whatever it says.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use construe_medical::{Analysis, Engine};
use proptest::prelude::*;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the engine loads"));

/// Findings lie in the text, on character boundaries, in order, with scores from 0 to 1 and offsets that agree.
fn check(text: &str, analysis: &Analysis) {
    let check_place = |start: usize, end: usize, byte_start: usize, byte_end: usize| {
        assert!(byte_start < byte_end);
        assert_eq!(text[..byte_start].chars().count(), start);
        assert_eq!(text[byte_start..byte_end].chars().count(), end - start);
    };
    for entity in &analysis.entities {
        check_place(entity.start, entity.end, entity.byte_start, entity.byte_end);
        assert!((0.0..=1.0).contains(&entity.score));
        for attribute in &entity.attributes {
            check_place(attribute.start, attribute.end, attribute.byte_start, attribute.byte_end);
            assert!((0.0..=1.0).contains(&attribute.relationship_score));
        }
    }
    for unmapped in &analysis.unmapped {
        let attribute = &unmapped.attribute;
        check_place(attribute.start, attribute.end, attribute.byte_start, attribute.byte_end);
    }
    assert!(analysis.entities.is_sorted_by_key(|entity| entity.byte_start));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_analyzed(text in any::<String>()) {
        let mut analysis = Analysis::new();
        ENGINE.analyze_entities(&mut ENGINE.scratch(), &text, &mut analysis);
        check(&text, &analysis);
    }

    #[test]
    fn identifying_information_is_in_order_and_apart(scraps in proptest::collection::vec(prop_oneof![
        Just("Dr. Ana Núñez "), Just("N-acetyl "), Just("45 years old "), Just("ages 3 and 5 "), Just("in June "),
        Just("10/2007 "), Just("MRN 448291 "), Just("lives in Gig Harbor, WA "), Just("x@example.org "), Just("\n"),
        Just("12 Oak Street, "), Just("New York "), Just("555-201-7788 "), Just("3, 4-, "), Just("year"), Just("-old "),
    ], 0..30)) {
        let text = scraps.concat();
        let mut phi = Vec::new();
        ENGINE.analyze_phi(&mut ENGINE.scratch(), &text, &mut phi);
        prop_assert!(phi.windows(2).all(|pair| pair[0].byte_end <= pair[1].byte_start));
        // The same findings are a part of the other analysis.
        let mut analysis = Analysis::new();
        ENGINE.analyze_entities(&mut ENGINE.scratch(), &text, &mut analysis);
        check(&text, &analysis);
        prop_assert!(phi.iter().all(|found| analysis.entities.contains(found)));
    }

    #[test]
    fn clinical_scraps_are_analyzed(scraps in proptest::collection::vec(prop_oneof![
        Just("no "), Just("fever"), Just("10 mg "), Just("1/2 "), Just("PO "), Just("q4-6h "), Just("\n\n"), Just("PMH: "),
        Just("mother "), Just("aspirin "), Just("("), Just(") "), Just("HIV"), Just("BP 120/80 "), Just(". "), Just(", "),
        Just("\u{b5}g"), Just("e\u{301}"), Just("left knee "), Just("in May 2019 "), Just("b.i.d."), Just("Dr. Ángela "),
        Just("for 2 weeks "), Just("x14 "), Just("%"), Just("and "), Just("-"), Just("555-201-7788 "), Just("smokes "),
    ], 0..40)) {
        let text = scraps.concat();
        let mut scratch = ENGINE.scratch();
        let mut analysis = Analysis::new();
        ENGINE.analyze_entities(&mut scratch, &text, &mut analysis);
        check(&text, &analysis);
        // Working memory that has seen another text changes nothing.
        let mut again = Analysis::new();
        ENGINE.analyze_entities(&mut scratch, "Aspirin 81 mg daily for CAD.", &mut again);
        ENGINE.analyze_entities(&mut scratch, &text, &mut again);
        prop_assert_eq!(analysis, again);
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    for unit in [
        "a", "1", "(", "\u{301}", "東", "no ", "mg ", "10 mg ", "q", "b.", "a-", "fever, ", "MI (", "\n", "1/",
        "mother ", "0.",
    ] {
        let text = unit.repeat(400_000 / unit.len());
        let start = Instant::now();
        let mut analysis = Analysis::new();
        ENGINE.analyze_entities(&mut ENGINE.scratch(), &text, &mut analysis);
        let mut phi = Vec::new();
        ENGINE.analyze_phi(&mut ENGINE.scratch(), &text, &mut phi);
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{unit:?} takes {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn a_blank_paragraph_in_front_only_moves_findings() {
    let text = "67 yo man with CAD. Denies chest pain.\nAspirin 81 mg daily; Lipitor 40 mg at bedtime.";
    let moved = format!("\n\n{text}");
    let (mut plain, mut shifted) = (Analysis::new(), Analysis::new());
    ENGINE.analyze_entities(&mut ENGINE.scratch(), text, &mut plain);
    ENGINE.analyze_entities(&mut ENGINE.scratch(), &moved, &mut shifted);
    assert!(plain.entities.len() > 5);
    assert_eq!(plain.entities.len(), shifted.entities.len());
    for (before, after) in plain.entities.iter().zip(&shifted.entities) {
        assert_eq!(
            (before.kind, before.start + 2, before.end + 2),
            (after.kind, after.start, after.end)
        );
        assert_eq!(before.traits, after.traits);
    }
}
