//! Notes written for this test: what the engine finds, links and asserts in them.

use construe_medical::{Analysis, Engine, Entity, TraitName, Type};

fn analyzed(text: &str) -> Analysis {
    let engine = Engine::load().expect("the engine loads");
    let mut analysis = Analysis::new();
    engine.analyze_entities(&mut engine.scratch(), text, &mut analysis);
    analysis
}

fn surface<'t>(text: &'t str, entity: &Entity) -> &'t str {
    &text[entity.byte_start..entity.byte_end]
}

/// The entity at `words`; its code points must say the same as its bytes.
fn entity<'a>(text: &str, analysis: &'a Analysis, words: &str, kind: Type) -> &'a Entity {
    let found = analysis
        .entities
        .iter()
        .find(|entity| entity.kind == kind && surface(text, entity) == words)
        .unwrap_or_else(|| panic!("{words:?} is found as {kind}"));
    assert_eq!(text[..found.byte_start].chars().count(), found.start);
    assert_eq!(text[..found.byte_end].chars().count(), found.end);
    found
}

fn traits(entity: &Entity) -> Vec<TraitName> {
    entity.traits.iter().map(|found| found.name).collect()
}

fn attributes(text: &str, entity: &Entity) -> Vec<(String, Type)> {
    entity
        .attributes
        .iter()
        .map(|attribute| {
            (
                text[attribute.byte_start..attribute.byte_end].to_owned(),
                attribute.kind,
            )
        })
        .collect()
}

#[test]
fn doses_belong_to_their_medicines() {
    let text = "Meds: Vyvanse 50 mgs po at breakfast daily, Clonidine 0.2 mgs - 1 and 1/2 tabs po qhs.";
    let analysis = analyzed(text);
    let attribute = |words: &str, kind: Type| (words.to_owned(), kind);
    assert_eq!(
        attributes(text, entity(text, &analysis, "Vyvanse", Type::BrandName)),
        [
            attribute("50 mgs", Type::Dosage),
            attribute("po", Type::RouteOrMode),
            attribute("at breakfast daily", Type::Frequency),
        ]
    );
    assert_eq!(
        attributes(text, entity(text, &analysis, "Clonidine", Type::GenericName)),
        [
            attribute("0.2 mgs", Type::Strength),
            attribute("1 and 1/2", Type::Dosage),
            attribute("tabs", Type::Form),
            attribute("po", Type::RouteOrMode),
            attribute("qhs", Type::Frequency),
        ]
    );
}

#[test]
fn results_belong_to_their_tests() {
    let text = "BP 145/88 mmHg, WBC 14.2 K/uL, troponin negative.";
    let analysis = analyzed(text);
    for (test, value, unit) in [
        ("BP", "145/88", Some("mmHg")),
        ("WBC", "14.2", Some("K/uL")),
        ("troponin", "negative", None),
    ] {
        let mut expected = vec![(value.to_owned(), Type::TestValue)];
        expected.extend(unit.map(|unit| (unit.to_owned(), Type::TestUnit)));
        assert_eq!(
            attributes(text, entity(text, &analysis, test, Type::TestName)),
            expected
        );
    }
}

