use std::time::Duration;

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Names this worker among all; holder of its leases.
    pub id: String,
    pub host: String,
    pub version: String,
    /// Shards worked on at a time, each on a thread of its own.
    pub slots: usize,
    /// Slots that may make artifacts at a time, each taking up to 0.8 GB; others wait in theirs.
    pub trainings: usize,
    /// The most objects that a training may read, since it remembers all of them: some 300 bytes each.
    pub training_objects: usize,
    /// How long a lease lasts without renewal.
    pub lease_ttl: Duration,
    /// How often a lease is renewed, which is also how often a stop is noticed.
    pub renew_every: Duration,
    /// How often the worker is reported to the store, which is also how often it learns that it is to drain.
    pub report_every: Duration,
    /// At a shutdown, how long shards may go on before they are given back.
    pub drain_grace: Duration,
    /// Bytes of input held ready per slot: half of it read ahead in the order of analysis, half of it in
    /// small objects fetched ahead. A slot also holds the document in hand with its results, three output chunks
    /// and whatever the object store buffers for one upload.
    pub read_window: usize,
    /// Small objects fetched at a time, so that many of them do not cost a round trip each.
    pub objects_ahead: usize,
    /// Bytes of results handed to the upload at a time.
    pub output_chunk: usize,
    /// Beginning of the keys under which results wait in the work bucket.
    pub part_prefix: String,
    /// Times that passing trouble may break a shard off before its job fails.
    pub max_faults: u32,
    /// Pause after the first passing trouble; it doubles with each, up to `longest_pause`.
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl WorkerConfig {
    pub fn new(id: impl Into<String>, host: impl Into<String>, version: impl Into<String>) -> Self {
        let lease_ttl = Duration::from_secs(30);
        Self {
            id: id.into(),
            host: host.into(),
            version: version.into(),
            slots: std::thread::available_parallelism().map_or(1, usize::from),
            trainings: 2,
            training_objects: 1_000_000,
            lease_ttl,
            renew_every: lease_ttl / 3,
            report_every: Duration::from_secs(5),
            drain_grace: Duration::from_secs(20),
            read_window: 8 << 20,
            objects_ahead: 16,
            output_chunk: 1 << 20,
            part_prefix: "parts".to_owned(),
            max_faults: 10,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
        }
    }

    /// Pause after `count` troubles before this one, between half and the whole of the doubled time.
    pub(crate) fn pause_after(&self, count: u32) -> Duration {
        let whole = self
            .first_pause
            .saturating_mul(1_u32.checked_shl(count).unwrap_or(u32::MAX))
            .min(self.longest_pause);
        whole.mul_f64(0.5 + 0.5 * fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let config = WorkerConfig::new("w", "h", "0");
        for (count, whole) in [(0, 1), (1, 2), (5, 32), (6, 60), (31, 60), (32, 60), (u32::MAX, 60)] {
            let pause = config.pause_after(count);
            let whole = Duration::from_secs(whole);
            assert!(pause >= whole / 2 && pause <= whole, "{pause:?} after {count}");
        }
    }
}
