//! Random histories of one job, compared step by step with a small model, on SQLite. Whatever state a
//! history leaves behind, the sweeper and willing holders must then bring the job to an end, with
//! every message lost on the way.

use std::time::Duration;

use construe_jobs::{
    Ending, Guarded, JobId, JobState, JobStore, JobWork, LeaseOf, LeaseToken, Planned, Release, Renewal, ShardState,
    StopOutcome, StorePolicy,
};
use construe_store::Store;
use proptest::prelude::*;

use crate::harness::{Site, TTL, batch, create, owner, part};

const MAX_ATTEMPTS: u32 = 4;

#[derive(Debug, Clone)]
enum Step {
    LeasePlan,
    Extend { holder: usize, shards: u64, last: bool },
    LeaseShard { ordinal: u64 },
    Commit { holder: usize, cut: bool },
    Mark { holder: usize },
    Renew { holder: usize },
    Release { holder: usize, drained: bool },
    Fail { holder: usize },
    Expire,
    Sweep,
    Stop,
    EndGrace,
    LeaseFinalize,
    Finish { holder: usize, stopped: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let holder = 0..6_usize;
    prop_oneof![
        3 => Just(Step::LeasePlan),
        5 => (holder.clone(), 0..4_u64, any::<bool>())
            .prop_map(|(holder, shards, last)| Step::Extend { holder, shards: shards.max(u64::from(!last)), last }),
        8 => (0..6_u64).prop_map(|ordinal| Step::LeaseShard { ordinal }),
        6 => (holder.clone(), any::<bool>()).prop_map(|(holder, cut)| Step::Commit { holder, cut }),
        1 => holder.clone().prop_map(|holder| Step::Mark { holder }),
        2 => holder.clone().prop_map(|holder| Step::Renew { holder }),
        2 => (holder.clone(), any::<bool>()).prop_map(|(holder, drained)| Step::Release { holder, drained }),
        1 => holder.clone().prop_map(|holder| Step::Fail { holder }),
        3 => Just(Step::Expire),
        3 => Just(Step::Sweep),
        1 => Just(Step::Stop),
        1 => Just(Step::EndGrace),
        2 => Just(Step::LeaseFinalize),
        3 => (holder, any::<bool>()).prop_map(|(holder, stopped)| Step::Finish { holder, stopped }),
    ]
}

/// Index into the leases handed out so far.
type Holder = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    by: Holder,
    ran_out: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShardIs {
    Pending,
    Leased(Held),
    Done(Holder),
    Cancelled,
}

#[derive(Debug, Clone)]
struct ModelShard {
    is: ShardIs,
    deaths: u32,
}

#[derive(Debug)]
struct Model {
    state: JobState,
    planned: bool,
    cut: bool,
    lease: Option<Held>,
    last_holder: Option<Holder>,
    deaths: u32,
    shards: Vec<ModelShard>,
    grace_over: bool,
}

impl Model {
    fn new() -> Self {
        Self {
            state: JobState::Submitted,
            planned: false,
            cut: false,
            lease: None,
            last_holder: None,
            deaths: 0,
            shards: Vec::new(),
            grace_over: false,
        }
    }

    fn count(&self, wanted: fn(ShardIs) -> bool) -> u64 {
        self.shards.iter().filter(|shard| wanted(shard.is)).count() as u64
    }

    fn open(&self) -> u64 {
        let unfinished = self.count(|is| matches!(is, ShardIs::Pending | ShardIs::Leased(_)));
        unfinished + u64::from(!self.planned)
    }

    fn stopping(&self) -> bool {
        self.state == JobState::StopRequested
    }

    fn end(&mut self, state: JobState) {
        self.state = state;
        self.lease = None;
        self.cancel(|is| matches!(is, ShardIs::Pending | ShardIs::Leased(_)));
    }

    fn cancel(&mut self, wanted: fn(ShardIs) -> bool) -> bool {
        let mut any = false;
        for shard in self.shards.iter_mut().filter(|shard| wanted(shard.is)) {
            shard.is = ShardIs::Cancelled;
            any = true;
        }
        any
    }

