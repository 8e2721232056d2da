//! The harness itself: it finds what is wrong, makes it short, and lets through what is right.

use construe_fuzz::{Offsets, Settings, Target, check_spans, run};
use construe_text::Language;

/// A target that is wrong in one way.
struct Wrong {
    check: fn(&str) -> Result<(), String>,
    work: fn(&str) -> usize,
    done: usize,
}

impl Target for Wrong {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn languages(&self) -> &[Language] {
        &[Language::De]
    }

    fn check(&mut self, _: Language, text: &str) -> Result<(), String> {
        (self.check)(text)
    }

    fn work(&mut self, _: Language, text: &str) {
        self.done ^= (self.work)(text);
    }

    fn reset(&mut self) {}
}

const SETTINGS: Settings = Settings {
    count: 3000,
    seed: 5,
    longest: 2048,
    patterns: 2,
};

fn wrong(check: fn(&str) -> Result<(), String>, work: fn(&str) -> usize) -> Wrong {
    Wrong { check, work, done: 0 }
}

#[test]
fn a_panic_is_found_and_its_text_made_short() {
    let panics = |text: &str| {
        assert!(!text.contains("ß") || !text.contains('7'), "both");
        Ok(())
    };
    let failure = run(&mut wrong(panics, str::len), &SETTINGS).expect_err("some text has both");
    assert_eq!(failure.reason, "panic: both");
    let mut characters: Vec<char> = failure.text.chars().collect();
    characters.sort_unstable();
    assert_eq!(characters, ['7', 'ß']);
    assert_eq!(failure.language, Language::De);
}

#[test]
fn quadratic_work_is_found_and_linear_work_is_not() {
    let linear = |text: &str| text.bytes().map(usize::from).sum();
    let summary = run(&mut wrong(|_| Ok(()), linear), &SETTINGS).expect("linear");
    assert_eq!(summary.texts, SETTINGS.count);
    // For each bracket, what came before it.
    let quadratic = |text: &str| {
        let brackets = text.match_indices('(').map(|(at, _)| at);
        let before = |at: usize| text.as_bytes()[..at].iter().step_by(8);
        brackets
            .flat_map(before)
            .fold(1, |sum: usize, &byte| sum.wrapping_mul(31) ^ usize::from(byte))
    };
    let failure = run(&mut wrong(|_| Ok(()), quadratic), &SETTINGS).expect_err("quadratic");
    assert!(
        failure.reason.starts_with("not linear") && failure.text.contains('('),
        "{failure:?}"
    );
}

#[test]
fn unsound_spans_are_told_apart_from_sound_ones() {
    let text = "aéb漢c";
    let span = |start, end, byte_start, byte_end| Offsets {
        start,
        end,
        byte_start,
        byte_end,
    };
    assert_eq!(
        check_spans(text, [span(0, 1, 0, 1), span(1, 3, 1, 4), span(3, 4, 4, 7)]),
        Ok(())
    );
    for wrong in [
        [span(0, 2, 0, 3), span(1, 3, 1, 4)],
        [span(1, 3, 1, 4), span(0, 1, 0, 1)],
        [span(0, 1, 0, 1), span(1, 2, 1, 2)],
        [span(0, 1, 0, 1), span(1, 3, 1, 3)],
        [span(0, 1, 0, 1), span(1, 1, 1, 1)],
        [span(0, 1, 0, 1), span(4, 6, 7, 9)],
    ] {
        assert!(check_spans(text, wrong).is_err(), "{wrong:?}");
    }
}
