//! From training data to a model, a report and an archive.

#[path = "../../worker/tests/support/job.rs"]
mod job;
#[path = "../../training-sources/tests/support/objects.rs"]
mod objects;
#[path = "../../training-sources/tests/support/mod.rs"]
mod support;

use std::fmt::Write;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use construe_custom_models::{Classifier, Classifiers};
use construe_document_reader::{OcrConfig, Reader};
use construe_jobs::{Job, JobKind, Timestamp};
use construe_models::{
    ClassifierMode, ClassifierReport, ClassifierTraining, LabelledDocuments, LoadedModel, Reading,
    TrainingData as Places,
};
use construe_worker::{Analyzer, Trained, TrainerError, Watch};
use construe_worker_classification::{ClassificationAnalyzer, Prepared};
use flate2::read::GzDecoder;
use job::job;
use objects::NoObjects;
use serde_json::{Value, json};
use support::{Files, Watcher, place};

const SUBMITTED: Timestamp = Timestamp(1_700_000_000_000_000);

fn places(key: &str) -> Places {
    Places {
        csv: vec![place(key)],
        ..Places::default()
    }
}

fn training(mode: ClassifierMode) -> ClassifierTraining {
    ClassifierTraining {
        mode,
        delimiter: "|".to_owned(),
        language: "en".to_owned(),
        train: places("train"),
        test: Places::default(),
        compare: None,
        reading: Reading::default(),
    }
}

/// Training fetches nothing, so there is nothing to fetch from.
fn analyzer() -> ClassificationAnalyzer {
    let models = Arc::new(Classifiers::new(Arc::new(NoObjects), 0, ()));
    ClassificationAnalyzer::new(models, Arc::new(Reader::new(OcrConfig::default())))
}

struct Made {
    model: Vec<u8>,
    trained: Trained,
    report: ClassifierReport,
}

/// Trains as the runtime would.
fn train_with(
    files: &Files,
    training: ClassifierTraining,
    compared: Option<Arc<Classifier>>,
    watcher: &dyn Watch,
) -> Result<Made, TrainerError> {
    let analyzer = analyzer();
    let prepared = Prepared::Training(training, compared);
    let job = Job {
        submit_time: SUBMITTED,
        ..job(JobKind::ClassifierTraining, Value::Null)
    };
    let mut trainer = analyzer.trainer(&job, &prepared).unwrap();
    let mut model = Vec::new();
    let trained = trainer.train(files, watcher, &mut model)?;
    let report = serde_json::from_value(Value::Object(trained.report.members().clone())).unwrap();
    Ok(Made { model, trained, report })
}

fn train(files: &Files, training: ClassifierTraining) -> Result<Made, TrainerError> {
    train_with(files, training, None, &Watcher::patient())
}

/// Messages that a child could tell apart.
fn messages(from: usize, count: usize) -> String {
    (from..from + count).fold(String::new(), |mut rows, n| {
        let _ = match n % 3 {
            0 => writeln!(rows, "spam,\"WIN cash, a prize call {n} now\""),
            _ => writeln!(rows, "ham,see you at home after {n}"),
        };
        rows
    })
}

fn confusion(trained: &Trained) -> Value {
    let mut tar = Vec::new();
    GzDecoder::new(&trained.archive[..]).read_to_end(&mut tar).unwrap();
    assert!(tar.starts_with(b"confusion_matrix.json\0"));
    let end = tar[512..].iter().position(|&byte| byte == 0).unwrap();
    serde_json::from_slice(&tar[512..512 + end]).unwrap()
}