    fn close_plan(&mut self) {
        self.planned = true;
        self.lease = None;
        self.deaths = 0;
    }

    fn cut_plan(&mut self) {
        self.close_plan();
        self.cut = true;
    }

    /// One more death of the job's own work; whether it was one too many.
    fn job_death(&mut self) -> bool {
        self.deaths += 1;
        let over = self.deaths >= MAX_ATTEMPTS;
        if over {
            self.end(JobState::Failed);
        }
        over
    }

    fn shard_death(&mut self, ordinal: usize) -> bool {
        self.shards[ordinal].deaths += 1;
        let over = self.shards[ordinal].deaths >= MAX_ATTEMPTS;
        if over {
            self.end(JobState::Failed);
        }
        over
    }

    fn lease_job(&mut self, work: JobWork, by: Holder) -> bool {
        let due = match work {
            JobWork::Plan => !self.planned,
            JobWork::Finalize => self.open() == 0,
        };
        if self.state.is_terminal() || !due || self.lease.is_some_and(|held| !held.ran_out) {
            return false;
        }
        if self.lease.is_some() && self.job_death() {
            return false;
        }
        self.lease = Some(Held { by, ran_out: false });
        self.last_holder = Some(by);
        true
    }

    fn extend(&mut self, by: Holder, shards: u64, last: bool) -> Planned {
        let repeated = self.planned && !self.state.is_terminal() && last && shards == 0;
        if repeated && self.lease.is_none() && self.last_holder == Some(by) {
            return Planned::Continue;
        }
        if self.planned || self.lease != Some(Held { by, ran_out: false }) {
            return Planned::Lost;
        }
        if self.stopping() {
            self.cut_plan();
            return Planned::Stopped;
        }
        self.state = JobState::InProgress;
        for _ in 0..shards {
            self.shards.push(ModelShard {
                is: ShardIs::Pending,
                deaths: 0,
            });
        }
        if last {
            self.close_plan();
        }
        Planned::Continue
    }

    fn lease_shard(&mut self, ordinal: usize, by: Holder) -> bool {
        if self.state != JobState::InProgress {
            return false;
        }
        match self.shards.get(ordinal).map(|shard| shard.is) {
            Some(ShardIs::Pending) => {}
            Some(ShardIs::Leased(held)) if held.ran_out => {
                if self.shard_death(ordinal) {
                    return false;
                }
            }
            _ => return false,
        }
        self.shards[ordinal].is = ShardIs::Leased(Held { by, ran_out: false });
        true
    }

    fn held_shard(&self, ordinal: usize, by: Holder) -> bool {
        matches!(self.shards[ordinal].is, ShardIs::Leased(held) if held.by == by)
    }

    fn held_job(&self, by: Holder) -> bool {
        self.lease.is_some_and(|held| held.by == by)
    }

    fn commit(&mut self, ordinal: usize, by: Holder, cut: bool) -> bool {
        if self.shards[ordinal].is == ShardIs::Done(by) {
            return true;
        }
        if !self.held_shard(ordinal, by) {
            return false;
        }
        self.shards[ordinal].is = ShardIs::Done(by);
        self.cut |= cut;
        true
    }

    fn give_back_shard(&mut self, ordinal: usize) {
        if self.stopping() {
            self.shards[ordinal].is = ShardIs::Cancelled;
            self.cut = true;
        } else {
            self.shards[ordinal].is = ShardIs::Pending;
        }
    }

    fn give_back_job(&mut self) {
        self.lease = None;
        if self.stopping() && !self.planned {
            self.cut_plan();
        }
    }

    fn stop(&mut self) -> StopOutcome {
        if self.state.is_terminal() {
            return StopOutcome::Ended(self.state);
        }
        if !self.stopping() {
            self.state = JobState::StopRequested;
            self.cut |= self.cancel(|is| is == ShardIs::Pending);
            if !self.planned && self.lease.is_none_or(|held| held.ran_out) {
                self.cut_plan();
            }
        }
        StopOutcome::Requested
    }

