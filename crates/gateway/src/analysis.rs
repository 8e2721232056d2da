//! Where the engines of synchronous operations run: on threads of their own, no more at a time than the
//! machine has cores (and as many that read files), in memory that earlier analyses left behind.

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use construe_comprehend_api::ApiError;
use construe_comprehend_api::shapes::document::DocumentInput;
use construe_telemetry::panics;
use tokio::sync::Semaphore;

use crate::failure;

/// What the engines of synchronous operations have in common.
pub trait TextEngine: Send + Sync + 'static {
    /// What is asked about a text: its language, or what to look for.
    type Question: Copy + Send + 'static;
    /// What is in a text; handed in again, it keeps its memory.
    type Found: Default + Send + 'static;
    /// What one analysis works in.
    type Scratch: Send + 'static;

    fn scratch(&self) -> Self::Scratch;
    /// Puts what is in `text` into `out`, which is cleared first.
    fn analyze(&self, scratch: &mut Self::Scratch, text: &str, question: Self::Question, out: &mut Self::Found);
}

macro_rules! text_engine {
    ($engine:ident, $finding:ident) => {
        impl TextEngine for $engine::Engine {
            type Question = $engine::Language;
            type Found = Vec<$engine::$finding>;
            type Scratch = $engine::Scratch;

            fn scratch(&self) -> Self::Scratch {
                $engine::Engine::scratch(self)
            }

            fn analyze(
                &self,
                scratch: &mut Self::Scratch,
                text: &str,
                language: Self::Question,
                out: &mut Self::Found,
            ) {
                $engine::Engine::analyze(self, scratch, text, language, out);
            }
        }
    };
}

text_engine!(construe_pii, Finding);
text_engine!(construe_entities, Entity);

/// What the medical engine is to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MedicalQuestion {
    Entities,
    /// Protected health information, among the entities of the analysis.
    Phi,
}

impl TextEngine for construe_medical::Engine {
    type Question = MedicalQuestion;
    type Found = construe_medical::Analysis;
    type Scratch = construe_medical::Scratch;

    fn scratch(&self) -> Self::Scratch {
        construe_medical::Engine::scratch(self)
    }

    fn analyze(&self, scratch: &mut Self::Scratch, text: &str, question: MedicalQuestion, out: &mut Self::Found) {
        match question {
            MedicalQuestion::Entities => self.analyze_entities(scratch, text, out),
            MedicalQuestion::Phi => {
                out.clear();
                self.analyze_phi(scratch, text, &mut out.entities);
            }
        }
    }
}

/// One permit per core. Requests above that wait, and a client that goes away gives up its place in the line.
fn cores() -> Arc<Semaphore> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Arc::new(Semaphore::new(cores))
}

/// The lines in which synchronous operations wait.
pub struct Lines {
    /// Of texts, for all engines of a gateway.
    pub texts: Arc<Semaphore>,
    /// Of files. To read one may take minutes, most of which another process works, and no text shall wait for that.
    pub files: Arc<Semaphore>,
}

impl Lines {
    pub fn new() -> Self {
        Self {
            texts: cores(),
            files: cores(),
        }
    }

    /// The line of a document.
    pub fn of(&self, document: &DocumentInput) -> &Arc<Semaphore> {
        match document {
            DocumentInput::Text(_) => &self.texts,
            DocumentInput::Bytes(_) => &self.files,
        }
    }
}

/// Does `work` on a thread of its own as soon as its line has a core for it.
pub async fn on_core<T: Send + 'static>(
    cores: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let cores = cores.clone();
    let core = cores
        .acquire_owned()
        .await
        .map_err(|closed| failure::internal(&closed))?;
    let span = tracing::Span::current();
    let work = move || {
        // Held to the end of the analysis, even if nobody waits for it any more.
        let _core = core;
        let _span = span.entered();
        panics::confine(work)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        // The panic hook has logged where.
        Ok(Err(panics::Panicked)) => Err(ApiError::internal()),
        Err(ended) => Err(failure::internal(&ended)),
    }
}

/// Analyses texts with an engine that jobs use too.
pub struct Analyses<E: TextEngine> {
    engine: Arc<E>,
    cores: Arc<Semaphore>,
    /// Of analyses that have ended; never more than `cores` had permits.
    idle: Mutex<Vec<Memory<E>>>,
}

