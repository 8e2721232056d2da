//! What a task knows beyond the text: word lists, clusters, grammars.

use std::ops::Range;

use construe_learn::FeatureHasher;

use crate::document::Document;

/// Features of a task's own.
///
/// What depends on one word alone goes into [`Knowledge::word`]: its weights are summed once for a word and kept as
/// long as it returns, so that it may be as much as pays. What depends on the place goes into [`Knowledge::passages`].
pub trait Knowledge {
    /// Memory that [`Knowledge::passages`] works in.
    type Scratch: Default;

    /// Name and version of these features: part of the model's feature schema. A model works only with what it was
    /// trained with.
    fn schema(&self) -> &str;

    /// Describes a word: `surface` as it stands there, `folded` in lower case.
    fn word(&self, surface: &str, folded: &str, out: &mut WordFeatures) {
        let _ = (surface, folded, out);
    }

    /// Marks passages of a document.
    fn passages(&self, scratch: &mut Self::Scratch, document: &Document<'_>, out: &mut Marks) {
        let _ = (scratch, document, out);
    }
}

/// Nothing but the text.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKnowledge;

impl Knowledge for NoKnowledge {
    type Scratch = ();

    fn schema(&self) -> &str {
        "none"
    }
}

/// The most features of a kind that a word can have; more are dropped. Together with those of the context they stay
/// below [`construe_learn::MAX_SUMMED_FEATURES`].
const MOST_OWN: usize = 60;
const MOST_NEAR: usize = 16;
const MOST_WIDE: usize = 14;
/// The most features of marks that a token can have.
pub(crate) const MOST_MARKS: usize = 30;

/// Templates of tasks begin here, those of the crate lie below.
const TASK_TEMPLATES: u32 = 1 << 16;

#[derive(Clone, Copy, Debug)]
struct Feature {
    hasher: FeatureHasher,
    /// Whether many words share it.
    shared: bool,
}

/// What a word says about itself and about its neighbours. What a task says of words should be of few values (a kind of
/// word, how common it is): weights of such features are kept, too.
#[derive(Clone, Debug, Default)]
pub struct WordFeatures {
    own: Vec<Feature>,
    near: Vec<Feature>,
    wide: Vec<Feature>,
    /// See [`WordFeatures::set_class`].
    pub(crate) class: u64,
}

/// How far the features of a word reach.
pub(crate) const REACH: usize = 2;
/// The places where a word can stand as seen from a token: two before to two after.
pub(crate) const PLACES: usize = 2 * REACH + 1;

impl WordFeatures {
    pub(crate) fn clear(&mut self) {
        self.own.clear();
        self.near.clear();
        self.wide.clear();
        self.class = 0;
    }

    /// A feature of the word itself.
    pub fn own(&mut self, template: u16, value: u64) {
        self.own.push_below(MOST_OWN, task_feature(template, value), true);
    }

    /// A feature of the word and, apart from it, of the words right before and after.
    pub fn near(&mut self, template: u16, value: u64) {
        self.near.push_below(MOST_NEAR, task_feature(template, value), true);
    }

    /// A feature of the word and, each apart, of the two words before and after.
    pub fn wide(&mut self, template: u16, value: u64) {
        self.wide.push_below(MOST_WIDE, task_feature(template, value), true);
    }

    /// A coarse class of the word, which is combined with those of its neighbours.
    pub fn set_class(&mut self, class: u64) {
        self.class = class;
    }

    pub(crate) fn push_own(&mut self, feature: FeatureHasher) {
        self.own.push_below(MOST_OWN, feature, false);
    }

    pub(crate) fn push_near(&mut self, feature: FeatureHasher) {
        self.near.push_below(MOST_NEAR, feature, false);
    }

    pub(crate) fn push_wide(&mut self, feature: FeatureHasher) {
        self.wide.push_below(MOST_WIDE, feature, false);
    }

    /// Like [`WordFeatures::push_own`], for what many words share.
    pub(crate) fn push_own_shared(&mut self, feature: FeatureHasher) {
        self.own.push_below(MOST_OWN, feature, true);
    }

    /// Like [`WordFeatures::push_wide`], for what many words share.
    pub(crate) fn push_wide_shared(&mut self, feature: FeatureHasher) {
        self.wide.push_below(MOST_WIDE, feature, true);
    }

