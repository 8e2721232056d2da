//! Training data of classifiers: what is read, what is left out, what is refused.

use construe_training_data::classification::{
    Census, DelimiterInLabel, DocumentRows, Format, Manifest, Minimum, Mode, NotEnough, Rows, write_row,
};
use construe_training_data::{DataError, Digest, Rule, Source, Warnings};
use proptest::prelude::*;

type Read = Result<(Vec<(u64, Vec<String>, String)>, Warnings), DataError>;

fn read(text: &str, format: Format) -> Read {
    let mut rows = Rows::new(text.as_bytes(), format);
    let mut all = Vec::new();
    while let Some(row) = rows.next_row()? {
        let labels = row.labels.iter().map(|&label| label.to_owned()).collect();
        all.push((row.line, labels, row.text.to_owned()));
    }
    Ok((all, *rows.warnings()))
}

fn fault<T>(result: Result<T, DataError>) -> (u64, Rule) {
    match result {
        Err(DataError::Invalid { line, rule }) => (line, rule),
        Err(DataError::Read(error)) => panic!("{error}"),
        Ok(_) => panic!("it was read"),
    }
}

const MULTI_CLASS: Format = Format::new(Mode::MultiClass);
const MULTI_LABEL: Format = Format::new(Mode::MultiLabel);

#[test]
fn the_guides_own_row_is_read() {
    let text =
        "SPAM,\"Paulo, your $1000 award is waiting for you! Claim it while you still can at http://example.com.\"\n";
    let (rows, warnings) = read(text, MULTI_CLASS).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].1, ["SPAM"]);
    assert!(rows[0].2.ends_with("example.com."));
    assert!(warnings.is_empty());
}

#[test]
fn labels_by_mode_and_delimiter() {
    let labels = |text: &str, format: Format| read(text, format).unwrap().0.remove(0).1;
    assert_eq!(labels("A|B,t", MULTI_LABEL), ["A", "B"]);
    assert_eq!(labels("A|B,t", MULTI_CLASS), ["A|B"]);
    assert_eq!(labels("A|B,t", MULTI_LABEL.with_delimiter(';')), ["A|B"]);
    assert_eq!(labels("A\tB C,t", MULTI_LABEL.with_delimiter('\t')), ["A", "B C"]);
    assert_eq!(labels("\"A,B|C\",t", MULTI_LABEL), ["A,B", "C"]);
    assert_eq!(labels("B|A|B,t", MULTI_LABEL), ["B", "A"]);
}

#[test]
fn what_is_left_out_or_mended_is_counted() {
    let text = "a,x\n b , y \na,\na,\" \u{a0}\"\na|c,z\n";
    let (rows, warnings) = read(text, MULTI_CLASS).unwrap();
    let labels: Vec<&str> = rows.iter().map(|row| row.1[0].as_str()).collect();
    assert_eq!(labels, ["a", "b", "a|c"]);
    assert_eq!(rows[1].2, " y ");
    assert_eq!((warnings.empty_documents, warnings.spaces_around_labels), (2, 1));
    assert_eq!(warnings.delimiters_in_classes, 1);
}

#[test]
fn rows_that_break_a_rule_are_named() {
    let long = format!("a,x\n{},y\n", "é".repeat(5001));
    for (text, format, line, rule) in [
        ("a,x\n,y\n", MULTI_CLASS, 2, Rule::EmptyLabel),
        ("a,x\n\" \",y\n", MULTI_CLASS, 2, Rule::EmptyLabel),
        ("|a,x\n", MULTI_LABEL, 1, Rule::EmptyLabel),
        ("a|,x\n", MULTI_LABEL, 1, Rule::EmptyLabel),
        ("a||b,x\n", MULTI_LABEL, 1, Rule::EmptyLabel),
        ("\"a\nb\",x\n", MULTI_CLASS, 1, Rule::ControlInLabel),
        ("a,x,y\n", MULTI_CLASS, 1, Rule::Columns { expected: "2" }),
        ("a,x\n\nonly\n", MULTI_CLASS, 3, Rule::Columns { expected: "2" }),
        (long.as_str(), MULTI_CLASS, 2, Rule::LabelTooLong { limit: 5000 }),
    ] {
        assert_eq!(fault(read(text, format)), (line, rule), "{text:.20}");
    }
    assert!(read(&format!("{},y\n", "é".repeat(5000)), MULTI_CLASS).is_ok());
}

#[test]
fn messages_say_line_and_rule_and_never_the_text() {
    for text in [
        "secret",
        "secret,\"secret",
        "secret,\"secret\"secret",
        "secret,a,b",
        ",\"secret\"",
        "a\u{1}secret,b",
    ] {
        let error = read(text, MULTI_CLASS).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.starts_with("line 1: ") && !told.contains("secret"), "{told}");
    }
    let mut rows = Rows::new("a,secret".as_bytes(), MULTI_CLASS);
    let row = rows.next_row().unwrap().unwrap();
    assert!(!format!("{row:?}").contains("secret"));
}

