//! Builds the terminologies of the engine from their tables.
//!
//! ```text
//! cargo run --release -p construe-medical --example build_terminology -- DATA/medical/terms OUT
//! ```
//!
//! The tables are tab separated, plain or compressed, with a line of column names first. Writes the automaton to OUT.
//! The licences of the tables stand beside the automaton, in `terms/SOURCES.md`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use construe_medical::terminology::{Classes, build};
use flate2::read::MultiGzDecoder;

type Failure = Box<dyn Error>;

/// Words of classifications that no clinician writes: a term that has one is of no use for matching.
const BOOKISH: &[&str] = &[
    "unspecified",
    "encounter",
    "sequela",
    "elsewhere",
    "classified",
    "specified",
    "episode",
    "initial",
    "subsequent",
];

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: build_terminology TERMS OUT".into());
    };
    let directory = Path::new(&directory);
    let mut terms: Vec<(String, Classes)> = Vec::new();
    let mut brands = BTreeSet::new();
    read(&directory.join("drugs.tsv.gz"), |row| {
        if row[1] == "brand" {
            brands.insert(row[0].clone());
        }
    })?;
    read(&directory.join("drugs.tsv.gz"), |row| {
        // A synonym of another name that is a trade name too is no non-proprietary name.
        if row[1] == "generic" && row[4] == "drugbank_vocabulary" && row[2] != row[0] && brands.contains(&row[0]) {
            return;
        }
        let classes = match row[1].as_str() {
            "generic" => Classes::GENERIC,
            "brand" => Classes::BRAND,
            _ => Classes::DRUG_CLASS,
        };
        let ambiguous = if row[3].is_empty() {
            Classes::NONE
        } else {
            Classes::AMBIGUOUS
        };
        terms.push((row[0].clone(), classes.with(ambiguous)));
    })?;
    read(&directory.join("conditions.tsv.gz"), |row| {
        let classes = match row[1].as_str() {
            "disease" => Classes::DISEASE,
            "symptom" => Classes::SYMPTOM,
            _ => Classes::SIGN,
        };
        let words: Vec<String> = row[0].to_lowercase().split_whitespace().map(str::to_owned).collect();
        let trimmed = |word: &String| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        if words.len() <= 6 && !words.iter().any(|word| BOOKISH.contains(&trimmed(word).as_str())) {
            terms.push((row[0].clone(), classes));
        }
    })?;
    read(&directory.join("anatomy.tsv.gz"), |row| {
        let classes = if row[2].is_empty() {
            Classes::RARE_ANATOMY
        } else {
            Classes::ANATOMY
        };
        terms.push((row[0].clone(), classes));
    })?;
    read(&directory.join("procedures_tests_treatments.tsv.gz"), |row| {
        let classes = match row[1].as_str() {
            "TEST_NAME" => Classes::TEST,
            "PROCEDURE_NAME" => Classes::PROCEDURE,
            _ => Classes::TREATMENT,
        };
        // The measurement ontology goes on to measurements of rats that nobody writes about patients.
        if row[0].split_whitespace().count() <= 4 {
            terms.push((row[0].clone(), classes));
        }
    })?;
    read(&directory.join("sig_vocabulary.tsv"), |row| {
        let classes = match row[1].as_str() {
            "ROUTE_OR_MODE" => Classes::ROUTE,
            "FREQUENCY" => Classes::FREQUENCY,
            "FORM" => Classes::FORM,
            "UNIT" => Classes::UNIT,
            "RATE" => Classes::RATE,
            _ => Classes::DURATION,
        };
        if row[0].chars().any(char::is_alphabetic) {
            terms.push((row[0].clone(), classes));
        }
    })?;
    read(&directory.join("test_units.tsv"), |row| {
        if row[0].chars().any(char::is_alphabetic) {
            terms.push((row[0].clone(), Classes::TEST_UNIT));
        }
    })?;
    read(&directory.join("directions.tsv"), |row| {
        terms.push((row[0].clone(), Classes::DIRECTION))
    })?;
    read(&directory.join("quality_acuity.tsv"), |row| {
        let classes = if row[1] == "ACUITY" {
            Classes::ACUITY
        } else {
            Classes::QUALITY
        };
        terms.push((row[0].clone(), classes));
    })?;
    read(&directory.join("social_terms.tsv"), |row| {
        let classes = match row[1].as_str() {
            "TOBACCO_USE" => Classes::TOBACCO,
            "ALCOHOL_CONSUMPTION" => Classes::ALCOHOL,
            "REC_DRUG_USE" => Classes::RECREATIONAL,
            "ALLERGIES" => Classes::ALLERGY,
            "GENDER" => Classes::GENDER,
            _ => Classes::ORIGIN,
        };
        terms.push((row[0].clone(), classes));
    })?;
    let automaton = build(terms.iter().map(|(term, classes)| (term.as_str(), *classes)))?;
    println!("{} terms, {} bytes", terms.len(), automaton.len());
    std::fs::write(out, automaton)?;
    Ok(())
}

/// Calls with the columns of each row, missing ones empty.
fn read(path: &Path, mut row: impl FnMut(&[String; 5])) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let plain: Box<dyn Read> = if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    for line in BufReader::new(plain).lines().skip(1) {
        let line = line?;
        let mut columns: [String; 5] = Default::default();
        for (column, value) in columns.iter_mut().zip(line.split('\t')) {
            value.clone_into(column);
        }
        if !columns[0].is_empty() {
            row(&columns);
        }
    }
    Ok(())
}
