//! `construe migrate`.

use anyhow::Context;

use super::{configuration, site};
use crate::cli::Role;

/// Brings the database schema up to date; harmless when it is.
pub async fn run(role: &Role) -> anyhow::Result<()> {
    let Some(config) = configuration(role)? else {
        return Ok(());
    };
    site::store(&config)
        .await?
        .migrate()
        .await
        .context("migrating the database")?;
    eprintln!("the database schema is up to date");
    Ok(())
}