#[test]
fn documents_in_files_may_have_a_page() {
    let read = |text: &str| {
        let mut rows = DocumentRows::new(text.as_bytes(), MULTI_LABEL);
        let mut all = Vec::new();
        while let Some(row) = rows.next_row()? {
            all.push((row.labels.len(), row.file.to_owned(), row.page));
        }
        Ok::<_, DataError>(all)
    };
    let rows = read("A,one.pdf\nA|B,two words.pdf,3\nB,three.png,\n").unwrap();
    let expected = [
        (1, "one.pdf", None),
        (2, "two words.pdf", Some(3)),
        (1, "three.png", None),
    ];
    assert_eq!(
        rows,
        expected.map(|(labels, file, page)| (labels, file.to_owned(), page))
    );
    assert_eq!(fault(read("A,one.pdf,0")), (1, Rule::Page));
    assert_eq!(fault(read("A,one.pdf,x")), (1, Rule::Page));
    assert_eq!(fault(read("A,")), (1, Rule::FileName));
    assert_eq!(fault(read("A")), (1, Rule::Columns { expected: "2 or 3" }));
}

type ReadManifest = Result<(Vec<(Vec<String>, Source)>, Warnings), DataError>;

fn read_manifest(text: &str, mode: Mode, attributes: &[&str]) -> ReadManifest {
    let attributes: Vec<String> = attributes.iter().map(|&name| name.to_owned()).collect();
    let mut manifest = Manifest::new(text.as_bytes(), &Format::new(mode), &attributes);
    let mut all = Vec::new();
    while let Some(document) = manifest.next_document()? {
        all.push((document.labels, document.source));
    }
    Ok((all, manifest.warnings()))
}

#[test]
fn manifests_of_both_modes() {
    let one = r#"{"source":"First","Job":0,"Job-metadata":{"confidence":0.6,"class-name":"ham","human-annotated":"yes"}}
{"source-ref":"s3://bucket/second.txt","Job":1,"Job-metadata":{"class-name":"spam"}}"#;
    let (documents, warnings) = read_manifest(one, Mode::MultiClass, &["Job"]).unwrap();
    assert_eq!(documents[0], (vec!["ham".to_owned()], Source::Text("First".to_owned())));
    assert_eq!(documents[1].1, Source::Reference("s3://bucket/second.txt".to_owned()));
    assert!(warnings.is_empty());

    let several =
        r#"{"source":"First","Job":[0,4],"Job-metadata":{"class-map":{"0":"action","4":"drama","7":"other"}}}"#;
    let (documents, _) = read_manifest(several, Mode::MultiLabel, &["Job"]).unwrap();
    assert_eq!(documents[0].0, ["action", "drama"]);
}

#[test]
fn manifests_of_several_jobs_and_failed_lines() {
    let text = r#"{"source":"a","First":0,"First-metadata":{"class-name":"x"},"Second":1,"Second-metadata":{"class-name":"y"}}
{"source":"b","First":0,"First-metadata":{"class-name":"x"}}
{"source":"c","First-metadata":{"failure-reason":"nobody"}}
{"source":"d"}
{"source":" ","First":0,"First-metadata":{"class-name":"x"}}"#;
    let (documents, warnings) = read_manifest(text, Mode::MultiClass, &["First", "Second"]).unwrap();
    let labels: Vec<&str> = documents.iter().map(|(labels, _)| labels[0].as_str()).collect();
    assert_eq!(labels, ["y", "x"]);
    let counts = (
        warnings.failed_labelling,
        warnings.without_attribute,
        warnings.empty_documents,
    );
    assert_eq!(counts, (1, 1, 1));
}

