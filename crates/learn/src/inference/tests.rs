//! The fast sums and the best path against the plain definition: a list of all ways to cut a sequence into spans.

use std::collections::HashMap;

use proptest::prelude::*;

use super::log_space::{LogSpace, for_each_transition};
use super::{ForwardBackward, Transitions, Viterbi};
use crate::corpus::{AnnotatedSpan, Annotation, for_each_constraint};
use crate::labels::{Label, LabelSet, Labels, TokenSpan};
use crate::scheme::{OUTSIDE, Scheme, Tags};

/// Random numbers for scores: proptest shrinks shapes, not these.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_F42D_4C95_7F2D)
            .wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) % bound
    }

    fn score(&mut self, range: f32) -> f32 {
        (self.below(2001) as f32 / 1000.0 - 1.0) * range
    }
}

struct Case {
    tags: Tags,
    transitions: Transitions,
    /// From pairs of tags to places in the vector of transitions.
    pairs: HashMap<(usize, usize), usize>,
    scores: Vec<f32>,
    tokens: usize,
}

impl Case {
    fn new(scheme: Scheme, labels: usize, tokens: usize, range: f32, random: &mut Random) -> Case {
        let tags = Tags::new(scheme, labels);
        let mut transitions = Transitions::new(&tags);
        for index in 0..transitions.layout.len {
            if !transitions.layout.is_padding(&tags, index) {
                transitions.scores[index] = random.score(range.min(5.0));
            }
        }
        transitions.update_factors(&tags);
        let mut scores = vec![0.0; tokens * tags.stride];
        for row in scores.chunks_exact_mut(tags.stride) {
            tags.iter().for_each(|tag| row[tag] = random.score(range));
        }
        let mut pairs = HashMap::new();
        for_each_transition(&tags, &transitions, |from, to, index| {
            assert_eq!(pairs.insert((from, to), index), None, "every pair once");
        });
        Case {
            tags,
            transitions,
            pairs,
            scores,
            tokens,
        }
    }

    /// All ways to cut the sequence into labelled spans.
    fn taggings(&self) -> Vec<Vec<TokenSpan>> {
        let mut finished = Vec::new();
        let mut open: Vec<(usize, Vec<TokenSpan>)> = vec![(0, Vec::new())];
        while let Some((start, spans)) = open.pop() {
            if start == self.tokens {
                finished.push(spans);
                continue;
            }
            open.push((start + 1, spans.clone()));
            for end in start + 1..=self.tokens {
                for label in 0..self.tags.labels {
                    let mut spans = spans.clone();
                    spans.push(TokenSpan {
                        start,
                        end,
                        label: Label(label as u8),
                    });
                    open.push((end, spans));
                }
            }
        }
        finished
    }

    fn tags_of(&self, spans: &[TokenSpan]) -> Vec<usize> {
        let mut row = vec![OUTSIDE; self.tokens];
        for span in spans {
            for (position, tag) in row.iter_mut().enumerate().take(span.end).skip(span.start) {
                *tag = self
                    .tags
                    .of_span(span.label, position - span.start, span.end - span.start);
            }
        }
        row
    }

    fn score(&self, spans: &[TokenSpan]) -> f64 {
        let row = self.tags_of(spans);
        let tokens = row
            .iter()
            .enumerate()
            .map(|(token, &tag)| self.scores[token * self.tags.stride + tag]);
        let steps = row
            .windows(2)
            .map(|pair| self.transitions.scores[self.pairs[&(pair[0], pair[1])]]);
        tokens.chain(steps).map(f64::from).sum::<f64>() + f64::from(self.transitions.scores[row[0]])
    }

    /// The probability of each tagging among those listed, and the logarithm of the sum.
    fn probabilities(&self, taggings: &[Vec<TokenSpan>]) -> (Vec<f64>, f64) {
        let scores: Vec<f64> = taggings.iter().map(|spans| self.score(spans)).collect();
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_sum = largest + scores.iter().map(|score| (score - largest).exp()).sum::<f64>().ln();
        (scores.iter().map(|score| (score - log_sum).exp()).collect(), log_sum)
    }

