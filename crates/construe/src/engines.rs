//! The engines behind one interface, for the commands that run any of them on files.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail};
use construe_comprehend_api::shapes::medical::detect::{DetectEntitiesV2Response, DetectPhiResponse};
use construe_entities::EntityType;
use construe_medical::{Category, Type};
use construe_pii::PiiType;
use construe_tagging::{Model, NoKnowledge};
use construe_text::Language;
use serde::Serialize;

/// What an engine looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Entities,
    Pii,
    Medical,
    /// Protected health information.
    Phi,
}

/// An engine, ready to work: immutable, shared by all threads.
pub enum Engine {
    Entities(Box<construe_entities::Engine>),
    Pii(Box<construe_pii::Engine>),
    Medical(Box<construe_medical::Engine>),
    Phi(Box<construe_medical::Engine>),
    /// One that a user trained.
    Tagger(Box<Model>),
    /// Another, trained from what the service takes.
    Recognizer(Box<construe_custom_entities::Model>),
}

/// A finding of any engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding<'e> {
    pub label: &'e str,
    /// In code points, as on the wire.
    pub start: usize,
    pub end: usize,
    /// In bytes, to slice the text.
    pub byte_start: usize,
    pub byte_end: usize,
    pub score: f32,
}

/// Which findings are wanted.
pub struct Filter {
    /// Only these labels; `None` for all.
    pub labels: Option<BTreeSet<String>>,
    /// Only findings with at least this score.
    pub threshold: f32,
}

impl Filter {
    fn keeps(&self, label: &str, score: f32) -> bool {
        score >= self.threshold && self.labels.as_ref().is_none_or(|labels| labels.contains(label))
    }
}

/// What the service would answer about a text.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer<'t> {
    Medical(DetectEntitiesV2Response<'t>),
    Phi(DetectPhiResponse<'t>),
}

/// One thread's use of an engine.
pub enum Session<'e> {
    Entities {
        engine: &'e construe_entities::Engine,
        scratch: Box<construe_entities::Scratch>,
        found: Vec<construe_entities::Entity>,
    },
    Pii {
        engine: &'e construe_pii::Engine,
        scratch: Box<construe_pii::Scratch>,
        found: Vec<construe_pii::Finding>,
    },
    Medical {
        engine: &'e construe_medical::Engine,
        scratch: Box<construe_medical::Scratch>,
        found: construe_medical::Analysis,
    },
    Phi {
        engine: &'e construe_medical::Engine,
        scratch: Box<construe_medical::Scratch>,
        found: Vec<construe_medical::Entity>,
    },
    Tagger {
        model: &'e Model,
        scratch: Box<construe_tagging::Scratch<NoKnowledge>>,
        found: Vec<construe_tagging::Found>,
    },
    Recognizer {
        model: &'e construe_custom_entities::Model,
        scratch: Box<construe_custom_entities::Scratch>,
        found: Vec<construe_custom_entities::Entity>,
    },
}

impl Task {
    /// The name in tables and messages.
    pub fn name(self) -> &'static str {
        match self {
            Task::Entities => "entities",
            Task::Pii => "pii",
            Task::Medical => "medical",
            Task::Phi => "phi",
        }
    }
}

impl Engine {
    pub fn load(task: Task) -> anyhow::Result<Engine> {
        Ok(match task {
            Task::Entities => {
                let engine = construe_entities::Engine::load().context("loading the engine of entities")?;
                Engine::Entities(Box::new(engine))
            }
            Task::Pii => Engine::Pii(Box::new(
                construe_pii::Engine::load().context("loading the PII engine")?,
            )),
            Task::Medical => Engine::Medical(Box::new(medical()?)),
            Task::Phi => Engine::Phi(Box::new(medical()?)),
        })
    }

    /// Loads a model that was trained without any knowledge but the texts.
    pub fn tagger(path: &Path) -> anyhow::Result<Engine> {
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let model = Model::from_bytes(&bytes, &NoKnowledge).with_context(|| format!("loading {}", path.display()))?;
        Ok(Engine::Tagger(Box::new(model)))
    }

    /// Loads a recognizer, with the engine of entities that helps it.
    pub fn recognizer(path: &Path) -> anyhow::Result<Engine> {
        let resources = construe_custom_entities::Resources::load().context("loading the engine of entities")?;
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let model = construe_custom_entities::Model::from_bytes(&bytes, &resources)
            .with_context(|| format!("loading {}", path.display()))?;
        Ok(Engine::Recognizer(Box::new(model)))
    }

