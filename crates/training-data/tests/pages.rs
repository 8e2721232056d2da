//! Annotation files of pages: which words they have, and which of them are entities.

use construe_training_data::entities::Types;
use construe_training_data::entities::pages::{Page, PageAnnotations, PageManifest, Run};
use construe_training_data::{DataError, Rule};
use proptest::prelude::*;
use serde_json::{Value, json};

fn types() -> Types {
    Types::new(["PART", "MAKER"]).unwrap()
}

fn fault<T>(result: Result<T, DataError>) -> (u64, Rule) {
    match result {
        Err(DataError::Invalid { line, rule }) => (line, rule),
        Err(DataError::Read(error)) => panic!("{error}"),
        Ok(_) => panic!("it was read"),
    }
}

fn block(kind: &str, id: &str, text: &str, children: &[&str]) -> Value {
    json!({
        "BlockType": kind, "Id": id, "Text": text, "Page": 1,
        "Geometry": {"BoundingBox": {"Width": 0.1, "Top": 0.25, "Left": 0.5, "Height": 0.02}, "Polygon": []},
        "Relationships": [{"Type": "CHILD", "Ids": children}],
    })
}

/// Two lines of two words each, and one without words of its own.
fn blocks() -> Value {
    json!([
        block("LINE", "l0", "Bolt M8", &["w0", "w1"]),
        block("WORD", "w0", "Bolt", &[]),
        block("WORD", "w1", "M8", &[]),
        block("LINE", "l1", "of Zürich-Stahl", &["w2", "w3"]),
        block("WORD", "w2", "of", &[]),
        block("WORD", "w3", " Zürich-Stahl ", &[]),
        block("LINE", "l2", "und Söhne AG", &[]),
    ])
}

fn reference(block: &str, begin: u32, end: u32, children: &[(&str, u32, u32)]) -> Value {
    let children = children
        .iter()
        .map(|(id, begin, end)| json!({"ChildBlockId": id, "BeginOffset": begin, "EndOffset": end}));
    json!({
        "BlockId": block, "BeginOffset": begin, "EndOffset": end, "ChildBlocks": children.collect::<Vec<_>>(),
    })
}

fn file(entities: &Value) -> Vec<u8> {
    let file = json!({
        "Version": "2021-04-30", "DocumentType": "NativePDF",
        "DocumentMetadata": {"Pages": "1", "PageNumber": "1"},
        "Blocks": blocks(), "Entities": entities, "File": "a-1-ann.json",
    });
    file.to_string().into_bytes()
}

fn read(references: Value) -> Result<PageAnnotations, DataError> {
    let entity = json!([{"BlockReferences": references, "Text": "", "Type": "PART", "Score": 1}]);
    PageAnnotations::read(&file(&entity), &types())
}

fn run(first: usize, start: u32, last: usize, end: u32) -> Run {
    Run {
        first,
        start,
        last,
        end,
    }
}

#[test]
fn entities_are_where_their_blocks_are() {
    let whole_line = reference("l1", 0, 15, &[("w2", 0, 2), ("w3", 0, 12)]);
    for (references, runs) in [
        (json!([reference("l0", 5, 7, &[("w1", 0, 2)])]), vec![run(1, 0, 1, 2)]),
        // A part of a word.
        (json!([reference("l1", 3, 9, &[("w3", 0, 6)])]), vec![run(3, 0, 3, 6)]),
        (json!([whole_line]), vec![run(2, 0, 3, 12)]),
        // Over the end of a line, in any order of the references.
        (
            json!([whole_line, reference("l0", 5, 7, &[("w1", 1, 2)])]),
            vec![run(1, 1, 3, 12)],
        ),
        // With a word between.
        (
            json!([
                reference("l0", 0, 4, &[("w0", 0, 4)]),
                reference("l1", 0, 2, &[("w2", 0, 2)])
            ]),
            vec![run(0, 0, 0, 4), run(2, 0, 2, 2)],
        ),
        // Without words, by characters of the line; from a space on, the word after it is meant.
        (json!([reference("l2", 4, 12, &[])]), vec![run(5, 0, 6, 2)]),
        (json!([reference("l2", 3, 9, &[])]), vec![run(5, 0, 5, 5)]),
        (json!([reference("w3", 1, 4, &[])]), vec![run(3, 1, 3, 4)]),
        // What lies beyond the end is cut off.
        (json!([reference("l0", 5, 99, &[("w1", 0, 99)])]), vec![run(1, 0, 1, 2)]),
        (json!([reference("l0", 2, 99, &[])]), vec![run(0, 2, 1, 2)]),
    ] {
        let page = read(references.clone()).unwrap();
        assert_eq!(page.entities.len(), 1);
        assert_eq!(page.entities[0].runs, runs, "{references}");
    }
    let page = PageAnnotations::read(&file(&json!([])), &types()).unwrap();
    let lines: Vec<Vec<&str>> = page
        .lines()
        .map(|line| line.iter().map(|word| word.text.as_str()).collect())
        .collect();
    assert_eq!(
        lines,
        [
            vec!["Bolt", "M8"],
            vec!["of", "Zürich-Stahl"],
            vec!["und", "Söhne", "AG"]
        ]
    );
    assert_eq!(page.words()[0].bounds.map(|bounds| bounds.left), Some(0.5));
    assert!(!format!("{page:?}").contains("Bolt"), "texts are in no log");
}

