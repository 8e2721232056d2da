//! Texts that are not medical, for names, places and numbers as people write them.

use std::io::{BufRead, BufReader};
use std::path::Path;

use construe_medical::Type;
use construe_medical::training::{Example, Labelled};
use serde_json::Value;

use super::{Annotated, Failure, open};

/// What a source annotates, in the words of its data, and what that is here. What is annotated otherwise is left open.
struct Source {
    file: &'static str,
    name: &'static str,
    kinds: &'static [(&'static str, Type)],
}

const SOURCES: &[Source] = &[
    Source {
        file: "ner/en/train.jsonl.gz",
        name: "gum",
        kinds: &[("PERSON", Type::Name), ("LOCATION", Type::Address)],
    },
    Source {
        file: "ner/en/train.jsonl.gz",
        name: "uner-ewt",
        kinds: &[("PERSON", Type::Name), ("LOCATION", Type::Address)],
    },
    Source {
        file: "pii/train.jsonl.gz",
        name: "tab",
        kinds: &[("NAME", Type::Name)],
    },
    Source {
        file: "pii/train.jsonl.gz",
        name: "synthetic",
        kinds: &[
            ("NAME", Type::Name),
            ("PHONE", Type::PhoneOrFax),
            ("EMAIL", Type::Email),
            ("URL", Type::Url),
        ],
    },
];
/// One text in this many of the largest source is read.
const SAMPLED: usize = 5;

/// Reads the English texts of all sources.
pub fn read(root: &Path) -> Result<Vec<Annotated>, Failure> {
    let mut records = Vec::new();
    for source in SOURCES {
        let every = if source.name == "synthetic" { SAMPLED } else { 1 };
        let mut number = 0;
        for line in BufReader::new(open(&root.join(source.file))?).lines() {
            let record: Value = serde_json::from_str(&line?)?;
            if record["source"] != source.name || record["lang"] != "en" {
                continue;
            }
            number += 1;
            if number % every == 0 {
                records.push(annotated(source, &record)?);
            }
        }
    }
    Ok(records)
}

fn annotated(source: &Source, record: &Value) -> Result<Annotated, Failure> {
    let (mut spans, mut ignore) = (Vec::new(), Vec::new());
    for span in record["spans"].as_array().into_iter().flatten() {
        let edge = |name: &str| {
            span[name]
                .as_u64()
                .map(|edge| edge as usize)
                .ok_or("a span has no edges")
        };
        let (start, end) = (edge("start")?, edge("end")?);
        match source.kinds.iter().find(|(name, _)| span["label"] == *name) {
            Some(&(_, kind)) => spans.push(Labelled { start, end, kind }),
            None => ignore.push(start..end),
        }
    }
    Ok(Annotated {
        source: source.name.to_owned(),
        example: Example {
            id: format!("{}-{}", source.name, record["id"]),
            text: record["text"].as_str().ok_or("a record has no text")?.to_owned(),
            spans,
            covers: source.kinds.iter().map(|&(_, kind)| kind).collect(),
            ignore,
            weight: 1.0,
        },
    })
}
