//! Analyses JSON lines: reads `{"id", "text", "lang"}` from standard input, writes `{"id", "text", "spans"}` with
//! offsets in code points, the format of the scoring scripts.

use std::error::Error;
use std::io::{BufRead, Write};

use construe_pii::{Engine, Language};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::load()?;
    let mut scratch = engine.scratch();
    let mut findings = Vec::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let record: Value = serde_json::from_str(&line?)?;
        let text = record["text"].as_str().ok_or("a record without text")?;
        let language = record["lang"]
            .as_str()
            .and_then(|code| code.parse().ok())
            .unwrap_or(Language::En);
        engine.analyze(&mut scratch, text, language, &mut findings);
        let spans: Vec<Value> = findings
            .iter()
            .map(|found| json!({"start": found.start, "end": found.end, "label": found.kind.as_str(), "score": found.score}))
            .collect();
        writeln!(out, "{}", json!({"id": record["id"], "text": text, "spans": spans}))?;
    }
    Ok(())
}
