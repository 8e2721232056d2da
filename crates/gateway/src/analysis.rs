//! Where the engines of synchronous operations run: on threads of their own, no more at a time than the
//! machine has cores, in memory that earlier analyses left behind.

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use construe_comprehend_api::ApiError;
use construe_comprehend_api::shapes::text::DocumentText;
use construe_pii::{Engine, Finding, Language, Scratch};
use construe_telemetry::panics;
use tokio::sync::Semaphore;

use crate::failure;

/// Analyses texts with the engine that jobs use too.
pub struct PiiAnalyses {
    engine: Arc<Engine>,
    /// One permit per core. Requests above that wait, and a client that goes away gives up its place in
    /// the line.
    cores: Arc<Semaphore>,
    /// Of analyses that have ended; never more than `cores` had permits.
    idle: Mutex<Vec<Memory>>,
}

/// What one analysis works in.
struct Memory {
    scratch: Scratch,
    findings: Vec<Finding>,
}

impl PiiAnalyses {
    /// Replaces the process's panic hook, so that panics of the engine cannot quote texts.
    pub fn new(engine: Arc<Engine>) -> Self {
        panics::install_hook();
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            engine,
            cores: Arc::new(Semaphore::new(cores)),
            idle: Mutex::default(),
        }
    }

    /// Finds what is in `text`, and makes an answer of it on the same thread.
    pub async fn analyze<T: Send + 'static>(
        self: &Arc<Self>,
        text: DocumentText,
        language: Language,
        answer: impl FnOnce(&[Finding]) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let cores = self.cores.clone();
        let core = cores
            .acquire_owned()
            .await
            .map_err(|closed| failure::internal(&closed))?;
        let analyses = self.clone();
        let span = tracing::Span::current();
        let work = move || {
            // Held to the end of the analysis, even if nobody waits for it any more.
            let _core = core;
            let _span = span.entered();
            panics::confine(|| analyses.analyze_here(text.as_str(), language, answer))
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(answered)) => Ok(answered),
            // The panic hook has logged where.
            Ok(Err(panics::Panicked)) => Err(ApiError::internal()),
            Err(ended) => Err(failure::internal(&ended)),
        }
    }

    fn analyze_here<T>(&self, text: &str, language: Language, answer: impl FnOnce(&[Finding]) -> T) -> T {
        // The lock is held for a push or a pop only: what a panic elsewhere left behind is whole.
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = idle.unwrap_or_else(|| Memory {
            scratch: self.engine.scratch(),
            findings: Vec::new(),
        });
        self.engine
            .analyze(&mut memory.scratch, text, language, &mut memory.findings);
        let answered = answer(&memory.findings);
        // After a panic above, the memory is gone instead of in an unknown state.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use construe_comprehend_api::ErrorCode;

    fn text(text: &str) -> DocumentText {
        serde_json::from_value(text.into()).unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn analyses_share_memory_but_no_findings_and_survive_a_panic() {
        let engine = Arc::new(Engine::load().unwrap());
        let analyses = Arc::new(PiiAnalyses::new(engine.clone()));
        let cores = analyses.cores.available_permits();
        let texts: Vec<String> = (0..100)
            .map(|n| format!("{}Write to amber{n}@example-mail.com. ", "é".repeat(n)).repeat(n % 7 + 1))
            .collect();
        let running: Vec<_> = texts
            .iter()
            .map(|document| {
                let (analyses, document) = (analyses.clone(), text(document));
                tokio::spawn(async move { analyses.analyze(document, Language::En, <[Finding]>::to_vec).await })
            })
            .collect();
        let fails = analyses.analyze(text("canary"), Language::En, |_| -> () { panic!("of the engine") });
        assert_eq!(fails.await.unwrap_err().code, ErrorCode::InternalServerException);
        let mut scratch = engine.scratch();
        for (document, found) in texts.iter().zip(running) {
            let mut expected = Vec::new();
            engine.analyze(&mut scratch, document, Language::En, &mut expected);
            assert!(!expected.is_empty());
            assert_eq!(found.await.unwrap().unwrap(), expected, "{document}");
        }
        assert_eq!(analyses.cores.available_permits(), cores, "every core was given back");
        let idle = analyses.idle.lock().unwrap().len();
        assert!((1..=cores).contains(&idle), "memory for {idle} on {cores} cores");
    }
}