    /// Holds both implementations against the list of taggings.
    fn check_sums(&self, taggings: &[Vec<TokenSpan>], allowed: Option<&[f32]>) {
        let (probabilities, log_sum) = self.probabilities(taggings);
        let mut expected_tags = vec![0.0; self.scores.len()];
        let mut expected_steps = vec![0.0; self.transitions.layout.len];
        for (spans, probability) in taggings.iter().zip(&probabilities) {
            let row = self.tags_of(spans);
            row.iter()
                .enumerate()
                .for_each(|(token, &tag)| expected_tags[token * self.tags.stride + tag] += probability);
            expected_steps[row[0]] += probability;
            row.windows(2)
                .for_each(|pair| expected_steps[self.pairs[&(pair[0], pair[1])]] += probability);
        }

        let exact = LogSpace::run(&self.tags, &self.transitions, &self.scores, allowed);
        assert_close(exact.log_sum, log_sum, 1e-9, "log sum in log space");
        let mut fast = ForwardBackward::default();
        fast.run(&self.tags, &self.transitions, &self.scores, allowed)
            .expect("scores lie close together");
        assert_close(fast.log_sum, log_sum, 1e-4, "log sum");
        for token in 0..self.tokens {
            let row = &expected_tags[token * self.tags.stride..];
            for (got, expected) in fast.probabilities(&self.tags, token).zip(row) {
                assert_close(f64::from(got), *expected, 1e-4, "tag");
            }
            for (got, expected) in exact.probabilities(token).zip(row) {
                assert_close(f64::from(got), *expected, 1e-6, "tag in log space");
            }
        }
        let mut steps = vec![0.0; self.transitions.layout.len];
        exact.transition_counts(|index, count| steps[index] += count);
        let mut fast_steps = vec![0.0; self.transitions.layout.len];
        fast.add_transition_counts(&self.tags, &self.transitions, 1.0, &mut fast_steps);
        for (index, expected) in expected_steps.into_iter().enumerate() {
            assert_close(steps[index], expected, 1e-6, "transition in log space");
            let got = fast_steps[index] * self.transitions.factors[index];
            assert_close(f64::from(got), expected, 1e-4, "transition");
        }
        if allowed.is_none() {
            let mut by_span: HashMap<TokenSpan, f64> = HashMap::new();
            for (spans, probability) in taggings.iter().zip(&probabilities) {
                spans
                    .iter()
                    .for_each(|&span| *by_span.entry(span).or_default() += probability);
            }
            for (span, expected) in by_span {
                let got = fast.span_probability(&self.tags, &self.transitions, span);
                assert_close(f64::from(got), expected, 1e-4, "span");
                assert_close(
                    f64::from(exact.span_probability(span)),
                    expected,
                    1e-6,
                    "span in log space",
                );
            }
        }
    }

    fn check_best(&self, taggings: &[Vec<TokenSpan>]) {
        let best = taggings
            .iter()
            .map(|spans| self.score(spans))
            .fold(f64::NEG_INFINITY, f64::max);
        let mut viterbi = Viterbi::default();
        viterbi.run(&self.tags, &self.transitions, &self.scores);
        let mut found = Vec::new();
        self.tags.spans(&viterbi.path, |span| found.push(span));
        assert!(taggings.contains(&found), "{found:?} is a legal tagging");
        let path: Vec<usize> = viterbi.path.iter().map(|&tag| usize::from(tag)).collect();
        assert_eq!(self.tags_of(&found), path);
        assert_close(self.score(&found), best, 1e-4, "best score");
    }
}

fn assert_close(got: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{what}: {got} instead of {expected}"
    );
}

fn scheme() -> impl Strategy<Value = Scheme> {
    prop_oneof![Just(Scheme::Bio), Just(Scheme::Bilou)]
}