    fn finish(&mut self, by: Holder, stopped: bool) -> bool {
        let (state, legal) = if stopped {
            (JobState::Stopped, self.stopping())
        } else {
            (
                JobState::Completed,
                self.stopping() || self.state == JobState::InProgress,
            )
        };
        if self.state == state && self.last_holder == Some(by) {
            return true;
        }
        if !self.held_job(by) || self.open() != 0 || !legal {
            return false;
        }
        self.end(state);
        true
    }

    fn fail(&mut self, held: bool) -> bool {
        if held && !self.state.is_terminal() {
            self.end(JobState::Failed);
            return true;
        }
        false
    }

    fn expire(&mut self) {
        for shard in &mut self.shards {
            if let ShardIs::Leased(held) = &mut shard.is {
                held.ran_out = true;
            }
        }
        if let Some(held) = &mut self.lease {
            held.ran_out = true;
        }
    }

    fn sweep(&mut self) {
        if self.stopping() && self.grace_over && self.open() > 0 {
            self.cut |= self.cancel(|is| matches!(is, ShardIs::Pending | ShardIs::Leased(_)));
            if !self.planned {
                self.cut_plan();
            }
        }
        for ordinal in 0..self.shards.len() {
            if matches!(self.shards[ordinal].is, ShardIs::Leased(held) if held.ran_out) {
                if !self.stopping() && self.shard_death(ordinal) {
                    return;
                }
                self.give_back_shard(ordinal);
            }
        }
        if self.lease.is_some_and(|held| held.ran_out) && !self.job_death() {
            self.give_back_job();
        }
    }
}

/// What a lease in the test's hands stands for.
#[derive(Debug, Clone, Copy)]
struct Ticket {
    of: LeaseOf,
    token: LeaseToken,
}

struct History<'a> {
    site: &'a Site,
    store: &'a Store,
    id: JobId,
    model: Model,
    tickets: Vec<Ticket>,
    end_time: Option<construe_jobs::Timestamp>,
}

fn applied(outcome: Guarded) -> bool {
    outcome == Guarded::Applied
}

