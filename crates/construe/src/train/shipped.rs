//! `construe train shipped`: the models in the source tree again, bit for bit.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use construe_corpus::{Record, Sources, read};
use construe_tagging::learn::Report;
use construe_text::Language;
use sha2::{Digest, Sha256};
use {construe_entities as entities, construe_pii as pii};

use super::tell;
use crate::cli::TrainShipped;

/// A model that the source tree has.
enum Shipped {
    Entities(Box<entities::languages::Recipe>),
    Pii(Box<pii::training::Recipe>),
}

struct Built {
    bytes: Vec<u8>,
    /// SHA-256 of the training data.
    fingerprint: [u8; 32],
    report: Report,
}

pub fn run(arguments: &TrainShipped) -> anyhow::Result<()> {
    let all = shipped();
    if let Some(unknown) = arguments
        .models
        .iter()
        .find(|name| !all.iter().any(|model| model.name() == **name))
    {
        let known: Vec<String> = all.iter().map(Shipped::name).collect();
        bail!("unknown model {unknown:?}; known are {}", known.join(", "));
    }
    let mut changed = Vec::new();
    for model in all {
        let name = model.name();
        if !arguments.models.is_empty() && !arguments.models.contains(&name) {
            continue;
        }
        let built = model
            .build(&arguments.data)
            .with_context(|| format!("training {name}"))?;
        let path = arguments.root.join(model.file());
        let same = std::fs::read(&path).is_ok_and(|bytes| bytes == built.bytes);
        println!(
            "{name}: {} bytes, {}; model {}, data {}, held-out F1 {:.1} %",
            built.bytes.len(),
            if same { "as before" } else { "changed" },
            hex::encode(Sha256::digest(&built.bytes)),
            hex::encode(built.fingerprint),
            100.0 * built.report.held_out.exact().f1
        );
        if same {
            continue;
        }
        if !arguments.check {
            std::fs::write(&path, &built.bytes).with_context(|| format!("writing {}", path.display()))?;
        }
        changed.push(name);
    }
    if arguments.check && !changed.is_empty() {
        bail!("these models are not what their recipes make: {}", changed.join(", "));
    }
    Ok(())
}

fn shipped() -> Vec<Shipped> {
    let entities = Language::ALL.map(|language| Shipped::Entities(Box::new(entities::languages::recipe(language))));
    let pii = [pii::Language::En, pii::Language::Es];
    let pii = pii.map(|language| Shipped::Pii(Box::new(pii::training::recipe(language))));
    entities.into_iter().chain(pii).collect()
}

impl Shipped {
    fn name(&self) -> String {
        match self {
            Shipped::Entities(recipe) => format!("entities/{}", recipe.language.code()),
            Shipped::Pii(recipe) => format!("pii/{}", recipe.language.as_str()),
        }
    }

    /// Where the model lies in the source tree.
    fn file(&self) -> PathBuf {
        match self {
            Shipped::Entities(recipe) => {
                Path::new("crates/entities/models").join(entities::languages::model_file(recipe.language))
            }
            Shipped::Pii(recipe) => Path::new("crates/pii/models").join(pii::training::model_file(recipe.language)),
        }
    }

    fn build(&self, data: &Path) -> anyhow::Result<Built> {
        match self {
            Shipped::Entities(recipe) => build_entities(recipe, data),
            Shipped::Pii(recipe) => build_pii(recipe, data),
        }
    }
}

/// The texts of a file, and what their sources annotate.
struct File {
    records: Vec<Record>,
    sources: Sources,
}

impl File {
    fn read(data: &Path, path: &str, sources: &str) -> anyhow::Result<File> {
        Ok(File {
            records: read(data.join(path))?,
            sources: Sources::read(data.join(sources))?,
        })
    }

    fn covers(&self, record: &Record) -> anyhow::Result<&[String]> {
        let covers = self.sources.covers(&record.source);
        covers.with_context(|| {
            format!(
                "the source {:?} of the text {:?} is not described",
                record.source, record.id
            )
        })
    }
}

fn build_entities(recipe: &entities::languages::Recipe, data: &Path) -> anyhow::Result<Built> {
    use entities::training::{Stage, Text, train};

    let kind = |label: &str| {
        let kind: Result<entities::EntityType, _> = label.parse();
        kind.with_context(|| format!("the label {label:?}"))
    };
    let files = recipe.files.iter().map(|path| File::read(data, path, recipe.sources));
    let files: Vec<File> = files.collect::<anyhow::Result<_>>()?;
    let mut texts = Vec::new();
    for file in &files {
        for record in &file.records {
            let spans = record.spans.iter();
            texts.push(Text {
                id: &record.id,
                source: &record.source,
                text: &record.text,
                spans: spans
                    .map(|span| Ok((span.start..span.end, kind(&span.label)?)))
                    .collect::<anyhow::Result<_>>()?,
                covers: file
                    .covers(record)?
                    .iter()
                    .map(|label| kind(label))
                    .collect::<anyhow::Result<_>>()?,
            });
        }
    }
    let name = recipe.language.code();
    let trained = train(recipe, &texts, |stage, epoch| match stage {
        Stage::Scores(group) => tell(
            &format!("entities/{name} without group {} of sources: ", group + 1),
            epoch,
        ),
        Stage::Model => tell(&format!("entities/{name}: "), epoch),
    })?;
    Ok(Built {
        bytes: trained.bytes,
        fingerprint: trained.fingerprint,
        report: trained.report,
    })
}

fn build_pii(recipe: &pii::training::Recipe, data: &Path) -> anyhow::Result<Built> {
    use pii::training::{Stage, TrainingText, train};

    let files = recipe
        .files
        .iter()
        .map(|file| File::read(data, file.path, file.sources));
    let files: Vec<File> = files.collect::<anyhow::Result<_>>()?;
    let mut texts = Vec::new();
    for (index, file) in files.iter().enumerate() {
        for record in &file.records {
            let spans = record.spans.iter();
            texts.push(TrainingText {
                id: &record.id,
                source: &record.source,
                language: record.lang.as_deref(),
                file: index,
                text: &record.text,
                spans: spans.map(|span| (span.start..span.end, span.label.as_str())).collect(),
                ignore: record.ignore.iter().map(|zone| zone.start..zone.end).collect(),
                covers: file.covers(record)?.iter().map(String::as_str).collect(),
            });
        }
    }
    let name = recipe.language.as_str();
    let trained = train(recipe, &texts, |stage, epoch| match stage {
        Stage::Scores => tell(&format!("pii/{name} without some sources: "), epoch),
        Stage::Model => tell(&format!("pii/{name}: "), epoch),
    })?;
    Ok(Built {
        bytes: trained.bytes,
        fingerprint: trained.fingerprint,
        report: trained.report,
    })
}
