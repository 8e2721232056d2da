//! Every target on a bounded number of texts, in every test run. `make fuzz` checks more.

use construe_fuzz::{Failure, Settings, run, targets};

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
