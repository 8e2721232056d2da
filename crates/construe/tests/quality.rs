//! `construe train` and `construe eval` as a user calls them, on texts of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn construe(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_construe"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

/// Standard output of a call that succeeds.
fn shown(folder: &Path, arguments: &[&str]) -> String {
    let output = construe(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What a call that fails says.
fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = construe(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

const VESSELS: [&str; 12] = [
    "Aurora", "Borealis", "Calypso", "Daphne", "Electra", "Fortuna", "Galatea", "Hesperus", "Iris", "Juno", "Kestrel",
    "Larissa",
];
const HARBOURS: [&str; 9] = [
    "Genoa", "Oslo", "Cadiz", "Brest", "Riga", "Turku", "Split", "Malta", "Hull",
];

/// Logs of ships, whose names and harbours are marked. Ids are numbers.
fn logs(first: usize, count: usize) -> String {
    let mut lines = String::new();
    for number in first..first + count {
        let (vessel, harbour) = (VESSELS[number * 7 % 12], HARBOURS[number * 5 % 9]);
        let opening = ["At dawn the vessel ", "The vessel ", "Zoë saw the vessel "][number % 3];
        let text = format!("{opening}{vessel} left {harbour} with {} crates.", number + 3);
        let mark = |word: &str, label: &str| {
            let byte = text.rfind(word).expect("it is in the text");
            let start = text[..byte].chars().count();
            json!({"start": start, "end": start + word.chars().count(), "label": label})
        };
        let spans = [mark(vessel, "VESSEL"), mark(harbour, "HARBOUR")];
        lines += &json!({"id": number, "text": text, "spans": spans}).to_string();
        lines.push('\n');
    }
    lines
}

fn folder() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("logs.jsonl"), logs(0, 300)).expect("it can be written");
    fs::write(folder.path().join("unseen.jsonl"), logs(1000, 60)).expect("it can be written");
    folder
}

fn train(folder: &Path, out: &str) -> String {
    let arguments = [
        "train",
        "tagger",
        "--data",
        "logs.jsonl",
        "--language",
        "en",
        "--out",
        out,
    ];
    shown(folder, &arguments)
}

#[test]
fn a_tagger_of_ones_own_is_trained_measured_and_used() {
    let folder = folder();
    let folder = folder.path();
    let report = train(folder, "logs.model");
    assert!(
        report.contains("labels       HARBOUR, VESSEL") && report.contains("fingerprint  "),
        "{report}"
    );
    train(folder, "again.model");
    let bytes = |name: &str| fs::read(folder.join(name)).expect("a model");
    assert!(
        bytes("logs.model") == bytes("again.model"),
        "training gives the same bytes every time"
    );

    let model = ["--model", "logs.model", "--data", "unseen.jsonl"];
    let json = shown(folder, &[&["eval", "tagger", "--json"], &model[..]].concat());
    let figures: Value = serde_json::from_str(&json).expect("JSON");
    let english = &figures["languages"][0];
    assert_eq!(
        (&english["documents"], &english["all"]["gold"]),
        (&json!(60), &json!(120))
    );
    assert!(english["all"]["exact"]["f1"].as_f64() > Some(0.98), "{english}");
    assert!(english["speed"]["megabytes_per_cpu_second"].as_f64() > Some(0.0));

    fs::write(folder.join("note.txt"), "The vessel Juno left Oslo with 12 crates.\n").expect("it can be written");
    let found = shown(folder, &["detect", "tagger", "--model", "logs.model", "note.txt"]);
    let rows: Vec<Vec<&str>> = found.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(
        rows.iter().map(|row| (row[0], row[1], row[3])).collect::<Vec<_>>(),
        [
            ("note.txt:1:12:", "VESSEL", "Juno"),
            ("note.txt:1:22:", "HARBOUR", "Oslo"),
        ]
    );
    let vessels = shown(
        folder,
        &[
            "detect",
            "tagger",
            "--model",
            "logs.model",
            "--types",
            "vessel",
            "note.txt",
        ],
    );
    assert!(vessels.contains("Juno") && !vessels.contains("Oslo"), "{vessels}");
    let german = complaint(
        folder,
        &[
            "detect",
            "tagger",
            "--model",
            "logs.model",
            "--language",
            "de",
            "note.txt",
        ],
    );
    assert!(german.contains("en") && german.contains("de"), "{german}");
}

#[test]
fn findings_of_any_program_are_measured_and_their_errors_listed() {
    let folder = folder();
    let folder = folder.path();
    let mut found = String::new();
    for line in logs(1000, 60).lines().skip(10) {
        let mut log: Value = serde_json::from_str(line).expect("JSON");
        let spans = log["spans"].as_array_mut().expect("spans");
        spans.remove(1);
        found += &format!("{log}\n");
    }
    fs::write(folder.join("found.jsonl"), found).expect("it can be written");
    let data = [
        "eval",
        "spans",
        "--data",
        "unseen.jsonl",
        "--predictions",
        "found.jsonl",
    ];
    let table = shown(folder, &data);
    let row = table.lines().find(|line| line.starts_with("| VESSEL")).expect("a row");
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    assert_eq!(cells[2..7], ["60", "50", "100.0", "83.3", "90.9"]);
    let summary = table.lines().find(|line| line.starts_with("| spans")).expect("a row");
    assert!(
        summary.ends_with(" – |"),
        "nothing was analysed, so there is no speed: {summary}"
    );
    let harbours = shown(folder, &[&data[..], &["--labels", "HARBOUR", "--worst", "1"]].concat());
    let lines: Vec<&str> = harbours.lines().collect();
    assert_eq!(lines.len(), 2, "{harbours}");
    assert!(lines[0] == "HARBOUR" && lines[1].contains("] missed | "), "{harbours}");
}

#[test]
fn sources_say_what_is_judged_and_unknown_ones_are_refused() {
    let folder = folder();
    let folder = folder.path();
    let text = r#"{"id": "1", "lang": "en", "source": "cards", "text": "Mail anna@harbor-post.com, SSN 212-34-5671.",
        "spans": [{"start": 5, "end": 25, "label": "EMAIL"}]}"#;
    fs::write(folder.join("cards.jsonl"), text.replace('\n', "")).expect("it can be written");
    let sources = |name: &str| format!(r#"{{"sources": {{"{name}": {{"covers": ["EMAIL"], "partial": ["SSN"]}}}}}}"#);
    fs::write(folder.join("SOURCES.json"), sources("cards")).expect("it can be written");
    fs::write(folder.join("OTHERS.json"), sources("letters")).expect("it can be written");
    let data = ["eval", "pii", "--data", "cards.jsonl", "--json", "--sources"];
    let figures: Value = serde_json::from_str(&shown(folder, &[&data[..], &["SOURCES.json"]].concat())).expect("JSON");
    let all = &figures["languages"][0]["all"];
    assert_eq!(
        (&all["gold"], &all["predicted"], &all["exact"]["f1"]),
        (&json!(1), &json!(1), &json!(1.0))
    );
    let refused = complaint(folder, &[&data[..], &["OTHERS.json"]].concat());
    assert!(refused.contains("cards"), "{refused}");
}

#[test]
fn mistakes_are_told_with_their_place_and_without_the_text() {
    let folder = folder();
    let folder = folder.path();
    fs::write(
        folder.join("bad.jsonl"),
        "{\"id\": 1, \"text\": \"fine\"}\n{\"id\": 2, \"text\": [\"hush-hush\"]}\n",
    )
    .expect("it can be written");
    fs::write(folder.join("no.model"), "hush-hush").expect("it can be written");
    for (arguments, fragments) in [
        (&["eval", "entities", "--data", "bad.jsonl"][..], &["bad.jsonl:2:"][..]),
        (
            &["eval", "entities", "--data", "missing.jsonl"],
            &["missing.jsonl", "No such file"],
        ),
        (&["eval", "pii", "--data", "logs.jsonl", "--labels", "SHOE"], &["SHOE"]),
        (
            &["eval", "tagger", "--model", "no.model", "--data", "logs.jsonl"],
            &["no.model", "not a tagger model"],
        ),
        (&["eval", "all", "."], &["pii/dev.jsonl.gz"]),
        (
            &["eval", "pii", "--data", "logs.jsonl", "--language", "tlh"],
            &["tlh", "nothing to judge"],
        ),
        (
            &[
                "train",
                "tagger",
                "--data",
                "logs.jsonl",
                "--language",
                "tlh",
                "--out",
                "x",
            ],
            &["tlh", "zh-TW"],
        ),
        (
            &["train", "shipped", ".", "entities/tlh"],
            &["entities/tlh", "entities/en"],
        ),
    ] {
        let message = complaint(folder, arguments);
        for fragment in fragments {
            assert!(message.contains(fragment), "{arguments:?}: {message}");
        }
        assert!(
            !message.contains("hush-hush") && !message.contains("panicked"),
            "{message}"
        );
    }
}

#[test]
fn every_engine_is_measured_into_a_document() {
    let folder = TempDir::new().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let path: PathBuf = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    };
    let line = |lang: &str, text: &str, start: usize, end: usize, label: &str| {
        let spans = json!([{"start": start, "end": end, "label": label}]);
        json!({"id": "1", "lang": lang, "source": "s", "text": text, "spans": spans}).to_string()
    };
    // Plain lines do, whatever the name says.
    write("ner/de/dev.jsonl.gz", &line("de", "Am 3. Mai 2021.", 3, 14, "DATE"));
    write(
        "ner/SOURCES.json",
        r#"{"labels": ["DATE"], "sources": {"s": {"covers": ["DATE"]}}}"#,
    );
    write(
        "pii/dev.jsonl.gz",
        &line("en", "Mail anna@harbor-post.com.", 5, 25, "EMAIL"),
    );
    write(
        "pii/SOURCES.json",
        r#"{"sources": [{"source": "s", "covers": ["EMAIL"]}]}"#,
    );
    write(
        "quality.md",
        "above\n<!-- begin: make eval -->\nold\n<!-- end: make eval -->\nbelow\n",
    );
    shown(folder.path(), &["eval", "all", ".", "--write", "quality.md"]);
    let document = fs::read_to_string(folder.path().join("quality.md")).expect("a document");
    assert!(document.starts_with("above\n") && document.ends_with("\nbelow\n") && !document.contains("old"));
    for heading in ["### entities, de", "### pii, en"] {
        assert!(document.contains(heading), "{document}");
    }
    let row = document
        .lines()
        .find(|line| line.starts_with("| EMAIL"))
        .expect("a row");
    assert!(row.contains("100.0"), "{row}");
}
