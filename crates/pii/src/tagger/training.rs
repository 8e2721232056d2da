//! Training of the models from annotated texts.

use std::cell::Cell;
use std::ops::{ControlFlow, Range};

use construe_tagging::learn::{Calibration, Epoch, FeatureHasher, Label, LabelSet, Labels, Report, Settings};
use construe_tagging::{Case, CorpusBuilder, Document, Example, Knowledge, Marks, Model, WordFeatures};

use super::knowledge::{RuleScratch, Rules};
use super::names::Names;
use super::random::Random;
use super::sentences::Slots;
use crate::engine::LoadError;
use crate::language::Language;

/// A file of annotated texts to train from.
#[derive(Clone, Copy, Debug)]
pub struct DataFile {
    /// The file, relative to the data directory.
    pub path: &'static str,
    /// The file that says what its sources annotate.
    pub sources: &'static str,
    /// How much its texts count; 1 for ordinary ones.
    pub weight: f32,
    /// Share of its texts that is used.
    pub share: f32,
    /// Sources in it that are left out.
    pub without: &'static [&'static str],
}

impl DataFile {
    const fn new(path: &'static str, sources: &'static str) -> DataFile {
        DataFile {
            path,
            sources,
            weight: 1.0,
            share: 1.0,
            without: &[],
        }
    }
}

/// How a model is trained: the same data and recipe give the same bytes.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The language.
    pub language: Language,
    /// The files, in the order in which their texts are to be given.
    pub files: &'static [DataFile],
    /// Sources that a model is trained without, to fit the scores to texts of another kind than those of the training.
    pub unseen: &'static [&'static str],
    /// Settings of the learner.
    pub settings: Settings,
}

const PII: &str = "pii/SOURCES.json";
const NER: &str = "ner/SOURCES.json";

const ENGLISH: &[DataFile] = &[
    DataFile::new("pii/train.jsonl.gz", PII),
    DataFile::new("ner/en/train.jsonl.gz", NER),
    DataFile {
        weight: 0.7,
        share: 0.5,
        ..DataFile::new("ner/en/more-docred.jsonl.gz", NER)
    },
    DataFile {
        share: 0.6,
        ..DataFile::new("ner/en/more-litbank.jsonl.gz", NER)
    },
    DataFile::new("ner/en/more-tab.jsonl.gz", NER),
    DataFile::new("ner/en/more-tweebank-ner.jsonl.gz", NER),
    DataFile::new("ner/en/more-legal-ner-in.jsonl.gz", NER),
    DataFile::new("ner/en/more-europarl-ner.jsonl.gz", NER),
    DataFile {
        weight: 0.3,
        share: 0.3,
        ..DataFile::new("ner/en/extra-wikiann.jsonl.gz", NER)
    },
];

const SPANISH: &[DataFile] = &[
    DataFile::new("pii/train.jsonl.gz", PII),
    DataFile {
        weight: 0.5,
        share: 0.5,
        // There with the labels of addresses in the first file.
        without: &["meddocan"],
        ..DataFile::new("ner/es/train.jsonl.gz", NER)
    },
    DataFile::new("ner/es/more-europarl-ner.jsonl.gz", NER),
];

/// The recipe of the model of a language.
pub fn recipe(language: Language) -> Recipe {
    match language {
        Language::En => Recipe {
            language,
            files: ENGLISH,
            unseen: &["gum", "litbank", "uner-ewt", "tweebank-ner", "btc"],
            settings: Settings {
                max_features: 100_000,
                dropout: 0.2,
                epochs: 5,
                ..Settings::default()
            },
        },
        Language::Es => Recipe {
            language,
            files: SPANISH,
            unseen: &["europarl-ner"],
            settings: Settings {
                max_features: 60_000,
                dropout: 0.2,
                epochs: 5,
                ..Settings::default()
            },
        },
    }
}

/// Name of the model file of a language.
pub fn model_file(language: Language) -> String {
    format!("{}.model", language.as_str())
}

/// An annotated text. Offsets are code points, ends exclusive. Labels are types of personal information, or those of
/// entities: persons count as names, places and organisations as what is neither name nor address.
#[derive(Clone, Debug)]
pub struct TrainingText<'t> {
    /// Tells it from others; decides whether it is held out.
    pub id: &'t str,
    /// Where it comes from.
    pub source: &'t str,
    /// The code of its language, if known. Texts of other languages than the recipe's are left out.
    pub language: Option<&'t str>,
    /// Its file, as an index into the recipe's.
    pub file: usize,
    /// The text.
    pub text: &'t str,
    /// The spans with their labels.
    pub spans: Vec<(Range<usize>, &'t str)>,
    /// Ranges of which nothing is known.
    pub ignore: Vec<Range<usize>>,
    /// The labels that are annotated wherever they occur.
    pub covers: Vec<&'t str>,
}

/// A trained model.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The model file.
    pub bytes: Vec<u8>,
    /// How the training went.
    pub report: Report,
    /// SHA-256 of the training data.
    pub fingerprint: [u8; 32],
}

