//! What the Describe, List and Stop operations of every job type have in common.

use super::{common, string_enum};
use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::validate::{Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};

string_enum! {
    JobStatus {
        Submitted = "SUBMITTED",
        InProgress = "IN_PROGRESS",
        Completed = "COMPLETED",
        /// Of Comprehend Medical alone.
        PartialSuccess = "PARTIAL_SUCCESS",
        Failed = "FAILED",
        StopRequested = "STOP_REQUESTED",
        Stopped = "STOPPED",
    }
}

/// The statuses by which Comprehend's own jobs can be filtered, in the model's order.
const COMPREHEND_STATUS_NAMES: &[&str] = &[
    "SUBMITTED",
    "IN_PROGRESS",
    "COMPLETED",
    "FAILED",
    "STOP_REQUESTED",
    "STOPPED",
];

/// What the server knows about a job besides the request that started it. Times are microseconds
/// since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRecord<'a> {
    pub job_id: &'a str,
    pub status: JobStatus,
    /// Why a failed job failed: an upper-case code, a colon, a sentence.
    pub message: Option<&'a str>,
    pub submit_time_micros: i64,
    /// Present in the final states.
    pub end_time_micros: Option<i64>,
    /// The URI of the job's results, known from the start.
    pub results: &'a str,
}

/// Seconds since 1970 as sent on the wire: milliseconds, cut rather than rounded, so that no answer
/// shows a moment that has not come.
pub fn epoch_seconds(micros: i64) -> f64 {
    micros.div_euclid(1000) as f64 / 1000.0
}

/// The members by which a List operation filters jobs; a request may use one of them at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct JobFilterMembers {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_status: Option<JobStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submit_time_before: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submit_time_after: Option<f64>,
}

/// A List filter that passed the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobFilter {
    /// Exact match.
    Name(String),
    Status(JobStatus),
    /// Submit time, in microseconds since 1970, strictly before this.
    SubmittedBefore(i64),
    /// Submit time, in microseconds since 1970, strictly after this.
    SubmittedAfter(i64),
}

impl JobFilterMembers {
    /// The one filter that is set, if any. More than one is an InvalidFilterException.
    ///
    /// Time bounds are moved so that a strict comparison in microseconds agrees with a strict
    /// comparison of the milliseconds that clients see: filtering by a `SubmitTime` taken from an
    /// answer never selects that same job.
    pub fn single(&self) -> Result<Option<JobFilter>, ApiError> {
        let name = self.job_name.clone().map(JobFilter::Name);
        let status = self.job_status.map(JobFilter::Status);
        let before = self
            .submit_time_before
            .map(|seconds| JobFilter::SubmittedBefore(micros_before(seconds)));
        let after = self
            .submit_time_after
            .map(|seconds| JobFilter::SubmittedAfter(micros_after(seconds)));
        only_one([name, status, before, after])
    }
}

/// The one member of a filter that is set, if any.
pub(super) fn only_one<F>(members: impl IntoIterator<Item = Option<F>>) -> Result<Option<F>, ApiError> {
    let mut set = members.into_iter().flatten();
    let first = set.next();
    if set.next().is_some() {
        return Err(ApiError::new(
            ErrorCode::InvalidFilterException,
            "Only one member of Filter can be set at a time.",
        ));
    }
    Ok(first)
}

/// The bound in microseconds that stands for "before this", as [`JobFilterMembers::single`] explains.
pub(super) fn micros_before(seconds: f64) -> i64 {
    let micros = to_micros(seconds);
    let rest = (1000 - micros.rem_euclid(1000)) % 1000;
    micros.saturating_add(rest)
}

/// The bound in microseconds that stands for "after this".
pub(super) fn micros_after(seconds: f64) -> i64 {
    let micros = to_micros(seconds);
    micros.saturating_add(999 - micros.rem_euclid(1000))
}

/// Saturating: no time that a client can write is out of range.
fn to_micros(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
}

pub(super) static JOB_FILTER: Shape = Shape {
    members: &[
        optional("JobName", common::JOB_NAME),
        optional(
            "JobStatus",
            Rule::String(StringRule::new().one_of(COMPREHEND_STATUS_NAMES)),
        ),
        optional("SubmitTimeBefore", Rule::Timestamp),
        optional("SubmitTimeAfter", Rule::Timestamp),
    ],
};

pub(super) static JOB_ID_REQUEST: Shape = Shape {
    members: &[required("JobId", common::JOB_ID)],
};