    /// Codes of the languages that it knows, at least one; the first is the default.
    pub fn languages(&self) -> Vec<&str> {
        match self {
            Engine::Entities(_) => Language::ALL.map(Language::code).to_vec(),
            Engine::Pii(_) => vec!["en", "es"],
            Engine::Medical(_) | Engine::Phi(_) => vec!["en"],
            Engine::Tagger(model) => vec![model.language().code()],
            Engine::Recognizer(model) => vec![model.language().code()],
        }
    }

    /// Loads what texts in these languages need, so that the first of them need not wait for it. Codes that the engine
    /// does not know are passed over.
    pub fn prepare<'c>(&self, languages: impl IntoIterator<Item = &'c str>) -> anyhow::Result<()> {
        if let Engine::Entities(engine) = self {
            for language in languages.into_iter().filter_map(Language::from_code) {
                if let Err(error) = engine.prepare(language) {
                    // The error stays with the engine, which would meet it again.
                    let chain: Vec<_> = anyhow::Chain::new(error).map(ToString::to_string).collect();
                    bail!(chain.join(": "));
                }
            }
        }
        Ok(())
    }

    /// What it may find.
    pub fn labels(&self) -> Vec<&str> {
        match self {
            Engine::Entities(_) => EntityType::ALL.map(EntityType::name).to_vec(),
            Engine::Pii(_) => PiiType::ALL.map(PiiType::as_str).to_vec(),
            Engine::Medical(_) => Type::ALL.map(Type::name).to_vec(),
            Engine::Phi(_) => {
                let identifies = |kind: &Type| kind.category() == Category::ProtectedHealthInformation;
                Type::ALL.into_iter().filter(identifies).map(Type::name).collect()
            }
            Engine::Tagger(model) => model.labels().iter().map(|(_, name)| name).collect(),
            Engine::Recognizer(model) => model.types().iter().map(String::as_str).collect(),
        }
    }

    /// The labels that `name` stands for, whatever its case: one label, or all of a category of the medical engine.
    pub fn labels_named(&self, name: &str) -> Vec<&str> {
        let same = |known: &str| known.eq_ignore_ascii_case(name);
        let labels = self.labels();
        if let Some(&label) = labels.iter().find(|label| same(label)) {
            return vec![label];
        }
        let of_category = |label: &&str| Type::from_name(label).is_some_and(|kind| same(kind.category().name()));
        match self {
            Engine::Medical(_) | Engine::Phi(_) => labels.into_iter().filter(of_category).collect(),
            Engine::Entities(_) | Engine::Pii(_) | Engine::Tagger(_) | Engine::Recognizer(_) => Vec::new(),
        }
    }

    pub fn session(&self) -> Session<'_> {
        match self {
            Engine::Entities(engine) => Session::Entities {
                engine,
                scratch: Box::new(engine.scratch()),
                found: Vec::new(),
            },
            Engine::Pii(engine) => Session::Pii {
                engine,
                scratch: Box::new(engine.scratch()),
                found: Vec::new(),
            },
            Engine::Medical(engine) => Session::Medical {
                engine,
                scratch: Box::new(engine.scratch()),
                found: construe_medical::Analysis::new(),
            },
            Engine::Phi(engine) => Session::Phi {
                engine,
                scratch: Box::new(engine.scratch()),
                found: Vec::new(),
            },
            Engine::Tagger(model) => Session::Tagger {
                model,
                scratch: Box::default(),
                found: Vec::new(),
            },
            Engine::Recognizer(model) => Session::Recognizer {
                model,
                scratch: Box::default(),
                found: Vec::new(),
            },
        }
    }
}

