//! `construe object-server`.

use std::sync::Arc;

use anyhow::{Context, ensure};
use construe_object_server::{AccountDirectory, ObjectServer, StaticAccounts, Storage, StorageOptions};

use super::{Process, bind, configuration, print_exports};
use crate::cli;
use crate::config::Account;

pub async fn run(arguments: cli::ObjectServer) -> anyhow::Result<()> {
    let Some(config) = configuration(&arguments.role)? else {
        return Ok(());
    };
    let accounts = if arguments.accounts.is_empty() {
        config.accounts.clone()
    } else {
        arguments.accounts
    };
    ensure!(
        !accounts.is_empty(),
        "no account is given, neither by --account nor by the configuration"
    );
    let process = Process::start("object-server", &config)?;
    let storage = Storage::open(&arguments.data_dir, StorageOptions::default())
        .await
        .with_context(|| format!("opening {}", arguments.data_dir.display()))?;
    let server = ObjectServer::new(storage, directory(&accounts));
    let listener = bind(&arguments.listen).await?;
    process.serve_admin(&config).await?;
    let address = listener.local_addr()?;
    process.readiness.set_ready(true);
    print_exports(address, &accounts[0])?;
    let shutdown = process.shutdown.clone();
    let served = server.serve(listener, async move { shutdown.cancelled().await }).await;
    process.finish().await;
    served.context("serving S3")
}

/// The accounts as the object server knows them.
pub fn directory(accounts: &[Account]) -> Arc<dyn AccountDirectory> {
    let accounts: StaticAccounts = accounts
        .iter()
        .map(|account| construe_object_server::Account {
            id: account.id.clone(),
            access_key_id: account.access_key_id.clone(),
            secret: construe_object_server::Secret::new(account.secret.reveal()),
        })
        .collect();
    Arc::new(accounts)
}
