//! The command line.

mod classify;
mod detect;
mod eval;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
pub use classify::{Classify, ClassifyFormat};
pub use detect::{Color, Detect, DetectArguments, Format, MEDICAL_NOTICE, Per};
pub use eval::{Eval, EvalAll, EvalClassification, Judged, Output};
pub use train::{Labelled, Train, TrainClassifier, TrainRecognizer, TrainShipped, TrainTagger};

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
    /// Say which labels documents deserve, by a model of your own
    Classify(Classify),
    /// Measure how good an engine is on annotated texts
    #[command(subcommand)]
    Eval(Eval),
    /// Train a model on texts of your own
    #[command(subcommand)]
    Train(Train),
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
        /// Id of the job, or ARN of what it makes: of a model, a dataset, or a flywheel (its latest iteration)
        #[arg(value_name = "JOB")]
        job: String,
        #[command(flatten)]
        control: ControlAddress,
    },
    /// Show state, progress, rate, time left and who works on what
    Inspect {
        /// Id of the job, or ARN of what it makes: of a model, a dataset, or a flywheel (its latest iteration)
        #[arg(value_name = "JOB")]
        job: String,
        #[command(flatten)]
        control: ControlAddress,
    },
    /// Follow a job to its end
    Watch {
        /// Id of the job, or ARN of what it makes: of a model, a dataset, or a flywheel (its latest iteration)
        #[arg(value_name = "JOB")]
        job: String,
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
