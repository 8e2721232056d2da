//! `construe jobs` and `construe workers`: the control plane from the command line.

use anyhow::Context;
use construe_proto::control::v1::control_plane_client::ControlPlaneClient;
use construe_proto::control::v1::{
    DrainWorkerRequest, InspectJobRequest, JobInspection, JobState, ListWorkersRequest, ShardState, StopJobRequest,
    WatchJobRequest,
};
use serde_json::{Value, json};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

use crate::cli::{ControlAddress, Jobs, Workers};

/// Runs `construe jobs …`.
pub async fn jobs(command: Jobs) -> anyhow::Result<()> {
    match command {
        Jobs::Stop { job, control } => {
            let mut client = Client::connect(&control).await?;
            let request = client.request(StopJobRequest {
                job_id: job,
                owner: None,
            });
            let stopped = client.inner.stop_job(request).await.map_err(plain)?.into_inner();
            let state = job_state(stopped.state);
            if control.json {
                print_json(&json!({ "state": state }))
            } else {
                println!("{state}")
            }
        }
        Jobs::Inspect { job, control } => {
            let mut client = Client::connect(&control).await?;
            let request = client.request(InspectJobRequest {
                job_id: job,
                owner: None,
            });
            let answer = client.inner.inspect_job(request).await.map_err(plain)?.into_inner();
            let inspection = answer
                .inspection
                .context("the control plane answered without an inspection")?;
            if control.json {
                print_json(&to_json(&inspection))
            } else {
                print!("{}", to_text(&inspection))
            }
        }
        Jobs::Watch { job, control } => {
            let mut client = Client::connect(&control).await?;
            let request = client.request(WatchJobRequest {
                job_id: job,
                owner: None,
            });
            let mut updates = client.inner.watch_job(request).await.map_err(plain)?.into_inner();
            while let Some(update) = updates.message().await.map_err(plain)? {
                let inspection = update.inspection.context("the control plane sent an empty update")?;
                if control.json {
                    print_json(&to_json(&inspection))
                } else {
                    println!("{}", one_line(&inspection))
                }
            }
        }
    }
    Ok(())
}

/// Runs `construe workers …`.
pub async fn workers(command: Workers) -> anyhow::Result<()> {
    match command {
        Workers::List { control } => {
            let mut client = Client::connect(&control).await?;
            let request = client.request(ListWorkersRequest { kind: None });
            let workers = client
                .inner
                .list_workers(request)
                .await
                .map_err(plain)?
                .into_inner()
                .workers;
            if control.json {
                let workers = workers.iter().map(|worker| {
                    json!({
                        "id": worker.id, "kind": worker.kind, "host": worker.host, "version": worker.version,
                        "slots": worker.slots, "busy": worker.busy, "draining": worker.draining,
                        "started": seconds(worker.started.as_ref()), "lastSeen": seconds(worker.last_seen.as_ref()),
                    })
                });
                print_json(&Value::Array(workers.collect()));
            } else {
                println!(
                    "{:<44} {:<15} {:>5} {:>5}  {:<9} HOST",
                    "ID", "KIND", "SLOTS", "BUSY", "VERSION"
                );
                for worker in workers {
                    let draining = if worker.draining { " (draining)" } else { "" };
                    println!(
                        "{:<44} {:<15} {:>5} {:>5}  {:<9} {}{draining}",
                        worker.id, worker.kind, worker.slots, worker.busy, worker.version, worker.host
                    );
                }
            }
        }
        Workers::Drain { worker_id, control } => {
            let mut client = Client::connect(&control).await?;
            let request = client.request(DrainWorkerRequest {
                worker_id: worker_id.clone(),
            });
            client.inner.drain_worker(request).await.map_err(plain)?;
            if control.json {
                print_json(&json!({ "id": worker_id, "draining": true }));
            } else {
                println!("{worker_id} finishes what it holds and leaves");
            }
        }
    }
    Ok(())
}

struct Client {
    inner: ControlPlaneClient<Channel>,
    authorization: Option<MetadataValue<Ascii>>,
}

impl Client {
    async fn connect(control: &ControlAddress) -> anyhow::Result<Self> {
        let channel = endpoint(&control.url)?
            .connect()
            .await
            .with_context(|| format!("connecting to the control plane at {}", control.url))?;
        let authorization = control
            .token
            .as_ref()
            .map(|token| format!("Bearer {token}").parse())
            .transpose()
            .context("the token has characters that a header cannot carry")?;
        Ok(Self {
            inner: ControlPlaneClient::new(channel),
            authorization,
        })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        request
    }
}

/// Where a control plane is, with TLS for `https`.
pub fn endpoint(url: &str) -> anyhow::Result<Endpoint> {
    let endpoint = Endpoint::from_shared(url.to_owned()).with_context(|| format!("{url:?} is not an address"))?;
    if url.starts_with("https://") {
        return endpoint
            .tls_config(ClientTlsConfig::new().with_native_roots())
            .context("setting up TLS");
    }
    Ok(endpoint)
}

