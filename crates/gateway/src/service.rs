//! The HTTP side: body limit, signature, dispatch on `X-Amz-Target`, rendering of answers.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use construe_comprehend_api::operation::{self, Operation};
use construe_comprehend_api::shapes::pii::MAX_TEXT_BYTES;
use construe_comprehend_api::signature::{self, SignedRequest};
use construe_comprehend_api::{ApiError, Caller, ErrorCode};
use construe_jobs::JobStore;
use construe_telemetry::{attributes, context, metrics};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tracing::Instrument;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::analysis::{self, Analyses};
use crate::control::Control;
use crate::operations::{self, Call};

/// Longest request body. The longest requests of the operations served are a start request with long
/// tags, a few hundred kilobytes, and a text of the greatest length with every byte written as an
/// escape of six.
pub const MAX_BODY_BYTES: usize = 2 << 20;
const _: () = assert!(MAX_BODY_BYTES > 6 * MAX_TEXT_BYTES + 1024);

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
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
}

/// The gateway; cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) control: Control,
    pub(crate) entities: Arc<Analyses<construe_entities::Engine>>,
    pub(crate) pii: Arc<Analyses<construe_pii::Engine>>,
    pub(crate) medical: Arc<Analyses<construe_medical::Engine>>,
    wake: Option<Wake>,
    clock: Clock,
}

impl Gateway {
    /// Replaces the process's panic hook, so that panics of the engines cannot quote texts.
    pub fn new(config: GatewayConfig, store: Arc<dyn JobStore>, control: Control, engines: Engines) -> Self {
        let cores = analysis::cores();
        Self {
            config: Arc::new(config),
            store,
            control,
            entities: Arc::new(Analyses::new(engines.entities, cores.clone())),
            pii: Arc::new(Analyses::new(engines.pii, cores.clone())),
            medical: Arc::new(Analyses::new(engines.medical, cores)),
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

    pub(crate) fn wake(&self) {
        if let Some(wake) = &self.wake {
            wake();
        }
    }

    /// Reads, authenticates and answers a request for `operation`.
    async fn handle(
        &self,
        request: Request,
        operation: Result<&'static Operation, ApiError>,
    ) -> Result<Vec<u8>, ApiError> {
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body).await?;
        let mut headers: Vec<(&str, &[u8])> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        if let (None, Some(authority)) = (parts.headers.get(header::HOST), parts.uri.authority()) {
            // HTTP/2 has the host in the request line.
            headers.push(("host", authority.as_str().as_bytes()));
        }
        let body_sha256_hex = signature::sha256_hex(&body);
        let signed = SignedRequest {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &headers,
            body_sha256_hex: &body_sha256_hex,
        };
        let scope = signature::verify(&signed, (self.clock)().into(), |key| {
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
        let call = Call {
            caller: Caller {
                account: account.id.clone(),
                region: scope.region,
            },
            page_key: account.page_key.as_bytes(),
            body: &body,
        };
        operations::answer(self, operation, call).await
    }
}

async fn serve(State(gateway): State<Gateway>, request: Request) -> Response<Body> {
    let started = Instant::now();
    let request_id = Uuid::new_v4();
    let method = request.method().as_str().to_owned();
    let target = request.headers().get(TARGET).and_then(|value| value.to_str().ok());
    let operation = operation::lookup(target.unwrap_or_default());
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
    if let Some(parent) = request
        .headers()
        .get(context::TRACEPARENT)
        .and_then(|value| value.to_str().ok())
    {
        context::set_parent(&span, parent);
    }
    let result = gateway.handle(request, operation).instrument(span.clone()).await;
    let status = result.as_ref().map_or_else(ApiError::http_status, |_| 200);
    metrics::http_request(&method, status, name, started.elapsed());
    span.record(attributes::HTTP_RESPONSE_STATUS_CODE, status);
    if let Err(error) = &result {
        span.record(attributes::ERROR_TYPE, error.code.as_str());
    }
    render(result, request_id)
}

/// A body over the limit is refused, as soon as its length is known.
async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    let too_large = || {
        let message = format!("The request body is larger than {MAX_BODY_BYTES} bytes.");
        ApiError::new(ErrorCode::RequestEntityTooLargeException, message)
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(too_large());
    }
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(ApiError::new(
            ErrorCode::SerializationException,
            "The request body ended early.",
        )),
    }
}

fn render(result: Result<Vec<u8>, ApiError>, request_id: Uuid) -> Response<Body> {
    let (status, error_type, body) = match result {
        Ok(body) => (StatusCode::OK, None, body),
        Err(error) => {
            let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Some(error.code.as_str()), error.to_json())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(error_type) = error_type {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(error_type));
    }
    response
}
