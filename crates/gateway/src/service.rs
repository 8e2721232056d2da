//! The HTTP side: body limit, signature, dispatch to operations, rendering of answers.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use construe_comprehend_api::operation::{Operation, Service};
use construe_comprehend_api::protocol::{Protocol, SMITHY_PROTOCOL};
use construe_comprehend_api::shapes::document::MAX_FILE_BYTES;
use construe_comprehend_api::shapes::pii::MAX_TEXT_BYTES;
use construe_comprehend_api::signature::{self, Authorization, SignedRequest};
use construe_comprehend_api::{ApiError, Caller, ErrorCode};
use construe_custom_models::{Classifiers, Recognizers};
use construe_document_reader::Reader;
use construe_jobs::{JobStore, ObjectStore};
use construe_models::ModelRegistry;
use construe_telemetry::{attributes, context, metrics};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::Semaphore;
use tracing::Instrument;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::analysis::{Analyses, Lines};
use crate::control::Control;
use crate::failure;
use crate::operations::{self, Call};

/// Longest request body of operations that take no files. Their longest requests are a start request with long tags, a
/// few hundred kilobytes, and a text of the greatest length with every byte written as an escape of six.
pub const MAX_BODY_BYTES: usize = 2 << 20;
const _: () = assert!(MAX_BODY_BYTES > 6 * MAX_TEXT_BYTES + 1024);

/// Longest request body of operations that take files: in base64, and with room for files that are too long, which are
/// refused by an answer that says so.
pub const MAX_FILE_BODY_BYTES: usize = 20 << 20;
const _: () = assert!(MAX_FILE_BODY_BYTES > MAX_FILE_BYTES / 3 * 4 + 1024);

/// Bodies longer than [`MAX_BODY_BYTES`] that are in memory at a time; the next ones wait. While it is decoded, such a
/// request takes three to four times its length.
const LARGE_BODIES: usize = 4;

/// Within this time a large body must have arrived: those who send slowly must not keep others waiting for long.
const LARGE_BODY_TIME: Duration = Duration::from_secs(60);

const REQUEST_ID: &str = "x-amzn-requestid";
const ERROR_TYPE: &str = "x-amzn-errortype";
const TARGET: &str = "x-amz-target";

type Wake = Arc<dyn Fn() + Send + Sync>;
type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

pub struct GatewayConfig {
    pub accounts: Accounts,
    /// Whether the object store can encrypt with a key that a request names.
    pub kms: bool,
}

/// The engines of synchronous operations; workers in the same process may share them.
#[derive(Clone)]
pub struct Engines {
    pub entities: Arc<construe_entities::Engine>,
    pub pii: Arc<construe_pii::Engine>,
    pub medical: Arc<construe_medical::Engine>,
    /// Models of the clients' own.
    pub classifiers: Arc<Classifiers>,
    pub recognizers: Arc<Recognizers>,
    /// Of documents that are not plain text.
    pub reader: Arc<Reader>,
}

/// Where the gateway keeps things. The first two are one database.
#[derive(Clone)]
pub struct Stores {
    pub jobs: Arc<dyn JobStore>,
    pub registry: Arc<dyn ModelRegistry>,
    pub objects: Arc<dyn ObjectStore>,
}

/// The gateway; cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) registry: Arc<dyn ModelRegistry>,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) control: Control,
    pub(crate) entities: Arc<Analyses<construe_entities::Engine>>,
    pub(crate) pii: Arc<Analyses<construe_pii::Engine>>,
    pub(crate) medical: Arc<Analyses<construe_medical::Engine>>,
    pub(crate) classifiers: Arc<Classifiers>,
    pub(crate) recognizers: Arc<Recognizers>,
    pub(crate) reader: Arc<Reader>,
    pub(crate) lines: Arc<Lines>,
    large_bodies: Arc<Semaphore>,
    wake: Option<Wake>,
    clock: Clock,
}