fn plain(status: Status) -> anyhow::Error {
    anyhow::anyhow!("{}: {}", status.code(), status.message())
}

fn print_json(value: &Value) {
    println!("{value}");
}

fn job_state(state: i32) -> &'static str {
    JobState::try_from(state).map_or("UNKNOWN", |state| {
        let name = state.as_str_name();
        name.strip_prefix("JOB_STATE_").unwrap_or(name)
    })
}

fn shard_state(state: i32) -> String {
    ShardState::try_from(state).map_or_else(
        |_| "unknown".to_owned(),
        |state| {
            let name = state.as_str_name();
            name.strip_prefix("SHARD_STATE_").unwrap_or(name).to_lowercase()
        },
    )
}

fn seconds(time: Option<&prost_types::Timestamp>) -> Option<f64> {
    time.map(|time| time.seconds as f64 + f64::from(time.nanos) / 1e9)
}

fn to_json(inspection: &JobInspection) -> Value {
    let progress = inspection.progress.unwrap_or_default();
    let shards: serde_json::Map<_, _> = inspection
        .shards
        .iter()
        .map(|shard| (shard_state(shard.state), shard.count.into()))
        .collect();
    let leases: Vec<_> = inspection
        .leases
        .iter()
        .map(|lease| {
            json!({
                "shard": lease.ordinal, "holder": lease.holder, "attempt": lease.attempt,
                "expires": seconds(lease.expires.as_ref()), "perMille": lease.per_mille,
            })
        })
        .collect();
    json!({
        "jobId": inspection.job_id,
        "account": inspection.account,
        "region": inspection.region,
        "kind": inspection.kind,
        "name": inspection.name,
        "state": job_state(inspection.state),
        "message": inspection.message,
        "submitTime": seconds(inspection.submit_time.as_ref()),
        "startTime": seconds(inspection.start_time.as_ref()),
        "endTime": seconds(inspection.end_time.as_ref()),
        "now": seconds(inspection.now.as_ref()),
        "planned": progress.planned,
        "objects": progress.objects,
        "bytesDone": progress.bytes_done,
        "bytesTotal": progress.bytes_total,
        "documentsDone": progress.documents_done,
        "documentsFailed": progress.documents_failed,
        "documentsTotal": progress.documents_total,
        "bytesPerSecond": progress.bytes_per_second,
        "documentsPerSecond": progress.documents_per_second,
        "secondsLeft": progress.seconds_left,
        "cut": progress.cut,
        "shards": shards,
        "leases": leases,
    })
}

fn one_line(inspection: &JobInspection) -> String {
    let progress = inspection.progress.unwrap_or_default();
    if progress.bytes_total == 0
        && let Some(lease) = inspection.leases.iter().find(|lease| lease.per_mille > 0)
    {
        // One long piece of work, which reads its input by itself.
        let share = f64::from(lease.per_mille) / 10.0;
        return format!(
            "{:<14} {share:>5.1} %  attempt {}",
            job_state(inspection.state),
            lease.attempt
        );
    }
    let share = progress.bytes_done as f64 / (progress.bytes_total.max(1)) as f64 * 100.0;
    let mut line = format!(
        "{:<14} {share:>5.1} %  {} of {}{}  {} documents",
        job_state(inspection.state),
        bytes(progress.bytes_done as f64),
        bytes(progress.bytes_total as f64),
        if progress.planned { "" } else { "+" },
        progress.documents_done,
    );
    if let Some(rate) = progress.bytes_per_second {
        line.push_str(&format!("  {}/s", bytes(rate)));
    }
    if let Some(left) = progress.seconds_left {
        line.push_str(&format!("  {left:.0} s left"));
    }
    if let Some(message) = &inspection.message {
        line.push_str("  ");
        line.push_str(message);
    }
    line
}

fn to_text(inspection: &JobInspection) -> String {
    let progress = inspection.progress.unwrap_or_default();
    let mut text = format!(
        "job        {}\nkind       {}\naccount    {} ({})\n",
        inspection.job_id, inspection.kind, inspection.account, inspection.region
    );
    if let Some(name) = &inspection.name {
        text.push_str(&format!("name       {name}\n"));
    }
    text.push_str(&format!("state      {}\n", one_line(inspection)));
    text.push_str(&format!(
        "documents  {} done, {} of them error records\n",
        progress.documents_done, progress.documents_failed
    ));
    let shards: Vec<_> = inspection
        .shards
        .iter()
        .map(|shard| format!("{} {}", shard.count, shard_state(shard.state)))
        .collect();
    text.push_str(&format!("shards     {}\n", shards.join(", ")));
    for lease in &inspection.leases {
        let what = lease
            .ordinal
            .map_or_else(|| "the job itself".to_owned(), |ordinal| format!("shard {ordinal}"));
        let share = match lease.per_mille {
            0 => String::new(),
            share => format!(", {:.1} % done", f64::from(share) / 10.0),
        };
        text.push_str(&format!(
            "at work    {} on {what}, attempt {}{share}\n",
            lease.holder, lease.attempt
        ));
    }
    text
}

fn bytes(count: f64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = count;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{value:.0} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}
