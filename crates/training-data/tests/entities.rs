//! Training data of recognisers: entity lists, annotations, manifests.

use construe_training_data::entities::annotations::{Annotations, Documents};
use construe_training_data::entities::{Manifest, Span, Types, list};
use construe_training_data::{DataError, Rule, Source};
use proptest::prelude::*;

fn types() -> Types {
    Types::new(["ENGINEER", "MANAGER"]).unwrap()
}

fn fault<T>(result: Result<T, DataError>) -> (u64, Rule) {
    match result {
        Err(DataError::Invalid { line, rule }) => (line, rule),
        Err(DataError::Read(error)) => panic!("{error}"),
        Ok(_) => panic!("it was read"),
    }
}

#[test]
fn types_follow_the_apis_rules() {
    assert_eq!(types().find("MANAGER"), Some(1));
    assert_eq!(types().find("manager"), None);
    assert_eq!(Types::new(["A", "A"]).unwrap().len(), 1);
    for bad in ["", "A,B", "A\tB", "A\\nB", " A", &"A".repeat(65)] {
        assert_eq!(Types::new([bad]), Err(Rule::EntityType), "{bad:?}");
    }
    let many = |count: usize| Types::new((0..count).map(|n| format!("T{n}")));
    assert!(many(25).is_ok());
    assert_eq!(many(26), Err(Rule::TooManyTypes { limit: 25 }));
    assert_eq!(many(0), Err(Rule::EntityType));
}

#[test]
fn the_guides_own_list_is_read() {
    let text = "Text, Type\nJo Brown, ENGINEER\nJohn Doe, ENGINEER\nJane Smith, MANAGER\n";
    let list = list::read(text.as_bytes(), &types()).unwrap();
    let expected = [("Jo Brown", 0), ("John Doe", 0), ("Jane Smith", 1)];
    assert_eq!(list.entities, expected.map(|(text, kind)| (text.to_owned(), kind)));
    assert!(list.warnings.is_empty());
    assert!(!format!("{list:?}").contains("Brown"));
}

#[test]
fn lists_with_faults() {
    let read = |text: &str| list::read(text.as_bytes(), &types());
    for header in ["", "Jo Brown,ENGINEER\n", "Text\n", "Text,Type,More\n"] {
        let expected = "Text,Type";
        assert_eq!(fault(read(header)), (1, Rule::Header { expected }), "{header:?}");
    }
    assert_eq!(
        fault(read("type,text\nMANAGER,\n")),
        (2, Rule::EntityText { limit: 5000 })
    );
    assert_eq!(fault(read("Text,Type\na,\n")), (2, Rule::EntityType));
    assert_eq!(
        fault(read("Text,Type\na,MANAGER,b\n")),
        (2, Rule::Columns { expected: "2" })
    );
    let text = "Text,Type\na,MANAGER\na,ENGINEER\na,MANAGER\nb,CLERK\nA,ENGINEER\n";
    let list = read(text).unwrap();
    assert_eq!(list.entities, [("a".to_owned(), 1), ("A".to_owned(), 0)]);
    assert_eq!((list.warnings.contradictions, list.warnings.other_types), (1, 1));
}

const DOCUMENTS: [&str; 4] = [
    "Diego Ramirez is an engineer in the high tech industry.",
    "Emilio Johnson has been an engineer for 14 years.",
    "J Doe is a judge on the Washington Supreme Court.",
    "Our latest new employee, Mateo Jackson, has been a manager in the industry for 4 years.",
];

fn surfaces<'t>(text: &'t str, spans: &[Span]) -> Vec<&'t str> {
    let at = |offset: u32| {
        text.char_indices()
            .nth(offset as usize)
            .map_or(text.len(), |(at, _)| at)
    };
    spans.iter().map(|span| &text[at(span.start)..at(span.end)]).collect()
}