#[test]
fn a_tenth_is_held_out_and_two_trainings_are_the_same() {
    let files = Files::default()
        .with("train/a.csv", messages(0, 200))
        .with("train/b.csv", messages(200, 100));
    let watcher = Watcher::patient();
    let made = train_with(&files, training(ClassifierMode::MultiClass), None, &watcher).unwrap();
    let report = &made.report;
    assert_eq!(report.trained_documents + report.test_documents, 300);
    assert!((15..=50).contains(&report.test_documents), "{report:?}");
    assert_eq!((report.labels, &report.warnings[..]), (2, &[][..]));
    assert!(
        report.measures.accuracy > 0.95 && report.measures.f1 > 0.9,
        "{report:?}"
    );
    assert!(made.trained.documents == 300 && watcher.highest.into_inner() >= 900);
    let matrix = confusion(&made.trained);
    assert_eq!(
        (&matrix["type"], &matrix["labels"], &matrix["all_labels"]),
        (&json!("multi_class"), &json!(["ham", "spam"]), &json!(["ham", "spam"]))
    );
    let counted: u64 = matrix["confusion_matrix"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(counted, report.test_documents);
    let model = Classifier::from_bytes(&made.model, &()).unwrap();
    assert_eq!(model.labels(), ["ham", "spam"]);

    let again = train(&files, training(ClassifierMode::MultiClass)).unwrap();
    assert!(again.model == made.model && again.trained.archive == made.trained.archive);
    assert_eq!(again.report, made.report);
}

/// Notes what is reported, and how often the data had been opened by then.
struct Protocol<'f> {
    files: &'f Files,
    reports: Mutex<Vec<(usize, u16)>>,
}

impl Watch for Protocol<'_> {
    fn report(&self, per_mille: u16) -> ControlFlow<()> {
        let opened = self.files.opened.lock().unwrap().len();
        self.reports.lock().unwrap().push((opened, per_mille));
        ControlFlow::Continue(())
    }
}

#[test]
fn progress_goes_on_while_the_data_are_read_for_the_first_time() {
    let files = Files::default().with("train", messages(0, 6000));
    let protocol = Protocol {
        files: &files,
        reports: Mutex::default(),
    };
    train_with(&files, training(ClassifierMode::MultiClass), None, &protocol).unwrap();
    let reports = protocol.reports.into_inner().unwrap();
    assert!(reports.is_sorted_by_key(|&(_, per_mille)| per_mille), "{reports:?}");
    let looked = reports.iter().rfind(|report| report.0 == 1);
    assert_eq!(looked, Some(&(1, 50)), "the look at the data is told to be over");
    // Opened to be looked at, then for the language, then to be learnt from.
    let learning: Vec<u16> = reports
        .iter()
        .filter(|report| report.0 == 3)
        .map(|report| report.1)
        .collect();
    let read: Vec<u16> = learning.iter().copied().filter(|&per_mille| per_mille < 450).collect();
    assert!(read.len() > 5 && read.last() > Some(&400), "{learning:?}");
}

#[test]
fn test_data_of_the_customers_own_are_used_and_what_is_odd_about_them_is_told() {
    let mut test = messages(1000, 30);
    test.push_str("spam,WIN cash a prize\nother,unheard of\n");
    let files = Files::default()
        .with("train", messages(0, 100) + "spam,Win  CASH a prize\nham,\nham ,odd\n")
        .with("test", test);
    let made = train(
        &files,
        ClassifierTraining {
            test: places("test"),
            ..training(ClassifierMode::MultiClass)
        },
    )
    .unwrap();
    assert_eq!((made.report.trained_documents, made.report.test_documents), (102, 32));
    assert_eq!(
        made.report.warnings,
        [
            "1 rows without text were left out",
            "1 labels were taken without the white space around them",
            "1 training documents are in the test data too, which makes the measures look better than they are",
            "1 labels of test documents are none of the training data",
        ]
    );
    assert!(made.report.measures.accuracy < 1.0, "what it cannot know it must miss");
}

#[test]
fn documents_may_have_several_labels() {
    let rows: String = (0..300).fold(String::new(), |mut rows, n| {
        let (labels, text) = match n % 3 {
            0 => ("sport|money", "the club sold its striker for millions"),
            1 => ("sport", "the striker scored in the match"),
            _ => ("money", "shares fell and millions were lost"),
        };
        let _ = writeln!(rows, "{labels},{text} {n}");
        rows
    });
    let files = Files::default().with("train", rows);
    let made = train(&files, training(ClassifierMode::MultiLabel)).unwrap();
    assert_eq!(made.report.labels, 2);
    assert!(made.report.measures.micro_f1 > 0.9, "{:?}", made.report);
    let matrix = confusion(&made.trained);
    assert_eq!(matrix["type"], "multi_label");
    let matrices = matrix["confusion_matrix"].as_array().unwrap();
    assert_eq!(matrices.len(), 2);
    for matrix in matrices {
        let counts = matrix
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row.as_array().unwrap());
        let counted: u64 = counts.map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(counted, made.report.test_documents);
    }
}