impl<'e> Session<'e> {
    /// Puts the findings of `text` into `out`, which is cleared first. Answers whether the engine knows the language.
    pub fn analyze(&mut self, text: &str, language: &str, out: &mut Vec<Finding<'e>>) -> bool {
        out.clear();
        match self {
            Session::Entities { engine, scratch, found } => {
                let Some(language) = Language::from_code(language) else {
                    return false;
                };
                engine.analyze(scratch, text, language, found);
                out.extend(found.iter().map(|found| Finding {
                    label: found.kind.name(),
                    start: found.start,
                    end: found.end,
                    byte_start: found.byte_start,
                    byte_end: found.byte_end,
                    score: found.score,
                }));
            }
            Session::Pii { engine, scratch, found } => {
                let Ok(language) = language.parse() else { return false };
                engine.analyze(scratch, text, language, found);
                out.extend(found.iter().map(|found| Finding {
                    label: found.kind.as_str(),
                    start: found.start,
                    end: found.end,
                    byte_start: found.byte_start,
                    byte_end: found.byte_end,
                    score: found.score,
                }));
            }
            Session::Medical { engine, scratch, found } => {
                if language != "en" {
                    return false;
                }
                engine.analyze_entities(scratch, text, found);
                out.extend(found.entities.iter().map(medical_finding));
            }
            Session::Phi { engine, scratch, found } => {
                if language != "en" {
                    return false;
                }
                engine.analyze_phi(scratch, text, found);
                out.extend(found.iter().map(medical_finding));
            }
            Session::Tagger { model, scratch, found } => {
                if model.language().code() != language {
                    return false;
                }
                model.analyze(&NoKnowledge, scratch, text, found);
                let model: &'e Model = model;
                out.extend(found.iter().map(|found| Finding {
                    label: model.labels().name(found.label),
                    start: found.start,
                    end: found.end,
                    byte_start: found.byte_start,
                    byte_end: found.byte_end,
                    score: found.score,
                }));
            }
            Session::Recognizer { model, scratch, found } => {
                if model.language().code() != language {
                    return false;
                }
                model.analyze(scratch, text, found);
                let model: &'e construe_custom_entities::Model = model;
                out.extend(found.iter().map(|found| Finding {
                    // A model's entities have its types.
                    label: model.types().get(usize::from(found.kind)).map_or("", String::as_str),
                    start: found.start,
                    end: found.end,
                    byte_start: found.byte_start,
                    byte_end: found.byte_end,
                    score: found.score,
                }));
            }
        }
        true
    }

    /// Forgets those of the findings of the last text that `filter` refuses, here and in `found`.
    pub fn keep(&mut self, filter: &Filter, out: &mut Vec<Finding<'e>>) {
        match self {
            Session::Medical { found, .. } => {
                found
                    .entities
                    .retain(|found| filter.keeps(found.kind.name(), found.score));
                found
                    .unmapped
                    .retain(|found| filter.keeps(found.attribute.kind.name(), found.attribute.score));
            }
            Session::Phi { found, .. } => found.retain(|found| filter.keeps(found.kind.name(), found.score)),
            Session::Entities { .. } | Session::Pii { .. } | Session::Tagger { .. } | Session::Recognizer { .. } => {}
        }
        out.retain(|found| filter.keeps(found.label, found.score));
    }

    /// What the service would answer about `text`, which was analysed last, where that is more than the findings.
    pub fn answer<'t>(&self, text: &'t str) -> Option<Answer<'t>> {
        match self {
            Session::Medical { found, .. } => Some(Answer::Medical(construe_medical_answers::entities(text, found))),
            Session::Phi { found, .. } => Some(Answer::Phi(construe_medical_answers::phi(text, found))),
            Session::Entities { .. } | Session::Pii { .. } | Session::Tagger { .. } | Session::Recognizer { .. } => {
                None
            }
        }
    }

    /// What is known about the finding at `index` of the last text beside its label, in words: traits, attributes.
    pub fn remarks(&self, text: &str, index: usize) -> Vec<String> {
        let Session::Medical { found, .. } = self else {
            return Vec::new();
        };
        let Some(entity) = found.entities.get(index) else {
            return Vec::new();
        };
        let traits = entity.traits.iter().map(|found| found.name.to_string());
        let attributes = entity.attributes.iter().map(|found| {
            let surface = text.get(found.byte_start..found.byte_end).unwrap_or_default();
            format!("{} {surface}", found.kind)
        });
        traits.chain(attributes).collect()
    }
}

fn medical() -> anyhow::Result<construe_medical::Engine> {
    construe_medical::Engine::load().context("loading the medical engine")
}

fn medical_finding<'e>(found: &construe_medical::Entity) -> Finding<'e> {
    Finding {
        label: found.kind.name(),
        start: found.start,
        end: found.end,
        byte_start: found.byte_start,
        byte_end: found.byte_end,
        score: found.score,
    }
}
