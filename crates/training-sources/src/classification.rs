//! Documents with labels.

use std::io::BufRead;

use construe_jobs::Location;
use construe_models::{ClassifierMode, ManifestSource, TrainingData as Places};
use construe_training_data::classification::{Format, Labelled, Manifest, Mode, Rows};
use construe_training_data::{DataError, Warnings};
use construe_worker::{TrainerError, TrainingData, TrainingObject};

use crate::ahead::Ahead;
use crate::failure::data_refused;
use crate::meter::Meter;
use crate::pages::{Pages, Reading};
use crate::pass::{self, PassMeter};
use crate::text::{Content, Queue};

/// Documents between two reports of progress.
const REPORT_EVERY: u64 = 64;

/// A document with its labels, and where it stands.
pub struct Document<'a> {
    pub location: &'a Location,
    /// From 1.
    pub line: u64,
    pub labels: &'a [&'a str],
    pub text: &'a str,
}

impl Document<'_> {
    /// `error` is about this document.
    pub fn refused(&self, error: DataError) -> TrainerError {
        data_refused(self.location, error)
    }
}

/// All that a job names: can be gone through again and again, always in the same order.
pub struct Corpus<'a> {
    data: &'a dyn TrainingData,
    places: &'a Places,
    format: Format,
    pages: Pages,
}

impl<'a> Corpus<'a> {
    /// `delimiter`: between the labels of a document, where it may have several.
    pub fn new(
        data: &'a dyn TrainingData,
        places: &'a Places,
        mode: ClassifierMode,
        delimiter: &str,
    ) -> Result<Self, TrainerError> {
        let mut characters = delimiter.chars();
        let (Some(delimiter), None) = (characters.next(), characters.next()) else {
            return Err(TrainerError::refused(
                "INVALID_PARAMETERS",
                "The delimiter of labels must be one character.",
            ));
        };
        Ok(Self {
            data,
            places,
            format: Format::new(data_mode(mode)).with_delimiter(delimiter),
            pages: Pages::default(),
        })
    }

    /// The same with the documents that are files of their own, if there are any: they are read now, once for all.
    pub fn with_documents(self, reading: &Reading<'_>, meter: &Meter<'_>) -> Result<Self, TrainerError> {
        if self.places.documents.is_empty() {
            return Ok(self);
        }
        let pages = Pages::read(self.data, &self.places.documents, &self.format, reading, meter)?;
        Ok(Self { pages, ..self })
    }

    /// Bytes of the files that hold the documents, or name them, and of the texts of files that are documents.
    pub fn bytes(&self) -> Result<u64, TrainerError> {
        let manifests = self.places.manifests.iter().map(|manifest| &manifest.location);
        let files = pass::bytes(self.data, self.places.csv.iter().chain(manifests))?;
        Ok(files + self.pages.bytes())
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
        for place in &self.places.csv {
            let objects = self.data.objects(place)?;
            let mut files = Ahead::new(self.data, &*objects);
            while let Some((object, content)) = files.next()? {
                pass.csv(object, content)?;
            }
        }
        for manifest in &self.places.manifests {
            for object in self.data.objects(&manifest.location)?.iter() {
                pass.manifest(object, manifest)?;
            }
        }
        for (location, page) in self.pages.iter() {
            let labels: Vec<&str> = page.labels.iter().map(String::as_str).collect();
            pass.document(&Document {
                location,
                line: page.line,
                labels: &labels,
                text: &page.text,
            })?;
        }
        pass.warnings.add(&self.pages.warnings);
        Ok(pass.warnings)
    }
}

/// The parsers' word for it.
pub const fn data_mode(mode: ClassifierMode) -> Mode {
    match mode {
        ClassifierMode::MultiClass => Mode::MultiClass,
        ClassifierMode::MultiLabel => Mode::MultiLabel,
    }
}

struct Pass<'p> {
    corpus: &'p Corpus<'p>,
    meter: PassMeter<'p>,
    each: &'p mut dyn FnMut(&Document<'_>) -> Result<(), TrainerError>,
    warnings: Warnings,
}

impl Pass<'_> {
    fn csv(&mut self, object: &TrainingObject, content: impl BufRead) -> Result<(), TrainerError> {
        let location = &object.location;
        let mut rows = Rows::new(content, self.corpus.format.clone());
        while let Some(row) = rows.next_row().map_err(|error| data_refused(location, error))? {
            self.document(&Document {
                location,
                line: row.line,
                labels: &row.labels,
                text: row.text,
            })?;
        }
        self.warnings.add(rows.warnings());
        Ok(())
    }

    fn manifest(&mut self, object: &TrainingObject, source: &ManifestSource) -> Result<(), TrainerError> {
        let location = &object.location;
        let data = self.corpus.data;
        let mut lines = Manifest::new(data.open(object)?, &self.corpus.format, &source.attributes);
        let mut documents = Queue::new();
        while let Some(((line, labels), content)) = documents.next(|| {
            let read = lines.next_document().map_err(|error| data_refused(location, error))?;
            let Some(Labelled { line, labels, source }) = read else {
                return Ok(None);
            };
            Ok(Some(((line, labels), Content::of(data, location, line, source)?)))
        })? {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            self.document(&Document {
                location,
                line,
                labels: &labels,
                text: &content.text(location, line)?,
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
