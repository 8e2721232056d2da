//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Account;

/// Self-hosted text analytics that speaks Amazon Comprehend's protocol.
///
/// `construe standalone` runs everything in one process, with nothing to install or configure: point
/// the AWS CLI or any AWS SDK at it. The roles gateway, control-plane and worker run the same services
/// apart, over Postgres, RabbitMQ and S3. `construe detect` analyses files without any service.
#[derive(Debug, Parser)]
#[command(name = "construe", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in one process: API, S3, queue and workers over one folder
    Standalone(Standalone),
    /// Run the API gateway
    Gateway(Role),
    /// Run the control plane: planning, finalising, stopping, inspecting
    ControlPlane(Role),
    /// Run workers of one kind
    Worker {
        #[arg(value_enum)]
        kind: WorkerName,
        #[command(flatten)]
        role: Role,
    },
    /// Bring the database schema up to date
    Migrate(Role),
    /// Run the embedded S3 endpoint alone
    ObjectServer(ObjectServer),
    /// Analyse files or standard input
    #[command(subcommand)]
    Detect(Detect),
    /// Stop, inspect or watch jobs through the control plane
    #[command(subcommand)]
    Jobs(Jobs),
    /// List or drain workers through the control plane
    #[command(subcommand)]
    Workers(Workers),
    /// Check each thing that Construe depends on, and say what to do
    Doctor(Role),
    /// Ask a health address and exit with 0 if it answers 200 (for container health checks)
    Health {
        /// Such as http://127.0.0.1:8080/_construe/health/ready
        url: String,
    },
}

#[derive(Debug, Args)]
pub struct Role {
    /// Configuration file (TOML or YAML); the environment (CONSTRUE__SECTION__KEY) goes before it
    #[arg(long, env = "CONSTRUE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the configuration in force, without secrets, and exit
    #[arg(long)]
    pub dump_config: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WorkerName {
    Classification,
    Entities,
    Medical,
}

#[derive(Debug, Args)]
pub struct Standalone {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: String,
    /// Folder for objects, jobs and the account [default: $XDG_DATA_HOME/construe or ~/.local/share/construe]
    #[arg(long, env = "CONSTRUE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// An account that may call; may be repeated. Without it one account is made and kept in the data folder
    #[arg(long = "account", value_name = "ACCOUNT_ID:ACCESS_KEY_ID:SECRET")]
    pub accounts: Vec<Account>,
    /// Shards worked on at a time [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub slots: Option<u32>,
    /// Allow an address that other machines can reach. Traffic is not encrypted: put a TLS proxy before it
    #[arg(long)]
    pub allow_remote: bool,
    #[command(flatten)]
    pub role: Role,
}

#[derive(Debug, Args)]
pub struct ObjectServer {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDRESS")]
    pub listen: String,
    /// Folder for the objects
    #[arg(long, env = "CONSTRUE_DATA_DIR", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// An account that may call; may be repeated
    #[arg(long = "account", value_name = "ACCOUNT_ID:ACCESS_KEY_ID:SECRET")]
    pub accounts: Vec<Account>,
    #[command(flatten)]
    pub role: Role,
}

#[derive(Debug, Subcommand)]
pub enum Detect {
    /// Find personally identifiable information
    Pii(DetectPii),
}

/// Find personally identifiable information in files or standard input.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  construe detect pii letter.txt
  construe detect pii --per line --format json export.csv > findings.jsonl
  construe detect pii --types EMAIL,PHONE notes/*.txt
  construe detect pii --format spans < documents.jsonl > predictions.jsonl

Formats:
  text   On a terminal the text itself with the findings coloured; else one line for each finding:
         FILE:LINE:COLUMN: TYPE SCORE TEXT
  json   One JSON object for each document: File, Line (with --per line) and Entities with Type, Text,
         Score, BeginOffset and EndOffset, in Unicode code points
  spans  JSON Lines in and out: {\"id\", \"text\"} becomes {\"id\", \"text\", \"spans\": [{\"start\", \"end\",
         \"label\", \"score\"}]}, in Unicode code points, end exclusive; a member \"lang\" of en or es goes
         before --language
  none   Nothing: with --stats, to measure speed")]
pub struct DetectPii {
    /// Files to analyse; none, or -, is standard input
    pub files: Vec<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What one document is
    #[arg(long, value_enum, default_value_t = Per::File)]
    pub per: Per,
    /// Language of the text: en or es
    #[arg(long, default_value = "en")]
    pub language: String,
    /// Only these types, such as EMAIL,PHONE
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

#[derive(Debug, Args)]
pub struct ControlAddress {
    /// Control plane; the address of a standalone server works too
    #[arg(
        long = "control",
        env = "CONSTRUE__CONTROL__URL",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL"
    )]
    pub url: String,
    /// Bearer token of the control plane
    #[arg(long, env = "CONSTRUE__CONTROL__TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// Request a stop
    Stop {
        job_id: String,
        #[command(flatten)]
        control: ControlAddress,
    },
    /// Show state, progress, rate, time left and who works on what
    Inspect {
        job_id: String,
        #[command(flatten)]
        control: ControlAddress,
    },
    /// Follow a job to its end
    Watch {
        job_id: String,
        #[command(flatten)]
        control: ControlAddress,
    },
}

#[derive(Debug, Subcommand)]
pub enum Workers {
    /// Show the workers that are alive
    List {
        #[command(flatten)]
        control: ControlAddress,
    },
    /// Ask a worker to finish what it holds and leave
    Drain {
        worker_id: String,
        #[command(flatten)]
        control: ControlAddress,
    },
}
