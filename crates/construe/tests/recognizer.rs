//! `construe train recognizer` and `detect entities --model` as a user calls them.

mod support;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{complaint, construe, shown};
use tempfile::TempDir;

const PARTS: [&str; 5] = ["fuel pump", "drive belt", "gear box", "oil filter", "brake disc"];
const MAKERS: [&str; 4] = ["Halden", "Orbis Tools", "Kestrel Works", "Vantor"];

/// A text, its part and its maker.
fn remark(number: usize) -> (String, String, &'static str) {
    let part = format!("{} A{}", PARTS[number % 5], 100 + number);
    let maker = MAKERS[number / 5 % 4];
    let text = match number % 3 {
        0 => format!("The {part} by {maker} was broken 😀 when it came."),
        1 => format!("{maker} told us that the {part} is no longer made."),
        _ => format!("Please send us another {part}, the one of {maker} leaks."),
    };
    (text, part, maker)
}

/// Texts by line, annotations of them, and the same as a manifest.
fn data(first: usize, count: usize, file: &str) -> (String, String, String) {
    let mut texts = String::new();
    let mut annotations = "File,Line,Begin Offset,End Offset,Type\n".to_owned();
    let mut manifest = String::new();
    for number in 0..count {
        let (text, part, maker) = remark(first + number);
        let mut entities = Vec::new();
        for (surface, kind) in [(&part[..], "PART"), (maker, "MAKER")] {
            let start = text[..text.find(surface).unwrap()].chars().count();
            let end = start + surface.chars().count();
            writeln!(annotations, "{file},{number},{start},{end},{kind}").unwrap();
            entities.push(json!({"startOffset": start, "endOffset": end, "label": kind}));
        }
        writeln!(texts, "{text}").unwrap();
        let line = json!({"source": text, "spans": {"annotations": {"entities": entities}}});
        writeln!(manifest, "{line}").unwrap();
    }
    (texts, annotations, manifest)
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let (texts, annotations, manifest) = data(0, 160, "texts.txt");
    fs::write(at.join("texts.txt"), texts).unwrap();
    fs::write(at.join("annotations.csv"), annotations).unwrap();
    fs::write(at.join("all.manifest"), manifest).unwrap();
    let (texts, annotations, _) = data(1000, 30, "unseen.txt");
    fs::write(at.join("unseen.txt"), texts).unwrap();
    fs::write(at.join("unseen.csv"), annotations).unwrap();
    folder
}

const TRAIN: [&str; 4] = ["train", "recognizer", "--types", "PART,MAKER"];
const UNSEEN: [&str; 4] = ["--test", "unseen.txt", "--test-annotations", "unseen.csv"];

fn trained(at: &Path, arguments: &[&str], out: &str) -> String {
    shown(at, &[&TRAIN[..], arguments, &["--out", out]].concat())
}

/// What a model finds in the unseen texts: how many entities of all, after a look at each.
fn found(at: &Path, model: &str) -> usize {
    let detect = [
        "detect",
        "entities",
        "--model",
        model,
        "--per",
        "line",
        "--format",
        "json",
        "unseen.txt",
    ];
    let answers = shown(at, &detect);
    let mut right = 0;
    for (number, answer) in answers.lines().enumerate() {
        let answer: Value = serde_json::from_str(answer).unwrap();
        let (text, part, maker) = remark(1000 + number);
        let characters: Vec<char> = text.chars().collect();
        for entity in answer["Entities"].as_array().unwrap() {
            let offset = |name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
            let surface: String = characters[offset("BeginOffset")..offset("EndOffset")].iter().collect();
            assert_eq!(entity["Text"], surface);
            let expected = if entity["Type"] == "PART" { &part[..] } else { maker };
            right += usize::from(surface == expected);
        }
    }
    assert_eq!(answers.lines().count(), 30);
    right
}

