//! The targets.

mod entities;
mod medical;
mod pii;
mod recognizers;
mod text;

use anyhow::Context;

use crate::Target;

/// The names of the targets.
pub const NAMES: [&str; 5] = ["entities", "medical", "pii", "recognizers", "text"];

/// Loads a target; `None` for a name that is none.
///
/// # Errors
/// An engine that does not load.
pub fn load(name: &str) -> Option<anyhow::Result<Box<dyn Target>>> {
    fn boxed<T: Target + 'static, E: Into<anyhow::Error>>(target: Result<T, E>) -> anyhow::Result<Box<dyn Target>> {
        target.map(|target| Box::new(target) as _).map_err(Into::into)
    }
    let target = match name {
        "entities" => boxed(entities::Entities::load()),
        "medical" => boxed(medical::Medical::load()),
        "pii" => boxed(pii::Pii::load()),
        "recognizers" => boxed(recognizers::Recognizers::load()),
        "text" => Ok(Box::new(text::Text::default()) as _),
        _ => return None,
    };
    Some(target.with_context(|| format!("loading the target {name}")))
}

/// Says which of two results differ.
fn same<T: PartialEq>(what: &str, one: &T, other: &T) -> Result<(), String> {
    match one == other {
        true => Ok(()),
        false => Err(format!("{what} gives another result")),
    }
}
