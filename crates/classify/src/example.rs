//! What a classifier learns from.

use std::ops::ControlFlow;

/// How many labels a document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Exactly one of all labels.
    MultiClass,
    /// Any number of labels, none among them.
    MultiLabel,
}

/// A document and its labels.
#[derive(Clone, Copy)]
pub struct Example<'a> {
    /// The document.
    pub text: &'a str,
    /// Its labels; the same one twice counts once.
    pub labels: &'a [&'a str],
}

impl std::fmt::Debug for Example<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Example")
            .field("bytes", &self.text.len())
            .field("labels", &self.labels.len())
            .finish()
    }
}

/// Examples that can be gone through again and again, each time all of them in the same order.
pub trait Examples {
    /// Why the examples cannot be read.
    type Error;

    /// Hands every example to `each`, until that wants no more.
    ///
    /// # Errors
    /// If the examples cannot be read. Training then ends with this error.
    fn visit(&mut self, each: &mut dyn FnMut(Example<'_>) -> ControlFlow<()>) -> Result<(), Self::Error>;
}

/// Examples in memory.
impl Examples for &[Example<'_>] {
    type Error = std::convert::Infallible;

    fn visit(&mut self, each: &mut dyn FnMut(Example<'_>) -> ControlFlow<()>) -> Result<(), Self::Error> {
        // Leaving early is no failure.
        let _ = self.iter().try_for_each(|&example| each(example));
        Ok(())
    }
}
