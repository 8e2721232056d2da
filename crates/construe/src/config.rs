//! Configuration of the long-running roles.
//!
//! Precedence: defaults < file (`--config`, TOML or YAML) < environment (`CONSTRUE__SECTION__KEY`) <
//! flags. Unknown keys are refused. `construe <role> --dump-config` prints the result without secrets.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use config::{Environment, File};
use construe_document_reader::OcrConfig;
use construe_jobs::StorePolicy;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const PREFIX: &str = "CONSTRUE";

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Who may call: `ACCOUNT_ID:ACCESS_KEY_ID:SECRET`, as a list or separated by commas.
    #[serde(deserialize_with = "list")]
    pub accounts: Vec<Account>,
    pub database: Database,
    pub queue: Queue,
    pub objects: Objects,
    pub gateway: Gateway,
    pub control: Control,
    pub admin: Admin,
    pub pipeline: Pipeline,
    pub models: Models,
    pub ocr: Ocr,
    pub telemetry: Telemetry,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://user:password@host:5432/name`
    pub url: Secret,
    pub max_connections: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            max_connections: 10,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// `amqp://user:password@host:5672/vhost`
    pub url: Secret,
    /// Beginning of all queue names; sites that share a broker differ in it.
    pub prefix: String,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            prefix: "construe".into(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Objects {
    /// Any S3; absent: Amazon's own.
    pub endpoint: Option<String>,
    pub region: String,
    /// `http://endpoint/bucket/key` instead of `http://bucket.endpoint/key`.
    pub path_style: bool,
    /// The service's own credentials; they own the work bucket.
    pub access_key_id: String,
    pub secret_access_key: Secret,
    /// Where results of shards wait until they are composed.
    pub work_bucket: String,
    /// Credentials behind `DataAccessRoleArn`: `ACCOUNT_ID_OR_ROLE_ARN=ACCESS_KEY_ID:SECRET`, as a
    /// list or separated by commas.
    #[serde(deserialize_with = "list")]
    pub roles: Vec<RoleCredentials>,
    /// Assume roles through this STS where `roles` names no credentials. `aws` means Amazon's own.
    pub sts_endpoint: Option<String>,
}

impl Default for Objects {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: "us-east-1".into(),
            path_style: false,
            access_key_id: String::new(),
            secret_access_key: Secret::default(),
            work_bucket: "construe-work".into(),
            roles: Vec::new(),
            sts_endpoint: None,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gateway {
    pub listen: String,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Control {
    /// Where the control plane serves gRPC.
    pub listen: String,
    /// Where others find it.
    pub url: String,
    /// Bearer token that callers must show. Needed wherever `listen` is not a loopback address.
    pub token: Option<Secret>,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8081".into(),
            url: "http://127.0.0.1:8081".into(),
            token: None,
        }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Health and metrics over HTTP for roles without a public port; absent: not served.
    pub listen: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pipeline {
    /// Input bytes in a shard.
    pub shard_bytes: u64,
    /// Shards that a worker works on at a time; absent: as many as the machine has cores.
    pub slots: Option<u32>,
    /// Shards of one job that are announced to workers at a time; absent: 64, and four for each slot
    /// in standalone. Above the number of slots in all workers, or some idle; not far above, or a
    /// small job waits behind a large one.
    pub window: Option<u32>,
    pub lease_ttl_seconds: f64,
    pub ring_again_after_seconds: f64,
    pub sweep_every_seconds: f64,
    /// After this long, a stop no longer waits for workers that do not answer.
    pub stop_grace_seconds: f64,
    /// How long a worker that is told to leave may go on with what it holds.
    pub drain_grace_seconds: f64,
}

impl Default for Pipeline {
    fn default() -> Self {
        let policy = StorePolicy::default();
        Self {
            shard_bytes: 16 << 20,
            slots: None,
            window: None,
            lease_ttl_seconds: 15.0,
            ring_again_after_seconds: policy.ring_again_after.as_secs_f64(),
            sweep_every_seconds: 2.0,
            stop_grace_seconds: policy.stop_grace.as_secs_f64(),
            drain_grace_seconds: 20.0,
        }
    }
}

impl Pipeline {
    pub fn store_policy(&self) -> StorePolicy {
        let default = StorePolicy::default();
        StorePolicy {
            window: self.window.unwrap_or(default.window).max(1),
            ring_again_after: Duration::from_secs_f64(self.ring_again_after_seconds),
            stop_grace: Duration::from_secs_f64(self.stop_grace_seconds),
            ..default
        }
    }

    pub fn slots(&self) -> u32 {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        self.slots.unwrap_or(cores).max(1)
    }

    pub fn lease_ttl(&self) -> Duration {
        Duration::from_secs_f64(self.lease_ttl_seconds)
    }

    pub fn sweep_every(&self) -> Duration {
        Duration::from_secs_f64(self.sweep_every_seconds)
    }

    pub fn drain_grace(&self) -> Duration {
        Duration::from_secs_f64(self.drain_grace_seconds)
    }

    fn check(&self) -> anyhow::Result<()> {
        let durations = [
            ("lease_ttl_seconds", self.lease_ttl_seconds, 0.3),
            ("ring_again_after_seconds", self.ring_again_after_seconds, 0.1),
            ("sweep_every_seconds", self.sweep_every_seconds, 0.05),
            ("stop_grace_seconds", self.stop_grace_seconds, 0.0),
            ("drain_grace_seconds", self.drain_grace_seconds, 0.0),
        ];
        for (name, value, least) in durations {
            anyhow::ensure!(
                value.is_finite() && (least..=86_400.0).contains(&value),
                "pipeline.{name} must be from {least} to 86400 seconds, it is {value}"
            );
        }
        anyhow::ensure!(self.shard_bytes >= 1024, "pipeline.shard_bytes must be at least 1024");
        Ok(())
    }
}

/// Models that customers trained.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Models {
    /// Memory that those of one kind may take in a process, in bytes; the longest unused go first.
    pub memory_bytes: usize,
}

impl Default for Models {
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
        }
    }
}

