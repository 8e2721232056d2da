//! The engines behind one interface, for the commands that run any of them on files.

use std::path::Path;

use anyhow::Context;
use construe_entities::EntityType;
use construe_medical::Type;
use construe_pii::PiiType;
use construe_tagging::{Model, NoKnowledge};
use construe_text::Language;

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

    /// Codes of the languages that it knows, at least one; the first is the default.
    pub fn languages(&self) -> Vec<&str> {
        match self {
            Engine::Entities(_) => Language::ALL.map(Language::code).to_vec(),
            Engine::Pii(_) => vec!["en", "es"],
            Engine::Medical(_) | Engine::Phi(_) => vec!["en"],
            Engine::Tagger(model) => vec![model.language().code()],
        }
    }

    /// What it may find.
    pub fn labels(&self) -> Vec<&str> {
        match self {
            Engine::Entities(_) => EntityType::ALL.map(EntityType::name).to_vec(),
            Engine::Pii(_) => PiiType::ALL.map(PiiType::as_str).to_vec(),
            Engine::Medical(_) | Engine::Phi(_) => Type::ALL.map(Type::name).to_vec(),
            Engine::Tagger(model) => model.labels().iter().map(|(_, name)| name).collect(),
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
        }
        true
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
