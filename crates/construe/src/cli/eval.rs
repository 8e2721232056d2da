//! `construe eval`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The form of the data, for the help of each command.
macro_rules! data {
    () => {
        "\
Data are JSON Lines, plain or .gz, one text in each line:
  {\"id\": \"1\", \"text\": \"Ann moved.\", \"spans\": [{\"start\": 0, \"end\": 3, \"label\": \"PERSON\"}]}
Offsets count Unicode code points, end exclusive. Optional: \"lang\", \"source\", and \"ignore\", a list of
{\"start\", \"end\"} where a finding is neither right nor wrong. All labels that occur are judged in all
texts, unless --sources tells which labels the source of a text marks throughout:
  {\"labels\": [\"PERSON\", \"DATE\"], \"sources\": {\"letters\": {\"covers\": [\"PERSON\"]}}}"
    };
}

pub(super) use data;

#[derive(Debug, Subcommand)]
pub enum Eval {
    /// Personally identifiable information
    #[command(after_help = concat!("Example:\n  construe eval pii --data letters.jsonl --language en --worst 10\n\n", data!()))]
    Pii(Judged),
    /// Standard entities: persons, places, organizations, dates and so on
    #[command(after_help = concat!("\
Examples:
  construe eval entities --data news.jsonl --language de
  construe eval entities --model parts.recognizer --data remarks.jsonl

", data!()))]
    Entities {
        /// Model that construe train recognizer wrote, to be judged in place of the engine
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
        #[command(flatten)]
        judged: Judged,
    },
    /// Medical entities: conditions, medicines, tests, anatomy and so on; their attributes and traits are not judged
    #[command(after_help = concat!("Example:\n  construe eval medical --data notes.jsonl --worst 5\n\n", data!()))]
    Medical(Judged),
    /// Protected health information
    #[command(after_help = concat!("Example:\n  construe eval phi --data notes.jsonl --labels NAME,ID\n\n", data!()))]
    Phi(Judged),
    /// A tagger of your own
    #[command(after_help = concat!(
        "Example:\n  construe eval tagger --model letters.model --data unseen.jsonl --language en\n\n",
        data!()
    ))]
    Tagger {
        /// Model that construe train tagger wrote
        #[arg(long, value_name = "FILE")]
        model: PathBuf,
        #[command(flatten)]
        judged: Judged,
    },
    /// Findings of any program, from a file of JSON Lines with id and spans
    #[command(after_help = concat!(
        "Example:\n  construe eval spans --data gold.jsonl --predictions found.jsonl\n\n",
        data!(),
        "\nPredictions look the same; text may be left out, and spans may have a score from 0 to 1."
    ))]
    Spans {
        /// File of predictions
        #[arg(long, value_name = "FILE")]
        predictions: PathBuf,
        #[command(flatten)]
        judged: Judged,
    },
    /// Classifiers that learn from sets of labelled documents
    #[command(after_help = "\
Example:
  construe eval classification sets

Each folder in DIR with train.csv and dev.csv, plain or .gz, is a set: labels joined by |, then the text. A
classifier learns from the one file and is judged on the other.")]
    Classification(EvalClassification),
    /// Every engine on a folder of data, as tables
    All(EvalAll),
}

#[derive(Debug, Args)]
pub struct Judged {
    /// Annotated texts; may be repeated
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// Which labels each source marks
    #[arg(long, value_name = "FILE")]
    pub sources: Option<PathBuf>,
    /// Only these labels, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "LABEL")]
    pub labels: Vec<String>,
    /// Language of the texts that do not say theirs [default: en, or that of the model]
    #[arg(long, value_name = "CODE")]
    pub language: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Output {
    /// Print JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Print the N errors of each label that weigh most, with their text, instead of tables
    #[arg(long, value_name = "N", conflicts_with = "json")]
    pub worst: Option<usize>,
}

#[derive(Debug, Args)]
pub struct EvalClassification {
    /// Folder of sets
    #[arg(value_name = "DIR")]
    pub data: PathBuf,
    /// Print JSON, one line for each set
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct EvalAll {
    /// Folder with ner/<language>/dev.jsonl.gz, and dev.jsonl.gz in pii, medical and phi; SOURCES.json in each of the four;
    /// the sets of labelled documents in classification
    #[arg(value_name = "DIR")]
    pub data: PathBuf,
    /// Put the tables into this Markdown file, between the lines <!-- begin: make eval --> and <!-- end: make eval -->; it
    /// is made if it is not there
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Print JSON, one line for each task
    #[arg(long)]
    pub json: bool,
}
