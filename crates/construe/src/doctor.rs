//! `construe doctor`: looks at each thing that Construe depends on and says what to do.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use construe_document_reader::Reader;
use construe_jobs::{JobStore, ObjectStore, WorkQueue};

use crate::cli::Role;
use crate::client;
use crate::config::Config;
use crate::roles::{self, site};

const PATIENCE: Duration = Duration::from_secs(10);

pub async fn run(role: &Role) -> anyhow::Result<()> {
    let Some(config) = roles::configuration(role)? else {
        return Ok(());
    };
    let mut report = Report::default();
    report
        .check("engine", "the binary is damaged: install it again", async {
            let begun = Instant::now();
            let engine = construe_pii::Engine::load().context("loading the PII engine")?;
            let megabytes = engine.memory_usage() / 1_000_000;
            Ok(format!(
                "PII engine loads in {} ms and takes {megabytes} MB",
                begun.elapsed().as_millis()
            ))
        })
        .await;
    report
        .check(
            "data folder",
            "say --data-dir or set CONSTRUE_DATA_DIR to a folder that can be written",
            async {
                let data = roles::check_data_dir()?;
                Ok(format!("{} can be written (embedded mode)", data.display()))
            },
        )
        .await;
    text_recognition(&config);
    if config.database.url.is_empty() && config.queue.url.is_empty() {
        println!("      no database and no message queue are configured: `construe standalone` needs neither");
    } else {
        distributed(&config, &mut report).await;
    }
    if report.failed > 0 {
        Err(anyhow!("{} checks failed", report.failed))
    } else {
        Ok(())
    }
}

/// No failure where it is missing: only pictures of text need it.
fn text_recognition(config: &Config) {
    let reader = Reader::new(config.ocr.reader_config());
    match reader.ocr() {
        Ok(found) => {
            let languages: Vec<_> = found.languages.iter().map(String::as_str).collect();
            println!(
                "ok    text recognition: Tesseract {} reads pictures and scans in {}",
                found.version,
                languages.join(", ")
            );
        }
        Err(missing) => println!(
            "      text recognition: {missing}\n      Without it scanned PDF, PNG, JPEG and TIFF become error records; \
             text, PDF with text and DOCX need none."
        ),
    }
}

async fn distributed(config: &Config, report: &mut Report) {
    report
        .check(
            "database",
            "is Postgres running, is CONSTRUE__DATABASE__URL right, has `construe migrate` run?",
            async {
                site::store(config).await?.ping().await?;
                Ok("Postgres answers, its schema is this version's".into())
            },
        )
        .await;
    report
        .check(
            "message queue",
            "is RabbitMQ running, and is CONSTRUE__QUEUE__URL right?",
            async {
                site::queue(config)?.ping().await?;
                Ok("RabbitMQ answers".into())
            },
        )
        .await;
    report.check(
        "object storage",
        "is the S3 at CONSTRUE__OBJECTS__ENDPOINT running, are the credentials right, may they use the work bucket?",
        async {
            site::objects(config).await?.ping().await?;
            Ok(format!("the work bucket {} can be used", config.objects.work_bucket))
        },
    )
    .await;
    report
        .check(
            "control plane",
            "is `construe control-plane` running, and is CONSTRUE__CONTROL__URL right?",
            async {
                client::endpoint(&config.control.url)?
                    .connect()
                    .await
                    .context("connecting")?;
                Ok(format!("{} answers", config.control.url))
            },
        )
        .await;
    report
        .check(
            "accounts",
            "set CONSTRUE__ACCOUNTS to ACCOUNT_ID:ACCESS_KEY_ID:SECRET",
            async {
                match config.accounts.len() {
                    0 => Err(anyhow!("none is configured: nobody could call the gateway")),
                    count => Ok(format!("{count} may call the gateway")),
                }
            },
        )
        .await;
}

#[derive(Default)]
struct Report {
    failed: u32,
}

impl Report {
    async fn check(&mut self, what: &str, advice: &str, check: impl Future<Output = anyhow::Result<String>>) {
        let result = tokio::time::timeout(PATIENCE, check)
            .await
            .unwrap_or_else(|_| Err(anyhow!("no answer in {} seconds", PATIENCE.as_secs())));
        match result {
            Ok(found) => println!("ok    {what}: {found}"),
            Err(error) => {
                self.failed += 1;
                println!("FAIL  {what}: {error:#}\n      {advice}");
            }
        }
    }
}
