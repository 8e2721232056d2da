//! Datasets: every row is checked, and what comes out reads back as what went in.

mod support;

use std::sync::Arc;

use construe_document_reader::{OcrConfig, Reader};
use construe_jobs::InputFormat;
use construe_models::{
    CLASSIFICATION_DATASET, ClassifierMode, DATASET_ATTRIBUTE, DATASET_DELIMITER, DatasetFormat, DatasetImport,
    DocumentSource, LabelledDocuments, ManifestSource, Reading, RecognizerData, TrainingData as Places,
};
use construe_training_sources::dataset::Import;
use construe_training_sources::{Meter, classification, entities};
use construe_worker::{Trained, Trainer, TrainerError};
use support::{Files, Watcher, place};

fn import(files: &Files, format: DatasetFormat) -> Result<(Vec<u8>, Trained), TrainerError> {
    let mut artifact = Vec::new();
    let trained = import_of(format).train(files, &Watcher::patient(), &mut artifact)?;
    Ok((artifact, trained))
}

fn import_of(format: DatasetFormat) -> Import {
    Import::new(DatasetImport { format }, Arc::new(Reader::new(OcrConfig::default())))
}

fn csv(mode: ClassifierMode, delimiter: &str, key: &str) -> DatasetFormat {
    DatasetFormat::Classification {
        mode,
        delimiter: delimiter.to_owned(),
        labels: Vec::new(),
        language: "en".to_owned(),
        reading: Reading::default(),
        data: Places {
            csv: vec![place(key)],
            ..Places::default()
        },
    }
}

fn manifest(key: &str) -> ManifestSource {
    ManifestSource {
        location: place(key),
        attributes: vec!["topic".to_owned()],
        annotations: None,
        native: false,
        partial: false,
    }
}

/// Labels and text of every document, as trainings read them.
fn classified(files: &Files, places: &Places, mode: ClassifierMode, delimiter: &str) -> Vec<(Vec<String>, String)> {
    let corpus = classification::Corpus::new(files, places, mode, delimiter).unwrap();
    let watcher = Watcher::patient();
    let mut seen = Vec::new();
    corpus
        .visit(&Meter::new(&watcher, 0, 1000), &mut |document| {
            let labels = document.labels.iter().map(|&label| label.to_owned()).collect();
            seen.push((labels, document.text.to_owned()));
            Ok(())
        })
        .unwrap();
    seen
}

#[test]
fn rows_of_all_files_come_out_in_one_form() {
    let mode = ClassifierMode::MultiLabel;
    let files = Files::default()
        .with("in/a.csv", "x~y,first\r\n\"x\",\"with \"\"quotes\"\"\nand lines\"\n")
        .with("in/b.csv", "z,caf\u{e9}");
    let (artifact, trained) = import(&files, csv(mode, "~", "in/")).unwrap();
    assert_eq!((trained.documents, trained.input_bytes), (3, 43 + 7));
    let lake = Files::default().with(CLASSIFICATION_DATASET, artifact);
    let places = Places {
        csv: vec![place(CLASSIFICATION_DATASET)],
        ..Places::default()
    };
    let labels = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        classified(&lake, &places, mode, DATASET_DELIMITER),
        [
            (labels(&["x", "y"]), "first".to_owned()),
            (labels(&["x"]), "with \"quotes\"\nand lines".to_owned()),
            (labels(&["z"]), "caf\u{e9}".to_owned()),
        ]
    );
}

#[test]
fn labels_that_were_not_agreed_on_are_refused() {
    let mode = ClassifierMode::MultiLabel;
    let files = Files::default().with("in/a.csv", "x|y,first\nx,second\n y |z,third\n");
    let agreed = |names: &[&str]| {
        let mut format = csv(mode, "|", "in/");
        if let DatasetFormat::Classification { labels, .. } = &mut format {
            *labels = names.iter().map(|&name| name.to_owned()).collect();
        }
        format
    };
    assert_eq!(import(&files, agreed(&["x", "y", "z", "w"])).unwrap().1.documents, 3);
    let refused = import(&files, agreed(&["x", "y"])).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "INVALID_TRAINING_DATA: s3://data/in/a.csv, line 3: the label is none of those that the model was set up with."
    );
}

