//! Pages that were annotated where they stand: which files are read, and what text and entities come of them.

mod support;

use construe_jobs::Location;
use construe_models::{ManifestSource, RecognizerData};
use construe_training_data::Warnings;
use construe_training_sources::{Meter, entities};
use construe_worker::TrainerError;
use serde_json::{Value, json};
use support::{Files, Watcher, place};

/// An annotation file of these lines; each entity is its type and the words that it has, all of the page counted.
fn annotations(lines: &[&str], entities: &[(&str, &[usize])]) -> Vec<u8> {
    let mut blocks = Vec::new();
    let mut words = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        let ids: Vec<String> = line
            .split(' ')
            .enumerate()
            .map(|(column, _)| format!("w{row}-{column}"))
            .collect();
        let top = 0.1 + 0.03 * row as f32;
        let bounds =
            |left: f32, width: f32| json!({"BoundingBox": {"Left": left, "Top": top, "Width": width, "Height": 0.02}});
        blocks.push(json!({
            "BlockType": "LINE", "Id": format!("l{row}"), "Text": line, "Geometry": bounds(0.1, 0.8), "Page": 1,
            "Relationships": [{"Type": "CHILD", "Ids": ids}],
        }));
        for (column, (word, id)) in line.split(' ').zip(&ids).enumerate() {
            blocks.push(json!({
                "BlockType": "WORD", "Id": id, "Text": word, "Geometry": bounds(0.1 + 0.1 * column as f32, 0.09),
                "Relationships": [], "Page": 1,
            }));
            words.push((format!("l{row}"), id.clone(), word.chars().count()));
        }
    }
    let entities = entities.iter().map(|(kind, of_entity)| {
        let references = of_entity.iter().map(|&word| {
            let (line, id, length) = &words[word];
            let child = json!({"ChildBlockId": id, "BeginOffset": 0, "EndOffset": length});
            json!({"BlockId": line, "BeginOffset": 0, "EndOffset": length, "ChildBlocks": [child]})
        });
        json!({"BlockReferences": references.collect::<Vec<_>>(), "Type": kind, "Text": "", "Score": 1})
    });
    let file = json!({"Blocks": blocks, "Entities": entities.collect::<Vec<_>>(), "DocumentType": "NativePDF"});
    file.to_string().into_bytes()
}

fn line(files: &[(&str, &str)]) -> String {
    let mut line = json!({"source-ref": "s3://elsewhere/a.pdf", "page": "1", "metadata": {"pages": "1"}});
    for (attribute, file) in files {
        line[attribute] = json!({"annotation-ref": file});
        line[format!("{attribute}-metadata")] = json!({"type": "groundtruth/custom"});
    }
    format!("{line}\n")
}

/// Text and entities of every page, by type and what they say; what was left out.
type Seen = (Vec<(String, Vec<(u8, String)>)>, Warnings);

fn seen(files: &Files, attributes: &[&str], below: Option<Location>) -> Result<Seen, TrainerError> {
    let names: Vec<String> = ["PART", "MAKER"].map(str::to_owned).into();
    let types = entities::types(&names).unwrap();
    let data = RecognizerData {
        manifests: vec![ManifestSource {
            location: place("pages.manifest"),
            attributes: attributes.iter().map(|&name| name.to_owned()).collect(),
            annotations: below,
            native: true,
            partial: false,
        }],
        ..RecognizerData::default()
    };
    let watcher = Watcher::patient();
    let mut pages = Vec::new();
    let warnings =
        entities::Corpus::new(files, &data, &types).visit(&Meter::new(&watcher, 0, 1000), &mut |document| {
            let surface = |start: u32, end: u32| {
                let characters = document.text.chars().skip(start as usize);
                characters.take((end - start) as usize).collect::<String>()
            };
            let spans = document.spans.iter();
            let spans = spans.map(|span| (span.kind, surface(span.start, span.end)));
            pages.push((document.text.to_owned(), spans.collect()));
            Ok(())
        })?;
    Ok((pages, warnings))
}