/// Many labels in short sequences, few in longer ones: the list of taggings stays short, yet all widths are seen.
fn shape() -> impl Strategy<Value = (usize, usize)> {
    prop_oneof![
        (1usize..=2, 1usize..=5),
        (3usize..=6, 1usize..=3),
        (7usize..=30, 1usize..=2)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn sums_and_best_path_agree_with_the_list_of_taggings(
        scheme in scheme(), (labels, tokens) in shape(), seed in any::<u64>()
    ) {
        let case = Case::new(scheme, labels, tokens, 4.0, &mut Random(seed));
        let taggings = case.taggings();
        case.check_sums(&taggings, None);
        case.check_best(&taggings);
    }

    #[test]
    fn partial_annotation_sums_over_the_taggings_that_agree_with_it(
        scheme in scheme(), (labels, tokens) in shape(), seed in any::<u64>()
    ) {
        let mut random = Random(seed);
        let case = Case::new(scheme, labels, tokens, 4.0, &mut random);
        let names = Labels::new((0..labels).map(|label| label.to_string())).expect("distinct names");
        let some_labels = |random: &mut Random| -> LabelSet {
            names.iter().map(|(label, _)| label).filter(|_| random.below(2) == 0).collect()
        };
        let mut annotation = Annotation::new(some_labels(&mut random));
        let mut start = 0;
        while start < tokens {
            let end = start + 1 + random.below((tokens - start) as u64) as usize;
            if random.below(2) == 0 {
                let label = Label(random.below(labels as u64) as u8);
                let labels = some_labels(&mut random).with(label);
                annotation.spans.push(AnnotatedSpan { start, end, labels });
            }
            start = end;
        }
        let agrees = |spans: &Vec<TokenSpan>| {
            let annotated = |span: &TokenSpan| {
                annotation.spans.iter().any(|known| {
                    (known.start, known.end) == (span.start, span.end) && known.labels.contains(span.label)
                })
            };
            spans.iter().filter(|span| annotated(span)).count() == annotation.spans.len()
                && spans.iter().all(|span| annotated(span) || !annotation.covers.contains(span.label))
        };
        let taggings: Vec<_> = case.taggings().into_iter().filter(agrees).collect();
        let mut allowed = vec![0.0; case.scores.len()];
        for_each_constraint(&annotation, &names, tokens, |token, constraint| {
            case.tags.allowed(constraint, 1.0, &mut allowed[token * case.tags.stride..][..case.tags.stride]);
        });
        case.check_sums(&taggings, Some(&allowed));
    }

    #[test]
    fn far_apart_scores_are_right_or_refused(
        scheme in scheme(), tokens in 1usize..=5, range in prop_oneof![Just(20.0f32), Just(45.0), Just(900.0)],
        seed in any::<u64>()
    ) {
        let case = Case::new(scheme, 2, tokens, range, &mut Random(seed));
        let taggings = case.taggings();
        case.check_best(&taggings);
        let (_, log_sum) = case.probabilities(&taggings);
        let exact = LogSpace::run(&case.tags, &case.transitions, &case.scores, None);
        assert_close(exact.log_sum, log_sum, 1e-9, "log sum in log space");
        let mut fast = ForwardBackward::default();
        if fast.run(&case.tags, &case.transitions, &case.scores, None).is_ok() {
            assert_close(fast.log_sum, log_sum, 1e-4, "log sum");
        } else {
            prop_assert!(range > 40.0, "ordinary scores are never refused");
        }
    }
}

#[test]
fn an_empty_sequence_has_no_tags() {
    let case = Case::new(Scheme::Bio, 3, 0, 1.0, &mut Random(1));
    let mut viterbi = Viterbi::default();
    viterbi.run(&case.tags, &case.transitions, &case.scores);
    assert!(viterbi.path.is_empty());
    let mut fast = ForwardBackward::default();
    assert!(fast.run(&case.tags, &case.transitions, &case.scores, None).is_ok());
    assert_eq!(fast.log_sum, 0.0);
}

#[test]
fn a_legal_path_beside_a_tempting_dead_end_is_not_lost() {
    // The beginning of a span scores 300 more than anything else, but no second token of a span is allowed.
    let mut case = Case::new(Scheme::Bilou, 1, 3, 1.0, &mut Random(3));
    let begin = case.tags.begin(0);
    case.scores[begin] = 300.0;
    let mut allowed = vec![0.0; case.scores.len()];
    allowed[begin] = 1.0;
    allowed
        .chunks_exact_mut(case.tags.stride)
        .for_each(|row| row[OUTSIDE] = 1.0);
    let mut fast = ForwardBackward::default();
    assert!(
        fast.run(&case.tags, &case.transitions, &case.scores, Some(&allowed))
            .is_err()
    );
    let exact = LogSpace::run(&case.tags, &case.transitions, &case.scores, Some(&allowed));
    assert_close(exact.log_sum, case.score(&[]), 1e-6, "the only path");
}
