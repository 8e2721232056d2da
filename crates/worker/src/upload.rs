use bytes::Bytes;
use construe_jobs::{Access, Location, NewObject, ObjectError, ObjectStore, ObjectWriter};
use tokio::sync::mpsc;

use crate::interruption::Interruption;

/// Chunks of results between analysis and upload, besides the one that each has in hand.
const CHUNKS_AHEAD: usize = 1;

pub(crate) fn channel() -> (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>) {
    mpsc::channel(CHUNKS_AHEAD)
}

/// Writes what arrives to `key` of the work bucket. The object is complete but not yet visible when
/// this returns: whether it is to be is not known here.
pub(crate) async fn upload(
    objects: &dyn ObjectStore,
    key: &str,
    mut results: mpsc::Receiver<Bytes>,
) -> Result<Box<dyn ObjectWriter>, Interruption> {
    let object = NewObject {
        location: Location::new(objects.work_bucket(), key),
        content_type: "application/octet-stream",
        size: None,
        // The key belongs to this attempt alone.
        once: None,
        kms_key_id: None,
    };
    let mut writer = objects.write(&Access::Service, object).await.map_err(failure)?;
    while let Some(chunk) = results.recv().await {
        if let Err(error) = writer.write(chunk).await {
            // Before cleaning up, which may take a while: the analysis is to learn that it works in vain.
            drop(results);
            writer.abort().await;
            return Err(failure(error));
        }
    }
    Ok(writer)
}

pub(crate) fn failure(error: ObjectError) -> Interruption {
    tracing::error!(error = &error as &dyn std::error::Error, kind = ?error.kind, "storing results failed");
    Interruption::output()
}