const PAGE: [&str; 3] = ["Bolt M8 of Zürich-", "Stahl AG per 12", "the end"];

fn files(manifest: &str) -> Files {
    let page = annotations(
        &PAGE,
        &[
            ("MAKER", &[3, 4, 5]),
            ("PART", &[1]),
            ("PART", &[0, 7]),
            ("PART", &[1, 2]),
            ("DATE", &[8]),
        ],
    );
    Files::default()
        .with("pages.manifest", manifest)
        .with("job/annotations/a-1-ann.json", page)
        .with("job/annotations/empty-ann.json", annotations(&[], &[]))
        .with(
            "job/annotations/other-ann.json",
            annotations(&["Bolt M9"], &[("PART", &[1])]),
        )
        .with("job/annotations/more-ann.json", annotations(&PAGE, &[("PART", &[9])]))
}

#[test]
fn entities_are_where_they_were_marked() {
    let manifest = line(&[("job", "s3://data/job/annotations/a-1-ann.json")])
        + &line(&[("job", "s3://data/job/annotations/empty-ann.json")])
        + &line(&[("job", "")]);
    let below = Some(place("job/annotations/"));
    let (pages, warnings) = seen(&files(&manifest), &["job"], below.clone()).unwrap();
    let [(text, entities)] = &pages[..] else {
        panic!("one page has text: {pages:?}");
    };
    // Put together as documents are that a model reads.
    assert_eq!(text, "Bolt M8 of Zürich-Stahl AG per 12\nthe end");
    // What another entity stands between is two; of two that overlap the first and longer counts.
    let expected = [(0, "Bolt"), (0, "M8 of"), (1, "Zürich-Stahl AG"), (0, "12")];
    assert_eq!(
        entities
            .iter()
            .map(|(kind, text)| (*kind, text.as_str()))
            .collect::<Vec<_>>(),
        expected
    );
    let Warnings {
        overlaps,
        other_types,
        empty_documents,
        failed_labelling,
        ..
    } = warnings;
    assert_eq!((overlaps, other_types, empty_documents, failed_labelling), (1, 1, 1, 1));

    // Files that were moved are found by their names below the place that the request gives, or not at all.
    let moved = line(&[("job", "s3://old-bucket/old/a-1-ann.json")]);
    assert_eq!(seen(&files(&moved), &["job"], below).unwrap().0, pages[..1]);
    let error = seen(&files(&moved), &["job"], None).unwrap_err();
    assert!(error.to_string().starts_with("INPUT_NOT_FOUND"), "{error}");
}

#[test]
fn attributes_count_together_and_faults_have_a_place() {
    let folder = "s3://data/job/annotations/";
    let named = |file: &str| format!("{folder}{file}-ann.json");
    let (first, more, other) = (named("a-1"), named("more"), named("other"));
    let both = line(&[("a", &first), ("b", &more)]);
    let (pages, _) = seen(&files(&both), &["a", "b"], None).unwrap();
    assert_eq!(pages[0].1.last(), Some(&(0, "end".to_owned())));

    let bad = Files::default().with("b.json", "{\n}").with("c.json", {
        let lost: Value = json!({"BlockReferences": [], "Type": "PART"});
        json!({"Blocks": [], "Entities": [lost]}).to_string()
    });
    for (files, manifest, message) in [
        (
            files(""),
            line(&[("a", &first), ("b", &other)]),
            format!("{folder}other-ann.json, line 1: the file has other words than"),
        ),
        (
            files(""),
            line(&[("a", "a-1-ann.json")]),
            "s3://data/pages.manifest, line 1: ".to_owned(),
        ),
        (
            bad,
            line(&[("a", "s3://data/b.json")]),
            "s3://data/b.json, line 2: the file must be".to_owned(),
        ),
    ] {
        let files = files.with("pages.manifest", manifest);
        let error = seen(&files, &["a", "b"], None).unwrap_err().to_string();
        assert!(error.contains(&message), "{error}");
    }
}
