//! Where the results of a job go.

use crate::s3_uri::S3Uri;

/// The folder of a job's results: `<request URI>/<account>-<code>-<job id>/output/`, with exactly one
/// slash between whether or not the request's URI ended with one. `code` is the job type's short
/// name, such as [`PII`](crate::shapes::pii::OUTPUT_CODE).
///
/// Jobs that write an archive append its name; PII jobs show the folder itself.
pub fn output_prefix(request: &S3Uri, account: &str, code: &str, job_id: &str) -> S3Uri {
    let mut prefix = batch_prefix(request, account, code, job_id);
    prefix.key.push_str("output/");
    prefix
}

/// The folder of a Comprehend Medical job's results: `<request place>/<account>-<job type>-<job id>/`.
pub fn batch_prefix(request: &S3Uri, account: &str, job_type: &str, job_id: &str) -> S3Uri {
    let parent = request.key.trim_end_matches('/');
    let separator = if parent.is_empty() { "" } else { "/" };
    S3Uri {
        bucket: request.bucket.clone(),
        key: format!("{parent}{separator}{account}-{job_type}-{job_id}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_between() {
        for (request, expected) in [
            ("s3://bucket", "s3://bucket/111122223333-PII-0a1b/output/"),
            ("s3://bucket/", "s3://bucket/111122223333-PII-0a1b/output/"),
            ("s3://bucket/out", "s3://bucket/out/111122223333-PII-0a1b/output/"),
            ("s3://bucket/out/", "s3://bucket/out/111122223333-PII-0a1b/output/"),
            ("s3://bucket/a//b//", "s3://bucket/a//b/111122223333-PII-0a1b/output/"),
        ] {
            let location = output_prefix(&request.parse().unwrap(), "111122223333", "PII", "0a1b");
            assert_eq!(location.to_string(), expected, "{request}");
        }
    }
}