impl History<'_> {
    /// The latest leases are the most interesting: `0` is the last one handed out.
    fn ticket(&self, back: usize) -> Option<(Holder, Ticket)> {
        let index = self.tickets.len().checked_sub(back + 1)?;
        Some((index, self.tickets[index]))
    }

    async fn take(&mut self, step: &Step) {
        let (id, store) = (self.id, self.store);
        let next: Holder = self.tickets.len();
        match *step {
            Step::LeasePlan => self.lease_job(JobWork::Plan).await,
            Step::LeaseFinalize => self.lease_job(JobWork::Finalize).await,
            Step::LeaseShard { ordinal } => {
                let leased = store.lease_shard(id, ordinal, "w", TTL).await.unwrap();
                assert_eq!(leased.is_some(), self.model.lease_shard(ordinal as usize, next));
                if let Some(leased) = leased {
                    let of = LeaseOf::Shard(id, ordinal);
                    self.tickets.push(Ticket {
                        of,
                        token: leased.lease.token,
                    });
                }
            }
            Step::Extend { holder, shards, last } => {
                let Some((by, ticket)) = self.ticket(holder) else {
                    return;
                };
                if !matches!(ticket.of, LeaseOf::Job(_)) {
                    return;
                }
                let plan = batch(self.model.shards.len() as u64, shards, last);
                let outcome = store.extend_plan(id, ticket.token, plan).await.unwrap();
                assert_eq!(outcome, self.model.extend(by, shards, last));
            }
            Step::Commit { holder, cut } => {
                let Some((by, ticket)) = self.ticket(holder) else {
                    return;
                };
                let LeaseOf::Shard(_, ordinal) = ticket.of else { return };
                // Only a stop cuts a part.
                let cut = cut && self.model.stopping();
                let mut result = part(1);
                result.cut = cut;
                let outcome = store.commit_shard(id, ordinal, ticket.token, &result).await.unwrap();
                assert_eq!(applied(outcome), self.model.commit(ordinal as usize, by, cut));
            }
            Step::Mark { holder } => {
                let Some((by, ticket)) = self.ticket(holder) else {
                    return;
                };
                let LeaseOf::Shard(_, ordinal) = ticket.of else { return };
                let outcome = store.mark_document(id, ordinal, ticket.token, by as u64).await.unwrap();
                assert_eq!(applied(outcome), self.model.held_shard(ordinal as usize, by));
            }
            Step::Renew { holder } => {
                let Some((by, ticket)) = self.ticket(holder) else {
                    return;
                };
                let renewal = store.renew(ticket.of, ticket.token, TTL).await.unwrap();
                let lease = match ticket.of {
                    LeaseOf::Job(_) => self.model.lease.as_mut(),
                    LeaseOf::Shard(_, ordinal) => match &mut self.model.shards[ordinal as usize].is {
                        ShardIs::Leased(held) => Some(held),
                        _ => None,
                    },
                };
                match lease.filter(|held| held.by == by) {
                    Some(held) => {
                        held.ran_out = false;
                        assert!(matches!(renewal, Renewal::Held { state, .. } if state == self.model.state));
                    }
                    None => assert_eq!(renewal, Renewal::Lost),
                }
            }
            Step::Release { holder, drained } => {
                let Some((by, ticket)) = self.ticket(holder) else {
                    return;
                };
                let retry_after = Duration::from_secs(60);
                let how = if drained {
                    Release::Drained
                } else {
                    Release::Fault { retry_after }
                };
                let outcome = store.release(ticket.of, ticket.token, how).await.unwrap();
                let held = self.holds(by, ticket);
                assert_eq!(applied(outcome), held);
                if held {
                    match ticket.of {
                        LeaseOf::Job(_) => self.model.give_back_job(),
                        LeaseOf::Shard(_, ordinal) => self.model.give_back_shard(ordinal as usize),
                    }
                }
            }
            Step::Fail { holder } => {
                let Some((by, ticket)) = self.ticket(holder) else {
                    return;
                };
                let outcome = store.fail(ticket.of, ticket.token, "X: y").await.unwrap();
                let held = self.holds(by, ticket);
                let repeated = matches!(ticket.of, LeaseOf::Job(_))
                    && self.model.state == JobState::Failed
                    && self.model.last_holder == Some(by);
                assert_eq!(applied(outcome), self.model.fail(held) || repeated);
            }
            Step::Finish { holder, stopped } => {
                let Some((by, ticket)) = self.ticket(holder) else {
                    return;
                };
                if !matches!(ticket.of, LeaseOf::Job(_)) {
                    return;
                }
                let ending = if stopped { Ending::Stopped } else { Ending::Completed };
                let outcome = store.finish(id, ticket.token, ending, None).await.unwrap();
                assert_eq!(applied(outcome), self.model.finish(by, stopped));
            }
            Step::Expire => {
                self.site.expire_leases().await;
                self.model.expire();
            }
            Step::Sweep => {
                store.sweep().await.unwrap();
                self.model.sweep();
            }
            Step::Stop => {
                let outcome = store.stop(Some(&owner()), id).await.unwrap();
                assert_eq!(outcome, self.model.stop());
            }
            Step::EndGrace => {
                if self.model.stopping() {
                    self.site
                        .sql("UPDATE jobs SET stop_time = 1 WHERE state = 'STOP_REQUESTED'")
                        .await
                        .unwrap();
                    self.model.grace_over = true;
                }
            }
        }
    }

    fn holds(&self, by: Holder, ticket: Ticket) -> bool {
        match ticket.of {
            LeaseOf::Job(_) => self.model.held_job(by),
            LeaseOf::Shard(_, ordinal) => self.model.held_shard(ordinal as usize, by),
        }
    }

    async fn lease_job(&mut self, work: JobWork) {
        let next: Holder = self.tickets.len();
        let leased = self.store.lease_job(self.id, work, "c", TTL).await.unwrap();
        assert_eq!(leased.is_some(), self.model.lease_job(work, next));
        if let Some(leased) = leased {
            let token = leased.lease.token;
            self.tickets.push(Ticket {
                of: LeaseOf::Job(self.id),
                token,
            });
        }
    }

    async fn compare(&mut self) {
        let inside = self.store.inspect(None, self.id).await.unwrap().expect("the job");
        let progress = inside.job.progress;
        assert_eq!(inside.job.state, self.model.state);
        assert_eq!((progress.planned, progress.cut), (self.model.planned, self.model.cut));
        let expected = [
            (ShardState::Pending, self.model.count(|is| is == ShardIs::Pending)),
            (
                ShardState::Leased,
                self.model.count(|is| matches!(is, ShardIs::Leased(_))),
            ),
            (ShardState::Done, self.model.count(|is| matches!(is, ShardIs::Done(_)))),
            (ShardState::Cancelled, self.model.count(|is| is == ShardIs::Cancelled)),
        ];
        assert_eq!(inside.shards, expected);
        assert_eq!(inside.job.end_time.is_some(), inside.job.state.is_terminal());
        if self.end_time.is_some() {
            assert_eq!(inside.job.end_time, self.end_time, "the end time never changes");
        }
        self.end_time = inside.job.end_time;
        self.site.check_invariants().await;
    }

    /// Everyone dies, every message is lost; then holders that do their work finish the job.
    async fn drive_to_the_end(&mut self) {
        use construe_jobs::Work;
        let (id, store) = (self.id, self.store);
        for _ in 0..40 {
            let job = store.get(&owner(), id).await.unwrap().expect("the job");
            if job.state.is_terminal() {
                return;
            }
            self.site.sql("DELETE FROM outbox").await.unwrap();
            self.site.expire_leases().await;
            self.site.make_overdue().await;
            store.sweep().await.unwrap();
            for ring in store.claim_rings(100, TTL).await.unwrap() {
                match ring.ring.work {
                    Work::Plan => {
                        let Some(leased) = store.lease_job(id, JobWork::Plan, "c", TTL).await.unwrap() else {
                            continue;
                        };
                        let rest = batch(leased.cursor.next_ordinal, 1, true);
                        let _ = store.extend_plan(id, leased.lease.token, rest).await.unwrap();
                    }
                    Work::Shard { ordinal } => {
                        let Some(leased) = store.lease_shard(id, ordinal, "w", TTL).await.unwrap() else {
                            continue;
                        };
                        let _ = store
                            .commit_shard(id, ordinal, leased.lease.token, &part(1))
                            .await
                            .unwrap();
                    }
                    Work::Finalize => {
                        let leased = store.lease_job(id, JobWork::Finalize, "c", TTL).await.unwrap();
                        let Some(leased) = leased else { continue };
                        let stopping = leased.job.state == JobState::StopRequested;
                        let ending = if stopping { Ending::Stopped } else { Ending::Completed };
                        let _ = store.finish(id, leased.lease.token, ending, None).await.unwrap();
                    }
                }
            }
        }
        panic!("the job does not end: {:?}", self.model);
    }
}

#[test]
fn every_history_agrees_with_the_model_and_ends() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("runtime");
    let (site, store) = runtime.block_on(async {
        let site = Site::on_sqlite().await;
        site.store.migrate().await.expect("migrate");
        let policy = StorePolicy {
            window: 2,
            max_attempts: MAX_ATTEMPTS,
            careful_after: 1,
            ..StorePolicy::default()
        };
        let store = site.store_with(policy).await;
        (site, store)
    });
    let config = ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(steps in proptest::collection::vec(step(), 1..40))| {
        runtime.block_on(async {
            // A failed case left its job; the others are over.
            site.sql("DELETE FROM jobs").await.expect("delete");
            let id = create(&store).await;
            let (model, tickets) = (Model::new(), Vec::new());
            let mut history = History { site: &site, store: &store, id, model, tickets, end_time: None };
            for step in &steps {
                history.take(step).await;
                history.compare().await;
            }
            history.drive_to_the_end().await;
            site.check_invariants().await;
        });
    });
}
