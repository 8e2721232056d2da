//! Model files, and the packed arithmetic against the plain one.

use proptest::prelude::*;

use super::file::seal;
use super::*;
use crate::scheme::Scheme;

/// A model with weights from a formula; no training needed.
fn model(scheme: Scheme, labels: usize, features: u32) -> Tagger {
    let labels = Labels::new((0..labels).map(|label| format!("LABEL_{label}"))).expect("distinct names");
    let tags = Tags::new(scheme, labels.len());
    let number = |n: usize| ((n * 7919 + 13) % 1009) as f32 / 250.0 - 2.0;
    let rows: Vec<Vec<f32>> = (0..features as usize)
        .map(|feature| {
            let mut row = vec![0.0; tags.stride];
            tags.iter().for_each(|tag| row[tag] = number(feature * 64 + tag));
            row
        })
        .collect();
    let transitions: Vec<f32> = (0..Transitions::new(&tags).layout.len).map(number).collect();
    let mixed: Vec<u32> = (0..features).map(|feature| feature * 20_000_003).collect();
    let settings = Settings {
        scheme,
        seed: 42,
        ..Settings::default()
    };
    let provenance = Provenance {
        feature_schema: "test/1".to_owned(),
        data_fingerprint: [9; 32],
    };
    let mut tagger = Tagger::from_weights(
        labels,
        settings,
        provenance,
        &mixed,
        rows.iter().map(Vec::as_slice),
        &transitions,
    )
    .expect("moderate weights");
    let outcomes: Vec<Outcome> = (0..200)
        .map(|n| Outcome {
            label: Label(0),
            probability: n as f32 / 200.0,
            right: n % 3 == 0,
        })
        .collect();
    tagger.calibration = Calibration::fit(tagger.labels.len(), &outcomes);
    tagger
}

/// Inverse of [`crate::index::mix`].
fn unmix(mixed: u32) -> u32 {
    let factor = crate::index::mix(1);
    (0..5)
        .fold(1u32, |x, _| x.wrapping_mul(2u32.wrapping_sub(factor.wrapping_mul(x))))
        .wrapping_mul(mixed)
}

/// A sequence with known and unknown features.
fn sequence(tokens: usize, per_token: usize) -> Features {
    let mut features = Features::new();
    for token in 0..tokens {
        (0..per_token)
            .for_each(|n| features.push(unmix((((token * 31 + n * 7) % 300) as u32).wrapping_mul(20_000_003))));
        features.end_token();
    }
    features
}

#[test]
fn a_file_gives_the_same_model_back() {
    for scheme in [Scheme::Bio, Scheme::Bilou] {
        for labels in [1, 2, 9, 30, 64] {
            let tagger = model(scheme, labels, 200);
            let bytes = tagger.to_bytes();
            let back = Tagger::from_bytes(&bytes, "test/1").expect("it was just written");
            assert_eq!(back.to_bytes(), bytes);
            assert_eq!(
                (back.labels(), back.settings(), back.provenance()),
                (&tagger.labels, &tagger.settings, &tagger.provenance)
            );
            let (mut here, mut there) = (Scratch::default(), Scratch::default());
            // What an earlier, longer sequence left in the working memory does no harm.
            for tokens in [12, 30, 5, 0, 1] {
                let features = sequence(tokens, 20);
                let spans = tagger.tag(&features, &mut here);
                assert_eq!(spans.is_empty(), tokens == 0);
                assert_eq!(spans, back.tag(&features, &mut Scratch::default()));
                assert_eq!(spans, back.tag(&features, &mut there));
            }
        }
    }
}

#[test]
fn packed_sums_are_the_plain_ones() {
    for (labels, per_token) in [(2, 3), (9, 25), (9, 700), (20, 30), (64, 300)] {
        let tagger = model(Scheme::Bilou, labels, 200);
        let features = sequence(5, per_token);
        let (mut rows, mut scores) = (scoring::Rows::default(), Vec::new());
        tagger.find_rows(&features, &mut rows);
        tagger.score_tokens(&rows, &mut scores);
        let words = tagger.tags.stride / scoring::WORD;
        for (token, hashes) in features.iter().enumerate() {
            for tag in 0..tagger.tags.stride {
                let sum: i32 = hashes
                    .iter()
                    .filter_map(|&hash| tagger.index.find(hash))
                    .map(|row| scoring::unpack(tagger.weights[row as usize * words + tag / scoring::WORD]))
                    .map(|word| i32::from(word[tag % scoring::WORD]))
                    .sum();
                let expected = sum as f32 * tagger.scales[tag];
                let got = scores[token * tagger.tags.stride + tag];
                assert!(
                    (got - expected).abs() <= 1e-4 * expected.abs().max(1.0),
                    "{labels} {tag}: {got} {expected}"
                );
            }
        }
    }
}