#[test]
fn what_a_page_cannot_have_is_refused() {
    for references in [
        json!([]),
        json!([reference("none", 0, 1, &[])]),
        json!([reference("l0", 0, 4, &[("none", 0, 4)])]),
        json!([reference("l0", 3, 3, &[])]),
        json!([reference("l0", 90, 99, &[])]),
    ] {
        assert_eq!(fault(read(references.clone())), (1, Rule::EntityPlace), "{references}");
    }
    for bad in ["", "[]", "{\"Entities\": []}", "{\n\n\"Blocks\": 7}", "\u{feff}{}"] {
        let (line, rule) = fault(PageAnnotations::read(bad.as_bytes(), &types()));
        assert_eq!(
            (line, rule),
            (if bad.contains('\n') { 3 } else { 1 }, Rule::AnnotationFile),
            "{bad}"
        );
    }
    let others = json!([{"BlockReferences": [reference("l0", 0, 4, &[])], "Type": "PLANET"}]);
    let page = PageAnnotations::read(&file(&others), &types()).unwrap();
    assert_eq!((page.entities.len(), page.warnings.other_types), (0, 1));
}

#[test]
fn files_of_several_attributes_count_together_if_they_are_about_the_same_words() {
    let mut page = read(json!([reference("l0", 5, 7, &[])])).unwrap();
    page.merge(read(json!([reference("l2", 0, 3, &[])])).unwrap()).unwrap();
    assert_eq!(page.entities.len(), 2);
    let other = json!({"Blocks": [block("LINE", "l0", "Bolt M9", &[])], "Entities": []});
    let other = PageAnnotations::read(other.to_string().as_bytes(), &types()).unwrap();
    assert_eq!(fault(page.merge(other)), (1, Rule::OtherWords));
}

#[test]
fn a_manifest_names_the_file_of_each_page() {
    let line = |job: Value, metadata: Value| {
        let line = json!({
            "source-ref": "s3://b/a.pdf", "page": "1", "metadata": {"pages": "2", "use-textract-only": false},
            "job": job, "job-metadata": metadata,
        });
        format!("{line}\n")
    };
    let done = json!({"type": "groundtruth/custom"});
    let manifest = [
        line(json!({"annotation-ref": "s3://b/1.json"}), done.clone()),
        line(json!({"annotation-ref": ""}), done.clone()),
        line(Value::Null, json!({"failure-reason": "expired"})),
        line(json!({"annotation-ref": "s3://b/4.json"}), done.clone()),
    ];
    let mut pages = PageManifest::new(manifest.concat().into_bytes().leak() as &[u8], &["job".to_owned()]);
    let mut found = Vec::new();
    while let Some(Page { line, annotations }) = pages.next_page().unwrap() {
        found.push((line, annotations));
    }
    let file = |name: &str| vec![format!("s3://b/{name}.json")];
    assert_eq!(found, [(1, file("1")), (4, file("4"))]);
    assert_eq!(pages.warnings().failed_labelling, 2);

    let text = line(json!({"annotations": {"entities": []}}), done);
    let mut pages = PageManifest::new(text.as_bytes(), &["job".to_owned()]);
    let (line, rule) = fault(pages.next_page());
    assert!(
        matches!((line, rule), (1, Rule::Attribute { .. })),
        "an attribute of plain text"
    );
}

proptest! {
    #[test]
    fn no_file_is_too_bad(entity in prop::collection::vec((0_usize..9, 0..20_u32, 0..20_u32), 0..6), bytes: Vec<u8>) {
        let ids = ["l0", "l1", "l2", "w0", "w1", "w2", "w3"];
        let references: Vec<Value> = entity
            .iter()
            .filter_map(|&(id, begin, end)| Some(reference(ids.get(id)?, begin, end, &[])))
            .collect();
        if let Ok(page) = read(Value::Array(references)) {
            for run in page.entities.iter().flat_map(|entity| &entity.runs) {
                prop_assert!((run.first, run.start) < (run.last, run.end));
                prop_assert!(run.start < page.words()[run.first].text.chars().count() as u32);
                prop_assert!(run.end <= page.words()[run.last].text.chars().count() as u32);
            }
        }
        let _ = PageAnnotations::read(&bytes, &types());
    }
}
