//! The figures against those of an independent implementation of the same definition, in Python, which the
//! project's data is scored with. The fixture has nested, overlapping and repeated spans.

use construe_learn::Labels;
use construe_learn::evaluate::{Counts, Ratios, Span, SpanScores};
use serde_json::Value;

#[test]
fn figures_equal_those_of_the_reference() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/spans.json")).expect("the fixture is JSON");
    let labels = Labels::new(["PERSON", "LOCATION", "DATE"]).expect("distinct names");
    let spans = |list: &Value| -> Vec<Span> {
        let rows = list.as_array().expect("a list of spans").iter();
        rows.map(|row| Span {
            start: row[0].as_u64().expect("a start") as usize,
            end: row[1].as_u64().expect("an end") as usize,
            label: labels.find(row[2].as_str().expect("a label")).expect("a known label"),
        })
        .collect()
    };
    let mut scores = SpanScores::new();
    for document in fixture["documents"].as_array().expect("a list of documents") {
        scores.add(&spans(&document["gold"]), &spans(&document["predicted"]));
    }

    let expected = fixture["expected"].as_object().expect("figures by label");
    assert_eq!(expected.len(), labels.len() + 1);
    for (name, expected) in expected {
        let counts = labels
            .find(name)
            .map_or_else(|| scores.total(), |label| scores.label(label));
        let count = |value: &Value| value.as_u64().expect("a count") as usize;
        let by_hand = Counts {
            gold: count(&expected["gold"]),
            predicted: count(&expected["predicted"]),
            exact: count(&expected["exact"]["matched"]),
            overlap: count(&expected["partial"]["matched"]),
        };
        assert_eq!(counts, by_hand, "{name}");
        for (got, expected) in [
            (counts.exact(), &expected["exact"]),
            (counts.overlap(), &expected["partial"]),
        ] {
            let ratio = |key: &str| expected[key].as_f64().expect("a ratio");
            let expected = Ratios {
                precision: ratio("precision"),
                recall: ratio("recall"),
                f1: ratio("f1"),
            };
            let distance = (got.precision - expected.precision).abs()
                + (got.recall - expected.recall).abs()
                + (got.f1 - expected.f1).abs();
            assert!(distance < 1e-12, "{name}: {got:?} instead of {expected:?}");
        }
    }
}
