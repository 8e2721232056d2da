//! Throughput on one core, on English prose: types that the entity engine knows something of, and types that it does
//! not, where it is not asked.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use construe_custom_entities::{Language, Model, Resources, Scratch, Settings, Span, Trainer, Types};
use divan::Bencher;
use divan::counter::BytesCount;

static RESOURCES: LazyLock<Resources> = LazyLock::new(|| Resources::load().expect("the product's data"));

/// One mebibyte of prose.
static PROSE: LazyLock<String> = LazyLock::new(|| {
    let prose = include_str!("../../entities/benches/prose.txt");
    prose.repeat(1 + (1 << 20) / prose.len())
});

/// A recogniser of what stands after a word.
fn model(word: &str, entities: [&str; 4]) -> Model {
    let types = Types::new(["TYPE"]).expect("a type");
    let mut trainer = Trainer::annotated(Settings::new(Language::En, types));
    for number in 0..200 {
        let entity = entities[number % 4];
        let mut text = String::new();
        write!(text, "On day {number} we talked about the {word} ").expect("memory takes text");
        let start = text.chars().count() as u32;
        let end = start + entity.chars().count() as u32;
        write!(text, "{entity} and went on with the work.").expect("memory takes text");
        trainer
            .add(&text, &[Span { start, end, kind: 0 }])
            .expect("a sound document");
    }
    let trained = trainer.train(&RESOURCES, &mut |_| ControlFlow::Continue(()));
    trained.expect("it trains").model
}

fn main() {
    divan::main();
}

fn bench(bencher: Bencher<'_, '_>, model: &Model) {
    let (mut scratch, mut entities) = (Scratch::default(), Vec::new());
    bencher.counter(BytesCount::of_str(PROSE.as_str())).bench_local(|| {
        model.analyze(&mut scratch, &PROSE, &mut entities);
    });
}

#[divan::bench]
fn with_the_entity_engine(bencher: Bencher<'_, '_>) {
    bench(
        bencher,
        &model("engineer", ["Jane Doe", "Diego Ramirez", "Paulo Santos", "Li Juan"]),
    );
}

#[divan::bench]
fn without_it(bencher: Bencher<'_, '_>) {
    bench(bencher, &model("substance", ["salt", "brown sugar", "lye", "acid"]));
}

#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    let bytes = model("substance", ["salt", "brown sugar", "lye", "acid"]).to_bytes();
    bencher.bench_local(|| {
        Model::from_bytes(&bytes, &RESOURCES)
            .expect("its own file")
            .memory_usage()
    });
}

#[divan::bench]
fn load_what_all_share(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Resources::load().expect("the product's data"));
}
