//! Documents kept in memory: as many as a budget allows, drawn by their digests.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use construe_training_data::Digest;
use construe_training_data::entities::Span;

/// A document that was kept.
#[derive(Clone)]
pub(crate) struct Document {
    digest: Digest,
    /// How many documents came before it.
    number: u64,
    pub(crate) text: Box<str>,
    pub(crate) spans: Box<[Span]>,
    /// Whether there are no other entities in it.
    pub(crate) complete: bool,
}

impl Document {
    pub(crate) fn new(number: u64, text: &str, spans: Vec<Span>, complete: bool) -> Document {
        Document {
            digest: Digest::of(text),
            number,
            text: text.into(),
            spans: spans.into(),
            complete,
        }
    }

    /// By this, documents are held out: another half of the digest than decides what is kept.
    fn hold_out_draw(&self) -> (u64, u64) {
        (self.digest.0 as u64, self.number)
    }

    /// Bytes of memory.
    fn size(&self) -> usize {
        self.text.len() + self.spans.len() * size_of::<Span>() + size_of::<Document>()
    }

    fn key(&self) -> (u64, u64) {
        ((self.digest.0 >> 64) as u64, self.number)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Document) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Document {}

impl PartialOrd for Document {
    fn partial_cmp(&self, other: &Document) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Document {
    fn cmp(&self, other: &Document) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// The documents with the lowest draws that fit into a budget of bytes. Which these are depends on the documents alone,
/// not on how many came in between.
pub(crate) struct Selection {
    budget: usize,
    size: usize,
    /// Greatest draw first.
    documents: BinaryHeap<Document>,
}

impl Selection {
    pub(crate) fn new(budget: usize) -> Selection {
        Selection {
            budget,
            size: 0,
            documents: BinaryHeap::new(),
        }
    }

    pub(crate) fn add(&mut self, document: Document) {
        self.size += document.size();
        self.documents.push(document);
        // The last one stays, whatever its size.
        while self.size > self.budget && self.documents.len() > 1 {
            if let Some(dropped) = self.documents.pop() {
                self.size -= dropped.size();
            }
        }
    }

    /// The documents in the order in which they came.
    pub(crate) fn into_documents(self) -> Vec<Document> {
        let mut documents = self.documents.into_vec();
        documents.sort_by_key(|document| document.number);
        documents
    }
}

/// Takes one document in `one_in` out of a list, at least one of those that have entities; equal documents stay
/// together.
pub(crate) fn hold_out(documents: Vec<Document>, one_in: usize) -> (Vec<Document>, Vec<Document>) {
    let bound = |annotated: bool| {
        let of_kind = documents
            .iter()
            .filter(|document| document.spans.is_empty() != annotated);
        let mut draws: Vec<u64> = of_kind.map(|document| document.hold_out_draw().0).collect();
        draws.sort_unstable();
        let count = (draws.len() / one_in).max(usize::from(annotated && draws.len() > 1));
        draws.get(count).copied().unwrap_or(0)
    };
    let bounds = [bound(false), bound(true)];
    documents.into_iter().partition(|document| {
        let bound = bounds[usize::from(!document.spans.is_empty())];
        document.hold_out_draw().0 >= bound
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(number: u64) -> Document {
        let span = Span {
            start: 0,
            end: 1,
            kind: 0,
        };
        let spans = if number.is_multiple_of(3) { vec![span] } else { vec![] };
        Document::new(number, &format!("document number {number}"), spans, true)
    }

    #[test]
    fn what_is_kept_fits_and_is_as_good_as_drawn() {
        let mut selection = Selection::new(document(0).size() * 50);
        (0..1000).for_each(|number| selection.add(document(number)));
        assert!(selection.size <= selection.budget);
        let kept = selection.into_documents();
        assert!((45..=60).contains(&kept.len()), "{}", kept.len());
        assert!(kept.is_sorted_by_key(|document| document.number));
        let late = kept.iter().filter(|document| document.number >= 500).count();
        assert!((10..45).contains(&late), "{late}");
        let mut huge = Selection::new(1);
        huge.add(document(1));
        assert_eq!(huge.into_documents().len(), 1);
    }

    #[test]
    fn a_tenth_is_held_out_of_those_with_and_without_entities() {
        let all: Vec<Document> = (0..3000).map(document).collect();
        let (rest, held_out) = hold_out(all.clone(), 10);
        let annotated = held_out.iter().filter(|document| !document.spans.is_empty()).count();
        assert_eq!((rest.len(), held_out.len(), annotated), (2700, 300, 100));
        // Few documents: one of those with entities, and never all of them.
        let (rest, held_out) = hold_out(all[..4].to_vec(), 10);
        assert_eq!((rest.len(), held_out.len()), (3, 1));
        assert_eq!(hold_out(all[..1].to_vec(), 10).1.len(), 0);
        // Equal ones stay together.
        let twins = vec![all[3].clone(); 5];
        let (rest, held_out) = hold_out(twins, 2);
        assert!(rest.is_empty() || held_out.is_empty());
    }
}
