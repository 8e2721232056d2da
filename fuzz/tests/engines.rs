//! Every target on a bounded number of texts, and files, in every test run. `make fuzz` checks more.

use construe_fuzz::{Failure, Settings, documents, run, targets};

const SETTINGS: Settings = Settings {
    count: 2000,
    seed: 1,
    longest: 4096,
    patterns: 10,
};

fn check(name: &str) {
    let mut target = targets::load(name).expect("a target").expect("its engine loads");
    assert_eq!(target.name(), name);
    if let Err(failure) = run(target.as_mut(), &SETTINGS) {
        let Failure {
            target,
            number,
            language,
            text,
            reason,
        } = *failure;
        let language = language.code();
        panic!(
            "{target}, text {number} of seed {}, read as {language}: {reason}: {text:?}",
            SETTINGS.seed
        );
    }
}

#[test]
fn documents_of_bytes() {
    let settings = documents::Settings { count: 1000, seed: 1 };
    match documents::run(&settings) {
        // Damage must leave enough of most files to get behind the first check.
        Ok(summary) => assert!(summary.reached * 4 > summary.files, "{summary:?}"),
        Err(failure) => panic!("file {} of seed {}: {}", failure.number, settings.seed, failure.reason),
    }
}

#[test]
fn entities() {
    check("entities");
}

#[test]
fn medical() {
    check("medical");
}

#[test]
fn pii() {
    check("pii");
}

#[test]
fn recognizers() {
    check("recognizers");
}

#[test]
fn text() {
    check("text");
}