/// A model could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The data that the program carries are damaged.
    #[error("load the data of the tagger")]
    Load(#[from] LoadError),
    /// The data or settings cannot be used.
    #[error("train the model of personal information")]
    Tagging(#[from] construe_tagging::Error),
}

/// What a model is being trained for, as `progress` hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// To fit the scores by sources that it does not see.
    Scores,
    /// To be kept.
    Model,
}

/// One text in that many is held out, to see when training has done enough and to fit the scores.
const HELD_OUT: u32 = 20;
/// One text in that many trains the model that fits the scores by unseen sources.
const FOR_SCORES: u32 = 6;
/// The calibration trusts as many outcomes of unseen as of known sources.
const MOST_OUTCOMES: usize = 6000;

/// What the draws from a text's id decide.
#[derive(Clone, Copy)]
enum Draw {
    HeldOut,
    Share,
    Scores,
    Judged,
    Lower,
    Upper,
    Unmarked,
    Renamed,
}

impl Draw {
    /// A number that depends on nothing but the text's id.
    fn of(self, text: &TrainingText<'_>) -> u32 {
        FeatureHasher::new(self as u32).text(text.id).finish()
    }

    fn one_in(self, count: u32, text: &TrainingText<'_>) -> bool {
        self.of(text).is_multiple_of(count)
    }
}

/// Trains the model of a recipe. The order of the texts counts: that of the recipe's files and their lines.
///
/// # Errors
/// Texts that cannot be learnt from, or a training that `progress` stopped.
pub fn train(
    recipe: &Recipe,
    texts: &[TrainingText<'_>],
    mut progress: impl FnMut(Stage, &Epoch) -> ControlFlow<()>,
) -> Result<Trained, TrainError> {
    let rules = Rules::load()?;
    let labels = super::labels();
    let texts: Vec<&TrainingText<'_>> = texts.iter().filter(|text| is_wanted(recipe, &labels, text)).collect();

    let rehearsal = Rehearsal {
        rules: &rules,
        marked: Cell::new(true),
    };
    let mut outcomes = Vec::new();
    if !recipe.unseen.is_empty() {
        let (unseen, seen): (Vec<_>, Vec<_>) = texts
            .iter()
            .copied()
            .partition(|text| recipe.unseen.contains(&text.source));
        let mut data = Data::new(recipe, &labels, &rehearsal);
        let some: Vec<_> = seen
            .into_iter()
            .filter(|text| Draw::Scores.one_in(FOR_SCORES, text))
            .collect();
        data.add_all(&some)?;
        let (model, _) = construe_tagging::train(&data.training, &data.held_out, &recipe.settings, |epoch| {
            progress(Stage::Scores, epoch)
        })?;
        let mut judged = data.builder();
        for text in unseen.iter().filter(|text| Draw::Judged.one_in(2, text)) {
            judged.add(&example(&labels, text, recipe.files[text.file].weight))?;
        }
        outcomes.extend(model.tagger().outcomes(judged.corpus()));
        outcomes.truncate(MOST_OUTCOMES);
    }

    let mut data = Data::new(recipe, &labels, &rehearsal);
    data.add_all(&texts)?;
    let (mut model, report): (Model, Report) =
        construe_tagging::train(&data.training, &data.held_out, &recipe.settings, |epoch| {
            progress(Stage::Model, epoch)
        })?;
    let mut known = model.tagger().outcomes(data.held_out.corpus());
    known.truncate(MOST_OUTCOMES);
    outcomes.extend(known);
    if !outcomes.is_empty() {
        model.set_calibration(Calibration::fit(labels.len(), &outcomes))?;
    }
    Ok(Trained {
        bytes: model.to_bytes(),
        report,
        fingerprint: data.training.fingerprint(),
    })
}

/// Whether a text belongs to the recipe and says anything of interest.
fn is_wanted(recipe: &Recipe, labels: &Labels, text: &TrainingText<'_>) -> bool {
    let Some(file) = recipe.files.get(text.file) else {
        return false;
    };
    let share = (f64::from(file.share) * f64::from(u32::MAX)) as u32;
    text.language
        .is_none_or(|language| language == recipe.language.as_str())
        && !file.without.contains(&text.source)
        && Draw::Share.of(text) <= share
        && text.covers.iter().any(|name| label(labels, name).is_some())
}

/// Training data and what is held out of it.
struct Data<'k, 'r> {
    recipe: &'k Recipe,
    labels: &'k Labels,
    rehearsal: &'r Rehearsal<'k>,
    training: CorpusBuilder<'r, Rehearsal<'k>>,
    held_out: CorpusBuilder<'r, Rehearsal<'k>>,
}

impl<'k, 'r> Data<'k, 'r> {
    fn new(recipe: &'k Recipe, labels: &'k Labels, rehearsal: &'r Rehearsal<'k>) -> Data<'k, 'r> {
        let builder = || CorpusBuilder::new(recipe.language.of_texts(), labels.clone(), rehearsal);
        Data {
            recipe,
            labels,
            rehearsal,
            training: builder(),
            held_out: builder(),
        }
    }

    fn builder(&self) -> CorpusBuilder<'r, Rehearsal<'k>> {
        CorpusBuilder::new(self.recipe.language.of_texts(), self.labels.clone(), self.rehearsal)
    }

    fn add_all(&mut self, texts: &[&TrainingText<'_>]) -> Result<(), construe_tagging::Error> {
        let names = Names::of(texts);
        for text in texts {
            self.add(text, &names)?;
        }
        if self.recipe.language == Language::En {
            let covers = self.labels.all();
            for sentence in Slots::of(texts).fill(&mut Random::new(SEED)) {
                let mut spans = Vec::with_capacity(sentence.spans.len());
                for (range, name) in sentence.spans {
                    spans.extend(label(self.labels, name).map(|label| (range, label)));
                }
                self.training.add(&Example {
                    text: sentence.text.into(),
                    spans,
                    ignore: Vec::new(),
                    covers,
                    weight: 0.5,
                })?;
            }
        }
        Ok(())
    }

    fn add(&mut self, text: &TrainingText<'_>, names: &Names<'_>) -> Result<(), construe_tagging::Error> {
        let weight = self.recipe.files[text.file].weight;
        let example = example(self.labels, text, weight);
        if Draw::HeldOut.one_in(HELD_OUT, text) {
            return self.held_out.add(&example);
        }
        self.training.add(&example)?;
        // What the recognizers find here, they may miss in other layouts.
        if Draw::Unmarked.one_in(3, text) {
            self.rehearsal.marked.set(false);
            let added = self.training.add(&Example {
                weight: 0.5 * weight,
                ..example.clone()
            });
            self.rehearsal.marked.set(true);
            added?;
        }
        if text.text.chars().filter(|c| c.is_uppercase()).take(2).count() < 2 {
            return Ok(());
        }
        if Draw::Lower.one_in(6, text) {
            self.training.add(&example.recased(Case::Lower, 0.5 * weight))?;
        }
        if Draw::Upper.one_in(20, text) {
            self.training.add(&example.recased(Case::Upper, 0.5 * weight))?;
        }
        if Draw::Renamed.one_in(2, text) {
            let mut random = Random::new(u64::from(Draw::Renamed.of(text)));
            if let Some(renamed) = names.replace(text, &mut random) {
                let renamed = TrainingText {
                    text: &renamed.text,
                    spans: renamed.spans,
                    ignore: renamed.ignore,
                    ..text.clone()
                };
                self.training.add(&self::example(self.labels, &renamed, 0.5 * weight))?;
            }
        }
        Ok(())
    }
}

const SEED: u64 = 0x7061_7274_7369;

/// The recognizers as knowledge, with or without marks of what they find.
struct Rehearsal<'r> {
    rules: &'r Rules,
    marked: Cell<bool>,
}

impl Knowledge for Rehearsal<'_> {
    type Scratch = RuleScratch;

    fn schema(&self) -> &str {
        self.rules.schema()
    }

    fn word(&self, surface: &str, folded: &str, out: &mut WordFeatures) {
        self.rules.word(surface, folded, out);
    }

    fn passages(&self, scratch: &mut RuleScratch, document: &Document<'_>, out: &mut Marks) {
        if self.marked.get() {
            self.rules.passages(scratch, document, out);
        }
    }
}