#[test]
fn the_guides_own_annotations_are_read() {
    let text = "File, Line, Begin Offset, End Offset, Type
documents.txt, 0, 0, 13, ENGINEER
documents.txt, 1, 0, 14, ENGINEER
documents.txt, 3, 25, 38, MANAGER
";
    let mut annotations = Annotations::read(text.as_bytes(), &types(), Documents::Lines).unwrap();
    let mut found = Vec::new();
    for (line, text) in (0..).zip(DOCUMENTS) {
        let spans = annotations.of("test-files/documents.txt", line, text).unwrap();
        found.extend(surfaces(text, &spans));
    }
    assert_eq!(found, ["Diego Ramirez", "Emilio Johnson", "Mateo Jackson"]);
    assert!(annotations.warnings().is_empty());
    assert_eq!(annotations.len(), 3);
}

#[test]
fn annotations_of_whole_files_have_no_line() {
    let text = "File,Begin Offset,End Offset,Type\nb/a.txt,4,5,MANAGER\na.txt,0,1,ENGINEER\nc.txt,0,1,ENGINEER\n";
    let mut annotations = Annotations::read(text.as_bytes(), &types(), Documents::Files).unwrap();
    let document = "é\n日本語";
    // The longer name wins, and the number of a line means nothing.
    let spans = annotations.of("in/b/a.txt", 7, document).unwrap();
    assert_eq!(surfaces(document, &spans), ["語"]);
    let spans = annotations.of("in/d/a.txt", 0, document).unwrap();
    assert_eq!(surfaces(document, &spans), ["é"]);
    assert_eq!(annotations.warnings().without_document, 1);
}

#[test]
fn overlaps_keep_the_longest_of_the_first() {
    let text = "File,Line,Begin Offset,End Offset,Type
d,0,4,9,MANAGER\nd,0,0,5,ENGINEER\nd,0,0,13,ENGINEER\nd,0,0,13,ENGINEER\nd,0,14,16,CLERK\n";
    let mut annotations = Annotations::read(text.as_bytes(), &types(), Documents::Lines).unwrap();
    let spans = annotations.of("d", 0, DOCUMENTS[0]).unwrap();
    assert_eq!(surfaces(DOCUMENTS[0], &spans), ["Diego Ramirez"]);
    let warnings = annotations.warnings();
    assert_eq!((warnings.overlaps, warnings.other_types), (2, 1));
}

#[test]
fn annotations_that_break_a_rule() {
    let read = |row: &str, documents| {
        let text = format!("File,Line,Begin Offset,End Offset,Type\n{row}\n");
        Annotations::read(text.as_bytes(), &types(), documents)
    };
    let lines = |row: &str| fault(read(row, Documents::Lines));
    assert_eq!(lines("d,0,5,5,MANAGER"), (2, Rule::OffsetOrder));
    assert_eq!(lines("d,0,-1,5,MANAGER"), (2, Rule::Number { column: "Begin Offset" }));
    assert_eq!(
        lines("d,0,1,99999999999,MANAGER"),
        (2, Rule::Number { column: "End Offset" })
    );
    assert_eq!(lines("d,,1,2,MANAGER"), (2, Rule::Number { column: "Line" }));
    assert_eq!(lines(",0,1,2,MANAGER"), (2, Rule::FileName));
    assert_eq!(lines("d,0,1,2,"), (2, Rule::EntityType));
    assert_eq!(lines("d,0,1,2"), (2, Rule::Columns { expected: "5" }));
    assert_eq!(fault(read("d,1,0,2,MANAGER", Documents::Files)), (2, Rule::LineInFile));
    assert!(read("d,0,0,2,MANAGER", Documents::Files).is_ok());
    let without_line = "File,Begin Offset,End Offset,Type\nd,0,2,MANAGER\n";
    let result = Annotations::read(without_line.as_bytes(), &types(), Documents::Lines);
    let expected = "File,Line,Begin Offset,End Offset,Type";
    assert_eq!(fault(result), (1, Rule::Header { expected }));

    let mut beyond = read("d,0,0,2,MANAGER\nd,0,50,56,MANAGER", Documents::Lines).unwrap();
    let length = DOCUMENTS[0].len();
    assert_eq!(
        fault(beyond.of("d", 0, DOCUMENTS[0])),
        (3, Rule::OffsetBeyondEnd { length })
    );
    let mut space = read("d,0,5,6,MANAGER", Documents::Lines).unwrap();
    assert_eq!(fault(space.of("d", 0, DOCUMENTS[0])), (2, Rule::OffsetsOfSpace));
}