#[test]
fn files_of_their_own_become_rows() {
    let mode = ClassifierMode::MultiClass;
    let files = Files::default()
        .with("labels.csv", "x,a.txt\ny,more/b.txt,1\n")
        .with("docs/a.txt", "first")
        .with("docs/more/b.txt", "second\nof two lines");
    let mut format = csv(mode, "|", "none");
    if let DatasetFormat::Classification { data, .. } = &mut format {
        *data = Places {
            documents: vec![LabelledDocuments {
                labels: place("labels.csv"),
                documents: place("docs"),
            }],
            ..Places::default()
        };
    }
    let (artifact, trained) = import(&files, format).unwrap();
    assert_eq!(trained.documents, 2);
    let rows = String::from_utf8(artifact).unwrap();
    assert_eq!(rows, "x,\"first\"\ny,\"second\nof two lines\"\n");
}

/// A line of a manifest of one topic.
fn line(source: &str) -> String {
    format!(
        "{{{source}, \"topic\": 0, \"topic-metadata\": {{\"class-name\": \"news\", \"type\": \"groundtruth/text-classification\"}}}}\n"
    )
}

#[test]
fn documents_that_a_manifest_names_are_fetched_ahead() {
    let reference = |number: usize| line(&format!("\"source-ref\": \"s3://data/texts/{number:02}\""));
    let mut files = Files::default().with("in/m.manifest", (0..20).map(reference).collect::<String>());
    for number in 0..20 {
        files = files.with(&format!("texts/{number:02}"), format!("text {number}"));
    }
    let places = Places {
        manifests: vec![manifest("in/")],
        ..Places::default()
    };
    let corpus = classification::Corpus::new(&files, &places, ClassifierMode::MultiClass, "|").unwrap();
    let mut number = 0;
    let visited = corpus.visit(&Meter::new(&Watcher::patient(), 0, 1000), &mut |document| {
        assert_eq!(document.text, format!("text {number}"));
        // The manifest, what has been read, and what is on its way.
        let opened = files.opened.lock().unwrap().len();
        assert_eq!(opened, 1 + (number + 8).min(20), "at {number}");
        number += 1;
        Ok(())
    });
    assert!(visited.unwrap().is_empty() && number == 20);
}