/// The program that recognises text in pictures: Tesseract.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ocr {
    /// A path, or a name to be looked up in `PATH`.
    pub program: PathBuf,
    /// Folder of its language data; absent: where it looks by itself.
    pub data: Option<PathBuf>,
    /// Time for one page.
    pub page_seconds: f64,
}

impl Default for Ocr {
    fn default() -> Self {
        let OcrConfig {
            program,
            data,
            page_time,
        } = OcrConfig::default();
        Self {
            program,
            data,
            page_seconds: page_time.as_secs_f64(),
        }
    }
}

impl Ocr {
    pub fn reader_config(&self) -> OcrConfig {
        OcrConfig {
            program: self.program.clone(),
            data: self.data.clone(),
            // Checked when the configuration was read.
            page_time: Duration::from_secs_f64(self.page_seconds),
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.page_seconds > 0.0 && Duration::try_from_secs_f64(self.page_seconds).is_ok(),
            "ocr.page_seconds must be above 0"
        );
        Ok(())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// OTLP over gRPC, such as `http://collector:4317`; absent: nothing is exported.
    pub otlp_endpoint: Option<String>,
    pub log_filter: String,
    pub log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            log_filter: "info".into(),
            log_format: LogFormat::Text,
        }
    }
}

impl Config {
    /// Reads defaults, file and environment.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut builder = config::Config::builder();
        if let Some(path) = file {
            builder = builder.add_source(File::from(PathBuf::from(path)));
        }
        let environment = Environment::with_prefix(PREFIX).prefix_separator("__").separator("__");
        let config: Config = builder
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .context("reading the configuration")?;
        config.pipeline.check()?;
        config.ocr.check()?;
        Ok(config)
    }

    /// The configuration as TOML, secrets replaced.
    pub fn dump(&self) -> anyhow::Result<String> {
        toml::to_string_pretty(self).context("printing the configuration")
    }
}