#[test]
fn an_earlier_version_is_judged_by_the_same_documents() {
    let little = Files::default().with("train", messages(0, 60).replace("spam", "other"));
    let old = train(&little, training(ClassifierMode::MultiClass)).unwrap();
    let old = Arc::new(Classifier::from_bytes(&old.model, &()).unwrap());
    let files = Files::default()
        .with("train", messages(0, 200))
        .with("test", messages(500, 60));
    let training = ClassifierTraining {
        test: places("test"),
        ..training(ClassifierMode::MultiClass)
    };
    let made = train_with(&files, training, Some(old), &Watcher::patient()).unwrap();
    let compared = made.report.compared.unwrap();
    assert!(compared.accuracy < 0.7, "it does not know the label: {compared:?}");
    assert!(made.report.measures.accuracy > 0.95);
}

#[test]
fn data_that_cannot_be_used_are_refused_with_the_reason() {
    for (content, message) in [
        (
            "a,x\n".repeat(20),
            "INSUFFICIENT_TRAINING_DATA: The training data must have at least 2 classes and have 1.",
        ),
        (
            "a,x\n".repeat(20) + &"b,y\n".repeat(9),
            "INSUFFICIENT_TRAINING_DATA: Each class must have at least 10 documents; \"b\" has 9.",
        ),
        (
            String::new(),
            "INSUFFICIENT_TRAINING_DATA: The training data hold no document.",
        ),
        (
            "a,x\na,\"never closed\nb,y\n".to_owned(),
            "INVALID_TRAINING_DATA: s3://data/train, line 2: the quotation mark that opens a field here is never closed.",
        ),
        (
            "a,x\nb,y,z\n".to_owned(),
            "INVALID_TRAINING_DATA: s3://data/train, line 2: the row must have 2 columns; a field with commas or line \
             breaks needs quotation marks around it.",
        ),
        (
            format!("a,x\n{},y\n", "l".repeat(5001)),
            "INVALID_TRAINING_DATA: s3://data/train, line 2: a label is longer than 5000 characters.",
        ),
        (
            (0..1001).fold(String::new(), |mut rows, n| {
                let _ = writeln!(rows, "class {n},text");
                rows
            }),
            "INVALID_TRAINING_DATA: s3://data/train, line 1001: this is one class more than the 1000 that a model can \
             have.",
        ),
    ] {
        let files = Files::default().with("train", content);
        let refused = train(&files, training(ClassifierMode::MultiClass)).err().unwrap();
        assert_eq!(refused.to_string(), message);
    }
    let files = Files::default().with("train", b"a,x\nb,\xff\xfe\n".to_vec());
    let refused = train(&files, training(ClassifierMode::MultiClass)).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "INVALID_TRAINING_DATA: s3://data/train, line 2: the file must be encoded in UTF-8."
    );
    let files = Files::default().with("train", "a||b,x\n");
    let refused = train(&files, training(ClassifierMode::MultiLabel)).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "INVALID_TRAINING_DATA: s3://data/train, line 1: a label is empty."
    );
    let files = Files::default().with("train", messages(0, 100)).with("test", "");
    let empty_test = ClassifierTraining {
        test: places("test"),
        ..training(ClassifierMode::MultiClass)
    };
    assert_eq!(
        train(&files, empty_test).err().unwrap().to_string(),
        "INSUFFICIENT_TRAINING_DATA: The test data hold no document."
    );
}

#[test]
fn equal_documents_in_both_classes_and_nothing_else_still_train() {
    let files = Files::default().with("train", "a,same\n".repeat(10) + &"b,same too\n".repeat(10));
    let made = train(&files, training(ClassifierMode::MultiClass)).unwrap();
    assert_eq!(made.report.labels, 2);
    let [warning] = &made.report.warnings[..] else {
        panic!("{:?}", made.report.warnings)
    };
    assert!(warning.starts_with("nothing was left to test with"), "{warning}");
}

