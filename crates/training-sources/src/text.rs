//! Documents that manifests refer to.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io::{BufRead, Read};

use construe_jobs::Location;
use construe_training_data::{LONGEST_ROW, Source};
use construe_worker::{TrainerError, TrainingData};

use crate::ahead;

/// The place that `s3://bucket/key` names.
pub(crate) fn place(uri: &str) -> Option<Location> {
    let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
    (!bucket.is_empty() && !key.is_empty()).then(|| Location::new(bucket, key))
}

/// A document of a manifest: what stands there, or the object that is named, on its way.
pub(crate) enum Content {
    Here(String),
    Coming(Box<dyn BufRead>),
}

impl Content {
    /// The document of a line of a manifest.
    pub(crate) fn of(
        data: &dyn TrainingData,
        manifest: &Location,
        line: u64,
        source: Source,
    ) -> Result<Content, TrainerError> {
        let uri = match source {
            Source::Text(text) => return Ok(Content::Here(text)),
            Source::Reference(uri) => uri,
        };
        let place =
            place(&uri).ok_or_else(|| refused(manifest, line, &"the document must be named as s3://bucket/key"))?;
        let object = data.object(&place)?;
        if object.size > LONGEST_ROW as u64 {
            let rule = format_args!("the document that is named has more than {LONGEST_ROW} bytes");
            return Err(refused(manifest, line, &rule));
        }
        data.open(&object).map(Content::Coming)
    }

    /// Its text. The same line as before, for the message.
    pub(crate) fn text(self, manifest: &Location, line: u64) -> Result<String, TrainerError> {
        let mut content = match self {
            Content::Here(text) => return Ok(text),
            Content::Coming(content) => content,
        };
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        let not_utf8 = |_| refused(manifest, line, &"the document that is named must be encoded in UTF-8");
        String::from_utf8(bytes).map_err(not_utf8)
    }
}

/// Documents of a manifest in their order; those that are objects of their own are fetched ahead.
pub(crate) struct Queue<T>(VecDeque<(T, Content)>);

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self(VecDeque::new())
    }

    /// The next document and its content, `None` after the last; `read` reads on in the manifest.
    pub(crate) fn next(
        &mut self,
        mut read: impl FnMut() -> Result<Option<(T, Content)>, TrainerError>,
    ) -> Result<Option<(T, Content)>, TrainerError> {
        while self.0.len() < ahead::MOST && !matches!(self.0.back(), Some((_, Content::Here(_)))) {
            let Some(next) = read()? else { break };
            self.0.push_back(next);
        }
        Ok(self.0.pop_front())
    }
}

fn refused(manifest: &Location, line: u64, rule: &dyn Display) -> TrainerError {
    TrainerError::refused(
        "INVALID_TRAINING_DATA",
        format_args!("{manifest}, line {line}: {rule}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_buckets_and_keys() {
        assert_eq!(place("s3://b/k/l.txt"), Some(Location::new("b", "k/l.txt")));
        for bad in ["", "s3://b", "s3://b/", "s3:///k", "https://b/k", "b/k"] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }
}
