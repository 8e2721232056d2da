//! Builds the gazetteers of this crate from plain lists.
//!
//! ```text
//! cargo run -p construe-recognizers --example build_gazetteers -- --data DIR
//! ```
//!
//! `DIR` holds the lists named in `gazetteers/SOURCES.md`. The output depends on nothing but the lists: the same
//! input gives the same bytes.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use construe_text::fold::fold_into;

type Table = BTreeMap<Vec<u8>, u64>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let data = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--data"), Some(directory)) => PathBuf::from(directory),
        _ => return Err("usage: build_gazetteers --data DIR".into()),
    };
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("gazetteers");
    write(&out.join("names.fst"), &names(&data)?)?;
    write(&out.join("words.fst"), &words(&data)?)?;
    write(&out.join("places.fst"), &places(&data)?)?;
    Ok(())
}

fn write(path: &Path, table: &Table) -> Result<(), Box<dyn Error>> {
    let mut builder = fst::MapBuilder::memory();
    for (key, value) in table {
        builder.insert(key, *value)?;
    }
    let bytes = builder.into_inner()?;
    println!("{}: {} keys, {} bytes", path.display(), table.len(), bytes.len());
    fs::write(path, bytes)?;
    Ok(())
}

/// The rows of a tab-separated list, without comments.
fn rows(path: &Path) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("read {}: {error}", path.display()))?;
    Ok(text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect())
}

fn key(word: &str) -> Vec<u8> {
    let mut out = Vec::new();
    fold_into(word, &mut out);
    out
}

/// 0 to 15: not a name, one country, several countries, then the share in the US on a scale of doublings.
fn level(share_percent: f64, countries: &str) -> u64 {
    if share_percent <= 0.0 {
        return if countries.split(',').count() >= 2 { 2 } else { 1 };
    }
    // 0.001 % is level 3.
    (3.0 + (share_percent / 0.001).log2()).floor().clamp(3.0, 15.0) as u64
}

/// Given names in bits 0 to 3, surnames in bits 4 to 7, of single words.
fn names(data: &Path) -> Result<Table, Box<dyn Error>> {
    let mut table = Table::new();
    let mut put = |name: &str, level: u64, shift: u32| {
        let parts: Vec<&str> = name
            .split([' ', '-', '\''])
            .filter(|part| part.chars().count() > 1)
            .collect();
        let whole = key(name);
        let single = !name.contains([' ', '-']);
        for (folded, level) in std::iter::once((whole, level)).filter(|_| single).chain(
            parts
                .iter()
                .filter(|_| !single && parts.len() == 2)
                .map(|part| (key(part), 1)),
        ) {
            if folded.len() < 2 || folded.len() > 24 {
                continue;
            }
            let value = table.entry(folded).or_insert(0);
            let old = *value >> shift & 0xf;
            *value = *value & !(0xf << shift) | old.max(level) << shift;
        }
    };
    for row in rows(&data.join("given_names.tsv"))? {
        let share = row[2].parse::<f64>()?.max(row[3].parse()?);
        put(&row[0], level(share, &row[4]), 0);
    }
    for row in rows(&data.join("surnames.tsv"))? {
        put(&row[0], level(row[1].parse()?, &row[2]), 4);
    }
    Ok(table)
}

/// English frequency in bits 0 to 5, Spanish in bits 6 to 11, in eighths of a decade above 10^-8.
fn words(data: &Path) -> Result<Table, Box<dyn Error>> {
    let mut table = Table::new();
    for (file, shift) in [("words_en.tsv", 0u32), ("words_es.tsv", 6)] {
        for row in rows(&data.join(file))? {
            let centibels: u64 = row[1].parse()?;
            let level = (800u64.saturating_sub(centibels) * 8 / 100).clamp(1, 63);
            let folded = key(&row[0]);
            if folded.is_empty() || row[0].contains(' ') {
                continue;
            }
            let value = table.entry(folded).or_insert(0);
            let old = *value >> shift & 0x3f;
            *value = *value & !(0x3f << shift) | old.max(level) << shift;
        }
    }
    Ok(table)
}

/// Names of places, folded words joined by blanks: bit 0 larger cities, bit 1 places with a postcode.
fn places(data: &Path) -> Result<Table, Box<dyn Error>> {
    let mut table = Table::new();
    for (file, bit) in [("cities_world.tsv", 1u64), ("places_us_ca_au_gb.tsv", 2)] {
        for row in rows(&data.join(file))? {
            let name = row[0].split(" (").next().unwrap_or_default();
            let words: Vec<Vec<u8>> = name
                .split(|c: char| !c.is_alphanumeric())
                .map(key)
                .filter(|word| !word.is_empty())
                .collect();
            let folded = words.join(&b' ');
            if folded.len() < 3 || words.len() > 4 || !folded.is_ascii() {
                continue;
            }
            *table.entry(folded).or_insert(0) |= bit;
        }
    }
    Ok(table)
}
