//! The states of a job and of its shards, and the steps that are legal between them.

use crate::kind::named_enum;

named_enum! {
    /// State of a job, under the names that the wire protocol uses.
    JobState {
        Submitted = "SUBMITTED",
        InProgress = "IN_PROGRESS",
        Completed = "COMPLETED",
        /// Ended by itself, with input objects that could not be processed; only jobs that list them end so.
        PartialSuccess = "PARTIAL_SUCCESS",
        Failed = "FAILED",
        StopRequested = "STOP_REQUESTED",
        Stopped = "STOPPED",
    }
}

impl JobState {
    /// No step leaves a terminal state.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            JobState::Completed | JobState::PartialSuccess | JobState::Failed | JobState::Stopped
        )
    }

    /// The states that a job may be in just before it enters this one. Every status change in the
    /// store names them, and checks that one row changed.
    pub const fn predecessors(self) -> &'static [JobState] {
        use JobState::*;
        match self {
            Submitted => &[],
            InProgress => &[Submitted],
            StopRequested => &[Submitted, InProgress],
            Completed | PartialSuccess => &[InProgress, StopRequested],
            Stopped => &[StopRequested],
            Failed => &[Submitted, InProgress, StopRequested],
        }
    }

    pub fn may_become(self, next: JobState) -> bool {
        next.predecessors().contains(&self)
    }
}

named_enum! {
    /// State of a shard.
    ShardState {
        Pending = "pending",
        Leased = "leased",
        Done = "done",
        Cancelled = "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_states_have_no_way_out_and_others_have_one() {
        for &from in JobState::ALL {
            let ways_out = JobState::ALL.iter().filter(|&&to| from.may_become(to)).count();
            assert_eq!(ways_out == 0, from.is_terminal(), "{from}");
        }
    }

    #[test]
    fn a_job_never_goes_back() {
        let rank = |s: JobState| match s {
            JobState::Submitted => 0,
            JobState::InProgress => 1,
            JobState::StopRequested => 2,
            _ => 3,
        };
        for &from in JobState::ALL {
            for &to in JobState::ALL {
                assert!(!from.may_become(to) || rank(from) < rank(to), "{from} -> {to}");
            }
        }
    }

    #[test]
    fn names_round_trip() {
        for &state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("DONE".parse::<JobState>().is_err());
    }
}