#[test]
fn a_recognizer_from_annotations_and_from_a_manifest() {
    let folder = folder();
    let at = folder.path();
    let marked = [&["texts.txt", "--annotations", "annotations.csv"][..], &UNSEEN].concat();
    let told = trained(at, &marked, "marked.recognizer");
    assert!(
        told.contains("160 learnt from") && told.contains("30 tested on"),
        "{told}"
    );
    let kinds: Vec<&str> = told.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(kinds, ["model", "language", "documents", "PART", "MAKER", "all"]);
    assert!(found(at, "marked.recognizer") >= 55);

    let held_out = trained(
        at,
        &["texts.txt", "--annotations", "annotations.csv"],
        "again.recognizer",
    );
    assert!(
        !held_out.contains("160 learnt from"),
        "a tenth is kept to test with: {held_out}"
    );
    trained(
        at,
        &[&["--manifest", "all.manifest", "--attributes", "spans"][..], &UNSEEN].concat(),
        "manifest.recognizer",
    );
    let bytes = |name: &str| fs::read(at.join(name)).unwrap();
    assert!(
        bytes("marked.recognizer") == bytes("manifest.recognizer"),
        "the same documents make the same model"
    );
    let spans: String = (1000..1030).fold(String::new(), |mut lines, number| {
        let (text, part, maker) = remark(number);
        let marked = [(&part[..], "PART"), (maker, "MAKER")].map(|(surface, kind)| {
            let start = text[..text.find(surface).unwrap()].chars().count();
            json!({"start": start, "end": start + surface.chars().count(), "label": kind})
        });
        writeln!(lines, "{}", json!({"id": number, "text": text, "spans": marked})).unwrap();
        lines
    });
    fs::write(at.join("unseen.jsonl"), spans).unwrap();
    let eval = [
        "eval",
        "entities",
        "--model",
        "marked.recognizer",
        "--data",
        "unseen.jsonl",
        "--json",
    ];
    let figures: Value = serde_json::from_str(&shown(at, &eval)).unwrap();
    let all = &figures["languages"][0]["all"];
    assert_eq!(all["gold"], json!(60));
    assert!(all["exact"]["f1"].as_f64() > Some(0.9), "{all}");
    let coloured = construe(
        at,
        &["detect", "entities", "--model", "marked.recognizer", "--types", "maker"],
        b"We asked Kestrel Works for a gear box A7.",
    );
    let listed = String::from_utf8(coloured.stdout).unwrap();
    assert!(listed.contains("MAKER") && !listed.contains("PART"), "{listed}");
}

#[test]
fn a_recognizer_from_a_list() {
    let folder = folder();
    let at = folder.path();
    let (texts, _, _) = data(0, 250, "more.txt");
    fs::write(at.join("more.txt"), texts).unwrap();
    let mut list = "Type,Text\n".to_owned();
    for number in 0..250 {
        writeln!(list, "PART,{}", remark(number).1).unwrap();
    }
    list.extend(MAKERS.map(|maker| format!("MAKER,{maker}\n")));
    fs::write(at.join("list.csv"), list).unwrap();
    trained(at, &["more.txt", "--entities", "list.csv"], "listed.recognizer");
    assert!(found(at, "listed.recognizer") >= 50);
}

#[test]
fn bad_data_are_named() {
    let folder = folder();
    let at = folder.path();
    let refused = |arguments: &[&str]| {
        let told = complaint(at, &[&TRAIN[..], arguments, &["--out", "bad.recognizer"]].concat());
        assert!(!at.join("bad.recognizer").exists());
        told
    };
    let bad = |rows: &str| {
        let good = fs::read_to_string(at.join("annotations.csv")).unwrap();
        fs::write(at.join("bad.csv"), good + rows).unwrap();
        refused(&["texts.txt", "--annotations", "bad.csv"])
    };
    let beyond = bad("texts.txt,3,0,900,PART\n");
    assert!(
        beyond.contains("texts.txt, line 4: its annotations: line 322: "),
        "{beyond}"
    );
    assert!(bad("texts.txt,3,9,4,PART\n").contains("line 322: the end offset"));
    assert!(refused(&["texts.txt"]).contains("--annotations or --entities"));
    assert!(refused(&["texts.txt", "--entities", "annotations.csv"]).contains("Text,Type"));
    assert!(refused(&["none.txt", "--annotations", "annotations.csv"]).contains("none.txt"));
    assert!(refused(&["--manifest", "all.manifest", "--attributes", "other"]).contains("attributes"));
    fs::write(at.join("latin.txt"), b"caf\xe9\n").unwrap();
    assert!(refused(&["latin.txt", "--annotations", "annotations.csv"]).contains("latin.txt, line 1"));
    fs::write(at.join("few.txt"), "too little").unwrap();
    assert!(refused(&["few.txt", "--annotations", "annotations.csv"]).contains("5000"));
    let no_model = complaint(at, &["detect", "entities", "--model", "texts.txt", "unseen.txt"]);
    assert!(
        no_model.contains("not the model of a custom entity recognizer"),
        "{no_model}"
    );
}
