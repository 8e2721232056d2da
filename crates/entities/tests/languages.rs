//! A few sentences in each language other than English, with entities that must be found. Written for this test.

use construe_entities::{Engine, Language};

/// A language, a text of it, and entities that it must hold: their types and surfaces.
type Case = (Language, &'static str, &'static [(&'static str, &'static str)]);

#[test]
fn well_known_names_are_found_in_every_language() {
    let engine = Engine::load().expect("the engine loads");
    let mut scratch = engine.scratch();
    let mut entities = Vec::new();
    let cases: &[Case] = &[
        (
            Language::Es,
            "El presidente Pedro Sánchez viajó a Madrid el 3 de marzo de 2021.",
            &[
                ("PERSON", "Pedro Sánchez"),
                ("LOCATION", "Madrid"),
                ("DATE", "3 de marzo de 2021"),
            ],
        ),
        (
            Language::Fr,
            "Emmanuel Macron a visité la ville de Lyon avec Angela Merkel.",
            &[
                ("PERSON", "Emmanuel Macron"),
                ("LOCATION", "Lyon"),
                ("PERSON", "Angela Merkel"),
            ],
        ),
        (
            Language::De,
            "Angela Merkel wohnt in Berlin und arbeitete früher für die Siemens AG.",
            &[
                ("PERSON", "Angela Merkel"),
                ("LOCATION", "Berlin"),
                ("ORGANIZATION", "Siemens AG"),
            ],
        ),
        (
            Language::It,
            "Mario Rossi è nato a Roma nel 1975.",
            &[("PERSON", "Mario Rossi"), ("LOCATION", "Roma")],
        ),
        (
            Language::Pt,
            "O ministro João Silva chegou a Lisboa e falou com jornalistas em Portugal.",
            &[
                ("PERSON", "João Silva"),
                ("LOCATION", "Lisboa"),
                ("LOCATION", "Portugal"),
            ],
        ),
        (
            Language::Ar,
            "زار الرئيس محمود عباس مدينة القاهرة في مصر",
            &[("PERSON", "محمود عباس"), ("LOCATION", "مصر")],
        ),
        (
            Language::Hi,
            "राहुल गांधी दिल्ली से मुंबई गए।",
            &[("PERSON", "राहुल गांधी"), ("LOCATION", "दिल्ली"), ("LOCATION", "मुंबई")],
        ),
        (
            Language::Ja,
            "安倍晋三は2015年に東京でトヨタの社長と会った。",
            &[("PERSON", "安倍晋三"), ("DATE", "2015年"), ("LOCATION", "東京")],
        ),
        (
            Language::Ko,
            "문재인 대통령은 서울에서 삼성전자 직원들을 만났다.",
            &[("PERSON", "문재인"), ("LOCATION", "서울"), ("ORGANIZATION", "삼성전자")],
        ),
        (
            Language::Zh,
            "他在北京大学学习，后来去了美国。",
            &[("ORGANIZATION", "北京大学"), ("LOCATION", "美国")],
        ),
        (
            Language::ZhTw,
            "他出生於臺北市，後來去了日本。",
            &[("LOCATION", "臺北市"), ("LOCATION", "日本")],
        ),
    ];
    let mut missing = Vec::new();
    for (language, text, expected) in cases {
        engine.analyze(&mut scratch, text, *language, &mut entities);
        let found: Vec<_> = entities
            .iter()
            .map(|entity| (entity.kind.name(), &text[entity.byte_start..entity.byte_end]))
            .collect();
        for entity in entities.iter() {
            let surface: String = text
                .chars()
                .skip(entity.start)
                .take(entity.end - entity.start)
                .collect();
            assert_eq!(surface, text[entity.byte_start..entity.byte_end], "{text}");
        }
        if let Some(lost) = expected.iter().find(|entity| !found.contains(entity)) {
            missing.push(format!("{}: {lost:?} of {text} in {found:?}", language.code()));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
