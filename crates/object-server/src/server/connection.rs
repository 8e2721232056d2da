//! Keeping connections usable when a request is refused before its body was read.
//!
//! The HTTP server closes a connection whose request body is left unread, and a client that is about
//! to send its next request there loses it. So small bodies are read in any case, and an answer that
//! leaves a large one unread says that the connection closes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use s3s::StdError;

use super::ObjectBody;

/// Bodies up to so many bytes are read before the request is looked at.
const SMALL: u64 = 64 * 1024;

/// Tells, once a request is answered, whether some of its body was left.
pub(super) struct Unread(Arc<AtomicBool>);

impl Unread {
    pub(super) fn is_left(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

pub(super) type Prepared = Request<UnsyncBoxBody<Bytes, BodyError>>;

#[derive(Debug, thiserror::Error)]
#[error("the body of the request could not be read")]
pub(super) struct BodyError(#[source] StdError);

/// Reads a small body, or arranges to be told whether a large one was read. The error is the answer
/// to a request whose body broke off.
pub(super) async fn prepare<B>(request: Request<B>) -> Result<(Prepared, Option<Unread>), Response<ObjectBody>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let (head, body) = request.into_parts();
    if body.size_hint().exact().is_some_and(|size| size <= SMALL) {
        let Ok(whole) = body.collect().await else {
            let mut response = Response::new(ObjectBody::empty());
            *response.status_mut() = StatusCode::BAD_REQUEST;
            return Err(response);
        };
        let whole = Full::new(whole.to_bytes()).map_err(|never| match never {});
        return Ok((Request::from_parts(head, whole.boxed_unsync()), None));
    }
    let ended = Arc::new(AtomicBool::new(body.is_end_stream()));
    let body = body.map_err(|error| BodyError(Box::new(error))).boxed_unsync();
    let watched = Watched {
        body,
        ended: ended.clone(),
    };
    Ok((Request::from_parts(head, watched.boxed_unsync()), Some(Unread(ended))))
}

struct Watched {
    body: UnsyncBoxBody<Bytes, BodyError>,
    ended: Arc<AtomicBool>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.ended.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
