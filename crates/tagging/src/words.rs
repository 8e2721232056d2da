//! Features of words in scripts that put spaces between them.

use construe_learn::FeatureHasher;
use construe_text::{Language, Token};

use crate::features::{Known, Sentence};
use crate::knowledge::WordFeatures;
use crate::regime::Regime;

// Templates: 100 to 199.
const BIAS: u32 = 100;
const SURFACE: u32 = 101;
const FOLDED: u32 = 102;
const SHAPE: u32 = 103;
const PREFIX: u32 = 104;
const SUFFIX: u32 = 105;
const LENGTH: u32 = 106;
const PATTERN: u32 = 107;
const PAIR_BEFORE: u32 = 120;
const PAIR_AFTER: u32 = 121;
const SHAPE_BEFORE: u32 = 123;
const SHAPE_AFTER: u32 = 124;
const SHAPES: u32 = 125;
const CLASS_BEFORE: u32 = 126;
const CLASS_AFTER: u32 = 127;
const CLASSES: u32 = 128;
const JOINED: u32 = 129;

/// Affixes are up to that many characters long.
const LONGEST_AFFIX: usize = 4;

/// Writes the features of a word and its folded form.
pub(crate) fn word(
    _language: Language,
    regime: Regime,
    token: &Token,
    surface: &str,
    folded: &mut String,
    out: &mut WordFeatures,
) -> Known {
    if surface.is_ascii() {
        folded.push_str(surface);
        folded.make_ascii_lowercase();
    } else {
        folded.extend(surface.chars().flat_map(char::to_lowercase));
    }
    let regime = regime as u64;
    let shape = shape(surface).number(regime);
    let whole = FeatureHasher::new(FOLDED).text(folded);
    out.push_own_shared(FeatureHasher::new(BIAS).number(regime));
    out.push_own(FeatureHasher::new(SURFACE).text(surface).number(regime));
    out.push_wide(whole);
    out.push_wide_shared(shape);
    if token.class.has_digit() {
        // Numbers of the same form are alike.
        let mut pattern = FeatureHasher::new(PATTERN);
        for byte in folded.bytes().take(24) {
            pattern = pattern.number(u64::from(if byte.is_ascii_digit() { b'0' } else { byte }));
        }
        out.push_wide(pattern.number(folded.len().min(24) as u64));
    }
    let mut length = 0;
    for (characters, (at, c)) in folded.char_indices().take(LONGEST_AFFIX).enumerate() {
        let prefix = &folded[..at + c.len_utf8()];
        let prefix = FeatureHasher::new(PREFIX).text(prefix);
        if characters < 2 {
            out.push_own_shared(prefix);
        } else {
            out.push_own(prefix);
        }
        length = characters + 1;
    }
    for (characters, (at, _)) in folded.char_indices().rev().take(LONGEST_AFFIX).enumerate() {
        let suffix = FeatureHasher::new(SUFFIX).text(&folded[at..]);
        match characters {
            0 | 1 => out.push_own_shared(suffix),
            2 => out.push_near(suffix),
            _ => out.push_own(suffix),
        }
    }
    let length = if length < LONGEST_AFFIX {
        length
    } else {
        folded.len().min(12)
    };
    out.push_own_shared(FeatureHasher::new(LENGTH).number(length as u64).number(regime));
    Known {
        folded: raw(whole),
        shape: raw(shape),
        class: 0,
    }
}

fn raw(hasher: FeatureHasher) -> u64 {
    u64::from(hasher.finish())
}

/// Upper-case letters as X, lower-case ones as x, digits as 0, others as they are; runs cut to two.
fn shape(word: &str) -> FeatureHasher {
    let mut hasher = FeatureHasher::new(SHAPE);
    let (mut last, mut run) = ('\0', 0);
    for c in word.chars().take(64) {
        let class = match c {
            'a'..='z' => 'x',
            'A'..='Z' => 'X',
            '0'..='9' => '0',
            c if c.is_ascii() => c,
            c if c.is_uppercase() => 'X',
            c if c.is_alphabetic() => 'x',
            c if c.is_numeric() => '0',
            c => c,
        };
        run = if class == last { run + 1 } else { 0 };
        last = class;
        if run < 2 {
            hasher = hasher.number(u64::from(u32::from(class)));
        }
    }
    hasher
}

/// Calls with each feature of the context, and whether it is of few values.
#[inline]
pub(crate) fn context(sentence: Sentence<'_>, position: usize, mut push: impl FnMut(u32, bool)) {
    let [before, this, after] = [-1, 0, 1].map(|distance| sentence.at(position, distance));
    let mut combine = |template: u32, values: &[u64], shared: bool| {
        let hasher = values
            .iter()
            .fold(FeatureHasher::new(template), |hasher, &value| hasher.number(value));
        push(hasher.finish(), shared);
    };
    combine(PAIR_BEFORE, &[before.folded, this.folded], false);
    combine(PAIR_AFTER, &[this.folded, after.folded], false);
    combine(SHAPE_BEFORE, &[before.shape, this.shape], true);
    combine(SHAPE_AFTER, &[this.shape, after.shape], true);
    combine(SHAPES, &[before.shape, this.shape, after.shape], true);
    if this.class != 0 {
        combine(CLASS_BEFORE, &[before.class, this.class], true);
        combine(CLASS_AFTER, &[this.class, after.class], true);
        combine(CLASSES, &[before.class, this.class, after.class], true);
    }
    // What lies before the sentence must not matter.
    let joined = u64::from(position > 0 && !sentence.tokens[position].class.space_before());
    let next = sentence.tokens.get(position + 1);
    let joined_after = next.is_some_and(|token| !token.class.space_before());
    combine(JOINED, &[joined | u64::from(joined_after) << 1, this.shape], true);
}
