//! Runs the engine over the texts of annotated files and prints what it finds in the same form, to be scored.
//!
//! ```text
//! cargo run --release -p construe-medical --example detect -- entities|phi|traits FILE…
//! ```
//!
//! `traits` keeps the annotated entities and prints what the context says of them.

mod data;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use construe_medical::training::Labelled;
use construe_medical::{Analysis, Attribute, Engine, Entity, Scratch, Trait};
use data::Failure;
use serde_json::{Value, json};

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    if !["entities", "phi", "traits"].contains(&mode.as_str()) {
        return Err("usage: detect entities|phi|traits FILE…".into());
    }
    let engine = Engine::load()?;
    let mut scratch = engine.scratch();
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