/// The Describe, List and Stop requests of a job type: the same members everywhere, each an operation of its own.
macro_rules! job_requests {
    ($describe:ident = $describe_operation:literal, $list:ident = $list_operation:literal, $stop:ident = $stop_operation:literal) => {
        $crate::shapes::job::job_requests! {
            $describe = $describe_operation,
            $list = $list_operation where $crate::shapes::job::LIST_REQUEST, InvalidFilterException,
            $stop = $stop_operation
        }
    };
    (
        $describe:ident = $describe_operation:literal,
        $list:ident = $list_operation:literal where $list_shape:path, $filter_error:ident,
        $stop:ident = $stop_operation:literal
    ) => {
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $describe {
            pub job_id: String,
        }

        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $list {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub filter: Option<$crate::shapes::job::JobFilterMembers>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub next_token: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub max_results: Option<u32>,
        }

        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $stop {
            pub job_id: String,
        }

        impl $crate::decode::Request for $describe {
            const OPERATION: &'static str = $describe_operation;
            const SHAPE: &'static $crate::validate::Shape = &$crate::shapes::job::JOB_ID_REQUEST;
        }

        impl $crate::decode::Request for $list {
            const OPERATION: &'static str = $list_operation;
            const SHAPE: &'static $crate::validate::Shape = &$list_shape;
        }

        impl $crate::shapes::job::ListRequest for $list {
            const FILTER_ERROR: $crate::ErrorCode = $crate::ErrorCode::$filter_error;

            fn filter_members(&self) -> Option<&$crate::shapes::job::JobFilterMembers> {
                self.filter.as_ref()
            }

            fn next_token(&self) -> Option<&str> {
                self.next_token.as_deref()
            }

            fn max_results(&self) -> u32 {
                self.max_results
                    .unwrap_or($crate::shapes::job::DEFAULT_MAX_RESULTS)
            }
        }

        impl $crate::decode::Request for $stop {
            const OPERATION: &'static str = $stop_operation;
            const SHAPE: &'static $crate::validate::Shape = &$crate::shapes::job::JOB_ID_REQUEST;
        }
    };
}
pub(super) use job_requests;

/// What the List requests of all job types ask for.
pub trait ListRequest: Request {
    /// What more than one filter is.
    const FILTER_ERROR: ErrorCode;

    fn filter_members(&self) -> Option<&JobFilterMembers>;
    fn next_token(&self) -> Option<&str>;
    fn max_results(&self) -> u32;

    /// The one filter that is set, if any.
    fn filter(&self) -> Result<Option<JobFilter>, ApiError> {
        let filter = self.filter_members().map_or(Ok(None), JobFilterMembers::single);
        filter.map_err(|error| ApiError::new(Self::FILTER_ERROR, error.message))
    }
}

/// The answer to the Stop of any job.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StopJobResponse {
    pub job_id: String,
    pub job_status: JobStatus,
}

/// Page size of a List operation that names none.
pub const DEFAULT_MAX_RESULTS: u32 = 100;

pub(super) static LIST_REQUEST: Shape = Shape {
    members: &[
        optional("Filter", Rule::Structure(&JOB_FILTER)),
        optional("NextToken", Rule::String(StringRule::new().min(1))),
        optional(
            "MaxResults",
            Rule::Integer {
                min: Some(1),
                max: Some(500),
            },
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_milliseconds() {
        assert_eq!(epoch_seconds(1_763_856_000_123_999), 1_763_856_000.123);
        assert_eq!(
            serde_json::to_string(&epoch_seconds(1_763_856_000_123_999)).unwrap(),
            "1763856000.123"
        );
        assert_eq!(epoch_seconds(-1), -0.001);
    }

    #[test]
    fn one_filter_at_a_time() {
        let none = JobFilterMembers::default();
        assert_eq!(none.single(), Ok(None));
        let named = JobFilterMembers {
            job_name: Some("a".into()),
            ..none.clone()
        };
        assert_eq!(named.single(), Ok(Some(JobFilter::Name("a".into()))));
        let two = JobFilterMembers {
            job_status: Some(JobStatus::Failed),
            ..named
        };
        assert_eq!(two.single().unwrap_err().code, ErrorCode::InvalidFilterException);
        let span = JobFilterMembers {
            submit_time_before: Some(2.0),
            submit_time_after: Some(1.0),
            ..none
        };
        assert_eq!(span.single().unwrap_err().code, ErrorCode::InvalidFilterException);
    }

    #[test]
    fn time_filters_agree_with_the_times_shown() {
        let before = |seconds| JobFilterMembers {
            submit_time_before: Some(seconds),
            ..Default::default()
        };
        let after = |seconds| JobFilterMembers {
            submit_time_after: Some(seconds),
            ..Default::default()
        };
        for submitted in [
            0,
            999,
            1_763_856_000_123_000,
            1_763_856_000_123_456,
            1_763_856_000_123_999,
        ] {
            let shown = epoch_seconds(submitted);
            for bound in [
                shown - 1.0,
                shown - 0.001,
                shown - 0.0005,
                shown,
                shown + 0.0005,
                shown + 0.001,
                shown + 1.0,
            ] {
                let Ok(Some(JobFilter::SubmittedBefore(limit))) = before(bound).single() else {
                    panic!()
                };
                assert_eq!(submitted < limit, shown < bound, "{submitted} before {bound}");
                let Ok(Some(JobFilter::SubmittedAfter(limit))) = after(bound).single() else {
                    panic!()
                };
                assert_eq!(submitted > limit, shown > bound, "{submitted} after {bound}");
            }
        }
        assert_eq!(before(1e300).single(), Ok(Some(JobFilter::SubmittedBefore(i64::MAX))));
        assert_eq!(
            after(-1e300).single(),
            Ok(Some(JobFilter::SubmittedAfter(i64::MIN + 807)))
        );
    }
}
