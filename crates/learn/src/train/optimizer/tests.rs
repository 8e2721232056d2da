//! The gradient against differences of the loss.

use super::*;
use crate::corpus::{Annotation, Corpus};
use crate::features::Features;
use crate::index::{Index, mix};
use crate::labels::Label;
use crate::scheme::Scheme;
use crate::train::data::sequences;

#[test]
fn gradient_is_the_slope_of_the_loss() {
    let labels = Labels::new(["A", "B", "C"]).expect("names");
    let mut features = Features::new();
    for token in [&[1u32, 2, 3][..], &[2, 2], &[], &[1, 4], &[3]] {
        token.iter().for_each(|&hash| features.push(hash));
        features.end_token();
    }
    let covers = [Label(0), Label(1)].into_iter().collect();
    let mut annotation = Annotation::new(covers)
        .with_span(1, 3, Label(0))
        .with_span(3, 4, Label(2));
    annotation.weight = 0.5;
    let mut corpus = Corpus::new(labels.clone());
    corpus.push(features, annotation).expect("it fits");
    let mut mixed: Vec<u32> = (1..=4).map(mix).collect();
    mixed.sort_unstable();
    let sequence = &sequences(&corpus, &Index::new(mixed))[0];

    let settings = Settings {
        l2: 0.0,
        uncovered_prior: 0.3,
        ..Settings::default()
    };
    for scheme in [Scheme::Bio, Scheme::Bilou] {
        let tags = Tags::new(scheme, labels.len());
        let mut weights = Weights::new(tags.clone(), &[2, 3, 2, 1], 1, &settings);
        let mut number = 0u32;
        let mut next = || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 16) as f32 / 65_536.0 - 0.5
        };
        for feature in 0..4 {
            tags.iter()
                .for_each(|tag| weights.rows[feature * tags.stride * 2 + tag] = next());
        }
        for index in 0..weights.transitions.layout.len {
            if !weights.transitions.layout.is_padding(&tags, index) {
                weights.transitions.scores[index] = next();
            }
        }
        weights.transitions.update_factors(&tags);

        let mut workspace = Workspace::default();
        let loss = workspace.gradient(&weights, &labels, sequence);
        assert!((loss - workspace.loss(&weights, &labels, sequence)).abs() < 1e-9);
        let node_gradient = workspace.gradient.clone();
        let transition_gradient = workspace.transition_gradient.clone();
        let mut slope = |nudge: &dyn Fn(&mut Weights, f32)| {
            const STEP: f32 = 0.01;
            let mut at = |step: f32| {
                let mut nudged = weights.clone();
                nudge(&mut nudged, step);
                nudged.transitions.update_factors(&tags);
                workspace.loss(&nudged, &labels, sequence)
            };
            (at(STEP) - at(-STEP)) / f64::from(2.0 * STEP)
        };
        for feature in 0..4 {
            for tag in tags.iter() {
                let rows = node_gradient.chunks_exact(tags.stride).zip(sequence.iter());
                let expected: f32 = rows
                    .map(|(row, features)| {
                        row[tag] * features.iter().filter(|&&row| row as usize == feature).count() as f32
                    })
                    .sum();
                let got = slope(&|weights, step| weights.rows[feature * tags.stride * 2 + tag] += step);
                assert!(
                    (got - f64::from(expected)).abs() < 1e-3,
                    "{scheme:?} {feature} {tag}: {got} {expected}"
                );
            }
        }
        for (index, &expected) in transition_gradient.iter().enumerate() {
            if !weights.transitions.layout.is_padding(&tags, index) {
                let got = slope(&|weights, step| weights.transitions.scores[index] += step);
                assert!(
                    (got - f64::from(expected)).abs() < 1e-3,
                    "{scheme:?} {index}: {got} {expected}"
                );
            }
        }

        // The slow way round for scores too far apart gives the same.
        workspace.prepare(&weights, &labels, sequence);
        workspace.gradient.fill(0.0);
        workspace.transition_gradient.fill(0.0);
        let same_loss = workspace.gradient_in_log_space(&weights, 0.5);
        assert!((same_loss - loss).abs() < 1e-4);
        let pairs = workspace.gradient.iter().zip(&node_gradient);
        for (got, expected) in pairs.chain(workspace.transition_gradient.iter().zip(&transition_gradient)) {
            assert!((got - expected).abs() < 1e-4, "{got} {expected}");
        }
    }
}
