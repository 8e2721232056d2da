//! One suite for both databases: every test runs on a SQLite file and on a Postgres database of its own.

mod harness;
mod models_harness;

mod create;
mod leases;
mod listing;
mod model;
mod outbox;
mod plan;
mod poison;
mod references;
mod resources;
mod schema;
mod shards;
mod stop;
mod sweep;
mod tags;
mod workers;
