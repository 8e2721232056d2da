//! The S3 endpoint: as a service inside another HTTP server, or alone on a listener.

mod auth;
mod body;
mod buckets;
mod connection;
mod convert;
mod front;
mod listing;
mod messages;
mod objects;
mod uploads;

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version, header};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::account::AccountDirectory;
use crate::storage::Storage;

/// Body of a response. It is an `http_body::Body`, so `axum::body::Body::new` takes it.
pub type ObjectBody = s3s::Body;

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long requests under way may go on after the shutdown signal.
const DRAIN: Duration = Duration::from_secs(20);
/// Pause after a failed accept (such as for want of file descriptors), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Speaks S3 for a [`Storage`]. A `tower::Service` for any body type, cheap to clone.
#[derive(Clone)]
pub struct ObjectServer {
    service: S3Service,
}

impl ObjectServer {
    pub fn new(storage: Storage, accounts: Arc<dyn AccountDirectory>) -> Self {
        let mut builder = S3ServiceBuilder::new(front::Front::new(storage));
        builder.set_auth(auth::Auth(accounts.clone()));
        builder.set_access(auth::Gate(accounts));
        Self {
            service: builder.build(),
        }
    }

    /// Answers one request.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<ObjectBody>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let (request, unread) = match connection::prepare(request).await {
            Ok(prepared) => prepared,
            Err(gone) => return gone,
        };
        let version = request.version();
        let answered_without_continue = expects_continue_without_body(request.headers());
        let mut service = self.service.clone();
        let mut response = match tower::Service::call(&mut service, request).await {
            Ok(response) => messages::complete(response),
            Err(error) => {
                // Only what s3s could not even turn into an error document ends here.
                tracing::error!(?error, "could not answer an S3 request");
                let mut response = Response::new(ObjectBody::empty());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        };
        let body_left = unread.is_some_and(|unread| unread.is_left());
        if (body_left || answered_without_continue) && version < Version::HTTP_2 {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let id = Uuid::new_v4().simple().to_string();
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert("x-amz-request-id", id);
        }
        response
    }

    /// Serves `listener` until `shutdown` resolves, then lets requests under way finish.
    ///
    /// # Errors
    /// When the listener cannot be used at all; trouble with single connections is not an error.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT);
        builder.http2().timer(TokioTimer::new());
        let graceful = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut shutdown => break,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            // Small answers must not wait for the client's acknowledgement of their heads.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "could not set TCP_NODELAY");
            }
            let service = TowerToHyperService::new(self.clone());
            let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(error, "a connection ended early");
                }
            });
        }
        drop(listener);
        if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still under way when the time to finish them was over");
        }
        Ok(())
    }
}

/// HTTP lets a server skip `100 Continue` where no body follows, and hyper does. botocore waits for it
/// before every upload, empty ones too, and without it takes the next upload's for a whole answer.
/// On a connection that is closed it begins anew.
fn expects_continue_without_body(headers: &HeaderMap) -> bool {
    let expects = headers
        .get(header::EXPECT)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    expects && headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0")
}

impl<B> tower::Service<Request<B>> for ObjectServer
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Response = Response<ObjectBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move { Ok(server.handle(request).await) })
    }
}
