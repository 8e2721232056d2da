//! The one binary of Construe: all services, the engines on the command line, and tools for operators.

mod classify;
mod cli;
mod client;
mod config;
mod detect;
mod doctor;
mod engines;
mod eval;
mod health;
mod roles;
mod train;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The commands on files need no runtime.
    let result = match Cli::parse().command {
        Command::Detect(arguments) => detect::run(arguments),
        Command::Classify(arguments) => classify::run(&arguments),
        Command::Eval(arguments) => eval::run(arguments),
        Command::Train(arguments) => train::run(arguments),
        command => serve(command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("construe: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(command: Command) -> anyhow::Result<()> {
    small_pages();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Standalone(arguments) => roles::standalone(arguments).await,
            Command::Gateway(role) => roles::gateway(&role).await,
            Command::ControlPlane(role) => roles::control_plane(&role).await,
            Command::Worker { kind, role } => roles::worker(kind, &role).await,
            Command::Migrate(role) => roles::migrate(&role).await,
            Command::ObjectServer(arguments) => roles::object_server(arguments).await,
            Command::Jobs(command) => client::jobs(command).await,
            Command::Workers(command) => client::workers(command).await,
            Command::Doctor(role) => doctor::run(&role).await,
            Command::Health { url } => health::check(&url).await,
            Command::Classify(arguments) => classify::run(&arguments),
            Command::Detect(arguments) => detect::run(arguments),
            Command::Eval(arguments) => eval::run(arguments),
            Command::Train(arguments) => train::run(arguments),
        }
    })
}

/// Has the kernel give memory in small pages. The allocator keeps an area for each thread and advises large pages (2 MiB)
/// for all of them; with some dozen threads that read and write files, a service then grew by a hundred megabytes that
/// it had hardly touched. The engines are as fast either way.
fn small_pages() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        // Telemetry does not run yet. Nothing but memory depends on it.
        eprintln!("construe: large pages stay in use: {error}");
    }
}