#[test]
fn manifests_hold_documents_or_name_them() {
    let files = Files::default()
        .with(
            "in/m.manifest",
            [
                line("\"source\": \"here\""),
                line("\"source-ref\": \"s3://data/texts/there.txt\""),
            ]
            .concat(),
        )
        .with("texts/there.txt", "and there");
    let places = Places {
        manifests: vec![manifest("in/")],
        ..Places::default()
    };
    let seen = classified(&files, &places, ClassifierMode::MultiClass, "|");
    let texts: Vec<_> = seen
        .iter()
        .map(|(labels, text)| (labels[0].as_str(), text.as_str()))
        .collect();
    assert_eq!(texts, [("news", "here"), ("news", "and there")]);
    for (content, message) in [
        (
            line("\"source-ref\": \"https://elsewhere\""),
            "INVALID_TRAINING_DATA: s3://data/in/m.manifest, line 1: the document must be named as s3://bucket/key.",
        ),
        (
            line("\"source-ref\": \"s3://data/none.txt\""),
            "INPUT_NOT_FOUND: s3://data/none.txt",
        ),
    ] {
        let files = Files::default().with("in/m.manifest", content);
        let format = DatasetFormat::Classification {
            mode: ClassifierMode::MultiClass,
            delimiter: "|".to_owned(),
            labels: Vec::new(),
            language: "en".to_owned(),
            reading: Reading::default(),
            data: places.clone(),
        };
        let error = import(&files, format).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn bad_rows_are_named_by_file_and_line() {
    let files = || {
        Files::default()
            .with("in/a.csv", "x,fine\n")
            .with("in/b.csv", "x,fine\n,no label\n")
            .with("pipe.csv", "a|b,text\n")
            .with("empty.csv", "")
    };
    for (key, mode, delimiter, message) in [
        (
            "in/",
            ClassifierMode::MultiClass,
            "|",
            "INVALID_TRAINING_DATA: s3://data/in/b.csv, line 2: a label is empty.",
        ),
        (
            "pipe.csv",
            ClassifierMode::MultiLabel,
            "~",
            "INVALID_TRAINING_DATA: s3://data/pipe.csv, line 1: a label holds |, which divides the labels in datasets.",
        ),
        (
            "empty.csv",
            ClassifierMode::MultiClass,
            "|",
            "INSUFFICIENT_TRAINING_DATA: The dataset holds no document.",
        ),
    ] {
        let error = import(&files(), csv(mode, delimiter, key)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn annotated_documents_come_out_as_a_manifest() {
    let files = Files::default()
        .with("docs/a.txt", "Anna met Bob.\nnobody\n\u{1f600} Carl\n")
        .with(
            "marks.csv",
            "File,Line,Begin Offset,End Offset,Type\na.txt,0,0,4,PERSON\na.txt,0,9,12,PERSON\na.txt,2,2,6,PERSON\n",
        );
    let places = |marks: &str| RecognizerData {
        documents: vec![DocumentSource {
            documents: place("docs/"),
            format: InputFormat::OneDocPerLine,
            annotations: Some(place(marks)),
        }],
        ..RecognizerData::default()
    };
    let names = vec!["PERSON".to_owned()];
    let format = |data| DatasetFormat::Entities {
        language: "en".to_owned(),
        types: names.clone(),
        data,
    };
    let (artifact, trained) = import(&files, format(places("marks.csv"))).unwrap();
    assert_eq!(trained.documents, 3);

    let lake = Files::default().with("documents.manifest", artifact);
    let data = RecognizerData {
        manifests: vec![ManifestSource {
            attributes: vec![DATASET_ATTRIBUTE.to_owned()],
            ..manifest("documents.manifest")
        }],
        ..RecognizerData::default()
    };
    let types = entities::types(&names).unwrap();
    let watcher = Watcher::patient();
    let mut seen = Vec::new();
    entities::Corpus::new(&lake, &data, &types)
        .visit(&Meter::new(&watcher, 0, 1000), &mut |document| {
            let surfaces: Vec<String> = document
                .spans
                .iter()
                .map(|span| {
                    let characters = document.text.chars().skip(span.start as usize);
                    characters.take((span.end - span.start) as usize).collect()
                })
                .collect();
            seen.push(surfaces);
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, [vec!["Anna", "Bob"], vec![], vec!["Carl"]]);

    // Of a list, what occurs in the documents.
    let files = files.with("names.csv", "Text,Type\nBob,PERSON\nCarl,PERSON\nDora,PERSON\n");
    let listed = RecognizerData {
        entity_list: Some(place("names.csv")),
        documents: vec![DocumentSource {
            annotations: None,
            ..places("").documents[0].clone()
        }],
        ..RecognizerData::default()
    };
    let (artifact, _) = import(&files, format(listed)).unwrap();
    let lines: Vec<serde_json::Value> = artifact
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let counts: Vec<usize> = lines
        .iter()
        .map(|line| line["annotations"]["annotations"]["entities"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [1, 0, 1]);

    // Who is to blame is the file of annotations.
    let files = files.with(
        "bad.csv",
        "File,Line,Begin Offset,End Offset,Type\na.txt,1,3,99,PERSON\n",
    );
    let error = import(&files, format(places("bad.csv"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "INVALID_TRAINING_DATA: s3://data/bad.csv, line 2: the end offset lies beyond the end of the document, which \
         has 6 characters."
    );
}

#[test]
fn a_stop_ends_the_import() {
    let rows: String = (0..10_000).map(|n| format!("x,document {n}\n")).collect();
    let files = Files::default().with("a.csv", rows);
    let mut artifact = Vec::new();
    let format = csv(ClassifierMode::MultiClass, "|", "a.csv");
    let stopped = import_of(format).train(&files, &Watcher::stopping_after(3), &mut artifact);
    assert_eq!(stopped.unwrap_err(), TrainerError::Interrupted);
    assert!(artifact.len() < 5000);
}
