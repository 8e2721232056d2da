//! How much of texts written for these tests is found, with floors: a drop fails.

use std::collections::BTreeMap;
use std::ops::Range;

use construe_medical::{Analysis, Engine, TraitName, Type};

/// A stretch of bytes and what it is.
type Span = (Range<usize>, Type);

/// Text and spans, in bytes, of a text with `[[words|TYPE]]` in it; no type stands for a condition, `?` for what is not
/// judged, which is returned last.
fn unmarked(marked: &str) -> (String, Vec<Span>, Vec<Range<usize>>) {
    let (mut text, mut spans, mut open) = (String::new(), Vec::new(), Vec::new());
    let mut rest = marked;
    while let Some((before, inside)) = rest.split_once("[[") {
        text.push_str(before);
        let (inside, after) = inside.split_once("]]").expect("a mark ends");
        let (words, kind) = inside.rsplit_once('|').unwrap_or((inside, "DX_NAME"));
        let start = text.len();
        text.push_str(words);
        match kind {
            "?" => open.push(start..text.len()),
            kind => spans.push((start..text.len(), Type::from_name(kind).expect("the type exists"))),
        }
        rest = after;
    }
    text.push_str(rest);
    (text, spans, open)
}

/// What was found against what is there.
#[derive(Default)]
struct Counts {
    right: usize,
    found: usize,
    there: usize,
}

impl Counts {
    fn recall(&self) -> f64 {
        self.right as f64 / self.there as f64
    }

    fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.found + self.there) as f64
    }
}

/// Counts exact spans by type.
fn count(counts: &mut BTreeMap<Type, Counts>, there: &[Span], found: &[Span]) {
    for span in there {
        counts.entry(span.1).or_default().there += 1;
    }
    for span in found {
        let of_type = counts.entry(span.1).or_default();
        of_type.found += 1;
        of_type.right += usize::from(there.contains(span));
    }
}

/// Judges lines of notes by the four types that matter most.
fn judge_notes(lines: &str) {
    let engine = Engine::load().expect("the engine loads");
    let (mut scratch, mut analysis, mut counts) = (engine.scratch(), Analysis::new(), BTreeMap::new());
    for line in lines.lines() {
        let (text, there, _) = unmarked(line);
        engine.analyze_entities(&mut scratch, &text, &mut analysis);
        let found: Vec<_> = analysis
            .entities
            .iter()
            .map(|entity| (entity.byte_start..entity.byte_end, entity.kind))
            .collect();
        count(&mut counts, &there, &found);
    }
    for kind in [Type::DxName, Type::GenericName, Type::BrandName, Type::TestName] {
        let f1 = counts[&kind].f1();
        assert!(f1 >= 0.9, "{kind}: F1 {f1:.3}");
    }
}

#[test]
fn notes_are_read_well() {
    judge_notes(include_str!("fixtures/notes.txt"));
}

#[test]
fn dense_notes_are_read_well() {
    judge_notes(include_str!("fixtures/snippets.txt"));
}

/// Judges texts by all identifying information in them: recall and F1 of exact spans, and the share of what is there
/// that a finding of any type touches, must reach `floors`.
fn judge_letters(letters: &str, floors: [f64; 3]) {
    let engine = Engine::load().expect("the engine loads");
    let (mut scratch, mut found, mut counts) = (engine.scratch(), Vec::new(), BTreeMap::new());
    let touch = |one: &Range<usize>, other: &Range<usize>| one.start < other.end && other.start < one.end;
    let mut touched = 0;
    for letter in letters.split("\n====\n") {
        let (text, there, open) = unmarked(letter);
        engine.analyze_phi(&mut scratch, &text, &mut found);
        let found: Vec<_> = found
            .iter()
            .map(|entity| (entity.byte_start..entity.byte_end, entity.kind))
            .filter(|(range, _)| !open.iter().any(|zone| touch(zone, range)))
            .collect();
        let is_touched = |span: &&Span| found.iter().any(|(range, _)| touch(range, &span.0));
        touched += there.iter().filter(is_touched).count();
        count(&mut counts, &there, &found);
    }
    let sum = |part: fn(&Counts) -> usize| counts.values().map(part).sum();
    let all = Counts {
        right: sum(|counts| counts.right),
        found: sum(|counts| counts.found),
        there: sum(|counts| counts.there),
    };
    let figures = [all.recall(), all.f1(), touched as f64 / all.there as f64];
    assert!(
        figures.iter().zip(floors).all(|(&figure, floor)| figure >= floor),
        "recall, F1 and share touched are {figures:.3?}, the floors {floors:?}"
    );
}

#[test]
fn identifying_information_is_found_in_letters_of_many_layouts() {
    judge_letters(include_str!("fixtures/letters.txt"), [0.96, 0.94, 0.98]);
}

#[test]
fn identifying_information_is_found_in_encounters() {
    judge_letters(include_str!("fixtures/encounters.txt"), [0.92, 0.92, 0.965]);
}

#[test]
fn identifying_information_is_found_in_what_nobody_studied() {
    judge_letters(include_str!("fixtures/unread.txt"), [0.895, 0.895, 0.96]);
}

#[test]
fn the_context_is_read_well() {
    let engine = Engine::load().expect("the engine loads");
    let (mut scratch, mut traits) = (engine.scratch(), Vec::new());
    let mut counts: BTreeMap<TraitName, Counts> = BTreeMap::new();
    for line in include_str!("fixtures/assertions.txt").lines() {
        let (said, sentence) = line.split_once('|').expect("what the context says stands in front");
        let said: Vec<Option<TraitName>> = said.split(',').map(trait_of).collect();
        let (text, mentions, _) = unmarked(sentence);
        engine.assess(&mut scratch, &text, &mentions, &mut traits);
        for (index, traits) in traits.iter().enumerate() {
            let said = said[index.min(said.len() - 1)];
            if let Some(name) = said {
                counts.entry(name).or_default().there += 1;
            }
            for found in traits {
                let of_name = counts.entry(found.name).or_default();
                of_name.found += 1;
                of_name.right += usize::from(said == Some(found.name));
            }
        }
    }
    for (name, floor) in [
        (TraitName::Negation, 0.94),
        (TraitName::Hypothetical, 0.9),
        (TraitName::PertainsToFamily, 0.9),
        (TraitName::LowConfidence, 0.85),
        (TraitName::PastHistory, 0.9),
        (TraitName::Future, 0.9),
    ] {
        let f1 = counts[&name].f1();
        assert!(f1 >= floor, "{name}: F1 {f1:.3}");
    }
}

fn trait_of(letter: &str) -> Option<TraitName> {
    match letter {
        "N" => Some(TraitName::Negation),
        "H" => Some(TraitName::Hypothetical),
        "F" => Some(TraitName::PertainsToFamily),
        "L" => Some(TraitName::LowConfidence),
        "P" => Some(TraitName::PastHistory),
        "U" => Some(TraitName::Future),
        "-" => None,
        other => panic!("{other:?} says nothing"),
    }
}
