//! What a customer reads about data that cannot be used.

use std::fmt::Display;

use construe_jobs::Location;
use construe_training_data::DataError;
use construe_worker::TrainerError;

/// Data in `location` broke a rule, or could not be read.
pub fn data_refused(location: &Location, error: DataError) -> TrainerError {
    match error {
        DataError::Invalid { .. } => {
            TrainerError::refused("INVALID_TRAINING_DATA", format_args!("{location}, {error}."))
        }
        DataError::Read(error) => error.into(),
    }
}

/// There is less than a model needs; `reason` is a sentence that begins small and has no full stop.
pub fn too_little(reason: &impl Display) -> TrainerError {
    TrainerError::refused("INSUFFICIENT_TRAINING_DATA", sentence(reason))
}

fn sentence(reason: &impl Display) -> String {
    let reason = reason.to_string();
    let mut characters = reason.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}