struct Memory<E: TextEngine> {
    scratch: E::Scratch,
    found: E::Found,
}

/// An engine at work for one request.
pub struct Analyst<'e, E: TextEngine> {
    engine: &'e E,
    memory: Option<Memory<E>>,
}

impl<E: TextEngine> Analyst<'_, E> {
    /// What is in `text`. After a panic of the engine the memory is gone instead of in an unknown state,
    /// and the next text can be analysed.
    pub fn analyze(&mut self, text: &str, question: E::Question) -> Result<&E::Found, panics::Panicked> {
        let mut memory = self.memory.take().unwrap_or_else(|| Memory {
            scratch: self.engine.scratch(),
            found: E::Found::default(),
        });
        panics::confine(|| {
            self.engine
                .analyze(&mut memory.scratch, text, question, &mut memory.found);
        })?;
        Ok(&self.memory.insert(memory).found)
    }
}

impl<E: TextEngine> Analyses<E> {
    /// Replaces the process's panic hook, so that panics of the engine cannot quote texts.
    pub fn new(engine: Arc<E>, cores: Arc<Semaphore>) -> Self {
        panics::install_hook();
        Self {
            engine,
            cores,
            idle: Mutex::default(),
        }
    }

    /// Does `work`, analyses and what is made of them, on one thread as soon as a core is free.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Analyst<'_, E>) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let analyses = self.clone();
        on_core(&self.cores, move || analyses.run_here(work)).await
    }

    fn run_here<T>(&self, work: impl FnOnce(&mut Analyst<'_, E>) -> T) -> T {
        // The lock is held for a push or a pop only: what a panic elsewhere left behind is whole.
        let mut analyst = Analyst {
            engine: &*self.engine,
            memory: self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop(),
        };
        let done = work(&mut analyst);
        if let Some(memory) = analyst.memory {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use construe_comprehend_api::ErrorCode;
    use construe_pii::{Engine, Finding, Language};

    /// The engine of personal data, with a text that it cannot bear.
    struct Fragile(Engine);

    impl TextEngine for Fragile {
        type Question = Language;
        type Found = Vec<Finding>;
        type Scratch = construe_pii::Scratch;

        fn scratch(&self) -> Self::Scratch {
            self.0.scratch()
        }

        fn analyze(&self, scratch: &mut Self::Scratch, text: &str, language: Language, out: &mut Vec<Finding>) {
            self.0.analyze(scratch, text, language, out);
            assert!(text != "canary", "of the engine");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn analyses_share_memory_but_no_findings_and_survive_a_panic() {
        let engine = Arc::new(Fragile(Engine::load().unwrap()));
        let analyses = Arc::new(Analyses::new(engine.clone(), cores()));
        let cores = analyses.cores.available_permits();
        let texts: Vec<String> = (0..100)
            .map(|n| format!("{}Write to amber{n}@example-mail.com. ", "é".repeat(n)).repeat(n % 7 + 1))
            .collect();
        let running: Vec<_> = texts
            .iter()
            .map(|text| {
                let (analyses, text) = (analyses.clone(), text.clone());
                tokio::spawn(async move {
                    // A text that breaks the engine leaves the next one of the same request alone.
                    let work = move |analyst: &mut Analyst<'_, Fragile>| {
                        assert_eq!(analyst.analyze("canary", Language::En), Err(panics::Panicked));
                        analyst.analyze(&text, Language::En).cloned()
                    };
                    analyses.run(work).await
                })
            })
            .collect();
        let fails = analyses.run(|_| -> () { panic!("of what is made of it") });
        assert_eq!(fails.await.unwrap_err().code, ErrorCode::InternalServerException);
        let mut scratch = engine.scratch();
        for (text, found) in texts.iter().zip(running) {
            let mut expected = Vec::new();
            engine.analyze(&mut scratch, text, Language::En, &mut expected);
            assert!(!expected.is_empty());
            assert_eq!(found.await.unwrap().unwrap(), Ok(expected), "{text}");
        }
        assert_eq!(analyses.cores.available_permits(), cores, "every core was given back");
        let idle = analyses.idle.lock().unwrap().len();
        assert!((1..=cores).contains(&idle), "memory for {idle} on {cores} cores");
    }
}
