//! `construe train tagger`: a model from a user's own texts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, bail};
use construe_corpus::{Record, Sources, read};
use construe_tagging::learn::{FeatureHasher, LabelSet, Labels, Settings};
use construe_tagging::{CorpusBuilder, Example, NoKnowledge, train};
use construe_text::Language;

use super::tell;
use crate::cli::TrainTagger;

pub fn run(arguments: &TrainTagger) -> anyhow::Result<()> {
    let language = Language::from_code(&arguments.language).with_context(|| {
        let known = Language::ALL.map(Language::code).join(", ");
        format!("unknown language {:?}; known are {known}", arguments.language)
    })?;
    if !(0.0..1.0).contains(&arguments.hold_out_share) {
        bail!("--hold-out-share must lie between 0 and 1");
    }
    let sources = arguments.sources.as_ref().map(Sources::read).transpose()?;
    let records = texts(&arguments.data, language)?;
    let labels = labels(&records, sources.as_ref(), &arguments.labels)?;

    let (mut training, mut held_out) = (
        CorpusBuilder::new(language, labels.clone(), &NoKnowledge),
        CorpusBuilder::new(language, labels.clone(), &NoKnowledge),
    );
    let own_held_out = !arguments.held_out.is_empty();
    let (mut trained_on, mut judged_by) = (0, 0);
    for record in &records {
        let example = example(record, &labels, sources.as_ref())?;
        if !own_held_out && is_held_out(&record.id, arguments.hold_out_share) {
            held_out.add(&example)?;
            judged_by += 1;
        } else {
            training.add(&example)?;
            trained_on += 1;
        }
    }
    for record in texts(&arguments.held_out, language)? {
        held_out.add(&example(&record, &labels, sources.as_ref())?)?;
        judged_by += 1;
    }

    let settings = Settings {
        seed: arguments.seed,
        epochs: arguments.epochs,
        max_features: arguments.max_features,
        ..Settings::default()
    };
    let (model, report) = train(&training, &held_out, &settings, |epoch| tell("", epoch))?;
    let bytes = model.to_bytes();
    std::fs::write(&arguments.out, &bytes).with_context(|| format!("writing {}", arguments.out.display()))?;
    let held_out = report.held_out.exact();
    println!("model        {}, {} bytes", arguments.out.display(), bytes.len());
    println!("language     {}", language.code());
    println!(
        "labels       {}",
        labels.iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    );
    println!("texts        {trained_on} to learn from, {judged_by} held out");
    println!("features     {} of {}", report.features_kept, report.features_seen);
    println!("fingerprint  {}", hex::encode(training.fingerprint()));
    println!(
        "held out     precision {:.1}, recall {:.1}, F1 {:.1} %",
        100.0 * held_out.precision,
        100.0 * held_out.recall,
        100.0 * held_out.f1
    );
    if judged_by == 0 {
        eprintln!("without held-out texts, scores are the tagger's own probabilities: too high on other texts");
    }
    Ok(())
}

/// The texts of the files that are in that language, or do not say theirs.
fn texts(files: &[PathBuf], language: Language) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::new();
    for file in files {
        records.append(&mut read(file)?);
    }
    let all = records.len();
    records.retain(|record| record.lang.as_deref().is_none_or(|lang| lang == language.code()));
    if records.len() < all {
        eprintln!("left out: {} texts in other languages", all - records.len());
    }
    Ok(records)
}

/// The labels of the model: those of the sources or, without sources, those that occur; of these the ones asked for.
fn labels(records: &[Record], sources: Option<&Sources>, only: &[String]) -> anyhow::Result<Labels> {
    let mut names: Vec<String> = match sources {
        Some(sources) => sources.labels().to_vec(),
        None => {
            let spans = records.iter().flat_map(|record| &record.spans);
            let occurring: BTreeSet<&String> = spans.map(|span| &span.label).collect();
            occurring.into_iter().cloned().collect()
        }
    };
    if let Some(unknown) = only.iter().find(|label| !names.contains(label)) {
        bail!(
            "no text or source has the label {unknown:?}; there are {}",
            names.join(", ")
        );
    }
    if !only.is_empty() {
        names.retain(|name| only.contains(name));
    }
    if names.is_empty() {
        bail!("nothing is annotated in the data");
    }
    Ok(Labels::new(names)?)
}

fn example<'r>(record: &'r Record, labels: &Labels, sources: Option<&Sources>) -> anyhow::Result<Example<'r>> {
    let covers = match sources {
        None => labels.all(),
        Some(sources) => {
            let covered = sources.covers(&record.source).with_context(|| {
                format!(
                    "the source {:?} of the text {:?} is not among the sources",
                    record.source, record.id
                )
            })?;
            covered
                .iter()
                .filter_map(|label| labels.find(label))
                .collect::<LabelSet>()
        }
    };
    let spans = record.spans.iter();
    Ok(Example {
        text: record.text.as_str().into(),
        spans: spans
            .filter_map(|span| Some((span.start..span.end, labels.find(&span.label)?)))
            .collect(),
        ignore: record.ignore.iter().map(|zone| zone.start..zone.end).collect(),
        covers,
        weight: 1.0,
    })
}

/// Whether a text is held out: by its id, so that it does not depend on the other texts.
fn is_held_out(id: &str, share: f64) -> bool {
    f64::from(FeatureHasher::new(0).text(id).finish()) < share * f64::from(u32::MAX)
}
