//! From annotated texts to a model.

use std::borrow::Cow;
use std::ops::{ControlFlow, Range};

use construe_learn::{
    AnnotatedSpan, Annotation, Corpus, Epoch, Features, Label, LabelSet, Labels, Provenance, Settings,
};
use construe_text::Language;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::document::Buffers;
use crate::knowledge::Knowledge;
use crate::model::{Model, Scratch, features_of, schema};
use crate::recase::{Case, recase};

/// An annotated text. Offsets are code points, ends exclusive.
#[derive(Clone, Debug, PartialEq)]
pub struct Example<'e> {
    /// The text.
    pub text: Cow<'e, str>,
    /// The spans with their labels. Of spans that overlap the first counts, of those that begin together the longest.
    pub spans: Vec<(Range<usize>, Label)>,
    /// Ranges of which nothing is known.
    pub ignore: Vec<Range<usize>>,
    /// The labels that are annotated wherever they occur. The absence of others says nothing.
    pub covers: LabelSet,
    /// How much the text counts; 1 for an ordinary one.
    pub weight: f32,
}

impl Example<'_> {
    /// A copy in another case, with its own weight.
    pub fn recased(&self, case: Case, weight: f32) -> Example<'static> {
        Example {
            text: Cow::Owned(recase(&self.text, case)),
            spans: self.spans.clone(),
            ignore: self.ignore.clone(),
            covers: self.covers,
            weight,
        }
    }
}

/// Turns annotated texts into what the learner reads.
pub struct CorpusBuilder<'k, K: Knowledge> {
    knowledge: &'k K,
    language: Language,
    corpus: Corpus,
    fingerprint: Sha256,
    buffers: Buffers,
    scratch: Scratch<K>,
}

impl<'k, K: Knowledge> CorpusBuilder<'k, K> {
    /// No text yet.
    pub fn new(language: Language, labels: Labels, knowledge: &'k K) -> CorpusBuilder<'k, K> {
        CorpusBuilder {
            knowledge,
            language,
            corpus: Corpus::new(labels),
            fingerprint: Sha256::new(),
            buffers: Buffers::default(),
            scratch: Scratch::default(),
        }
    }

    /// Adds a text.
    ///
    /// # Errors
    /// A span outside the text, a label that is none of the model's, a weight that is no positive number.
    pub fn add(&mut self, example: &Example<'_>) -> Result<(), Error> {
        self.update_fingerprint(example);
        let bytes = ByteOffsets::new(&example.text);
        let document = self.buffers.read(&example.text, self.language);
        let mut spans = Vec::with_capacity(example.spans.len());
        for (range, label) in &example.spans {
            spans.push((document.tokens_in(bytes.range(range)?), *label));
        }
        spans.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut unknown = Vec::new();
        for range in &example.ignore {
            unknown.push(document.tokens_in(bytes.range(range)?));
        }
        unknown.sort_by_key(|range| range.start);

        self.scratch.inner.mark(self.knowledge, &document);
        for sentence in joined(document.sentences, &spans) {
            let annotation = annotation(example, &sentence, &spans, &unknown);
            let mut features = Features::new();
            features_of(
                self.knowledge,
                &mut self.scratch.inner,
                &document,
                sentence,
                &mut features,
            );
            self.corpus.push(features, annotation)?;
        }
        Ok(())
    }

    fn update_fingerprint(&mut self, example: &Example<'_>) {
        let hash = &mut self.fingerprint;
        hash.update((example.text.len() as u64).to_le_bytes());
        hash.update(example.text.as_bytes());
        hash.update((example.spans.len() as u64).to_le_bytes());
        for (range, label) in &example.spans {
            hash.update((range.start as u64).to_le_bytes());
            hash.update((range.end as u64).to_le_bytes());
            hash.update([label.0]);
        }
        for label in example.covers.iter() {
            hash.update([label.0]);
        }
        hash.update(example.weight.to_le_bytes());
    }

    /// The corpus so far.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// SHA-256 of the texts with their annotation, in the order in which they came.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint.clone().finalize().into()
    }
}

/// What the annotation says of one sentence.
fn annotation(
    example: &Example<'_>,
    sentence: &Range<usize>,
    spans: &[(Range<usize>, Label)],
    unknown: &[Range<usize>],
) -> Annotation {
    let mut annotation = Annotation::new(example.covers);
    annotation.weight = example.weight;
    let within = |range: &Range<usize>| {
        let (start, end) = (range.start.max(sentence.start), range.end.min(sentence.end));
        (start < end).then(|| start - sentence.start..end - sentence.start)
    };
    let mut free_from = 0;
    let first = spans.partition_point(|(range, _)| range.end <= sentence.start);
    for (range, label) in spans[first..]
        .iter()
        .take_while(|(range, _)| range.start < sentence.end)
    {
        if let Some(range) = within(range).filter(|range| range.start >= free_from) {
            free_from = range.end;
            annotation.spans.push(AnnotatedSpan {
                start: range.start,
                end: range.end,
                labels: (*label).into(),
            });
        }
    }
    // A range of which nothing is known gives way to the spans inside it.
    let mut taken = annotation.spans.iter().map(|span| span.start..span.end).peekable();
    let mut free_from = 0;
    for range in unknown.iter().filter_map(within) {
        let mut start = range.start.max(free_from);
        while start < range.end {
            while taken.next_if(|span| span.end <= start).is_some() {}
            let end = match taken.peek() {
                Some(span) if span.start <= start => {
                    start = span.end;
                    continue;
                }
                Some(span) => span.start.min(range.end),
                None => range.end,
            };
            annotation.unknown.push(start..end);
            start = end;
        }
        free_from = start.max(free_from);
    }
    annotation
}

/// The sentences, joined where a span goes on from one to the next.
fn joined(sentences: &[Range<usize>], spans: &[(Range<usize>, Label)]) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        let crossed = spans
            .iter()
            .any(|(range, _)| range.start < sentence.start && sentence.start < range.end);
        match joined.last_mut() {
            Some(last) if crossed => last.end = sentence.end,
            _ => joined.push(sentence.clone()),
        }
    }
    joined
}

/// Where each code point of a text begins.
struct ByteOffsets {
    starts: Vec<usize>,
}

impl ByteOffsets {
    fn new(text: &str) -> ByteOffsets {
        ByteOffsets {
            starts: text.char_indices().map(|(at, _)| at).chain([text.len()]).collect(),
        }
    }

    /// The bytes of a range of code points.
    fn range(&self, range: &Range<usize>) -> Result<Range<usize>, Error> {
        match (self.starts.get(range.start), self.starts.get(range.end)) {
            (Some(&start), Some(&end)) if start < end => Ok(start..end),
            _ => Err(Error::Span {
                start: range.start,
                end: range.end,
            }),
        }
    }
}

/// Trains a model from a corpus; the held-out part, which may be empty, decides when to stop and fits the scores.
///
/// # Errors
/// Unusable data or settings, or a training that `progress` stopped.
pub fn train<K: Knowledge>(
    training: &CorpusBuilder<'_, K>,
    held_out: &CorpusBuilder<'_, K>,
    settings: &Settings,
    progress: impl FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<(Model, construe_learn::Report), Error> {
    let provenance = Provenance {
        feature_schema: schema(training.language, training.knowledge),
        data_fingerprint: training.fingerprint(),
    };
    let (mut tagger, report) =
        construe_learn::train(&training.corpus, &held_out.corpus, settings, provenance, progress)?;
    if !held_out.corpus.is_empty() {
        tagger.calibrate(&held_out.corpus);
    }
    Ok((Model::new(training.language, tagger), report))
}
