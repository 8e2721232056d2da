//! Text recognition by the `tesseract` program of the system, run once per picture.
//!
//! A subprocess rather than the library: a picture that makes the recogniser crash or spin takes a
//! process with it that can be killed, and building needs no C library. It gets the picture on its
//! standard input and answers with a table of words and boxes on its standard output; no file is
//! written.

mod process;
mod table;

pub(crate) use table::{Orientation, Recognised, RecognisedWord};

use crate::error::{Failure, PageError};
use crate::limits::Watch;
use crate::picture::Picture;
use process::Ended;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How to run text recognition.
#[derive(Clone, Debug)]
pub struct OcrConfig {
    /// The program: a path, or a name to be looked up in `PATH`.
    pub program: PathBuf,
    /// The folder with the program's language data; its own default if `None`.
    pub data: Option<PathBuf>,
    /// Wall-clock time for one page, after which its recognition is killed.
    pub page_time: Duration,
}

impl Default for OcrConfig {
    fn default() -> Self {
        Self {
            program: PathBuf::from("tesseract"),
            data: None,
            page_time: Duration::from_secs(60),
        }
    }
}

/// The program that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcrVersion {
    /// As the program says it, for example `5.3.0`.
    pub version: String,
    /// Codes of the languages whose data are installed, for example `eng`.
    pub languages: BTreeSet<String>,
}

/// Why there is no text recognition, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OcrUnavailable {
    /// No such program, or it may not be run.
    #[error(
        "the program {program} cannot be run ({reason}); install Tesseract 4 or newer, for example by \
         `apt-get install tesseract-ocr`"
    )]
    Program { program: String, reason: String },
    /// The program is there but does not answer as Tesseract does.
    #[error("the program {program} does not answer as Tesseract does: {reason}")]
    Answer { program: String, reason: &'static str },
    /// The program has no data for any language.
    #[error(
        "Tesseract has no language data; install some, for example by `apt-get install \
         tesseract-ocr-eng`"
    )]
    Languages,
}

/// Time for the program to say what it is.
const GREETING_TIME: Duration = Duration::from_secs(10);
/// Bytes of an answer; a page of words has a few hundred kilobytes.
const ANSWER_BYTES: u64 = 32 * 1024 * 1024;

/// The program's modes of page segmentation that are used.
const FIND_ORIENTATION: &str = "0";
const FIND_BLOCKS: &str = "3";

/// Text recognition, ready to run.
#[derive(Debug)]
pub(crate) struct Ocr {
    config: OcrConfig,
    version: OcrVersion,
}

