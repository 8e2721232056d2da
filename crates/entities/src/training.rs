//! Training of the models. The command line reads the data; nothing here does.

use std::ops::{ControlFlow, Range};

use construe_tagging::learn::{Calibration, Epoch, FeatureHasher, Label, LabelSet, Labels, Outcome, Report};
use construe_tagging::{Case, CorpusBuilder, Example, Model, train as train_model};

use crate::knowledge::{EntityKnowledge, KnowledgeError};
use crate::languages::Recipe;
use crate::types::EntityType;

/// An annotated text.
#[derive(Clone, Debug)]
pub struct Text<'t> {
    /// Tells it from others; decides whether it is held out.
    pub id: &'t str,
    /// Where it comes from.
    pub source: &'t str,
    /// The text.
    pub text: &'t str,
    /// Its entities: code points, ends exclusive.
    pub spans: Vec<(Range<usize>, EntityType)>,
    /// The types that its source annotates wherever they occur.
    pub covers: Vec<EntityType>,
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

/// A model cannot be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The word lists cannot be used.
    #[error("load the word lists of entities")]
    Knowledge(#[from] KnowledgeError),
    /// The data or settings cannot be used.
    #[error("train the model of entities")]
    Tagging(#[from] construe_tagging::Error),
}

/// What a model is being trained for, as `progress` hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// To fit the scores by the group of sources of that number.
    Scores(usize),
    /// To be kept.
    Model,
}

/// One text in that many is held out, to see when training has done enough and to fit the scores.
const HELD_OUT: u32 = 20;
/// One text in that many serves the models that only fit the scores: their probabilities err alike.
const FOR_SCORES: u32 = 2;
/// The most texts of an unseen source that scores are fitted to: each source says its part.
const JUDGED: usize = 400;

/// Trains the model of a recipe. The order of the texts counts: that of the recipe's files and their lines.
///
/// # Errors
/// Unusable data, or a training that `progress` stopped.
pub fn train(
    recipe: &Recipe,
    texts: &[Text<'_>],
    mut progress: impl FnMut(Stage, &Epoch) -> ControlFlow<()>,
) -> Result<Trained, TrainError> {
    let knowledge = EntityKnowledge::load(recipe.language)?;
    let labels = Labels::new(EntityType::ALL.map(EntityType::name)).map_err(construe_tagging::Error::from)?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (number, unseen) in recipe.unseen.iter().enumerate() {
        let mut data = Data::new(recipe, &labels, &knowledge);
        let mut judged = CorpusBuilder::new(recipe.language, labels.clone(), &knowledge);
        let mut counts = vec![0; unseen.len()];
        for text in texts {
            match unseen.iter().position(|source| *source == text.source) {
                None if draw(text, 8).is_multiple_of(FOR_SCORES) => data.add(text)?,
                Some(source) if counts[source] < JUDGED => {
                    counts[source] += 1;
                    judged.add(&example(text))?;
                }
                _ => {}
            }
        }
        let (model, _) = train_model(&data.training, &data.held_out, &recipe.settings, |epoch| {
            progress(Stage::Scores(number), epoch)
        })?;
        outcomes.extend(model.tagger().outcomes(judged.corpus()));
    }
    let mut data = Data::new(recipe, &labels, &knowledge);
    for text in texts {
        data.add(text)?;
    }
    let (mut model, report): (Model, Report) =
        train_model(&data.training, &data.held_out, &recipe.settings, |epoch| {
            progress(Stage::Model, epoch)
        })?;
    // Texts like those of the training and texts of other kinds: scores hold for both in the mean.
    outcomes.extend(model.tagger().outcomes(data.held_out.corpus()));
    if !recipe.unseen.is_empty() {
        model.set_calibration(Calibration::fit(labels.len(), &outcomes))?;
    }
    Ok(Trained {
        bytes: model.to_bytes(),
        report,
        fingerprint: data.training.fingerprint(),
    })
}

/// Training data and what is held out of it.
struct Data<'k> {
    recipe: &'k Recipe,
    training: CorpusBuilder<'k, EntityKnowledge>,
    held_out: CorpusBuilder<'k, EntityKnowledge>,
}

impl<'k> Data<'k> {
    fn new(recipe: &'k Recipe, labels: &Labels, knowledge: &'k EntityKnowledge) -> Data<'k> {
        let builder = || CorpusBuilder::new(recipe.language, labels.clone(), knowledge);
        Data {
            recipe,
            training: builder(),
            held_out: builder(),
        }
    }

    fn add(&mut self, text: &Text<'_>) -> Result<(), TrainError> {
        let weights = self.recipe.weights.iter();
        let weight = weights
            .filter(|(source, _)| *source == text.source)
            .map(|&(_, weight)| weight)
            .next()
            .unwrap_or(1.0);
        if weight == 0.0 {
            return Ok(());
        }
        let mut example = example(text);
        example.weight = weight;
        if draw(text, 0).is_multiple_of(HELD_OUT) {
            self.held_out.add(&example)?;
            return Ok(());
        }
        self.training.add(&example)?;
        if text.text.chars().any(char::is_uppercase) {
            let copies = [
                (self.recipe.lower_copies, Case::Lower),
                (self.recipe.upper_copies, Case::Upper),
                (self.recipe.title_copies, Case::Title),
            ];
            for (purpose, (share, case)) in (1..).zip(copies) {
                if f64::from(draw(text, purpose)) < f64::from(share) * f64::from(u32::MAX) {
                    self.training.add(&example.recased(case, weight))?;
                }
            }
        }
        Ok(())
    }
}

/// A number drawn for a text, always the same for the same purpose.
fn draw(text: &Text<'_>, purpose: u32) -> u32 {
    FeatureHasher::new(purpose).text(text.id).finish()
}

fn example<'t>(text: &Text<'t>) -> Example<'t> {
    // Labels are numbered in the order of the types' declaration.
    let label = |kind: EntityType| Label(kind as u8);
    Example {
        text: text.text.into(),
        spans: text
            .spans
            .iter()
            .map(|(range, kind)| (range.clone(), label(*kind)))
            .collect(),
        ignore: Vec::new(),
        covers: text.covers.iter().map(|&kind| label(kind)).collect::<LabelSet>(),
        weight: 1.0,
    }
}