/// Who calls: an account and one of its access keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: String,
    pub access_key_id: String,
    pub secret: Secret,
}

impl std::str::FromStr for Account {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut parts = text.splitn(3, ':');
        let (Some(id), Some(key), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
            anyhow::bail!("an account is written ACCOUNT_ID:ACCESS_KEY_ID:SECRET");
        };
        anyhow::ensure!(
            id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()),
            "an account id has 12 digits, this one is {id:?}"
        );
        anyhow::ensure!(
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric()),
            "the access key id of account {id} must be letters and digits"
        );
        anyhow::ensure!(!secret.is_empty(), "the secret of account {id} is empty");
        Ok(Self {
            id: id.into(),
            access_key_id: key.into(),
            secret: Secret(secret.into()),
        })
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}:{}:{REDACTED}", self.id, self.access_key_id))
    }
}

/// Credentials that stand behind a role, or behind all roles of an account.
#[derive(Debug, Clone)]
pub struct RoleCredentials {
    /// A role ARN, or an account id.
    pub holder: String,
    pub access_key_id: String,
    pub secret: Secret,
}

impl std::str::FromStr for RoleCredentials {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        // A role ARN holds colons, and its path may hold `=`; an access key id holds neither.
        let parsed = text.split_once('=').and_then(|(holder, credentials)| {
            let (key, secret) = credentials.split_once(':')?;
            Some((holder, key, secret))
        });
        match parsed {
            Some((holder, key, secret)) if !holder.is_empty() && !key.is_empty() && !secret.is_empty() => Ok(Self {
                holder: holder.into(),
                access_key_id: key.into(),
                secret: Secret(secret.into()),
            }),
            _ => anyhow::bail!("role credentials are written ACCOUNT_ID_OR_ROLE_ARN=ACCESS_KEY_ID:SECRET"),
        }
    }
}

impl Serialize for RoleCredentials {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}={}:{REDACTED}", self.holder, self.access_key_id))
    }
}

const REDACTED: &str = "REDACTED";

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { REDACTED })
    }
}

/// A list of parsed texts, given as a list or as one text with commas (the environment has no lists).
fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err = anyhow::Error>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    let texts = match Texts::deserialize(deserializer)? {
        Texts::One(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
        Texts::Many(texts) => texts,
    };
    texts
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().map_err(serde::de::Error::custom))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> anyhow::Result<Config> {
        config::Config::builder()
            .add_source(config::File::from_str(text, config::FileFormat::Toml))
            .build()?
            .try_deserialize()
            .context("test")
    }

    #[test]
    fn accounts_are_lists_or_commas_and_never_print_their_secret() {
        let config = parse("accounts = '111122223333:AKIDA:s3:cr=t/+, 444455556666:AKIDB:other'").unwrap();
        assert_eq!(config.accounts.len(), 2);
        assert_eq!(config.accounts[0].secret.reveal(), "s3:cr=t/+");
        let shown = format!("{config:?}{}", config.dump().unwrap());
        assert!(!shown.contains("s3:cr") && !shown.contains("other"), "{shown}");
        assert!(parse("accounts = ['111122223333:AKIDA:x']").unwrap().accounts.len() == 1);
    }

    #[test]
    fn a_bad_account_is_refused_without_its_secret() {
        for bad in ["1:AKID:hush-hush", "111122223333:AK ID:hush-hush", "111122223333"] {
            let error = format!("{:?}", bad.parse::<Account>().unwrap_err());
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(parse("[pipeline]\nshard_size = 1").is_err());
    }

    #[test]
    fn roles_may_be_arns() {
        let config = parse("[objects]\nroles = 'arn:aws:iam::111122223333:role/a/b=AKID:se:cret'").unwrap();
        assert_eq!(config.objects.roles[0].holder, "arn:aws:iam::111122223333:role/a/b");
        assert_eq!(config.objects.roles[0].secret.reveal(), "se:cret");
    }
}