#[test]
fn the_context_decides_about_traits() {
    let cases = [
        (
            "He denies chest pain.",
            "chest pain",
            Type::DxName,
            Some(TraitName::Negation),
        ),
        (
            "No evidence of pneumonia, but he has asthma.",
            "asthma",
            Type::DxName,
            None,
        ),
        (
            "No evidence of pneumonia, but he has asthma.",
            "pneumonia",
            Type::DxName,
            Some(TraitName::Negation),
        ),
        (
            "Pneumonia was ruled out.",
            "Pneumonia",
            Type::DxName,
            Some(TraitName::Negation),
        ),
        (
            "Mother died of breast cancer.",
            "breast cancer",
            Type::DxName,
            Some(TraitName::PertainsToFamily),
        ),
        (
            "FAMILY HISTORY: diabetes.",
            "diabetes",
            Type::DxName,
            Some(TraitName::PertainsToFamily),
        ),
        (
            "Possible pneumonia.",
            "pneumonia",
            Type::DxName,
            Some(TraitName::LowConfidence),
        ),
        (
            "Return if you develop fever.",
            "fever",
            Type::DxName,
            Some(TraitName::Hypothetical),
        ),
        (
            "Will undergo colonoscopy.",
            "colonoscopy",
            Type::TestName,
            Some(TraitName::Future),
        ),
        (
            "Stop warfarin.",
            "warfarin",
            Type::GenericName,
            Some(TraitName::Negation),
        ),
        (
            "Failed sertraline.",
            "sertraline",
            Type::GenericName,
            Some(TraitName::PastHistory),
        ),
    ];
    for (text, words, kind, expected) in cases {
        let analysis = analyzed(text);
        let context: Vec<TraitName> = traits(entity(text, &analysis, words, kind))
            .into_iter()
            .filter(|name| !matches!(name, TraitName::Diagnosis | TraitName::Sign | TraitName::Symptom))
            .collect();
        assert_eq!(context, Vec::from_iter(expected), "{text}");
    }
}

#[test]
fn times_are_typed_by_what_they_date() {
    let text = "Status post CABG in April 2019.";
    let analysis = analyzed(text);
    let time = entity(text, &analysis, "April 2019", Type::TimeToProcedureName);
    assert_eq!(attributes(text, time), [("CABG".to_owned(), Type::ProcedureName)]);
    entity(text, &analysis, "April 2019", Type::Date);
}

#[test]
fn identifying_information_is_found() {
    let text = "Patient: Jane Doe-Hernández, DOB 03/14/1951, MRN 4482913.\n\
        Mrs. Hernández is a 72 yo retired teacher who lives at 48 Oak Street, Dayton, OH 45402.\n\
        Call (555) 201-7788 or write to jane.doe@mail.example.org. Seen by Dr. Park on Tuesday.";
    let engine = Engine::load().expect("the engine loads");
    let mut found = Vec::new();
    engine.analyze_phi(&mut engine.scratch(), text, &mut found);
    let found: Vec<(&str, Type)> = found
        .iter()
        .map(|entity| (surface(text, entity), entity.kind))
        .collect();
    for expected in [
        ("Jane Doe-Hernández", Type::Name),
        ("03/14/1951", Type::Date),
        ("4482913", Type::Id),
        ("Hernández", Type::Name),
        ("72", Type::Age),
        ("48 Oak Street, Dayton, OH 45402", Type::Address),
        ("(555) 201-7788", Type::PhoneOrFax),
        ("jane.doe@mail.example.org", Type::Email),
        ("Park", Type::Name),
        ("Tuesday", Type::Date),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
}

#[test]
fn fields_of_a_head_are_no_tests() {
    let text = "Patient: Beatrice Lindqvist, DOB 03/14/1951, MRN 0048213";
    let analysis = analyzed(text);
    let found: Vec<(&str, Type)> = analysis
        .entities
        .iter()
        .map(|entity| (surface(text, entity), entity.kind))
        .collect();
    assert_eq!(
        found,
        [
            ("Beatrice Lindqvist", Type::Name),
            ("03/14/1951", Type::Date),
            ("0048213", Type::Id)
        ]
    );
}

#[test]
fn the_engine_is_small() {
    let engine = Engine::load().expect("the engine loads");
    let mut scratch = engine.scratch();
    engine.analyze_entities(
        &mut scratch,
        &include_str!("fixtures/notes.txt").repeat(50),
        &mut Analysis::new(),
    );
    let (engine, scratch) = (engine.memory_usage() >> 20, scratch.memory_usage() >> 20);
    assert!(
        engine < 64 && scratch < 32,
        "{engine} MiB loaded, {scratch} MiB to work in"
    );
}