#[test]
fn the_guides_own_manifest_is_read() {
    let text = r#"{"source":"Diego Ramirez is an engineer in the high tech industry.","Demo":{"annotations":{"entities":[{"endOffset":13,"startOffset":0,"label":"ENGINEER"}],"labels":[{"label":"ENGINEER"}]}},"Demo-metadata":{"entities":[{"confidence":0.92}],"job-name":"labeling-job/demo","type":"groundtruth/text-span","human-annotated":"yes"}}
{"source-ref":"s3://bucket/two.txt","Demo":{"annotations":{"entities":[{"endOffset":9,"startOffset":7,"label":"MANAGER"},{"endOffset":5,"startOffset":0,"label":"CLERK"}]}}}
{"source":"Nobody.","Demo":{"annotations":{"entities":[]}}}"#;
    let types = types();
    let mut manifest = Manifest::new(text.as_bytes(), &["Demo".to_owned()], &types);
    let first = manifest.next_document().unwrap().unwrap();
    assert_eq!(
        first.spans,
        [Span {
            start: 0,
            end: 13,
            kind: 0
        }]
    );
    let second = manifest.next_document().unwrap().unwrap();
    assert_eq!(second.source, Source::Reference("s3://bucket/two.txt".to_owned()));
    assert!(second.check("1234567 9").is_ok());
    assert_eq!(fault(second.check("1234567")), (2, Rule::OffsetBeyondEnd { length: 7 }));
    assert!(manifest.next_document().unwrap().unwrap().spans.is_empty());
    assert!(manifest.next_document().unwrap().is_none());
    assert_eq!(manifest.warnings().other_types, 1);
}

#[test]
fn manifests_that_break_a_rule() {
    let read = |entity: &str| {
        let text = format!(r#"{{"source":"abc","D":{{"annotations":{{"entities":[{entity}]}}}}}}"#);
        let types = types();
        let mut manifest = Manifest::new(text.as_bytes(), &["D".to_owned()], &types);
        fault(manifest.next_document()).1
    };
    assert_eq!(
        read(r#"{"startOffset":2,"endOffset":2,"label":"MANAGER"}"#),
        Rule::OffsetOrder
    );
    assert_eq!(
        read(r#"{"startOffset":0,"endOffset":4,"label":"MANAGER"}"#),
        Rule::OffsetBeyondEnd { length: 3 }
    );
    for entity in [
        r#"{"startOffset":0,"label":"MANAGER"}"#,
        r#"{"startOffset":-1,"endOffset":1,"label":"A"}"#,
        "3",
    ] {
        assert!(matches!(read(entity), Rule::Attribute { .. }), "{entity}");
    }
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..120), rows in "[a,0-9\"\n]{0,80}") {
        let types = types();
        let _ = list::read(bytes.as_slice(), &types);
        for header in ["File,Line,Begin Offset,End Offset,Type\n", "Text,Type\n"] {
            let text = [header.as_bytes(), rows.as_bytes(), &bytes].concat();
            let _ = list::read(text.as_slice(), &types);
            if let Ok(mut annotations) = Annotations::read(text.as_slice(), &types, Documents::Lines) {
                let _ = annotations.of("a", 0, &rows);
            }
        }
        let mut manifest = Manifest::new(bytes.as_slice(), &["a".to_owned()], &types);
        while let Ok(Some(_)) = manifest.next_document() {}
    }
}
