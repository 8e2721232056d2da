//! `construe train recognizer`: a model from a user's own documents, as the service takes them: texts with annotations or
//! a list of entities, or manifests.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use construe_custom_entities::{Language, Quality, Resources, Settings, Span, TrainError, Trained, Trainer, Types};
use construe_training_data::entities::annotations::{Annotations, Documents};
use construe_training_data::entities::{Manifest, list};
use construe_training_data::{Source, Warnings};

use super::open;
use crate::classify::input::each_document;
use crate::cli::{Per, TrainRecognizer};

pub fn run(arguments: &TrainRecognizer) -> anyhow::Result<()> {
    let language = Language::from_code(&arguments.language).with_context(|| {
        let known = Language::ALL.map(Language::code).join(", ");
        format!("unknown language {:?}; known are {known}", arguments.language)
    })?;
    if !arguments.data.is_empty() && arguments.annotations.is_empty() && arguments.entities.is_none() {
        bail!("texts need --annotations or --entities");
    }
    let types = Types::new(&arguments.types).context("reading --types")?;
    let settings = Settings {
        seed: arguments.seed,
        ..Settings::new(language, types.clone())
    };
    let resources = Resources::load().context("loading the engine of entities")?;
    let mut warnings = Warnings::default();
    let mut trainer = match &arguments.entities {
        Some(path) => {
            let list = list::read(open(path)?, &types).with_context(|| reading(path))?;
            warnings.add(&list.warnings);
            let known = list.entities.iter().map(|(text, kind)| (text.as_str(), *kind));
            Trainer::listed(settings, known)
        }
        None => Trainer::annotated(settings),
    };
    let sources = Sources {
        texts: &arguments.data,
        annotations: &arguments.annotations,
        manifests: &arguments.manifest,
        attributes: &arguments.attributes,
        per: arguments.per,
        types: &types,
    };
    warnings.add(&sources.read(&mut |text, spans| trainer.add(text, spans))?);
    let test = Sources {
        texts: &arguments.test,
        annotations: &arguments.test_annotations,
        manifests: &arguments.test_manifest,
        ..sources
    };
    warnings.add(&test.read(&mut |text, spans| trainer.add_test(text, spans))?);
    if !warnings.is_empty() {
        eprintln!("construe: {warnings}");
    }
    trainer.check()?;

    let started = Instant::now();
    let trained = train(trainer, &resources)?;
    let seconds = started.elapsed().as_secs_f64();
    let bytes = trained.model.to_bytes();
    std::fs::write(&arguments.out, &bytes).with_context(|| format!("writing {}", arguments.out.display()))?;
    println!("model      {}, {} bytes", arguments.out.display(), bytes.len());
    println!("language   {}", language.code());
    print!("{}", figures(&trained, seconds));
    Ok(())
}

fn train(trainer: Trainer, resources: &Resources) -> anyhow::Result<Trained> {
    let bar = if std::io::stderr().is_terminal() {
        indicatif::ProgressBar::new(1000)
    } else {
        indicatif::ProgressBar::hidden()
    };
    let trained = trainer.train(resources, &mut |progress| {
        bar.set_position((1000.0 * progress.share) as u64);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    trained.context("training")
}

fn figures(trained: &Trained, seconds: f64) -> String {
    let metrics = &trained.metrics;
    let mut text = format!(
        "documents  {} learnt from in {seconds:.1} s, {} tested on\n",
        metrics.trained_documents, metrics.test_documents
    );
    if trained.documents_left_out > 0 {
        text += &format!(
            "           {} more than fit into memory, left out\n",
            trained.documents_left_out
        );
    }
    if trained.entities_left_out > 0 {
        text += &format!(
            "           {} entities of the list too long to be known as a whole\n",
            trained.entities_left_out
        );
    }
    let mut row = |name: &str, mentions: u64, quality: Quality| {
        text += &format!(
            "{name:<20} {mentions:>8} learnt   precision {:5.1}   recall {:5.1}   F1 {:5.1} %\n",
            quality.precision, quality.recall, quality.f1
        );
    };
    for kind in &metrics.types {
        row(&kind.name, kind.train_mentions, kind.quality);
    }
    let all = metrics.types.iter().map(|kind| kind.train_mentions).sum();
    row("all", all, metrics.overall);
    text
}

/// Where documents are, and what marks their entities.
#[derive(Clone, Copy)]
struct Sources<'a> {
    texts: &'a [PathBuf],
    annotations: &'a [PathBuf],
    manifests: &'a [PathBuf],
    attributes: &'a [String],
    per: Per,
    types: &'a Types,
}

type Each<'e> = dyn FnMut(&str, &[Span]) -> Result<(), TrainError> + 'e;

impl Sources<'_> {
    /// Hands every document with its entities to `each`; what was left out.
    fn read(&self, each: &mut Each<'_>) -> anyhow::Result<Warnings> {
        let mut warnings = Warnings::default();
        let mut annotations = self.annotations()?;
        for path in self.texts {
            // Annotations name files with slashes, whatever the system has.
            let name = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
            each_document(path, self.per, |line, bytes| {
                let place = || match line {
                    Some(line) => format!("{}, line {}", path.display(), line + 1),
                    None => path.display().to_string(),
                };
                let text = std::str::from_utf8(bytes).with_context(place)?;
                if text.trim().is_empty() {
                    warnings.empty_documents += 1;
                    return Ok(());
                }
                let spans = match &mut annotations {
                    Some(annotations) => annotations
                        .of(&name, line.unwrap_or(0), text)
                        .with_context(|| format!("{}: its annotations", place()))?,
                    None => Vec::new(),
                };
                each(text, &spans).with_context(place)
            })?;
        }
        if let Some(annotations) = annotations {
            warnings.add(&annotations.warnings());
        }
        for path in self.manifests {
            warnings.add(&self.manifest(path, each)?);
        }
        Ok(warnings)
    }

    fn annotations(&self) -> anyhow::Result<Option<Annotations>> {
        let documents = match self.per {
            Per::Line => Documents::Lines,
            Per::File => Documents::Files,
        };
        let mut all: Option<Annotations> = None;
        for path in self.annotations {
            let read = match &mut all {
                Some(all) => all.append(open(path)?, self.types),
                None => Annotations::read(open(path)?, self.types, documents).map(|read| all = Some(read)),
            };
            read.with_context(|| reading(path))?;
        }
        Ok(all)
    }

    fn manifest(&self, path: &Path, each: &mut Each<'_>) -> anyhow::Result<Warnings> {
        let mut lines = Manifest::new(open(path)?, self.attributes, self.types);
        while let Some(annotated) = lines.next_document().with_context(|| reading(path))? {
            let place = || format!("{}, line {}", path.display(), annotated.line);
            let Source::Text(text) = &annotated.source else {
                bail!(
                    "{}: the line refers to an object; here manifests must hold their documents in \"source\"",
                    place()
                );
            };
            each(text, &annotated.spans).with_context(place)?;
        }
        Ok(lines.warnings())
    }
}

fn reading(path: &Path) -> String {
    format!("reading {}", path.display())
}
