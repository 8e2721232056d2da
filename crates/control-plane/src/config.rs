use std::fmt;
use std::time::Duration;

use subtle::ConstantTimeEq;

/// Settings of the control plane.
#[derive(Debug, Clone)]
pub struct Config {
    /// Id of this process, as leases show it.
    pub holder: String,
    /// Bytes of input in a shard, about.
    pub shard_target: u64,
    /// Objects packed into one shard, at most.
    pub shard_objects: usize,
    /// Shards that are committed together, at most; the first batches of a job are smaller.
    pub batch_shards: usize,
    /// Shards that are cut but not committed wait no longer than this for the next one.
    pub batch_every: Duration,
    /// A planner or finaliser that is silent for this long is replaced.
    pub lease_ttl: Duration,
    /// Jobs that are planned or finalised at a time.
    pub slots: u16,
    /// Output objects that are written at a time, over all jobs.
    pub finalize_writes: usize,
    /// Bytes of output held in memory until they are written, over all jobs.
    pub finalize_bytes: usize,
    /// Passing troubles (storage out of reach) after which a job fails.
    pub max_faults: u32,
    /// How often the outbox is looked at when nobody wakes the relay.
    pub relay_poll: Duration,
    /// How often expired leases and forgotten work are looked for.
    pub sweep_every: Duration,
    /// How often parts of ended jobs are looked for.
    pub clean_every: Duration,
    /// How often a watched job is looked at.
    pub watch_every: Duration,
    /// A watcher hears of a job at least this often, changed or not.
    pub watch_heartbeat: Duration,
    /// How long finalising and open calls may go on once shutdown has begun.
    pub drain_grace: Duration,
    /// What callers of the gRPC service must show; `None` lets everybody in.
    pub token: Option<BearerToken>,
}

impl Config {
    /// The defaults, for the process called `holder`.
    pub fn new(holder: impl Into<String>) -> Self {
        Self {
            holder: holder.into(),
            shard_target: 16 << 20,
            shard_objects: 1000,
            batch_shards: 64,
            batch_every: Duration::from_secs(2),
            lease_ttl: Duration::from_secs(30),
            slots: 8,
            finalize_writes: 16,
            finalize_bytes: 64 << 20,
            max_faults: 10,
            relay_poll: Duration::from_millis(100),
            sweep_every: Duration::from_secs(5),
            clean_every: Duration::from_secs(30),
            watch_every: Duration::from_millis(500),
            watch_heartbeat: Duration::from_secs(3),
            drain_grace: Duration::from_secs(10),
            token: None,
        }
    }
}

/// A shared secret; neither printed nor compared in a way that betrays it.
#[derive(Clone)]
pub struct BearerToken(String);

impl BearerToken {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// Whether `offered` is the secret, in a time that does not depend on where they differ.
    pub(crate) fn matches(&self, offered: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(offered).into()
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(REDACTED)")
    }
}