impl Gateway {
    /// Replaces the process's panic hook, so that panics of the engines cannot quote texts.
    pub fn new(config: GatewayConfig, stores: Stores, control: Control, engines: Engines) -> Self {
        let lines = Lines::new();
        Self {
            classifiers: engines.classifiers,
            recognizers: engines.recognizers,
            config: Arc::new(config),
            store: stores.jobs,
            registry: stores.registry,
            objects: stores.objects,
            control,
            entities: Arc::new(Analyses::new(engines.entities, lines.texts.clone())),
            pii: Arc::new(Analyses::new(engines.pii, lines.texts.clone())),
            medical: Arc::new(Analyses::new(engines.medical, lines.texts.clone())),
            reader: engines.reader,
            lines: Arc::new(lines),
            large_bodies: Arc::new(Semaphore::new(LARGE_BODIES)),
            wake: None,
            clock: Arc::new(SystemTime::now),
        }
    }

    /// Calls `wake` after each write to the outbox: in one process with the relay, nothing need wait
    /// for it to look.
    pub fn with_wake(mut self, wake: impl Fn() + Send + Sync + 'static) -> Self {
        self.wake = Some(Arc::new(wake));
        self
    }

    /// Judges signatures by another clock than the system's.
    pub fn with_clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Answers every request, whatever its path.
    pub fn router(self) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.clock)()
    }

    pub(crate) fn wake(&self) {
        if let Some(wake) = &self.wake {
            wake();
        }
    }

    /// Whether the access key of a request is one of an account. Nothing vouches for it yet.
    fn names_account(&self, headers: &HeaderMap) -> bool {
        let authorization = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| Authorization::parse(value.to_str().ok()?).ok());
        authorization.is_some_and(|authorization| self.config.accounts.get(authorization.access_key).is_some())
    }

    /// Reads, authenticates and answers a request for `operation`.
    async fn handle(
        &self,
        request: Request,
        protocol: Protocol,
        operation: Result<&'static Operation, ApiError>,
    ) -> Result<Vec<u8>, ApiError> {
        let (parts, body) = request.into_parts();
        let limit = match &operation {
            // Strangers, whose signature could be judged only with the whole body in memory, get no room for it.
            Ok(operation) if takes_files(operation) && self.names_account(&parts.headers) => MAX_FILE_BODY_BYTES,
            _ => MAX_BODY_BYTES,
        };
        let announced = announced_length(&parts.headers);
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        // A length that is not announced may be any.
        let large = limit > MAX_BODY_BYTES && announced.is_none_or(|length| length > MAX_BODY_BYTES as u64);
        // Held until the request is answered.
        let _room = if large {
            let room = self.large_bodies.acquire().await;
            Some(room.map_err(|closed| failure::internal(&closed))?)
        } else {
            None
        };
        let body = if large {
            let read = tokio::time::timeout(LARGE_BODY_TIME, read_body(body, limit)).await;
            read.unwrap_or_else(|_| Err(ended_early()))?
        } else {
            read_body(body, limit).await?
        };
        let mut headers: Vec<(&str, &[u8])> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        if let (None, Some(authority)) = (parts.headers.get(header::HOST), parts.uri.authority()) {
            // HTTP/2 has the host in the request line.
            headers.push(("host", authority.as_str().as_bytes()));
        }
        let body_sha256_hex = if large {
            let body = body.clone();
            let hashed = tokio::task::spawn_blocking(move || signature::sha256_hex(&body)).await;
            hashed.map_err(|ended| failure::internal(&ended))?
        } else {
            signature::sha256_hex(&body)
        };
        let signed = SignedRequest {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &headers,
            body_sha256_hex: &body_sha256_hex,
        };
        let scope = signature::verify(&signed, self.now().into(), |key| {
            self.config.accounts.get(key).map(|account| account.secret.clone())
        })?;
        // The signature vouches for the key, so its account exists.
        let account = self
            .config
            .accounts
            .get(&scope.access_key)
            .ok_or_else(ApiError::internal)?;
        // Only those who may call learn what can be called.
        let operation = operation?;
        operation.check_scope(&scope)?;
        let body = if large {
            let read = tokio::task::spawn_blocking(move || json(protocol, body)).await;
            read.map_err(|ended| failure::internal(&ended))??
        } else {
            json(protocol, body)?
        };
        let call = Call {
            caller: Caller {
                account: account.id.clone(),
                region: scope.region,
            },
            page_key: account.page_key.as_bytes(),
            body: &body,
        };
        protocol.answer(operations::answer(self, operation, call).await?)
    }
}