/// The label of the model that an annotation means.
fn label(labels: &Labels, name: &str) -> Option<Label> {
    labels.find(match name {
        "PERSON" => "NAME",
        "LOCATION" => "PLACE",
        other => other,
    })
}

fn example<'t>(labels: &Labels, text: &TrainingText<'t>, weight: f32) -> Example<'t> {
    let characters: Vec<char> = text.text.chars().collect();
    let mut spans = Vec::with_capacity(text.spans.len());
    let mut ignore = text.ignore.clone();
    for (range, name) in &text.spans {
        let Some(label) = label(labels, name) else { continue };
        if *name == "PERSON" {
            match without_title(&characters, range.clone()) {
                Some(range) => spans.push((range, label)),
                None => ignore.push(range.clone()),
            }
        } else {
            spans.push((range.clone(), label));
        }
    }
    Example {
        text: text.text.into(),
        spans,
        ignore,
        covers: text
            .covers
            .iter()
            .filter_map(|name| label(labels, name))
            .fold(LabelSet::EMPTY, LabelSet::with),
        weight,
    }
}

/// The range of a person without a personal title in front; `None` for handles and hashtags, which are no names.
fn without_title(text: &[char], range: Range<usize>) -> Option<Range<usize>> {
    let mut start = range.start;
    if matches!(text[start], '@' | '#') || start > 0 && matches!(text[start - 1], '@' | '#') {
        return None;
    }
    loop {
        let word: String = text[start..range.end]
            .iter()
            .take_while(|c| c.is_alphabetic())
            .collect();
        let mut next = start + word.chars().count();
        if !super::is_title(&word) {
            return Some(start..range.end);
        }
        while next < range.end && matches!(text[next], '.' | ' ') {
            next += 1;
        }
        if next >= range.end {
            return Some(start..range.end);
        }
        start = next;
    }
}