impl Ocr {
    /// Asks the program for its version and its languages.
    pub(crate) fn find(config: OcrConfig) -> Result<Self, OcrUnavailable> {
        let mut ocr = Self {
            config,
            version: OcrVersion {
                version: String::new(),
                languages: BTreeSet::new(),
            },
        };
        let greeting = ocr.ask("--version")?;
        let version = greeting
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("tesseract "))
            .ok_or_else(|| ocr.unlike("no version"))?;
        ocr.version.version = version.trim().trim_start_matches('v').to_owned();
        // The first line is a heading, `osd` is a model of orientations, not of a language.
        ocr.version.languages = ocr
            .ask("--list-langs")?
            .lines()
            .skip(1)
            .map(str::trim)
            .filter(|language| !language.is_empty() && *language != "osd")
            .map(str::to_owned)
            .collect();
        if ocr.version.languages.is_empty() {
            return Err(OcrUnavailable::Languages);
        }
        Ok(ocr)
    }

    pub(crate) fn version(&self) -> &OcrVersion {
        &self.version
    }

    /// The words of a picture, blocks and columns found by the program.
    ///
    /// # Errors
    ///
    /// A page error if the program fails on this picture or takes longer than a page may; a document
    /// error once the watch is over.
    pub(crate) fn recognise(
        &self,
        picture: &Picture,
        language: Option<&str>,
        watch: &Watch<'_>,
    ) -> Result<Recognised, Failure> {
        let languages = self.languages_for(language);
        let arguments = ["-l", &languages, "--psm", FIND_BLOCKS, "tsv"];
        Ok(table::parse(&self.look_at(picture, &arguments, watch)?))
    }

    /// How a picture lies and in which script its text is, as far as the program can tell.
    pub(crate) fn orientation(&self, picture: &Picture, watch: &Watch<'_>) -> Result<Orientation, Failure> {
        match self.look_at(picture, &["--psm", FIND_ORIENTATION], watch) {
            Ok(answer) => Ok(table::orientation(&answer)),
            // Too little text, or no data for this.
            Err(Failure::Page(_)) => Ok(Orientation::default()),
            Err(failure) => Err(failure),
        }
    }

    fn look_at(&self, picture: &Picture, what: &[&str], watch: &Watch<'_>) -> Result<Vec<u8>, Failure> {
        let mut arguments: Vec<OsString> = vec!["stdin".into(), "stdout".into()];
        arguments.extend(self.data_arguments());
        arguments.extend(["--dpi".into(), picture.dots_per_inch.to_string().into()]);
        arguments.extend(what.iter().map(OsString::from));
        let ended = process::run(
            &self.config.program,
            &arguments,
            picture.to_pgm(),
            ANSWER_BYTES,
            self.config.page_time,
            watch,
        )
        .map_err(|_| PageError::internal("text recognition could not be started"))?;
        match ended {
            Ended::Answer(answer) => Ok(answer),
            Ended::Failed => Err(PageError::bad_page("text recognition could not read the page").into()),
            Ended::Late => Err(PageError::bad_page(format!(
                "text recognition took longer than {} s",
                self.config.page_time.as_secs_f32()
            ))
            .into()),
            Ended::Watch(error) => Err(error.into()),
        }
    }

    /// The languages to recognise, all of them installed: what the caller asked for, else English,
    /// else the first there is.
    pub(crate) fn languages_for(&self, asked: Option<&str>) -> String {
        let installed = &self.version.languages;
        let mut chosen: Vec<&str> = Vec::new();
        for code in asked.into_iter().flat_map(|asked| asked.split('+')) {
            let name = tesseract_name(code);
            if let Some(language) = installed.get(name)
                && !chosen.contains(&language.as_str())
            {
                chosen.push(language);
            }
        }
        if chosen.is_empty() {
            let english = installed.get("eng");
            chosen.extend(english.or_else(|| installed.first()).map(String::as_str));
        }
        chosen.join("+")
    }

    fn data_arguments(&self) -> Vec<OsString> {
        match &self.config.data {
            Some(data) => vec!["--tessdata-dir".into(), data.into()],
            None => Vec::new(),
        }
    }

    fn ask(&self, question: &str) -> Result<String, OcrUnavailable> {
        let mut arguments: Vec<OsString> = vec![question.into()];
        arguments.extend(self.data_arguments());
        let go_on = || false;
        let watch = Watch::new(GREETING_TIME, &go_on);
        let ended = process::run(
            &self.config.program,
            &arguments,
            Vec::new(),
            ANSWER_BYTES,
            GREETING_TIME,
            &watch,
        )
        .map_err(|error| OcrUnavailable::Program {
            program: self.program(),
            reason: error.kind().to_string(),
        })?;
        match ended {
            Ended::Answer(answer) => Ok(String::from_utf8_lossy(&answer).into_owned()),
            Ended::Failed => Err(self.unlike("it ended with an error")),
            Ended::Late | Ended::Watch(_) => Err(self.unlike("it did not answer in time")),
        }
    }

    fn unlike(&self, reason: &'static str) -> OcrUnavailable {
        OcrUnavailable::Answer {
            program: self.program(),
            reason,
        }
    }

    fn program(&self) -> String {
        self.config.program.display().to_string()
    }
}

/// Tesseract's name for a language code of the API; any other code stands for itself.
fn tesseract_name(code: &str) -> &str {
    match code {
        "en" => "eng",
        "es" => "spa",
        "fr" => "fra",
        "de" => "deu",
        "it" => "ita",
        "pt" => "por",
        "ar" => "ara",
        "hi" => "hin",
        "ja" => "jpn",
        "ko" => "kor",
        "zh" => "chi_sim",
        "zh-TW" => "chi_tra",
        other => other,
    }
}
