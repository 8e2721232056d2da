//! Reads the annotated texts of the medical data, attributes and traits included.

#[allow(dead_code, reason = "only the example that trains reads these")]
pub mod everyday;
#[allow(dead_code, reason = "only the example that trains writes texts")]
pub mod generated;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use construe_medical::Type;
use construe_medical::training::{Example, Labelled};
use flate2::read::MultiGzDecoder;
use serde_json::Value;

pub type Failure = Box<dyn Error>;

/// A record of a file with the example made of it.
pub struct Annotated {
    pub source: String,
    pub example: Example,
}

/// Reads the English records of a file. Sources that `covers` does not have cover nothing.
pub fn read(path: &Path, covers: &BTreeMap<String, Vec<Type>>) -> Result<Vec<Annotated>, Failure> {
    let mut records = Vec::new();
    for line in BufReader::new(open(path)?).lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let record: Value = serde_json::from_str(&line)?;
        let source = record["source"].as_str().unwrap_or_default().to_owned();
        if record["lang"].as_str().unwrap_or("en") != "en" {
            continue;
        }
        let mut spans = Vec::new();
        for span in record["spans"].as_array().into_iter().flatten() {
            spans.extend(labelled(span));
            for attribute in span["attributes"].as_array().into_iter().flatten() {
                spans.extend(labelled(attribute));
            }
        }
        for attribute in record["unmapped"].as_array().into_iter().flatten() {
            spans.extend(labelled(attribute));
        }
        spans.sort_by_key(|span| (span.start, span.end, span.kind));
        spans.dedup();
        let ignore = record["ignore"].as_array().into_iter().flatten().filter_map(|zone| {
            let edge = |index: usize, name: &str| zone[index].as_u64().or(zone[name].as_u64());
            Some(edge(0, "start")? as usize..edge(1, "end")? as usize)
        });
        records.push(Annotated {
            example: Example {
                id: record["id"].to_string(),
                text: record["text"].as_str().ok_or("a record has no text")?.to_owned(),
                spans,
                covers: covers.get(&source).cloned().unwrap_or_default(),
                ignore: ignore.collect(),
                weight: 1.0,
            },
            source,
        });
    }
    Ok(records)
}

fn labelled(span: &Value) -> Option<Labelled> {
    Some(Labelled {
        start: span["start"].as_u64()? as usize,
        end: span["end"].as_u64()? as usize,
        kind: Type::from_name(span["label"].as_str()?)?,
    })
}

/// Opens a file, plain or compressed.
pub fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}
