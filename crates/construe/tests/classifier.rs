//! `construe train classifier`, `classify` and `eval classification` as a user calls them.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{complaint, construe, shown};
use tempfile::TempDir;

const PRIZES: [&str; 5] = ["cash", "holiday", "phone", "voucher", "car"];
const PLACES: [&str; 5] = ["office", "station", "cinema", "market", "library"];

/// Messages, spam or ham, from the `first` on.
fn messages(first: usize, count: usize) -> String {
    let mut rows = String::new();
    for n in first..first + count {
        rows += &match n % 2 {
            0 => format!(
                "spam,\"WIN a {} now! Call 0800 {n}, claim your prize\"\n",
                PRIZES[n / 2 % 5]
            ),
            _ => format!("ham,\"see you at the {}, I am there at {n}\"\n", PLACES[n / 3 % 5]),
        };
    }
    rows
}

fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("messages.csv"), messages(0, 120)).expect("it is written");
    folder
}

#[test]
fn a_classifier_from_a_file_to_predictions() {
    let folder = folder();
    let at = folder.path();
    let told = shown(
        at,
        &["train", "classifier", "messages.csv", "--out", "messages.classifier"],
    );
    for line in [
        "labels        2",
        "              60  ham",
        "accuracy      1.0000",
        "Hamming loss  0.0000",
    ] {
        let line = line.split_whitespace().collect::<Vec<_>>();
        let is = |told: &str| told.split_whitespace().collect::<Vec<_>>() == line;
        assert!(told.lines().any(is), "{line:?} in {told}");
    }
    fs::write(
        at.join("new.txt"),
        b"Claim your cash prize, call now\nI am at the station\r\n\xff bad",
    )
    .expect("written");
    let classify = ["classify", "--model", "messages.classifier", "--per", "line"];
    let output = construe(at, &[&classify[..], &["--format", "json", "new.txt"]].concat(), b"");
    assert_eq!(output.status.code(), Some(1), "a line is not UTF-8");
    let records: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(records.len(), 3);
    for (record, (line, class)) in records.iter().zip([("0", "spam"), ("1", "ham")]) {
        assert_eq!(record["File"], json!("new.txt"));
        assert_eq!(record["Line"], json!(line));
        assert_eq!(record["Classes"][0]["Name"], json!(class), "{record}");
        let sum: f64 = (0..2).filter_map(|n| record["Classes"][n]["Score"].as_f64()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{record}");
    }
    assert_eq!(records[2]["ErrorCode"], json!("UNSUPPORTED_ENCODING"));
    let output = construe(at, &classify, b"win a phone, claim it now");
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"(standard input):1: spam "), "{output:?}");
}

#[test]
fn labels_of_any_number_and_test_data_of_ones_own() {
    let folder = TempDir::new().expect("a folder");
    let at = folder.path();
    let films = |first: usize, count: usize| -> String {
        (first..first + count)
            .map(|n| match n % 3 {
                0 => format!("COMEDY,they laugh about the {} {n}\n", PRIZES[n / 3 % 5]),
                1 => format!("DRAMA,she mourns at the {} {n}\n", PLACES[n / 3 % 5]),
                _ => format!("COMEDY;DRAMA,they laugh and she mourns {n}\n"),
            })
            .collect()
    };
    fs::write(at.join("films.csv"), films(0, 90)).expect("it is written");
    fs::write(at.join("unseen.csv"), films(90, 30)).expect("it is written");
    let train = [
        "train",
        "classifier",
        "films.csv",
        "--out",
        "films.classifier",
        "--mode",
        "multi-label",
    ];
    let told = shown(
        at,
        &[&train[..], &["--delimiter", ";", "--test", "unseen.csv"]].concat(),
    );
    assert!(
        told.contains("90 learnt from") && told.contains("30 tested on"),
        "{told}"
    );
    assert!(told.contains("micro F1      1.0000"), "{told}");
    fs::write(at.join("plot.txt"), "they laugh, she mourns").expect("it is written");
    let told = shown(
        at,
        &[
            "classify",
            "--model",
            "films.classifier",
            "--format",
            "json",
            "plot.txt",
        ],
    );
    let record: Value = serde_json::from_str(&told).expect("JSON");
    assert!(record.get("Line").is_none() && record.get("Classes").is_none());
    let labels = record["Labels"].as_array().expect("labels");
    assert!(
        labels.iter().all(|label| label["Score"].as_f64() > Some(0.5)),
        "{record}"
    );
}

#[test]
fn sets_are_judged_one_by_one() {
    let folder = folder();
    let at = folder.path();
    for set in ["first", "second"] {
        fs::create_dir_all(at.join("sets").join(set)).expect("a folder");
        fs::write(at.join("sets").join(set).join("train.csv"), messages(0, 60)).expect("it is written");
        fs::write(at.join("sets").join(set).join("dev.csv"), messages(60, 20)).expect("it is written");
    }
    let rows = shown(at, &["eval", "classification", "sets", "--json"]);
    let rows: Vec<Value> = rows
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        rows.iter().map(|row| row["set"].clone()).collect::<Vec<_>>(),
        ["first", "second"]
    );
    for row in rows {
        assert_eq!((&row["learnt"], &row["judged"]), (&json!(60), &json!(20)));
        assert_eq!(row["accuracy"], json!(1.0));
    }
    assert!(shown(at, &["eval", "classification", "sets/first"]).contains("| first | 2 | 60 | 20 | 1.000 |"));
    assert!(complaint(at, &["eval", "classification", "."]).contains("train.csv"));
}

#[test]
fn bad_data_are_named_by_line() {
    let folder = folder();
    let at = folder.path();
    let train = |data: &str| {
        fs::write(at.join("bad.csv"), data).expect("it is written");
        complaint(at, &["train", "classifier", "bad.csv", "--out", "bad.classifier"])
    };
    assert!(train("spam,one\nham\n").contains("line 2"));
    assert!(train("spam,one\nspam,two\n").contains("at least 2 classes"));
    assert!(train("").contains("no document"));
    assert!(complaint(at, &["train", "classifier", "-", "--out", "x"]).contains("standard input"));
    assert!(complaint(at, &["train", "classifier", "none.csv", "--out", "x"]).contains("none.csv"));
    assert!(complaint(at, &["classify", "--model", "messages.csv", "x"]).contains("not a classification model"));
    assert!(!at.join("bad.classifier").exists());
}
