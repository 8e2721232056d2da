//! `construe classify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Per;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  construe train classifier messages.csv --out messages.classifier
  construe classify --model messages.classifier --per line inbox.txt
  construe classify --model messages.classifier --format json letters/*.txt > predictions.jsonl

Formats:
  text   FILE:LINE: LABEL SCORE; the labels of a document that may have several stand one after the other
  json   One JSON object for each document, as in the output of a job: File, Line (with --per line) and
         Classes or Labels with Name and Score, best first
  none   Nothing: with --stats, to measure speed")]
pub struct Classify {
    /// Model that construe train classifier wrote
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Files to read; - or none for standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What is one document
    #[arg(long, value_enum, default_value = "file")]
    pub per: Per,
    #[arg(long, value_enum, default_value = "text")]
    pub format: ClassifyFormat,
    /// With --format json: the most labels of each document
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub most: usize,
    /// Tell speed on standard error
    #[arg(long)]
    pub stats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClassifyFormat {
    Text,
    Json,
    None,
}
