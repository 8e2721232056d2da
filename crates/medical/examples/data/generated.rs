//! Training texts that the grammars of this crate write.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;

use construe_medical::Type;
use construe_medical::grammar::{Grammar, Random};
use construe_medical::training::Example;

use super::{Annotated, Failure, open};

/// Texts by the grammar of notes, with their medical entities.
pub fn notes(root: &Path, count: usize) -> Result<Vec<Annotated>, Failure> {
    const COVERS: &[Type] = &[
        Type::DxName,
        Type::GenericName,
        Type::BrandName,
        Type::TestName,
        Type::ProcedureName,
        Type::TreatmentName,
    ];
    let grammar = include_str!("../../training/notes.grammar");
    write(root, grammar, "notes", COVERS, count)
}

/// Texts by the grammar of letters, with the identifying information in them.
pub fn letters(root: &Path, count: usize) -> Result<Vec<Annotated>, Failure> {
    const COVERS: &[Type] = &[
        Type::Name,
        Type::Age,
        Type::Date,
        Type::Address,
        Type::PhoneOrFax,
        Type::Email,
        Type::Id,
        Type::Url,
        Type::Profession,
    ];
    let grammar = concat!(
        include_str!("../../training/letters.grammar"),
        include_str!("../../training/encounters.grammar")
    );
    write(root, grammar, "letters", COVERS, count)
}

fn write(root: &Path, grammar: &str, source: &str, covers: &[Type], count: usize) -> Result<Vec<Annotated>, Failure> {
    let mut failure = None;
    let grammar = Grammar::read(grammar, |name| match list(root, name) {
        Ok(entries) => Some(entries),
        Err(error) => {
            failure = Some(error);
            None
        }
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    let grammar = grammar?;
    let mut random = Random::new(4);
    Ok((0..count)
        .map(|number| {
            let (text, spans) = grammar.write(&mut random);
            Annotated {
                source: source.to_owned(),
                example: Example {
                    id: format!("{source}-{number}"),
                    text,
                    spans,
                    covers: covers.to_vec(),
                    ignore: Vec::new(),
                    weight: 1.0,
                },
            }
        })
        .collect())
}

/// The entries of a list that a grammar names.
fn list(root: &Path, name: &str) -> Result<Vec<String>, Failure> {
    let gazetteers = root.join("gazetteers");
    let terms = root.join("medical/terms");
    let column = |path: &Path, keep: &dyn Fn(&[&str]) -> bool| self::column(path, 0, keep);
    let words = |term: &str, most: usize| term.split_whitespace().count() <= most && term.len() > 3;
    let census = |row: &[&str], from: usize| {
        row[from..]
            .iter()
            .filter_map(|cell| cell.parse::<f32>().ok())
            .sum::<f32>()
    };
    let ascii = |entries: Vec<String>| -> Vec<String> {
        entries
            .into_iter()
            .map(|entry| entry.chars().filter(char::is_ascii_alphabetic).collect::<String>())
            .filter(|entry| entry.len() > 2)
            .collect()
    };
    Ok(match name {
        "generic" => column(&terms.join("drugs.tsv.gz"), &|row| {
            row.get(1) == Some(&"generic")
                && row.get(3).is_none_or(|flag| flag.is_empty())
                && row[0].len() > 5
                && words(row[0], 2)
        })?,
        "brand" => column(&terms.join("drugs.tsv.gz"), &|row| {
            row.get(1) == Some(&"brand")
                && row.get(3).is_none_or(|flag| flag.is_empty())
                && row[0].len() > 4
                && words(row[0], 1)
        })?
        .iter()
        .map(|name| capitalized(name))
        .collect(),
        "disease" => column(&terms.join("conditions.tsv.gz"), &|row| {
            row.get(1) == Some(&"disease") && words(row[0], 3) && !row[0].contains([',', '(', '['])
        })?,
        "symptom" => column(&terms.join("conditions.tsv.gz"), &|row| {
            row.get(1) == Some(&"symptom") && words(row[0], 3) && !row[0].contains([',', '(', '['])
        })?,
        "test" => column(&terms.join("procedures_tests_treatments.tsv.gz"), &|row| {
            row.get(1) == Some(&"TEST_NAME") && words(row[0], 2)
        })?,
        "procedure" => column(&terms.join("procedures_tests_treatments.tsv.gz"), &|row| {
            row.get(1) == Some(&"PROCEDURE_NAME") && words(row[0], 3)
        })?,
        "given_common" => column(&gazetteers.join("given_names.tsv"), &|row| census(row, 2) > 0.01)?,
        "given_any" => column(&gazetteers.join("given_names.tsv"), &|row| row[0].len() > 2)?,
        "given_ascii" => ascii(column(&gazetteers.join("given_names.tsv"), &|row| {
            census(row, 2) > 0.02
        })?),
        "surname_common" => column(&gazetteers.join("surnames.tsv"), &|row| census(row, 1) > 0.005)?,
        "surname_any" => column(&gazetteers.join("surnames.tsv"), &|row| row[0].len() > 2)?,
        "surname_ascii" => ascii(column(&gazetteers.join("surnames.tsv"), &|row| census(row, 1) > 0.01)?),
        "city" => column(&gazetteers.join("places_us_ca_au_gb.tsv"), &|row| {
            words(row[0], 3) && !row[0].starts_with("APO")
        })?,
        "city_world" => column(&gazetteers.join("cities_world.tsv"), &|row| {
            row[0].starts_with(char::is_alphabetic)
        })?,
        "country" => column(&gazetteers.join("countries.tsv"), &|row| {
            row[0].split_whitespace().count() <= 2
        })?,
        "state" => column(&gazetteers.join("states.tsv"), &|row| row.get(2) == Some(&"US"))?,
        "state_code" => self::column(&gazetteers.join("states.tsv"), 1, &|row| row.get(2) == Some(&"US"))?,
        "street_name" => column(&gazetteers.join("street_names_en.txt"), &|row| {
            row[0].split_whitespace().count() == 1 && row[0].len() > 3
        })?
        .iter()
        .map(|name| capitalized(name))
        .collect(),
        "street_ascii" => ascii(column(&gazetteers.join("street_names_en.txt"), &|row| {
            row[0].split_whitespace().count() == 1 && row[0].len() > 3
        })?),
        "occupation" => column(&gazetteers.join("occupations.txt"), &|row| words(row[0], 3))?,
        "job_title" => {
            // The list is noisy: only what ends like an occupation of the other.
            let occupations = column(&gazetteers.join("occupations.txt"), &|_| true)?;
            let heads: BTreeSet<&str> = occupations
                .iter()
                .filter_map(|name| name.split(' ').next_back())
                .collect();
            column(&gazetteers.join("job_titles_large.txt"), &|row| {
                words(row[0], 3)
                    && row[0].bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ')
                    && row[0].split(' ').next_back().is_some_and(|head| heads.contains(head))
            })?
        }
        other => return Err(format!("no list is called {other}").into()),
    })
}

/// A column of a table, without the rows that are not wanted; in order, each entry once.
fn column(path: &Path, index: usize, keep: &dyn Fn(&[&str]) -> bool) -> Result<Vec<String>, Failure> {
    let mut entries = BTreeSet::new();
    for line in BufReader::new(open(path)?).lines() {
        let line = line?;
        let row: Vec<&str> = line.split('\t').collect();
        if !line.starts_with('#') && row.len() > index && !row[index].is_empty() && keep(&row) {
            entries.insert(row[index].to_owned());
        }
    }
    Ok(entries.into_iter().collect())
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
