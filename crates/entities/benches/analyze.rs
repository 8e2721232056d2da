//! Throughput of the engine on one core, on English prose.

use std::sync::LazyLock;

use construe_entities::{Engine, Entity, Language};
use divan::Bencher;
use divan::counter::BytesCount;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the engine loads"));

/// One mebibyte of prose.
static PROSE: LazyLock<String> =
    LazyLock::new(|| include_str!("prose.txt").repeat(1 + (1 << 20) / include_str!("prose.txt").len()));

fn main() {
    divan::main();
}

#[divan::bench]
fn english_prose(bencher: Bencher<'_, '_>) {
    let mut scratch = ENGINE.scratch();
    let mut entities: Vec<Entity> = Vec::new();
    bencher.counter(BytesCount::of_str(PROSE.as_str())).bench_local(|| {
        ENGINE.analyze(&mut scratch, &PROSE, Language::En, &mut entities);
        assert!(entities.len() > 100);
    });
}

#[divan::bench]
fn open(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Engine::load().expect("the engine loads").memory_usage());
}

#[divan::bench]
fn prepare_english(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| Engine::load().expect("the engine loads"))
        .bench_local_values(|engine| engine.prepare(Language::En).is_ok());
}
