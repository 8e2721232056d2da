//! How good an engine is on annotated texts: precision, recall and F1 by language, source and label, how far scores can
//! be believed, and how fast it is.
//!
//! The crate knows no engine. [`judge`] hands texts to a closure and compares what it finds with the annotation, within
//! a [`Scope`]: the labels that the source of a text marks throughout, outside the zones that its annotation leaves
//! open. [`markdown`] and `serde` render the [`Report`]; [`Worst`] lists the errors that weigh most.

mod clock;
mod error;
mod judge;
pub mod markdown;
mod predictions;
mod report;
mod scope;
mod worst;

pub use clock::thread_cpu_time;
pub use error::Error;
pub use judge::{Findings, Judgement, judge};
pub use predictions::Predictions;
pub use report::{
    Calibration, CalibrationBin, Figures, LabelReport, LanguageReport, Matches, RecallReport, Report, SourceReport,
    Speed,
};
pub use scope::Scope;
pub use worst::Worst;
