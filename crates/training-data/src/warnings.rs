//! What was left out.

use std::fmt;

/// How much of the training data was left out or changed, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warnings {
    /// Rows without text: left out.
    pub empty_documents: u64,
    /// Labels with white space before or after them: taken without it.
    pub spaces_around_labels: u64,
    /// Labels that stand twice in a row: taken once.
    pub repeated_labels: u64,
    /// Rows of multi-class data whose class holds the usual delimiter of labels: taken as one class.
    pub delimiters_in_classes: u64,
    /// Lines of a manifest without any of the attributes: left out.
    pub without_attribute: u64,
    /// Lines of a manifest whose labelling failed: left out.
    pub failed_labelling: u64,
    /// Entities or annotations of types that were not asked for: left out.
    pub other_types: u64,
    /// Annotations that overlap one before them: left out.
    pub overlaps: u64,
    /// Entities of a list that stand there with another type before: left out.
    pub contradictions: u64,
    /// Annotations of documents that are not in the corpus: left out.
    pub without_document: u64,
    /// Rows about documents or pages that cannot be read: left out.
    pub unreadable_documents: u64,
}

impl Warnings {
    /// Adds those of another file.
    pub fn add(&mut self, other: &Warnings) {
        for (count, (more, _)) in self.counts_mut().into_iter().zip(other.sentences()) {
            *count += more;
        }
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Warnings::default()
    }

    fn counts_mut(&mut self) -> [&mut u64; 11] {
        [
            &mut self.empty_documents,
            &mut self.spaces_around_labels,
            &mut self.repeated_labels,
            &mut self.delimiters_in_classes,
            &mut self.without_attribute,
            &mut self.failed_labelling,
            &mut self.other_types,
            &mut self.overlaps,
            &mut self.contradictions,
            &mut self.without_document,
            &mut self.unreadable_documents,
        ]
    }

    /// In the order of [`Warnings::counts_mut`].
    fn sentences(&self) -> [(u64, &'static str); 11] {
        [
            (self.empty_documents, "rows without text were left out"),
            (
                self.spaces_around_labels,
                "labels were taken without the white space around them",
            ),
            (self.repeated_labels, "labels stood twice in a row and count once"),
            (
                self.delimiters_in_classes,
                "rows have a class with | in it, taken as one class as multi-class mode has it",
            ),
            (
                self.without_attribute,
                "lines without any of the attributes were left out",
            ),
            (self.failed_labelling, "lines whose labelling failed were left out"),
            (self.other_types, "entities of other types were left out"),
            (self.overlaps, "annotations that overlap one before them were left out"),
            (
                self.contradictions,
                "entities that stand in the list with another type before were left out",
            ),
            (
                self.without_document,
                "annotations belong to no document and were left out",
            ),
            (
                self.unreadable_documents,
                "rows were left out whose documents or pages cannot be read",
            ),
        ]
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.sentences().into_iter().filter(|&(count, _)| count > 0);
        for (position, (count, sentence)) in told.enumerate() {
            let comma = if position > 0 { "; " } else { "" };
            write!(f, "{comma}{count} {sentence}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_kinds_apart_and_say_what_there_is() {
        let mut all = Warnings::default();
        assert!(all.is_empty());
        assert_eq!(all.to_string(), "");
        for (place, count) in all.counts_mut().into_iter().enumerate() {
            *count = place as u64 + 1;
        }
        let mut twice = all;
        twice.add(&all);
        for (place, (count, _)) in twice.sentences().into_iter().enumerate() {
            assert_eq!(count, 2 * (place as u64 + 1));
        }
        let two = Warnings {
            empty_documents: 3,
            overlaps: 1,
            ..Warnings::default()
        };
        assert_eq!(
            two.to_string(),
            "3 rows without text were left out; 1 annotations that overlap one before them were left out"
        );
    }
}
