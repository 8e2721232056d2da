//! Throughput of the engine on one core, on English prose with some personal information.

use std::sync::LazyLock;

use construe_pii::{Engine, Finding, Language, PiiType, TypeSet};
use divan::Bencher;
use divan::counter::BytesCount;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the engine loads"));

/// One mebibyte of prose.
static PROSE: LazyLock<String> =
    LazyLock::new(|| include_str!("support.txt").repeat(1 + (1 << 20) / include_str!("support.txt").len()));

fn main() {
    divan::main();
}

/// The types that are found by their layout alone.
fn pattern_types() -> TypeSet {
    let by_words = [PiiType::Name, PiiType::Address, PiiType::DateTime, PiiType::Age];
    PiiType::ALL
        .into_iter()
        .filter(|kind| !by_words.contains(kind))
        .collect()
}

fn measure(bencher: Bencher<'_, '_>, types: TypeSet) {
    let mut scratch = ENGINE.scratch();
    let mut findings: Vec<Finding> = Vec::new();
    bencher.counter(BytesCount::of_str(PROSE.as_str())).bench_local(|| {
        ENGINE.analyze_types(&mut scratch, &PROSE, Language::En, &types, &mut findings);
        assert!(findings.len() > 100);
    });
}

#[divan::bench]
fn all_types(bencher: Bencher<'_, '_>) {
    measure(bencher, TypeSet::all());
}

#[divan::bench]
fn pattern_types_only(bencher: Bencher<'_, '_>) {
    measure(bencher, pattern_types());
}

#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Engine::load().expect("the engine loads").memory_usage());
}