async fn serve(State(gateway): State<Gateway>, request: Request) -> Response<Body> {
    let started = Instant::now();
    let request_id = Uuid::new_v4();
    let method = request.method().as_str().to_owned();
    let protocol = Protocol::of(text_header(request.headers(), SMITHY_PROTOCOL.0));
    let operation = protocol.operation(text_header(request.headers(), TARGET), request.uri().path());
    let name = operation.as_ref().map_or(metrics::OTHER, |operation| operation.name);
    let span = tracing::info_span!(
        "api request",
        { attributes::OTEL_KIND } = "server",
        { attributes::OTEL_NAME } = name,
        { attributes::HTTP_REQUEST_METHOD } = method,
        { attributes::RPC_METHOD } = name,
        { attributes::AWS_REQUEST_ID } = %request_id,
        { attributes::HTTP_RESPONSE_STATUS_CODE } = tracing::field::Empty,
        { attributes::ERROR_TYPE } = tracing::field::Empty,
    );
    if let Some(parent) = text_header(request.headers(), context::TRACEPARENT) {
        context::set_parent(&span, parent);
    }
    let result = gateway
        .handle(request, protocol, operation)
        .instrument(span.clone())
        .await;
    let status = result
        .as_ref()
        .map_or_else(|error| protocol.status(error.code), |_| 200);
    metrics::http_request(&method, status, name, started.elapsed());
    span.record(attributes::HTTP_RESPONSE_STATUS_CODE, status);
    if let Err(error) = &result {
        span.record(attributes::ERROR_TYPE, error.code.as_str());
    }
    render(result, status, protocol, request_id)
}

/// A body as JSON, in place of what it was.
fn json(protocol: Protocol, body: Bytes) -> Result<Bytes, ApiError> {
    let json = match protocol.request(&body)? {
        Cow::Borrowed(_) => None,
        Cow::Owned(json) => Some(json.into()),
    };
    Ok(json.unwrap_or(body))
}

/// Whether requests for this operation may bring a file.
fn takes_files(operation: &Operation) -> bool {
    operation.service == Service::Comprehend && matches!(operation.name, "ClassifyDocument" | "DetectEntities")
}

fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    text_header(headers, header::CONTENT_LENGTH.as_str())?.parse().ok()
}

fn too_large(limit: usize) -> ApiError {
    let message = format!("The request body is larger than {limit} bytes.");
    ApiError::new(ErrorCode::RequestEntityTooLargeException, message)
}

fn ended_early() -> ApiError {
    ApiError::new(ErrorCode::SerializationException, "The request body ended early.")
}

/// A body over the limit is refused as soon as it is known to be one.
async fn read_body(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Err(_) => Err(ended_early()),
    }
}

fn render(result: Result<Vec<u8>, ApiError>, status: u16, protocol: Protocol, request_id: Uuid) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (error_type, body) = match result {
        Ok(body) => (None, body),
        // Without a body the header still says which error it is.
        Err(error) => (
            Some(error.code.as_str()),
            protocol.answer(error.to_json()).unwrap_or_default(),
        ),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(protocol.content_type()));
    if protocol == Protocol::Cbor {
        headers.insert(SMITHY_PROTOCOL.0, HeaderValue::from_static(SMITHY_PROTOCOL.1));
    }
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(error_type) = error_type {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(error_type));
    }
    response
}