#[test]
fn bad_files_are_told_apart() {
    let bytes = model(Scheme::Bio, 3, 50).to_bytes();
    let load = |bytes: &[u8]| Tagger::from_bytes(bytes, "test/1").expect_err("it is not a good file");
    assert!(matches!(load(b""), Error::NotAModel));
    assert!(matches!(load(b"GIF89a and so on"), Error::NotAModel));
    let mut newer = bytes.clone();
    newer[8] = 2;
    assert!(matches!(
        load(&newer),
        Error::UnknownVersion {
            found: 2,
            known: FORMAT_VERSION
        }
    ));
    assert_eq!(
        load(&newer).to_string(),
        "model format version 2 is unknown; this program reads version 1"
    );
    assert!(matches!(load(&bytes[..bytes.len() - 1]), Error::Checksum));
    assert!(matches!(load(&bytes[..9]), Error::Checksum));
    let other = Tagger::from_bytes(&bytes, "test/2").expect_err("other features");
    assert!(matches!(other, Error::FeatureSchema { .. }));
    let mut longer = bytes[..bytes.len() - 32].to_vec();
    longer.push(0);
    seal(&mut longer);
    assert!(matches!(load(&longer), Error::Malformed(_)));
}

#[test]
fn weights_without_bounds_are_refused() {
    let labels = Labels::new(["A"]).expect("a name");
    let tags = Tags::new(Scheme::Bio, 1);
    let transitions = vec![0.0; Transitions::new(&tags).layout.len];
    let provenance = Provenance {
        feature_schema: String::new(),
        data_fingerprint: [0; 32],
    };
    let build = |weight: f32, transition: f32| {
        let row = vec![weight; tags.stride];
        let transitions: Vec<f32> = transitions.iter().map(|_| transition).collect();
        let rows = std::iter::once(row.as_slice());
        Tagger::from_weights(
            labels.clone(),
            Settings::default(),
            provenance.clone(),
            &[5],
            rows,
            &transitions,
        )
    };
    assert!(build(1.0, 1.0).is_ok());
    for (weight, transition) in [
        (f32::NAN, 0.0),
        (f32::INFINITY, 0.0),
        (1e9, 0.0),
        (0.0, f32::NAN),
        (0.0, 1e9),
    ] {
        assert!(
            matches!(build(weight, transition), Err(Error::Diverged)),
            "{weight} {transition}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damage_is_noticed(flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4)) {
        let good = model(Scheme::Bio, 3, 50).to_bytes();
        let mut bytes = good.clone();
        flips.iter().for_each(|(place, bits)| bytes[place.index(good.len())] ^= bits);
        prop_assert!(bytes == good || Tagger::from_bytes(&bytes, "test/1").is_err());
    }

    /// Damage under a checksum that fits: an error, or a model that works.
    #[test]
    fn no_content_is_dangerous(
        bilou in any::<bool>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let scheme = if bilou { Scheme::Bilou } else { Scheme::Bio };
        let mut bytes = model(scheme, 3, 50).to_bytes();
        bytes.truncate(bytes.len() - 32);
        if let Some(cut) = cut {
            bytes.truncate(12 + cut.index(bytes.len() - 12));
        }
        for (place, byte) in &flips {
            // Most of the file is weights; its head is where structure is.
            let len = bytes.len();
            let place = if *byte % 2 == 0 { place.index(len) } else { place.index(len.min(700)) };
            bytes[place] = *byte;
        }
        seal(&mut bytes);
        if let Ok(tagger) = Tagger::from_bytes(&bytes, "test/1") {
            let spans = tagger.tag(&sequence(20, 10), &mut Scratch::default()).to_vec();
            prop_assert!(spans.iter().all(|span| (0.0..=1.0).contains(&span.score)));
            prop_assert!(spans.is_sorted_by(|a, b| a.end <= b.start));
        }
    }
}
