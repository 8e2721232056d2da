//! Throughput of the engine on one core, on notes of several kinds.

use std::sync::LazyLock;

use construe_medical::{Analysis, Engine, Entity};
use divan::Bencher;
use divan::counter::BytesCount;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the engine loads"));

/// One mebibyte of notes.
static NOTES: LazyLock<String> =
    LazyLock::new(|| include_str!("notes.txt").repeat(1 + (1 << 20) / include_str!("notes.txt").len()));

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
