//! An object server on a free port, and both implementations of the port on its storage.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use construe_jobs::{Access, Location, NewObject, ObjectError, ObjectErrorKind, ObjectStore, WriteTag, Written};
use construe_object_server::{
    Account, Attributes, Bucket, EmbeddedObjects, ObjectServer, Precondition, Secret, StaticAccounts, Storage,
    StorageOptions, UploadQuery,
};
use construe_objects::{RoleCredentials, S3Config, S3Objects, StaticCredentials};
use futures::StreamExt as _;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub const ALICE: &str = "111122223333";
pub const BOB: &str = "444455556666";
const SERVICE: &str = "999900001111";
pub const WORK: &str = "work-bucket";

type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub type Body = UnsyncBoxBody<Bytes, BoxError>;
pub type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// Stands between the wire and the object server: sees each request and decides what becomes of it.
pub type Intercept = Arc<dyn Fn(ObjectServer, Request<Incoming>) -> Answer + Send + Sync>;

pub struct Fixture {
    pub storage: Storage,
    pub endpoint: String,
    _dir: TempDir,
}

pub fn key(account: &str) -> StaticCredentials {
    StaticCredentials::new(format!("AKIA{account}"), format!("secret-of-{account}"))
}

pub async fn pass(server: ObjectServer, request: Request<Incoming>) -> Response<Body> {
    server
        .handle(request)
        .await
        .map(|body| body.map_err(BoxError::from).boxed_unsync())
}

impl Fixture {
    pub async fn start() -> Self {
        Self::start_with(Arc::new(|server, request| Box::pin(pass(server, request)))).await
    }

    pub async fn start_with(intercept: Intercept) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let options = StorageOptions {
            sync: false,
            ..StorageOptions::default()
        };
        let storage = Storage::open(dir.path(), options)
            .await
            .expect("the folder can be opened");
        let accounts: StaticAccounts = [ALICE, BOB, SERVICE]
            .map(|id| Account {
                id: id.to_owned(),
                access_key_id: format!("AKIA{id}"),
                secret: Secret::new(format!("secret-of-{id}")),
            })
            .into_iter()
            .collect();
        let server = ObjectServer::new(storage.clone(), Arc::new(accounts));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("accepts");
                let (server, intercept) = (server.clone(), intercept.clone());
                tokio::spawn(async move {
                    let service = hyper::service::service_fn(move |request| {
                        let answer = intercept(server.clone(), request);
                        async move { Ok::<_, Infallible>(answer.await) }
                    });
                    // A connection that a test breaks on purpose ends with an error.
                    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self {
            storage,
            endpoint,
            _dir: dir,
        }
    }

    pub fn config(&self) -> S3Config {
        S3Config {
            endpoint: Some(self.endpoint.clone()),
            region: "us-east-1".to_owned(),
            path_style: true,
            service: key(SERVICE),
            work_bucket: WORK.to_owned(),
            roles: [ALICE, BOB]
                .map(|account| RoleCredentials {
                    holder: account.to_owned(),
                    credentials: key(account),
                })
                .to_vec(),
            sts_endpoint: None,
        }
    }

    pub async fn s3(&self) -> S3Objects {
        S3Objects::connect(self.config()).await.expect("connects")
    }

    pub async fn embedded(&self) -> EmbeddedObjects {
        EmbeddedObjects::new(self.storage.clone(), WORK)
            .await
            .expect("the work bucket can be made")
    }

    pub async fn bucket(&self, name: &str, account: &str) -> Arc<Bucket> {
        self.storage
            .create_bucket(name, account, None)
            .await
            .expect("the bucket is new")
    }

    /// Stores an object as a customer would.
    pub async fn put(&self, bucket: &Bucket, key: &str, body: impl Into<Bytes>) {
        let mut writer = self.storage.writer(());
        writer.write(body.into()).await.expect("written");
        let (draft, ()) = writer.finish().await.expect("finished");
        // Whatever is unique to the version will do for an ETag here.
        let etag = format!("{:032x}", etag_number(key, draft.length()));
        self.storage
            .put(
                bucket,
                key,
                vec![draft],
                etag,
                Attributes::default(),
                Precondition::None,
            )
            .await
            .expect("stored");
    }

    /// Uploads under way in a bucket.
    pub async fn uploads(&self, bucket: &str) -> usize {
        let bucket = self.storage.bucket(bucket).expect("the bucket exists");
        let query = UploadQuery {
            limit: 1000,
            ..UploadQuery::default()
        };
        self.storage
            .list_uploads(&bucket, &query)
            .await
            .expect("lists")
            .uploads
            .len()
    }

    pub async fn wait_until_no_uploads(&self, bucket: &str) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.uploads(bucket).await > 0 {
            assert!(Instant::now() < deadline, "an upload was left behind");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn etag_number(key: &str, length: u64) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    (key, length, Instant::now()).hash(&mut hasher);
    hasher.finish()
}

pub fn role(account: &str) -> Access {
    Access::Role {
        account: account.to_owned(),
        region: "eu-west-1".to_owned(),
        role_arn: format!("arn:aws:iam::{account}:role/data"),
    }
}

pub fn new_object(bucket: &str, key: &str) -> NewObject {
    NewObject {
        location: Location::new(bucket, key),
        content_type: "text/plain",
        size: None,
        once: None,
        kms_key_id: None,
    }
}

pub fn tag(job: &str, digest: &str) -> Option<WriteTag> {
    Some(WriteTag {
        job: job.to_owned(),
        digest: digest.to_owned(),
    })
}

pub async fn read(
    store: &dyn ObjectStore,
    access: &Access,
    location: &Location,
    etag: Option<&str>,
    range: std::ops::Range<u64>,
) -> Result<Vec<u8>, ObjectError> {
    let mut stream = store.read(access, location, etag, range).await?;
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk?);
    }
    Ok(body)
}

/// Writes in uneven chunks.
pub async fn write(
    store: &dyn ObjectStore,
    access: &Access,
    object: NewObject,
    body: &[u8],
) -> Result<Written, ObjectError> {
    let mut writer = store.write(access, object).await?;
    let mut rest = Bytes::copy_from_slice(body);
    for size in [1, 0, 7, 65_536, 3_000_001].into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        writer.write(rest.split_to(size.min(rest.len()))).await?;
    }
    writer.complete().await
}

pub fn kind<T>(outcome: Result<T, ObjectError>) -> Option<ObjectErrorKind> {
    outcome.err().map(|error| error.kind)
}

/// How a write ended, comparable and readable.
pub fn ended(outcome: Result<Written, ObjectError>) -> Result<Written, String> {
    outcome.map_err(|error| format!("{:?}: {error}", error.kind))
}

/// Bytes that repeat nowhere near.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}
