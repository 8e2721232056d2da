//! Pages of documents that were annotated where they stand: the annotation files that a manifest names.

use std::collections::HashMap;
use std::io::Read;

use construe_document_reader::{BoundingBox, Content};
use construe_jobs::Location;
use construe_training_data::LONGEST_ROW;
use construe_training_data::Warnings;
use construe_training_data::entities::pages::{Page, PageAnnotations, PageWord};
use construe_training_data::entities::{Span, Types, without_overlaps};
use construe_worker::{TrainerError, TrainingData, TrainingObject};

use crate::failure::data_refused;
use crate::text::place;

/// The annotation files of a manifest.
pub(crate) struct AnnotationFiles<'d> {
    data: &'d dyn TrainingData,
    /// Those below the place that the job names for them, by their key and by what follows its last slash.
    listed: HashMap<String, TrainingObject>,
}

/// A page as text with its entities.
pub(crate) struct AnnotatedPage {
    pub(crate) text: String,
    /// In order, none overlapping another.
    pub(crate) spans: Vec<Span>,
}

impl<'d> AnnotationFiles<'d> {
    /// `below`: the place of the files, if the job names it.
    pub(crate) fn new(data: &'d dyn TrainingData, below: Option<&Location>) -> Result<Self, TrainerError> {
        let mut listed = HashMap::new();
        if let Some(below) = below {
            let found = data.objects(below)?;
            for object in found.iter() {
                let key = &object.location.key;
                let name = key.rsplit('/').next().unwrap_or(key);
                listed.insert(name.to_owned(), object.clone());
            }
            // Whole keys come last: they are what references name.
            listed.extend(found.iter().map(|object| (object.location.key.clone(), object.clone())));
        }
        Ok(Self { data, listed })
    }

    /// The page of a line of `manifest`, `None` if nothing is written on it.
    pub(crate) fn page(
        &self,
        manifest: &Location,
        page: &Page,
        types: &Types,
        warnings: &mut Warnings,
    ) -> Result<Option<AnnotatedPage>, TrainerError> {
        let mut all: Option<PageAnnotations> = None;
        for reference in &page.annotations {
            let object = self.object(manifest, page.line, reference)?;
            let read = self.read(&object, types)?;
            match &mut all {
                None => all = Some(read),
                Some(all) => all.merge(read).map_err(|error| data_refused(&object.location, error))?,
            }
        }
        let annotations = all.unwrap_or_default();
        warnings.add(&annotations.warnings);
        let page = compose(&annotations, warnings);
        if page.text.is_empty() {
            warnings.empty_documents += 1;
            return Ok(None);
        }
        Ok(Some(page))
    }

    /// The file that `reference` names: where it says, or, since files are moved about, below the place of all of them.
    fn object(&self, manifest: &Location, line: u64, reference: &str) -> Result<TrainingObject, TrainerError> {
        let place = place(reference).ok_or_else(|| {
            TrainerError::refused(
                "INVALID_TRAINING_DATA",
                format_args!("{manifest}, line {line}: the annotation file must be named as s3://bucket/key."),
            )
        })?;
        let name = place.key.rsplit('/').next().unwrap_or(&place.key);
        let exact = self.listed.get(&place.key).filter(|object| object.location == place);
        match exact.or_else(|| self.listed.get(name)) {
            Some(object) => Ok(object.clone()),
            None => self.data.object(&place),
        }
    }

    fn read(&self, object: &TrainingObject, types: &Types) -> Result<PageAnnotations, TrainerError> {
        let location = &object.location;
        if object.size > LONGEST_ROW as u64 {
            return Err(TrainerError::refused(
                "INVALID_TRAINING_DATA",
                format_args!("{location}: an annotation file has at most {LONGEST_ROW} bytes."),
            ));
        }
        let mut bytes = Vec::new();
        self.data.open(object)?.read_to_end(&mut bytes)?;
        PageAnnotations::read(&bytes, types).map_err(|error| data_refused(location, error))
    }
}

/// The text of a page, put together as that of the documents is which a recognizer reads later, and where in it the
/// entities stand. What stands in several places, with other words between them, is as many entities: text of another
/// column is none of an entity's.
fn compose(page: &PageAnnotations, warnings: &mut Warnings) -> AnnotatedPage {
    let lines = page
        .lines()
        .map(|line| line.iter().map(|word| (word.text.as_str(), bounds(word))));
    let content = Content::of_lines(lines);
    let starts = starts(page.words(), &content);
    let mut spans = Vec::new();
    for entity in &page.entities {
        for run in &entity.runs {
            let (start, end) = (starts[run.first] + run.start, starts[run.last] + run.end);
            if start < end {
                let kind = entity.kind;
                spans.push(Span { start, end, kind });
            }
        }
    }
    AnnotatedPage {
        text: content.text,
        spans: without_overlaps(spans, warnings),
    }
}

fn bounds(word: &PageWord) -> Option<BoundingBox> {
    let bounds = word.bounds?;
    let opposite = (bounds.left + bounds.width, bounds.top + bounds.height);
    Some(BoundingBox::from_corners((bounds.left, bounds.top), opposite))
}

/// The first character of each of `words` in the text that is made of them.
fn starts(words: &[PageWord], content: &Content) -> Vec<u32> {
    let mut written = content.lines.iter().flat_map(|line| &line.words);
    // Of the text before this byte, how many characters it has.
    let (mut bytes, mut characters) = (0, 0_usize);
    let start = |word: &PageWord| {
        let parts = word.text.split_whitespace().count();
        if let Some(first) = written.by_ref().take(parts).map(|part| part.range.start).min() {
            let passed = content.text.get(bytes..first).unwrap_or_default();
            (bytes, characters) = (first, characters + passed.chars().count());
        }
        u32::try_from(characters).unwrap_or(u32::MAX)
    };
    words.iter().map(start).collect()
}
