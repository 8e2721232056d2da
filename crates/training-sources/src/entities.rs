//! Documents with entities.

use std::io::{BufRead, Read, Write};

use construe_custom_entities::{Language, ListMatcher};
use construe_documents::LineReader;
use construe_jobs::{InputFormat, Location};
use construe_models::{DATASET_ATTRIBUTE, DocumentSource, ManifestSource, RecognizerData as Places};
use construe_training_data::entities::annotations::{Annotations, Documents};
use construe_training_data::entities::list::EntityList;
use construe_training_data::entities::pages::PageManifest;
use construe_training_data::entities::{Manifest, Span, Types};
use construe_training_data::{LONGEST_ROW, Source, Warnings};
use construe_worker::{TrainerError, TrainingData, TrainingObject};
use serde_json::json;

use crate::ahead::Ahead;
use crate::annotated_pages::AnnotationFiles;
use crate::dataset::Imported;
use crate::failure::data_refused;
use crate::meter::Meter;
use crate::pass::{self, PassMeter};
use crate::text::{Content, Queue};

/// Documents between two reports of progress.
const REPORT_EVERY: u64 = 16;

/// A document with its entities, in order.
pub struct Document<'a> {
    pub text: &'a str,
    pub spans: &'a [Span],
    /// Whether there may be entities beside these.
    pub partial: bool,
}

/// The types of a job, checked when it was asked for.
pub fn types(names: &[String]) -> Result<Types, TrainerError> {
    Types::new(names).map_err(|rule| TrainerError::refused("INVALID_PARAMETERS", format_args!("The types: {rule}.")))
}

/// The entities of a list, which may be in several files.
pub fn entity_list(data: &dyn TrainingData, place: &Location, types: &Types) -> Result<EntityList, TrainerError> {
    let mut all = EntityList::default();
    for object in data.objects(place)?.iter() {
        let read = all.append(data.open(object)?, types);
        read.map_err(|error| data_refused(&object.location, error))?;
    }
    Ok(all)
}

/// All documents that a job names: can be gone through again and again, always in the same order.
pub struct Corpus<'a> {
    data: &'a dyn TrainingData,
    places: &'a Places,
    types: &'a Types,
}

impl<'a> Corpus<'a> {
    pub fn new(data: &'a dyn TrainingData, places: &'a Places, types: &'a Types) -> Self {
        Self { data, places, types }
    }

    /// Bytes of the files that hold the documents, or name them.
    pub fn bytes(&self) -> Result<u64, TrainerError> {
        let documents = self.places.documents.iter().map(|source| &source.documents);
        let manifests = self.places.manifests.iter().map(|manifest| &manifest.location);
        pass::bytes(self.data, documents.chain(manifests))
    }

    /// Hands every document to `each`, until that fails; what was left out.
    pub fn visit(
        &self,
        meter: &Meter<'_>,
        each: &mut dyn FnMut(&Document<'_>) -> Result<(), TrainerError>,
    ) -> Result<Warnings, TrainerError> {
        let mut pass = Pass {
            corpus: self,
            meter: PassMeter::new(meter, REPORT_EVERY, self.bytes()?),
            each,
            warnings: Warnings::default(),
        };
        for source in &self.places.documents {
            pass.documents(source)?;
        }
        for manifest in &self.places.manifests {
            for object in self.data.objects(&manifest.location)?.iter() {
                pass.manifest(object, manifest)?;
            }
        }
        Ok(pass.warnings)
    }
}

/// Annotations, and the file to blame for them.
struct Marks<'a> {
    annotations: Annotations,
    place: &'a Location,
}

struct Pass<'p> {
    corpus: &'p Corpus<'p>,
    meter: PassMeter<'p>,
    each: &'p mut dyn FnMut(&Document<'_>) -> Result<(), TrainerError>,
    warnings: Warnings,
}

