//! Entities of a user's own types: recognisers trained from annotated documents, or from documents and a list of
//! entities.
//!
//! A recogniser is a tagger that knows what the product knows: kinds of words, names, dates and amounts, and what the
//! entity engine makes of the text. A few hundred annotations are little to learn a language from; with all this they
//! only have to say what is special about the user's types. `DESIGN.md` has the figures.
//!
//! [`Trainer`] takes documents one by one and keeps what fits into a set amount of memory, so that the size of a corpus
//! decides only how long it takes to read. [`Model::analyze`] works in memory that the caller keeps, takes time linear
//! in the text and cannot fail because of what the text holds.

mod error;
mod file;
mod knowledge;
mod list;
mod metrics;
mod model;
mod resources;
mod run;
mod selection;
mod trainer;

pub use construe_text::Language;
pub use construe_training_data::entities::{Span, Types};
pub use error::{LoadError, NotEnough, TrainError};
pub use list::ListMatcher;
pub use metrics::{Metrics, Quality, TypeMetrics};
pub use model::{Entity, Model, Scratch};
pub use resources::{EngineError, Resources};
pub use trainer::{Minimum, Progress, Settings, Trained, Trainer};