    /// The features that a token gets from this word, which stands at `place`: [`REACH`] is the token itself.
    pub(crate) fn at(&self, place: usize) -> impl Iterator<Item = u32> {
        self.all_at(place).map(move |feature| at_place(feature.hasher, place))
    }

    /// Those of them that few other words have.
    pub(crate) fn rare_at(&self, place: usize) -> impl Iterator<Item = u32> {
        let rare = self.all_at(place).filter(|feature| !feature.shared);
        rare.map(move |feature| at_place(feature.hasher, place))
    }

    /// The features that many words share, each with the places that it reaches.
    pub(crate) fn shared(&self) -> impl Iterator<Item = (FeatureHasher, Range<usize>)> {
        [(&self.own, 0), (&self.near, 1), (&self.wide, REACH)]
            .into_iter()
            .flat_map(|(features, reach)| {
                let shared = features.iter().filter(|feature| feature.shared);
                shared.map(move |feature| (feature.hasher, REACH - reach..REACH + reach + 1))
            })
    }

    fn all_at(&self, place: usize) -> impl Iterator<Item = &Feature> {
        let near = if place.abs_diff(REACH) <= 1 {
            self.near.as_slice()
        } else {
            &[]
        };
        let own = if place == REACH { self.own.as_slice() } else { &[] };
        own.iter().chain(near).chain(&self.wide)
    }
}

/// A word's feature as the token sees it from which the word stands at `place`.
pub(crate) fn at_place(feature: FeatureHasher, place: usize) -> u32 {
    feature.number(place as u64).finish()
}

fn task_feature(template: u16, value: u64) -> FeatureHasher {
    FeatureHasher::new(TASK_TEMPLATES + u32::from(template)).number(value)
}

trait PushBelow {
    /// Adds a feature if there are fewer than that many.
    fn push_below(&mut self, most: usize, hasher: FeatureHasher, shared: bool);
}

impl PushBelow for Vec<Feature> {
    fn push_below(&mut self, most: usize, hasher: FeatureHasher, shared: bool) {
        if self.len() < most {
            self.push(Feature { hasher, shared });
        }
    }
}

/// Marked passages of a document.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Token and feature.
    features: Vec<(u32, u32)>,
}

/// Where a token lies relative to a marked passage.
#[derive(Clone, Copy)]
enum Position {
    Before,
    First,
    Inside,
    Last,
    Only,
    After,
}

impl Marks {
    pub(crate) fn clear(&mut self) {
        self.features.clear();
    }

    /// Marks the tokens of `range` as a passage of the kind `mark`. The tokens before and after learn of it too.
    pub fn add(&mut self, range: Range<usize>, mark: u32) {
        if range.is_empty() {
            return;
        }
        let mut push = |token: usize, position: Position| {
            let hasher = FeatureHasher::new(crate::features::MARK);
            let feature = hasher.number(u64::from(mark)).number(position as u64).finish();
            self.features.push((token as u32, feature));
        };
        if range.start > 0 {
            push(range.start - 1, Position::Before);
        }
        for token in range.clone() {
            push(
                token,
                match (token == range.start, token + 1 == range.end) {
                    (true, true) => Position::Only,
                    (true, false) => Position::First,
                    (false, false) => Position::Inside,
                    (false, true) => Position::Last,
                },
            );
        }
        push(range.end, Position::After);
    }

    /// Adds a feature to one token.
    pub fn feature(&mut self, token: usize, template: u16, value: u64) {
        let hasher = FeatureHasher::new(TASK_TEMPLATES + u32::from(template));
        self.features.push((token as u32, hasher.number(value).finish()));
    }

    /// Puts the features in the order of their tokens, each once.
    pub(crate) fn sort(&mut self) {
        self.features.sort_unstable();
        self.features.dedup();
    }

    /// The features of the tokens from `first` on, until `end`; the marks are sorted.
    pub(crate) fn of(&self, tokens: Range<usize>) -> &[(u32, u32)] {
        let from = self
            .features
            .partition_point(|&(token, _)| (token as usize) < tokens.start);
        let to = self
            .features
            .partition_point(|&(token, _)| (token as usize) < tokens.end);
        &self.features[from..to]
    }
}
