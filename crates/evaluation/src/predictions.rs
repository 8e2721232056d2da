//! Findings that were written to a file before.

use std::collections::BTreeMap;
use std::path::Path;

use construe_corpus::{Record, lines};
use serde::Deserialize;

use crate::{Error, Findings};

#[derive(Deserialize)]
struct Line {
    id: construe_corpus::Id,
    #[serde(default)]
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
    label: String,
    #[serde(default)]
    score: Option<f32>,
}

/// Findings by the id of their text.
pub struct Predictions {
    by_id: BTreeMap<String, Vec<Span>>,
}

impl Predictions {
    /// Reads JSON lines with `id` and `spans` of `start`, `end` (code points, end exclusive), `label` and perhaps
    /// `score`, plain or compressed with gzip, for `records`. A text without a line has no findings.
    ///
    /// # Errors
    /// A file that cannot be read, a line of another form, an id twice, or an id of no text.
    pub fn read(path: impl AsRef<Path>, records: &[Record]) -> Result<Predictions, Error> {
        let path = path.as_ref();
        let mut texts = BTreeMap::new();
        for record in records {
            let length = record.text.chars().count();
            if texts.insert(record.id.as_str(), length).is_some() {
                return Err(Error::Twice(record.id.clone()));
            }
        }
        let mut by_id = BTreeMap::new();
        let mut unmatched: Vec<String> = Vec::new();
        for line in lines(path)? {
            let (number, line) = line?;
            let broken = || Error::Prediction {
                path: path.to_owned(),
                line: number,
            };
            let line: Line = serde_json::from_str(&line).map_err(|_| broken())?;
            let id = line.id.into_string();
            match texts.get(id.as_str()) {
                None => unmatched.push(id.clone()),
                Some(&length) => {
                    if line
                        .spans
                        .iter()
                        .any(|span| span.start >= span.end || span.end > length)
                    {
                        return Err(broken());
                    }
                }
            }
            if by_id.insert(id.clone(), line.spans).is_some() {
                return Err(Error::Twice(id));
            }
        }
        if let Some(first) = unmatched.first() {
            return Err(Error::Unmatched {
                first: first.clone(),
                count: unmatched.len(),
            });
        }
        Ok(Predictions { by_id })
    }

    /// Hands over the findings of one text.
    pub fn find(&self, record: &Record, findings: &mut Findings<'_>) {
        for span in self.by_id.get(&record.id).into_iter().flatten() {
            findings.push(span.start, span.end, &span.label, span.score);
        }
    }
}
