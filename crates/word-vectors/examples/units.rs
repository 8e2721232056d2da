//! Writes the units of each line of the standard input, separated by tabs: what `tools/build_vectors.py` counts.

use std::io::{BufRead, BufWriter, Write};

use construe_word_vectors::each_unit;

fn main() -> std::io::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let mut separator = "";
        let mut written = Ok(());
        each_unit(&line?, |unit| {
            if written.is_ok() {
                written = write!(out, "{separator}{unit}");
                separator = "\t";
            }
        });
        written?;
        writeln!(out)?;
    }
    out.flush()
}
