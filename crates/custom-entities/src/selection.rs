//! Documents kept in memory: as many as a budget allows, drawn by their digests.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use construe_text::{CodePoints, pieces};
use construe_training_data::Digest;
use construe_training_data::entities::Span;

/// A document, or a part of a long one.
#[derive(Clone)]
pub(crate) struct Document {
    /// Of all of the document: its parts are kept or held out together.
    digest: Digest,
    /// How many documents came before it.
    number: u64,
    /// How many parts of the document came before.
    part: usize,
    pub(crate) text: Box<str>,
    pub(crate) spans: Box<[Span]>,
    /// Whether the document has entities, if not in this part then in another.
    pub(crate) is_annotated: bool,
    /// Whether there are no other entities in it.
    pub(crate) complete: bool,
}

impl Document {
    /// The parts of a document, most of which have one. Spans in order; those that reach from one part into the next are
    /// left out.
    pub(crate) fn parts(number: u64, text: &str, spans: &[Span], complete: bool) -> Vec<Document> {
        let digest = Digest::of(text);
        let mut code_points = CodePoints::new(text);
        let mut rest = spans;
        let parts = pieces(text).enumerate().map(|(part, piece)| {
            let start = code_points.at(piece.start) as u32;
            let end = code_points.at(piece.end) as u32;
            let (before, after) = rest.split_at(rest.partition_point(|span| span.start < end));
            rest = after;
            let inside = before.iter().filter(|span| span.end <= end);
            let shifted = inside.map(|span| Span {
                start: span.start - start,
                end: span.end - start,
                kind: span.kind,
            });
            Document {
                digest,
                number,
                part,
                text: text[piece].into(),
                spans: shifted.collect(),
                is_annotated: !spans.is_empty(),
                complete,
            }
        });
        parts.collect()
    }

    /// By this, documents are held out: another half of the digest than decides what is kept.
    fn hold_out_draw(&self) -> u64 {
        self.digest.0 as u64
    }

    /// Bytes of memory.
    fn size(&self) -> usize {
        self.text.len() + self.spans.len() * size_of::<Span>() + size_of::<Document>()
    }

    fn key(&self) -> (u64, u64, usize) {
        ((self.digest.0 >> 64) as u64, self.number, self.part)
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
        documents.sort_by_key(|document| (document.number, document.part));
        documents
    }
}

/// How many documents the parts belong to; those of a document stand together.
pub(crate) fn count(parts: &[Document]) -> u64 {
    parts.chunk_by(|one, other| one.number == other.number).count() as u64
}

/// Takes one document in `one_in` out of a list, at least one of those that have entities; equal documents stay
/// together.
pub(crate) fn hold_out(documents: Vec<Document>, one_in: usize) -> (Vec<Document>, Vec<Document>) {
    let bound = |annotated: bool| {
        let of_kind = documents.iter().filter(|document| document.is_annotated == annotated);
        let mut draws: Vec<u64> = of_kind.map(Document::hold_out_draw).collect();
        draws.sort_unstable();
        draws.dedup();
        let count = (draws.len() / one_in).max(usize::from(annotated && draws.len() > 1));
        draws.get(count).copied().unwrap_or(0)
    };
    let bounds = [bound(false), bound(true)];
    documents.into_iter().partition(|document| {
        let bound = bounds[usize::from(document.is_annotated)];
        document.hold_out_draw() >= bound
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
        let mut parts = Document::parts(number, &format!("document number {number}"), &spans, true);
        parts.remove(0)
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
    fn long_documents_come_in_parts_that_stay_together() {
        let line = "é Ann was here, and so was everybody else.\n";
        let length = line.chars().count() as u32;
        let lines = 6000;
        let spans: Vec<Span> = (0..lines)
            .map(|line| Span {
                start: line * length + 2,
                end: line * length + 5,
                kind: 0,
            })
            .collect();
        let parts = Document::parts(7, &line.repeat(lines as usize), &spans, true);
        assert!(parts.len() > 3);
        assert_eq!(count(&parts), 1);
        for part in &parts {
            assert_eq!(part.spans.len(), part.text.lines().count());
            for span in &part.spans {
                let characters = part.text.chars().skip(span.start as usize);
                assert_eq!(characters.take(3).collect::<String>(), "Ann");
            }
        }
        let mut all = parts.clone();
        all.extend((0..3).map(document));
        let (rest, held_out) = hold_out(all, 2);
        let of_seven = |documents: &[Document]| documents.iter().filter(|document| document.number == 7).count();
        assert!([0, parts.len()].contains(&of_seven(&rest)));
        assert!(!held_out.is_empty() && !rest.is_empty());
    }

    #[test]
    fn a_tenth_is_held_out_of_those_with_and_without_entities() {
        let all: Vec<Document> = (0..3000).map(document).collect();
        let (rest, held_out) = hold_out(all.clone(), 10);
        let annotated = held_out.iter().filter(|document| document.is_annotated).count();
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
