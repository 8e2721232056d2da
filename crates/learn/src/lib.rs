//! Sequence tagging: a linear-chain conditional random field over hashed features.
//!
//! The crate knows neither tasks nor languages. Callers compute [`Features`] of the tokens of a sequence and say which
//! [`Labels`] there are; the crate learns from an annotated [`Corpus`] ([`train`]), finds labelled spans
//! ([`Tagger::tag`]) with the probability of each, and reads and writes model files.
//!
//! Why a conditional random field and not a structured perceptron: it gives the probability of a span, and it can
//! learn from partial annotation. A source that marks persons but not dates says nothing about dates; such a sequence
//! is learnt by the sum over all taggings that agree with what it does say ([`Annotation::covers`]).
//!
//! Features are kept by their exact 32-bit hash, not folded into a smaller table: of a million features that training
//! sees, those that matter most are kept, with weights of eight bits.
//!
//! `DESIGN.md` beside this crate has the measurements behind these choices.

mod calibration;
mod corpus;
mod error;
pub mod evaluate;
mod exp;
mod features;
mod index;
mod inference;
mod labels;
mod model;
mod scheme;
mod train;

pub use calibration::{Calibration, Outcome};
pub use corpus::{AnnotatedSpan, Annotation, Corpus};
pub use error::Error;
pub use features::{FeatureHasher, Features};
pub use labels::{Label, LabelSet, Labels, MAX_LABELS, TokenSpan};
pub use model::{CalibrationReport, FORMAT_VERSION, MAX_SUMMED_FEATURES, Provenance, ScoredSpan, Scratch, Tagger};
pub use scheme::Scheme;
pub use train::{Epoch, Phase, Report, Settings, train};