#[test]
fn manifests_that_break_a_rule() {
    let read = |text: &str, mode| fault(read_manifest(text, mode, &["J"]));
    assert_eq!(
        read("{\"source\":\"a\",\"J\":0", Mode::MultiClass),
        (1, Rule::NotAnObject)
    );
    assert_eq!(read("[]", Mode::MultiClass), (1, Rule::NotAnObject));
    assert_eq!(read("{\"J\":0}", Mode::MultiClass), (1, Rule::NoSource));
    assert_eq!(
        read("{\"source\":\"a\"}\n\n{\"source\":\"b\"}\n", Mode::MultiClass),
        (3, Rule::NoAttribute)
    );
    let deep = format!("{{\"source\":{}", "[".repeat(100_000));
    assert_eq!(read(&deep, Mode::MultiClass), (1, Rule::NotAnObject));
    for (text, mode) in [
        (r#"{"source":"a","J":0}"#, Mode::MultiClass),
        (
            r#"{"source":"a","J":0,"J-metadata":{"class-name":3}}"#,
            Mode::MultiClass,
        ),
        (
            r#"{"source":"a","J":0,"J-metadata":{"class-map":{"0":"x"}}}"#,
            Mode::MultiLabel,
        ),
        (
            r#"{"source":"a","J":[1],"J-metadata":{"class-map":{"0":"x"}}}"#,
            Mode::MultiLabel,
        ),
    ] {
        assert!(matches!(read(text, mode), (1, Rule::Attribute { .. })), "{text}");
    }
    let none = r#"{"source":"a","J":[],"J-metadata":{"class-map":{}}}"#;
    assert_eq!(read(none, Mode::MultiLabel), (1, Rule::EmptyLabel));
}

#[test]
fn a_census_refuses_too_many_and_too_few() {
    let mut census = Census::new(Mode::MultiLabel);
    assert_eq!(census.check(Minimum::default()), Err(NotEnough::Documents));
    census.add(1, &["a"]).unwrap();
    let too_few = NotEnough::Labels { found: 1, needed: 2 };
    assert_eq!(census.check(Minimum::default()), Err(too_few));
    for line in 2..=11 {
        census.add(line, &["b", "A "]).unwrap();
    }
    assert_eq!((census.documents(), census.alike()), (11, 1));
    let error = census.check(Minimum::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "each class must have at least 10 documents; \"a\" has 1"
    );
    for line in 12..=20 {
        census.add(line, &["a"]).unwrap();
    }
    assert_eq!(census.check(Minimum::default()), Ok(()));
    let counts: Vec<(&str, u64)> = census.labels().collect();
    assert_eq!(counts, [("A ", 10), ("a", 10), ("b", 10)]);
    for number in 3..100 {
        census.add(21, &[number.to_string()]).unwrap();
    }
    let limit = Rule::TooManyClasses { limit: 100 };
    assert_eq!(fault(census.add(22, &["one too many"])), (22, limit));

    let mut set = Census::new(Mode::MultiClass).of_labels(["a"]);
    set.add(1, &["a"]).unwrap();
    assert_eq!(fault(set.add(2, &["b"])), (2, Rule::UnknownLabel));
}

#[test]
fn duplicates_across_files_have_one_digest() {
    let mut train = Rows::new("a,\"The cat\nsat\"\n".as_bytes(), MULTI_CLASS);
    let mut test = Rows::new("b,the  CAT sat\n".as_bytes(), MULTI_CLASS);
    let digest = train.next_row().unwrap().unwrap().digest();
    assert_eq!(digest, test.next_row().unwrap().unwrap().digest());
    assert_ne!(digest, Digest::of("the cat sits"));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        labels in proptest::collection::btree_set("[a-c,\" é\u{feff}]{0,3}[a-c]", 1..4),
        text in "[ab\"\n\r,|é]{0,8}[ab]",
    ) {
        let labels: Vec<&str> = labels.iter().map(|label| label.trim()).collect();
        let mut file = Vec::new();
        write_row(&mut file, &labels, Some('|'), &text).unwrap();
        write_row(&mut file, &labels[..1], None, &text).unwrap();
        let mut rows = Rows::new(file.as_slice(), MULTI_LABEL);
        let row = rows.next_row().unwrap().unwrap();
        let mut expected = labels.clone();
        expected.dedup();
        prop_assert!(row.labels.iter().all(|label| expected.contains(label)));
        prop_assert_eq!(row.text, &text);
        let row = rows.next_row().unwrap().unwrap();
        prop_assert_eq!(&row.labels[..], &labels[..1]);
        prop_assert_eq!(row.text, &text);
        prop_assert!(rows.next_row().unwrap().is_none());
    }

    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut rows = Rows::new(bytes.as_slice(), MULTI_LABEL);
        while let Ok(Some(row)) = rows.next_row() {
            prop_assert!(!row.labels.is_empty() && !row.text.trim().is_empty());
        }
        let mut manifest = Manifest::new(bytes.as_slice(), &MULTI_CLASS, &["a".to_owned()]);
        while let Ok(Some(_)) = manifest.next_document() {}
    }
}

#[test]
fn labels_that_would_be_read_back_as_others_are_not_written() {
    let mut file = Vec::new();
    for (labels, delimiter) in [(&["a|b"][..], Some('|')), (&["a", "b"], None), (&[], Some('|'))] {
        let error = write_row(&mut file, labels, delimiter, "text").unwrap_err();
        let inner = error.get_ref().unwrap();
        assert!(inner.downcast_ref::<DelimiterInLabel>().is_some());
    }
    assert!(file.is_empty());
}
