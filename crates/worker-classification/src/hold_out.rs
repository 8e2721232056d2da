//! Which documents are kept back for testing, where no test data are given.
//!
//! About one in ten, chosen by the document itself: the same whatever the order of the files, and equal documents fall
//! to the same side. Chance may leave a small class without a test document, or without one to learn from; then one of
//! its documents changes sides. What is remembered for that is a few numbers for each class.

use std::collections::{BTreeMap, BTreeSet};

use construe_training_data::Digest;

/// One document in that many is held out.
pub(crate) const ONE_IN: u32 = 10;

#[derive(Default)]
struct Class {
    /// The least and the greatest digest of its documents to learn from, and the greatest of those held out.
    kept: Option<(Digest, Digest)>,
    greatest_held: Option<Digest>,
}

/// Looks at all documents once.
#[derive(Default)]
pub(crate) struct Draw {
    classes: BTreeMap<String, Class>,
}

impl Draw {
    pub(crate) fn add(&mut self, labels: &[&str], digest: Digest) {
        for &label in labels {
            if !self.classes.contains_key(label) {
                self.classes.insert(label.to_owned(), Class::default());
            }
            let Some(class) = self.classes.get_mut(label) else {
                continue;
            };
            if digest.is_held_out(ONE_IN) {
                class.greatest_held = class.greatest_held.max(Some(digest));
            } else {
                let (least, greatest) = class.kept.unwrap_or((digest, digest));
                class.kept = Some((least.min(digest), greatest.max(digest)));
            }
        }
    }

    pub(crate) fn finish(self) -> HoldOut {
        let mut hold_out = HoldOut::default();
        for class in self.classes.values() {
            match (class.kept, class.greatest_held) {
                // Of a single document, however often it is repeated, nothing would be left to learn.
                (Some((least, greatest)), None) if least < greatest => hold_out.also.insert(least),
                (None, Some(digest)) => hold_out.except.insert(digest),
                _ => continue,
            };
        }
        // What a class needs to be learnt at all comes first.
        let HoldOut { also, except } = &mut hold_out;
        also.retain(|digest| !except.contains(digest));
        hold_out
    }
}

/// Tells for each document on which side it is.
#[derive(Default)]
pub(crate) struct HoldOut {
    also: BTreeSet<Digest>,
    except: BTreeSet<Digest>,
}

impl HoldOut {
    pub(crate) fn holds(&self, digest: Digest) -> bool {
        (digest.is_held_out(ONE_IN) || self.also.contains(&digest)) && !self.except.contains(&digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(documents: &[(&str, &str)]) -> (HoldOut, Vec<(String, Digest)>) {
        let mut draw = Draw::default();
        let digests: Vec<_> = documents
            .iter()
            .map(|(label, text)| ((*label).to_owned(), Digest::of(text)))
            .collect();
        for (label, digest) in &digests {
            draw.add(&[label], *digest);
        }
        (draw.finish(), digests)
    }

    #[test]
    fn a_tenth_is_held_out_and_every_class_is_on_both_sides() {
        let texts: Vec<String> = (0..3000).map(|n| format!("document {n}")).collect();
        let documents: Vec<(String, &str)> = texts
            .iter()
            .enumerate()
            .map(|(n, text)| (format!("class {}", if n < 1000 { 0 } else { n / 10 }), text.as_str()))
            .collect();
        let borrowed: Vec<_> = documents.iter().map(|(label, text)| (label.as_str(), *text)).collect();
        let (hold_out, digests) = drawn(&borrowed);
        let held = digests.iter().filter(|(_, digest)| hold_out.holds(*digest)).count();
        // A tenth, and some more for the two hundred classes of ten.
        assert!((250..=480).contains(&held), "{held}");
        let labels: BTreeSet<_> = digests.iter().map(|(label, _)| label).collect();
        for label in labels {
            let of_class = digests.iter().filter(|(other, _)| other == label);
            let held = of_class.clone().filter(|(_, digest)| hold_out.holds(*digest)).count();
            assert!(held > 0 && held < of_class.count(), "{label}");
        }
    }

    #[test]
    fn a_class_of_one_repeated_document_is_learnt() {
        let held = (0..)
            .map(|n| format!("text {n}"))
            .find(|text| Digest::of(text).is_held_out(ONE_IN));
        let held = held.unwrap();
        let kept = (0..)
            .map(|n| format!("text {n}"))
            .find(|text| !Digest::of(text).is_held_out(ONE_IN));
        let kept = kept.unwrap();
        let (hold_out, digests) = drawn(&[("a", &held), ("a", &held), ("b", "other"), ("b", "more"), ("c", &kept)]);
        assert!(!hold_out.holds(digests[0].1) && !hold_out.holds(digests[4].1));
        assert!(hold_out.holds(digests[2].1) != hold_out.holds(digests[3].1));
    }
}