/// Files of one text each, and the rows that label them.
fn letters(from: usize, count: usize, mut files: Files, folder: &str) -> (Files, String) {
    let mut rows = String::new();
    for (number, row) in messages(from, count).lines().enumerate() {
        let (label, text) = row.split_once(',').unwrap();
        let name = format!("{}/{number}.txt", number % 7);
        files = files.with(&format!("{folder}/{name}"), text);
        let _ = writeln!(rows, "{label},{name}");
    }
    (files, rows)
}

fn labelled(labels: &str, documents: &str) -> Places {
    Places {
        documents: vec![LabelledDocuments {
            labels: place(labels),
            documents: place(documents),
        }],
        ..Places::default()
    }
}

#[test]
fn documents_may_be_files_of_their_own() {
    let (files, train_rows) = letters(0, 90, Files::default(), "docs");
    let (files, test_rows) = letters(500, 30, files, "exam/docs");
    let odd = "ham,odd/empty.txt\nham,odd/broken.pdf\nspam,odd/binary,1\n";
    let files = files
        .with("docs/odd/empty.txt", " \n")
        .with("docs/odd/broken.pdf", "%PDF-1.7\nnothing of it")
        .with("docs/odd/binary", b"\xff\x00\x01".to_vec())
        .with("train.csv", train_rows + odd)
        .with("test.csv", test_rows);
    let training = ClassifierTraining {
        train: labelled("train.csv", "docs/"),
        test: labelled("test.csv", "exam/docs"),
        ..training(ClassifierMode::MultiClass)
    };
    let made = train(&files, training.clone()).unwrap();
    let report = &made.report;
    assert_eq!((report.trained_documents, report.test_documents), (90, 30));
    assert!(report.measures.accuracy > 0.95, "{report:?}");
    assert_eq!(
        report.warnings,
        [
            "1 rows without text were left out",
            "2 rows were left out whose documents or pages cannot be read",
        ]
    );
    let opened = files.opened.lock().unwrap().clone();
    let reads = opened.iter().filter(|key| key.ends_with("/3.txt")).count();
    assert_eq!(
        reads, 2,
        "each document is read once, whatever the training does with it"
    );
    assert!(train(&files, training.clone()).unwrap().model == made.model);

    for (rows, message) in [
        ("ham,none.txt\n", "line 1: there is no document of this name."),
        (
            "ham,0/0.txt\nham,0/0.txt,2\n",
            "line 2: the page is beyond the end of the document, which has 1 pages.",
        ),
        ("ham\n", "line 1: the row must have 2 or 3 columns;"),
    ] {
        let (files, _) = letters(0, 10, Files::default(), "docs");
        let files = files.with("bad.csv", rows);
        let training = ClassifierTraining {
            train: labelled("bad.csv", "docs/"),
            test: Places::default(),
            ..training.clone()
        };
        let refused = train(&files, training).err().unwrap().to_string();
        let expected = format!("INVALID_TRAINING_DATA: s3://data/bad.csv, {message}");
        assert!(refused.starts_with(&expected), "{refused}");
    }
}

#[test]
fn a_stop_is_obeyed_wherever_it_comes() {
    let files = Files::default()
        .with("train", messages(0, 300))
        .with("test", messages(500, 100));
    let (files, rows) = letters(600, 20, files, "docs");
    let files = files.with("rows", rows);
    let training = ClassifierTraining {
        train: Places {
            documents: labelled("rows", "docs").documents,
            ..places("train")
        },
        test: places("test"),
        ..training(ClassifierMode::MultiClass)
    };
    let all = Watcher::stopping_after(100_000);
    train_with(&files, training.clone(), None, &all).unwrap();
    let reports = 100_000 - all.left();
    assert!(reports > 10, "{reports}");
    for reports in [0, 1, reports / 4, reports / 2, reports - 1] {
        let stopped = train_with(&files, training.clone(), None, &Watcher::stopping_after(reports));
        assert_eq!(
            stopped.err(),
            Some(TrainerError::Interrupted),
            "after {reports} reports"
        );
    }
}