impl Pass<'_> {
    fn documents(&mut self, source: &DocumentSource) -> Result<(), TrainerError> {
        let data = self.corpus.data;
        let mut marks = match &source.annotations {
            Some(place) => Some(self.annotations(place, source.format)?),
            None => None,
        };
        let objects = data.objects(&source.documents)?;
        let mut files = Ahead::new(data, &*objects);
        while let Some((object, content)) = files.next()? {
            match source.format {
                InputFormat::OneDocPerLine => self.lines(object, content, &mut marks)?,
                InputFormat::OneDocPerFile => self.file(object, content, &mut marks)?,
            }
        }
        if let Some(marks) = marks {
            self.warnings.add(&marks.annotations.warnings());
        }
        Ok(())
    }

    fn annotations<'a>(&self, place: &'a Location, format: InputFormat) -> Result<Marks<'a>, TrainerError> {
        let Corpus { data, types, .. } = self.corpus;
        let documents = match format {
            InputFormat::OneDocPerLine => Documents::Lines,
            InputFormat::OneDocPerFile => Documents::Files,
        };
        let mut all: Option<Annotations> = None;
        for object in data.objects(place)?.iter() {
            let input = data.open(object)?;
            let read = match &mut all {
                Some(all) => all.append(input, types),
                None => Annotations::read(input, types, documents).map(|read| all = Some(read)),
            };
            read.map_err(|error| data_refused(&object.location, error))?;
        }
        match all {
            Some(annotations) => Ok(Marks { annotations, place }),
            // An empty listing was refused before.
            None => Err(TrainerError::refused(
                "INPUT_NOT_FOUND",
                format_args!("{place} is empty."),
            )),
        }
    }

    fn lines(
        &mut self,
        object: &TrainingObject,
        mut input: impl BufRead,
        marks: &mut Option<Marks<'_>>,
    ) -> Result<(), TrainerError> {
        let mut lines = LineReader::new(0, LONGEST_ROW as u64);
        loop {
            let chunk = input.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            let length = chunk.len();
            let mut rest = chunk;
            while let Some(line) = lines.next_line(&mut rest) {
                let (number, text) = (line.number, line.text());
                self.text(object, number, text, marks)?;
            }
            input.consume(length);
        }
        if let Some(line) = lines.finish() {
            let (number, text) = (line.number, line.text());
            self.text(object, number, text, marks)?;
        }
        Ok(())
    }

    fn file(
        &mut self,
        object: &TrainingObject,
        content: impl Read,
        marks: &mut Option<Marks<'_>>,
    ) -> Result<(), TrainerError> {
        let mut bytes = Vec::new();
        let limit = LONGEST_ROW as u64;
        content.take(limit + 1).read_to_end(&mut bytes)?;
        self.text(object, 0, construe_documents::text(&bytes, limit), marks)
    }

    /// One document; `line` counts from 0.
    fn text(
        &mut self,
        object: &TrainingObject,
        line: u64,
        text: Result<&str, construe_documents::DocumentError>,
        marks: &mut Option<Marks<'_>>,
    ) -> Result<(), TrainerError> {
        let text = text.map_err(|error| {
            TrainerError::refused(
                "INVALID_TRAINING_DATA",
                format_args!("{}, line {}: {error}.", object.location, line + 1),
            )
        })?;
        if text.trim().is_empty() {
            self.warnings.empty_documents += 1;
            return Ok(());
        }
        let spans = match marks {
            Some(Marks { annotations, place }) => annotations
                .of(&object.location.key, line, text)
                .map_err(|error| data_refused(place, error))?,
            None => Vec::new(),
        };
        self.document(&Document {
            text,
            spans: &spans,
            partial: marks.is_none(),
        })
    }

    fn pages(&mut self, object: &TrainingObject, source: &ManifestSource) -> Result<(), TrainerError> {
        let location = &object.location;
        let Corpus { data, types, .. } = self.corpus;
        let files = AnnotationFiles::new(*data, source.annotations.as_ref())?;
        let mut pages = PageManifest::new(data.open(object)?, &source.attributes);
        while let Some(page) = pages.next_page().map_err(|error| data_refused(location, error))? {
            if let Some(page) = files.page(location, &page, types, &mut self.warnings)? {
                self.document(&Document {
                    text: &page.text,
                    spans: &page.spans,
                    partial: source.partial,
                })?;
            }
        }
        self.warnings.add(&pages.warnings());
        Ok(())
    }

    fn manifest(&mut self, object: &TrainingObject, source: &ManifestSource) -> Result<(), TrainerError> {
        if source.native {
            return self.pages(object, source);
        }
        let location = &object.location;
        let Corpus { data, types, .. } = self.corpus;
        let mut lines = Manifest::new(data.open(object)?, &source.attributes, types);
        let mut documents = Queue::new();
        while let Some((annotated, content)) = documents.next(|| {
            let read = lines.next_document().map_err(|error| data_refused(location, error))?;
            let Some(annotated) = read else { return Ok(None) };
            let content = Content::of(*data, location, annotated.line, annotated.source.clone())?;
            Ok(Some((annotated, content)))
        })? {
            let text = content.text(location, annotated.line)?;
            if matches!(annotated.source, Source::Reference(_)) {
                annotated.check(&text).map_err(|error| data_refused(location, error))?;
            }
            self.document(&Document {
                text: &text,
                spans: &annotated.spans,
                partial: source.partial,
            })?;
        }
        self.warnings.add(&lines.warnings());
        Ok(())
    }

    fn document(&mut self, document: &Document<'_>) -> Result<(), TrainerError> {
        self.meter.document(document.text)?;
        (self.each)(document)
    }
}

/// The language with this code.
pub fn language(code: &str) -> Result<Language, TrainerError> {
    Language::from_code(code).ok_or_else(|| {
        TrainerError::refused(
            "UNSUPPORTED_LANGUAGE",
            format_args!("Recognizers of the language {code} cannot be trained."),
        )
    })
}

/// Writes a dataset as an augmented manifest that holds its documents. Of a list of entities, what occurs in the
/// documents is written.
pub(crate) fn import(
    code: &str,
    names: &[String],
    places: &Places,
    data: &dyn TrainingData,
    meter: &Meter<'_>,
    artifact: &mut dyn Write,
) -> Result<Imported, TrainerError> {
    let types = types(names)?;
    let mut left_out = Warnings::default();
    let mut matcher = match &places.entity_list {
        Some(place) => {
            let list = entity_list(data, place, &types)?;
            left_out = list.warnings;
            let entities = list.entities.iter().map(|(text, kind)| (text.as_str(), *kind));
            Some(ListMatcher::new(language(code)?, entities))
        }
        None => None,
    };
    let corpus = Corpus::new(data, places, &types);
    let mut documents = 0;
    let mut occurrences = Vec::new();
    let warnings = corpus.visit(meter, &mut |document| {
        documents += 1;
        let spans = match &mut matcher {
            Some(matcher) => {
                matcher.find(document.text, &mut occurrences);
                &occurrences[..]
            }
            None => document.spans,
        };
        let entities: Vec<_> = spans
            .iter()
            .map(|span| {
                let label = types.names().get(usize::from(span.kind));
                json!({ "startOffset": span.start, "endOffset": span.end, "label": label })
            })
            .collect();
        let line = json!({
            "source": document.text,
            DATASET_ATTRIBUTE: { "annotations": { "entities": entities } },
        });
        Ok(writeln!(artifact, "{line}")?)
    })?;
    left_out.add(&warnings);
    Ok(Imported {
        documents,
        bytes: corpus.bytes()?,
        warnings: left_out,
    })
}
