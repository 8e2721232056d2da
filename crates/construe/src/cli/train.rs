//! `construe train`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Per;
use super::eval::data;

#[derive(Debug, Subcommand)]
pub enum Train {
    /// Train a tagger on annotated texts of your own, for detect tagger and eval tagger
    #[command(after_help = concat!(
        "Example:\n  construe train tagger --data letters.jsonl --language en --out letters.model
  construe detect tagger --model letters.model inbox/*.txt\n\n",
        data!(),
        "\nWhat a source does not mark throughout is learnt from as far as it can be, never taken for nothing there."
    ))]
    Tagger(TrainTagger),
    /// Train a classifier on labelled documents of your own, for classify
    #[command(after_help = "\
Examples:
  construe train classifier messages.csv --out messages.classifier
  construe train classifier films.csv --mode multi-label --test unseen.csv --out films.classifier
  construe classify --model films.classifier --per line plots.txt

Data are CSV in UTF-8 without a header, plain or .gz: labels, then the text, quoted as usual:
  spam,\"Win a prize now, call 555-0100\"
  COMEDY|DRAMA,\"Two friends inherit a theatre.\"")]
    Classifier(TrainClassifier),
    /// Train a recognizer of entities of your own, for detect entities --model
    #[command(after_help = "\
Examples:
  construe train recognizer texts.txt --annotations annotations.csv --types PART,MAKER --out parts.recognizer
  construe train recognizer texts.txt --entities parts.csv --types PART --language de --out parts.recognizer
  construe train recognizer --manifest labelled.manifest --attributes spans --types PART,MAKER --out parts.recognizer
  construe detect entities --model parts.recognizer inbox/*.txt

Data are those of the service, in UTF-8:
  annotations  CSV with the header File,Line,Begin Offset,End Offset,Type; with --per file without Line. Lines and
               offsets (in Unicode code points, end exclusive) count from 0
  entities     CSV with the header Text,Type: they are looked for in the texts
  manifest     JSON Lines of a labelling job, with the documents in \"source\"
All but texts may be compressed (.gz). The service's minimum holds: 5,000 bytes of text, and for each type 25
annotations or 200 occurrences of entities of the list.")]
    Recognizer(TrainRecognizer),
    /// Train the models that Construe ships again, from the data and with the settings of their recipes
    Shipped(TrainShipped),
}

#[derive(Debug, Args)]
pub struct TrainTagger {
    /// Annotated texts; may be repeated
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// Which labels each source marks
    #[arg(long, value_name = "FILE")]
    pub sources: Option<PathBuf>,
    /// Only these labels, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "LABEL")]
    pub labels: Vec<String>,
    /// Language of the texts: en, es, fr, de, it, pt, ar, hi, ja, ko, zh or zh-TW. Texts that say another are left out
    #[arg(long, value_name = "CODE")]
    pub language: String,
    /// Where to write the model
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Annotated texts that decide when to stop and fit the scores; may be repeated
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with = "hold_out_share")]
    pub held_out: Vec<PathBuf>,
    /// Without --held-out: the share of the data that serves as such
    #[arg(long, default_value_t = 0.1, value_name = "SHARE")]
    pub hold_out_share: f64,
    /// Seed of the order in which texts are learnt from
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// The most passes over the data
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub epochs: u32,
    /// The most features that the model keeps: its size
    #[arg(long, default_value_t = 200_000, value_name = "N")]
    pub max_features: u32,
}

/// How many labels a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Labelled {
    /// Exactly one
    MultiClass,
    /// One or more
    MultiLabel,
}

#[derive(Debug, Args)]
pub struct TrainClassifier {
    /// Labelled documents
    #[arg(required = true, num_args = 1.., value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// How many labels a document has
    #[arg(long, value_enum, default_value = "multi-class")]
    pub mode: Labelled,
    /// With several labels: what stands between them [default: |]
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<char>,
    /// Labelled documents to test on; may be repeated. Without it one document in ten is kept for that
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub test: Vec<PathBuf>,
    /// Where to write the model
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Seed of the order in which documents are learnt from
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct TrainRecognizer {
    /// Texts
    #[arg(value_name = "FILE", required_unless_present = "manifest")]
    pub data: Vec<PathBuf>,
    /// What one document is
    #[arg(long, value_enum, default_value_t = Per::Line)]
    pub per: Per,
    /// Where entities are in the texts; may be repeated
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub annotations: Vec<PathBuf>,
    /// In place of annotations: names of entities
    #[arg(long, value_name = "FILE", conflicts_with_all = ["annotations", "manifest"])]
    pub entities: Option<PathBuf>,
    /// Texts with their annotations; may be repeated
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "attributes")]
    pub manifest: Vec<PathBuf>,
    /// With manifests: the attributes that hold annotations, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub attributes: Vec<String>,
    /// The types of entities to find, separated by commas. Others in the data are left out
    #[arg(long, value_delimiter = ',', required = true, value_name = "TYPE")]
    pub types: Vec<String>,
    /// Language of the texts: en, es, fr, de, it, pt, ar, hi, ja, ko, zh or zh-TW
    #[arg(long, default_value = "en", value_name = "CODE")]
    pub language: String,
    /// Texts to test on; may be repeated. Without any one document in ten is kept for that
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "test_annotations")]
    pub test: Vec<PathBuf>,
    /// Where entities are in them; may be repeated
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "test")]
    pub test_annotations: Vec<PathBuf>,
    /// Texts to test on with their annotations; may be repeated
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "attributes")]
    pub test_manifest: Vec<PathBuf>,
    /// Where to write the model
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Seed of the order in which documents are learnt from
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct TrainShipped {
    /// Folder with the data, as the recipes name them: ner/en/train.jsonl.gz and so on
    #[arg(value_name = "DIR")]
    pub data: PathBuf,
    /// Only these models, such as entities/en; none for all
    #[arg(value_name = "MODEL")]
    pub models: Vec<String>,
    /// Source folder whose model files are replaced
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Replace nothing: fail if a file would change
    #[arg(long)]
    pub check: bool,
}
