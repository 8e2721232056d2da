//! Ranged reads that go on where a broken connection left off.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use construe_jobs::{Location, ObjectError, ObjectErrorKind, ObjectStream};
use futures::{StreamExt as _, stream};

use crate::error::{chain, failure};

/// How often in a row a read may break off without a byte in between.
const BREAKS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A read under way: what is left of it, and of which version of the object.
struct Reading {
    client: Client,
    location: Location,
    etag: Option<String>,
    rest: Range<u64>,
    body: ByteStream,
    breaks: u32,
}

async fn get(
    client: &Client,
    location: &Location,
    etag: Option<&str>,
    range: &Range<u64>,
) -> Result<GetObjectOutput, ObjectError> {
    client
        .get_object()
        .bucket(&location.bucket)
        .key(&location.key)
        .set_if_match(etag.map(str::to_owned))
        .range(format!("bytes={}-{}", range.start, range.end - 1))
        .send()
        .await
        .map_err(|error| {
            let mut failed = failure(&error, &format!("reading {location}"));
            if failed.kind == ObjectErrorKind::Changed {
                failed.message = format!("reading {location}: the object is not the one that was listed");
            }
            failed
        })
}

/// Streams `range` of the object, which must not be empty.
pub(crate) async fn read(
    client: Client,
    location: Location,
    etag: Option<&str>,
    range: Range<u64>,
) -> Result<ObjectStream, ObjectError> {
    let output = get(&client, &location, etag, &range).await?;
    // The object may end before the range does.
    let length = output.content_length().and_then(|length| u64::try_from(length).ok());
    let end = length.map_or(range.end, |length| range.end.min(range.start + length));
    let reading = Reading {
        client,
        location,
        // Whatever version the first answer is of, later ones must be of the same.
        etag: etag.map(str::to_owned).or_else(|| output.e_tag().map(str::to_owned)),
        rest: range.start..end,
        body: output.body,
        breaks: 0,
    };
    Ok(stream::try_unfold(reading, |mut reading| async move {
        while !reading.rest.is_empty() {
            match reading.body.next().await {
                Some(Ok(chunk)) if chunk.is_empty() => {}
                Some(Ok(chunk)) => {
                    reading.rest.start += chunk.len() as u64;
                    reading.breaks = 0;
                    return Ok(Some((chunk, reading)));
                }
                Some(Err(error)) => reading.go_on(&chain(&error)).await?,
                None => reading.go_on("the body ended early").await?,
            }
        }
        Ok(None)
    })
    .boxed())
}

impl Reading {
    /// Asks again for what is left.
    async fn go_on(&mut self, why: &str) -> Result<(), ObjectError> {
        self.breaks += 1;
        if self.breaks > BREAKS {
            return Err(ObjectError::new(
                ObjectErrorKind::Unavailable,
                format!(
                    "reading {}: broke off at byte {}: {why}",
                    self.location, self.rest.start
                ),
            ));
        }
        tracing::debug!(location = %self.location, at = self.rest.start, why, "a read broke off and goes on");
        let pause = FIRST_PAUSE * 2u32.pow(self.breaks - 1);
        tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        self.body = get(&self.client, &self.location, self.etag.as_deref(), &self.rest)
            .await?
            .body;
        Ok(())
    }
}
