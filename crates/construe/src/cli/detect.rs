//! `construe detect`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What users of the medical engine are told wherever they meet it.
macro_rules! medical_notice {
    () => {
        "This is not a substitute for professional medical advice, diagnosis, or treatment."
    };
}

/// What users of the medical engine are told wherever they meet it.
pub const MEDICAL_NOTICE: &str = medical_notice!();

/// The forms of output, for the help of each engine. Each says what its JSON has.
macro_rules! formats {
    ($json:literal) => {
        concat!(
            "\
Formats:
  text   On a terminal the text itself with the findings coloured; else one line for each finding:
         FILE:LINE:COLUMN: TYPE SCORE TEXT
  json   One JSON object for each document: File, Line (with --per line) and ",
            $json,
            "
  spans  JSON Lines in and out: {\"id\", \"text\"} becomes {\"id\", \"text\", \"spans\": [{\"start\", \"end\",
         \"label\", \"score\"}]}, in Unicode code points, end exclusive; a member \"lang\" with a language
         of the engine goes before --language
  none   Nothing: with --stats, to measure speed"
        )
    };
    () => {
        formats!(
            "Entities with Type, Text,
         Score, BeginOffset and EndOffset, in Unicode code points"
        )
    };
}

#[derive(Debug, Subcommand)]
pub enum Detect {
    /// Find personally identifiable information in files or standard input
    #[command(after_help = concat!("\
Examples:
  construe detect pii letter.txt
  construe detect pii --per line --format json export.csv > findings.jsonl
  construe detect pii --types EMAIL,PHONE notes/*.txt
  construe detect pii --format spans < documents.jsonl > predictions.jsonl

Languages: en, es

", formats!()))]
    Pii(DetectArguments),
    /// Find persons, places, organizations, products, events, dates, quantities, titles of works and others
    #[command(after_help = concat!("\
Examples:
  construe detect entities report.txt
  construe detect entities --language de --per line --format json export.txt > entities.jsonl
  construe detect entities --types PERSON,ORGANIZATION --threshold 0.8 notes/*.txt
  construe detect entities --model parts.recognizer notes/*.txt

Languages: en, es, fr, de, it, pt, ar, hi, ja, ko, zh, zh-TW; with --model that of the model

", formats!()))]
    Entities {
        /// Model that construe train recognizer wrote: its types are found in place of those
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
        #[command(flatten)]
        arguments: DetectArguments,
    },
    /// Find medicines, conditions, tests, treatments and anatomy, with their attributes and traits
    #[command(after_help = concat!("\
Examples:
  construe detect medical note.txt
  construe detect medical --format json note.txt
  construe detect medical --types MEDICATION,DX_NAME --per line --format json notes.txt > found.jsonl

Language: en

--types takes types (GENERIC_NAME, DX_NAME ...) and categories (MEDICATION, MEDICAL_CONDITION,
TEST_TREATMENT_PROCEDURE, ANATOMY, TIME_EXPRESSION, BEHAVIORAL_ENVIRONMENTAL_SOCIAL,
PROTECTED_HEALTH_INFORMATION).
Text shows traits and attributes in brackets: DX_NAME 0.98 chest pain [SYMPTOM, NEGATION]

", formats!("what DetectEntitiesV2 answers:
         Entities with their Attributes and Traits, UnmappedAttributes, ModelVersion"), "

", medical_notice!()))]
    Medical(DetectArguments),
    /// Find protected health information: names, ages, dates, addresses, contacts, identifiers, professions
    #[command(after_help = concat!("\
Examples:
  construe detect phi note.txt
  construe detect phi --per line --format json notes.txt > phi.jsonl
  construe detect phi --types NAME,DATE --threshold 0.5 notes/*.txt

Language: en

", formats!("what DetectPHI answers: Entities
         and ModelVersion"), "

", medical_notice!()))]
    Phi(DetectArguments),
    /// Find what a tagger of your own was trained for
    #[command(after_help = concat!("\
Examples:
  construe train tagger --data letters.jsonl --language en --out letters.model
  construe detect tagger --model letters.model inbox/*.txt

", formats!()))]
    Tagger {
        /// Model that construe train tagger wrote
        #[arg(long, value_name = "FILE")]
        model: PathBuf,
        #[command(flatten)]
        arguments: DetectArguments,
    },
}

#[derive(Debug, Args)]
pub struct DetectArguments {
    /// Files to analyse; none, or -, is standard input
    pub files: Vec<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What one document is
    #[arg(long, value_enum, default_value_t = Per::File)]
    pub per: Per,
    /// Language of the text [default: en, or that of the model]
    #[arg(long, value_name = "CODE")]
    pub language: Option<String>,
    /// Only these types, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "TYPE")]
    pub types: Vec<String>,
    /// Only findings with at least this score (0 to 1)
    #[arg(long, default_value_t = 0.0, value_name = "SCORE")]
    pub threshold: f32,
    /// Colour
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Threads for --per line and --format spans [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print documents, findings and speed to standard error at the end
    #[arg(long)]
    pub stats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Spans,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Per {
    Line,
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}
