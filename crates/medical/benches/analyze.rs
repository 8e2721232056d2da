//! Throughput of the engine on one core, on notes and letters that do not repeat themselves.

use std::sync::LazyLock;

use construe_medical::grammar::{Grammar, Random};
use construe_medical::{Analysis, Engine, Entity};
use divan::Bencher;
use divan::counter::BytesCount;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the engine loads"));

/// One mebibyte of notes and letters, written by the grammars that also write training texts, with made-up names.
static NOTES: LazyLock<String> = LazyLock::new(|| {
    let grammars = [
        include_str!("../training/notes.grammar"),
        include_str!("../training/letters.grammar"),
    ]
    .map(|grammar| {
        Grammar::read(grammar, |_| Some((0..5000).map(made_up_name).collect())).expect("the grammar is read")
    });
    let mut random = Random::new(1);
    let mut text = String::new();
    while text.len() < 1 << 20 {
        for grammar in &grammars {
            text.push_str(&grammar.write(&mut random).0);
            text.push('\n');
        }
    }
    text
});

fn made_up_name(number: usize) -> String {
    const SYLLABLES: [&str; 18] = [
        "ba", "den", "for", "gil", "hal", "ine", "jor", "ka", "lum", "mer", "nor", "os", "pel", "ric", "sta", "tor",
        "vi", "wen",
    ];
    let mut name = String::from("K");
    let mut rest = number;
    for _ in 0..3 {
        name.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    name
}

fn main() {
    divan::main();
}

#[divan::bench]
fn entities(bencher: Bencher<'_, '_>) {
    let mut scratch = ENGINE.scratch();
    let mut analysis = Analysis::new();
    bencher.counter(BytesCount::of_str(NOTES.as_str())).bench_local(|| {
        ENGINE.analyze_entities(&mut scratch, &NOTES, &mut analysis);
        assert!(analysis.entities.len() > 10_000);
    });
}

#[divan::bench]
fn phi(bencher: Bencher<'_, '_>) {
    let mut scratch = ENGINE.scratch();
    let mut found: Vec<Entity> = Vec::new();
    bencher.counter(BytesCount::of_str(NOTES.as_str())).bench_local(|| {
        ENGINE.analyze_phi(&mut scratch, &NOTES, &mut found);
        assert!(found.len() > 1_000);
    });
}

#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Engine::load().expect("the engine loads").memory_usage());
}
