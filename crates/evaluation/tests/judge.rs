//! Counting: what is judged, what is not, and the figures of cases worked out by hand.

use std::io::Write;

use construe_corpus::{Annotation, Record, Sources, Zone};
use construe_evaluation::{Error, Findings, Judgement, Predictions, Scope, judge, markdown};

type Row<'a> = (usize, usize, &'a str, f32);

fn record(id: &str, source: &str, text: &str, spans: &[(usize, usize, &str)]) -> Record {
    Record {
        id: id.to_owned(),
        lang: Some("en".to_owned()),
        source: source.to_owned(),
        text: text.to_owned(),
        spans: spans
            .iter()
            .map(|&(start, end, label)| Annotation {
                start,
                end,
                label: label.to_owned(),
            })
            .collect(),
        ignore: Vec::new(),
    }
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("it can be written");
    file
}

fn sources() -> Sources {
    let json = r#"{"labels": ["PERSON", "PLACE"], "sources": {
        "letters": {"covers": ["PERSON", "PLACE"]}, "tweets": {"covers": ["PERSON"], "partial": ["PLACE"]}}}"#;
    Sources::read(file(json).path()).expect("sources")
}

/// Finds for each text what `found` says.
fn run(scope: &Scope, records: &[Record], found: &[&[Row<'_>]]) -> Judgement {
    let analyze = |record: &Record, _: &str, findings: &mut Findings<'_>| {
        let position = records
            .iter()
            .position(|other| other.id == record.id)
            .expect("one of the texts");
        for &(start, end, label, score) in found[position] {
            findings.push(start, end, label, Some(score));
        }
        true
    };
    judge("entities", scope, records, None, analyze).expect("texts say their language")
}

fn letters_and_tweets() -> Vec<Record> {
    let mut open = record("3", "tweets", "@ann meets Ann", &[(11, 14, "PERSON")]);
    open.ignore.push(Zone { start: 0, end: 4 });
    vec![
        record(
            "1",
            "letters",
            "Ann Lee in Rome",
            &[(0, 7, "PERSON"), (11, 15, "PLACE")],
        ),
        record("2", "tweets", "Bo in Rome", &[(0, 2, "PERSON"), (6, 10, "PLACE")]),
        open,
    ]
}

#[test]
fn what_a_source_does_not_cover_and_open_zones_are_not_judged() {
    let records = letters_and_tweets();
    let scope = Scope::new(&records, Some(&sources()), &[]).expect("a scope");
    let found: [&[Row<'_>]; 3] = [
        &[(0, 3, "PERSON", 0.92), (11, 15, "PLACE", 0.7), (4, 7, "SHOE", 0.9)],
        &[(0, 2, "PERSON", 0.95), (3, 8, "PLACE", 0.9)],
        &[(1, 4, "PERSON", 0.9)],
    ];
    let report = run(&scope, &records, &found).report;
    let english = &report.languages[0];
    assert_eq!((english.documents, english.all.gold, english.all.predicted), (3, 4, 3));
    assert_eq!((english.all.exact.matched, english.all.overlap.matched), (2, 3));
    let [letters, tweets] = &english.sources[..] else {
        panic!("two sources")
    };
    assert_eq!((letters.source.as_str(), letters.all.exact.f1), ("letters", 0.5));
    assert_eq!(
        (tweets.all.gold, tweets.all.predicted, tweets.all.exact.precision),
        (2, 1, 1.0)
    );
    assert!((english.mean_exact_f1 - (0.5 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
    // 0.92 is wrong and 0.95 right, in one bin; 0.7 is right.
    let calibration = english.calibration.as_ref().expect("scores");
    assert!((calibration.expected_error - ((0.92 + 0.95 - 1.0) + 0.3) / 3.0).abs() < 1e-6);
    assert_eq!(
        english
            .labels
            .iter()
            .map(|label| label.label.as_str())
            .collect::<Vec<_>>(),
        ["PERSON", "PLACE"]
    );
}

#[test]
fn without_sources_every_label_that_occurs_counts_everywhere() {
    let records = letters_and_tweets();
    let all = Scope::new(&records, None, &[]).expect("a scope");
    assert_eq!(all.labels(), ["PERSON", "PLACE"]);
    let nothing: [&[Row<'_>]; 3] = [&[], &[], &[]];
    assert_eq!(run(&all, &records, &nothing).report.languages[0].all.gold, 5);
    let places = Scope::new(&records, None, &["PLACE".to_owned()]).expect("a scope");
    assert_eq!(run(&places, &records, &nothing).report.languages[0].all.gold, 2);
}

#[test]
fn data_that_cannot_be_judged_say_why() {
    let records = letters_and_tweets();
    assert!(
        matches!(Scope::new(&records, None, &["SHOE".to_owned()]), Err(Error::UnknownLabel(label)) if label == "SHOE")
    );
    assert!(matches!(
        Scope::new(&[record("1", "x", "text", &[])], None, &[]),
        Err(Error::NoLabels)
    ));
    let stranger = [record("9", "diaries", "text", &[])];
    let unknown = Scope::new(&stranger, Some(&sources()), &[]);
    assert!(matches!(unknown, Err(Error::UnknownSource { id, origin }) if id == "9" && origin == "diaries"));
    let mut mute = records.clone();
    mute[1].lang = None;
    let scope = Scope::new(&mute, None, &[]).expect("a scope");
    let analyze = |_: &Record, _: &str, _: &mut Findings<'_>| true;
    assert!(matches!(judge("x", &scope, &mute, None, analyze), Err(Error::UnknownLanguage(id)) if id == "2"));
    assert_eq!(
        judge("x", &scope, &mute, Some("en"), analyze)
            .expect("a language")
            .report
            .languages[0]
            .documents,
        3
    );
    let unknown = judge("x", &scope, &records, None, |_, _, _| false)
        .expect("a language")
        .report;
    assert_eq!((unknown.languages.len(), unknown.unknown_languages["en"]), (0, 3));
}

#[test]
fn an_engine_that_changes_its_mind_is_refused() {
    let records = letters_and_tweets();
    let scope = Scope::new(&records, None, &[]).expect("a scope");
    let mut calls = 0;
    let outcome = judge("x", &scope, &records, None, |_, _, findings| {
        calls += 1;
        if calls == 1 {
            findings.push(0, 3, "PERSON", None);
        }
        true
    });
    assert!(matches!(outcome, Err(Error::Unstable(language)) if language == "en"));
}

#[test]
fn predictions_are_matched_by_id() {
    let records = letters_and_tweets();
    let scope = Scope::new(&records, None, &[]).expect("a scope");
    let lines = r#"{"id": "3", "spans": [{"start": 11, "end": 14, "label": "PERSON"}]}
{"id": "1", "text": "ignored", "spans": [{"start": 11, "end": 15, "label": "PLACE", "score": 0.5}]}"#;
    let predictions = Predictions::read(file(lines).path(), &records).expect("predictions");
    let judgement = judge("spans", &scope, &records, None, |record, _, findings| {
        predictions.find(record, findings);
        true
    })
    .expect("a language");
    let all = judgement.report.languages[0].all;
    assert_eq!((all.gold, all.predicted, all.exact.matched), (5, 2, 2));

    let read = |lines: &str| Predictions::read(file(lines).path(), &records).err();
    assert!(matches!(read(r#"{"id": "7"}"#), Some(Error::Unmatched { count: 1, first }) if first == "7"));
    assert!(matches!(read("{\"id\": \"1\"}\n{\"id\": \"1\"}"), Some(Error::Twice(id)) if id == "1"));
    let outside = r#"{"id": "1", "spans": [{"start": 11, "end": 16, "label": "PLACE"}]}"#;
    assert!(matches!(read(outside), Some(Error::Prediction { line: 1, .. })));
}

#[test]
fn the_worst_errors_of_a_label_come_first() {
    let records = [record(
        "1",
        "",
        "Ann met Bo in Rome, Bo left Oslo",
        &[
            (0, 3, "PERSON"),
            (14, 18, "PLACE"),
            (20, 22, "PERSON"),
            (28, 32, "PLACE"),
        ],
    )];
    let scope = Scope::new(&records, None, &[]).expect("a scope");
    let found: [&[Row<'_>]; 1] = [&[(8, 10, "PERSON", 0.4), (11, 18, "PLACE", 0.9), (28, 32, "PERSON", 0.8)]];
    let listing = run(&scope, &records, &found).worst.listing(2);
    let rows: Vec<&str> = listing
        .lines()
        .map(|line| line.split(" | ").next().unwrap_or(line))
        .collect();
    assert_eq!(
        rows,
        [
            "PERSON",
            "     1.00    1x [Ann] missed",
            "     1.00    1x [Bo] missed",
            "PLACE",
            "     1.00    1x [Oslo] found as PERSON",
            "     0.90    1x [in Rome] borders, marked is [Rome]",
        ]
    );
    assert!(listing.contains("1: Ann met Bo in Rome, [Bo] left Oslo"), "{listing}");
}

#[test]
fn tables_and_json_carry_the_same_figures() {
    let records = letters_and_tweets();
    let scope = Scope::new(&records, Some(&sources()), &[]).expect("a scope");
    let found: [&[Row<'_>]; 3] = [
        &[(0, 7, "PERSON", 1.0), (11, 15, "PLACE", 1.0)],
        &[(0, 2, "PERSON", 1.0)],
        &[],
    ];
    let report = run(&scope, &records, &found).report;
    let text = markdown::report(&report);
    let cells = |start: &str| -> Vec<String> {
        let row = text.lines().find(|line| line.starts_with(start)).expect("a row");
        row.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    assert_eq!(cells("| entities")[3..9], ["3", "4", "100.0", "75.0", "85.7", "83.3"]);
    assert_eq!(cells("| PERSON")[2..5], ["3", "2", "100.0"]);
    assert_eq!(cells("| tweets")[2..4], ["2", "2"]);
    let json = serde_json::to_value(&report).expect("plain figures");
    assert_eq!(json["languages"][0]["all"]["exact"]["matched"], 3);
    assert_eq!(json["languages"][0]["sources"][1]["labels"][0]["label"], "PERSON");
}
