//! Runs the engine over the texts of annotated files and prints what it finds in the same form, to be scored.
//!
//! ```text
//! cargo run --release -p construe-medical --example detect -- entities|phi|traits|speed FILE…
//! ```
//!
//! `traits` keeps the annotated entities and prints what the context says of them. `speed` prints how many megabytes
//! (10^6 bytes) of the texts one core reads in a second, each text in the best of its rounds.

mod data;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use construe_medical::training::Labelled;
use construe_medical::{Analysis, Attribute, Engine, Entity, Scratch, Trait};
use data::Failure;
use serde_json::{Value, json};

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    if !["entities", "phi", "traits", "speed"].contains(&mode.as_str()) {
        return Err("usage: detect entities|phi|traits|speed FILE…".into());
    }
    let engine = Engine::load()?;
    let mut scratch = engine.scratch();
    if mode == "speed" {
        return speed(&engine, &mut scratch, arguments);
    }
    let mut analysis = Analysis::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for file in arguments {
        for record in data::read(Path::new(&file), &BTreeMap::new())? {
            let text = &record.example.text;
            let spans: Vec<Value> = match mode.as_str() {
                "traits" => given(&engine, &mut scratch, text, &record.example.spans),
                "phi" => {
                    analysis.clear();
                    engine.analyze_phi(&mut scratch, text, &mut analysis.entities);
                    analysis.entities.iter().map(span).collect()
                }
                _ => {
                    engine.analyze_entities(&mut scratch, text, &mut analysis);
                    analysis.entities.iter().map(span).collect()
                }
            };
            let id: Value = serde_json::from_str(&record.example.id)?;
            let line = json!({"id": id, "source": record.source, "text": text, "spans": spans});
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Prints how fast the engine reads the texts of each file.
fn speed(engine: &Engine, scratch: &mut Scratch, files: impl Iterator<Item = String>) -> Result<(), Failure> {
    const ROUNDS: usize = 9;
    let mut analysis = Analysis::new();
    for file in files {
        let texts: Vec<String> = data::read(Path::new(&file), &BTreeMap::new())?
            .into_iter()
            .map(|record| record.example.text)
            .collect();
        let bytes: usize = texts.iter().map(String::len).sum();
        let mut best = vec![[f64::INFINITY; 2]; texts.len()];
        for _ in 0..ROUNDS {
            for (text, best) in texts.iter().zip(&mut best) {
                let start = Instant::now();
                engine.analyze_entities(scratch, text, &mut analysis);
                best[0] = best[0].min(start.elapsed().as_secs_f64());
            }
            for (text, best) in texts.iter().zip(&mut best) {
                let start = Instant::now();
                engine.analyze_phi(scratch, text, &mut analysis.entities);
                best[1] = best[1].min(start.elapsed().as_secs_f64());
            }
        }
        let [entities, phi] = [0, 1].map(|mode| bytes as f64 / 1e6 / best.iter().map(|best| best[mode]).sum::<f64>());
        println!("{file}: {bytes} bytes; entities {entities:.2} MB/s, phi {phi:.2} MB/s");
    }
    Ok(())
}

/// The annotated entities with the traits that the engine gives them.
fn given(engine: &Engine, scratch: &mut Scratch, text: &str, spans: &[Labelled]) -> Vec<Value> {
    let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mentions: Vec<_> = spans
        .iter()
        .map(|span| (boundaries[span.start]..boundaries[span.end], span.kind))
        .collect();
    let mut traits = Vec::new();
    engine.assess(scratch, text, &mentions, &mut traits);
    spans
        .iter()
        .zip(&traits)
        .map(|(span, traits)| {
            json!({
                "start": span.start,
                "end": span.end,
                "label": span.kind.name(),
                "traits": traits.iter().map(trait_name).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn span(entity: &Entity) -> Value {
    json!({
        "start": entity.start,
        "end": entity.end,
        "label": entity.kind.name(),
        "score": entity.score,
        "traits": entity.traits.iter().map(trait_name).collect::<Vec<_>>(),
        "attributes": entity.attributes.iter().map(attribute).collect::<Vec<_>>(),
    })
}

fn trait_name(found: &Trait) -> &'static str {
    found.name.name()
}

fn attribute(attribute: &Attribute) -> Value {
    json!({
        "start": attribute.start,
        "end": attribute.end,
        "label": attribute.kind.name(),
        "relation": attribute.relationship.name(),
    })
}
