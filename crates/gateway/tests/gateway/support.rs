//! A site of one process, and requests to it as clients sign them.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use construe_comprehend_api::signature::sha256_hex;
use construe_custom_entities::Resources;
use construe_custom_models::{Classifiers, Recognizers};
use construe_document_reader::{OcrConfig, Reader};
use construe_gateway::{Account, Control, Engines, Gateway, GatewayConfig, Stores};
use construe_jobs::{
    Access, Ending, Guarded, JobId, JobStore, JobWork, LeaseOf, LeaseToken, Location, NewObject, NewShard, ObjectStore,
    Part, PartFiles, PlanBatch, PlanCursor, Planned, StorePolicy,
};
use construe_models::ModelRegistry;
use construe_object_server::{EmbeddedObjects, Storage, StorageOptions};
use construe_pii::Engine;
use construe_store::Store;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use serde_json::Value;
use sha2::Sha256;
use time::OffsetDateTime;
use tower::ServiceExt;

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/r";
const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

pub static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| Arc::new(Engine::load().unwrap()));
pub static ENTITIES: LazyLock<Arc<construe_entities::Engine>> =
    LazyLock::new(|| Arc::new(construe_entities::Engine::load().unwrap()));

static MEDICAL: LazyLock<Arc<construe_medical::Engine>> =
    LazyLock::new(|| Arc::new(construe_medical::Engine::load().unwrap()));

static RESOURCES: LazyLock<Resources> = LazyLock::new(|| Resources::new(ENTITIES.clone()));

/// ARN of a resource of the caller's.
pub fn arn(resource: &str) -> String {
    format!("arn:aws:comprehend:{REGION}:{ACCOUNT}:{resource}")
}

/// What the control plane and a worker would do is done on the stores.
pub struct Site {
    gateway: Gateway,
    pub store: Arc<Store>,
    objects: Arc<EmbeddedObjects>,
    _folder: tempfile::TempDir,
}

impl Site {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("jobs.sqlite"), StorePolicy::default())
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let store = Arc::new(store);
        let storage = Storage::open(folder.path().join("objects"), StorageOptions::default())
            .await
            .unwrap();
        storage.create_bucket("lake", ACCOUNT, None).await.unwrap();
        storage.create_bucket("foreign", "999922223333", None).await.unwrap();
        let objects = Arc::new(EmbeddedObjects::new(storage, "work").await.unwrap());
        let nowhere = tonic::transport::Endpoint::from_static("http://127.0.0.1:1");
        let accounts = [Account::new("111122223333", KEY, SECRET)].into_iter().collect();
        let config = GatewayConfig { accounts, kms: false };
        let control = Control::new(nowhere, None).unwrap();
        let engines = Engines {
            entities: ENTITIES.clone(),
            pii: ENGINE.clone(),
            medical: MEDICAL.clone(),
            classifiers: Arc::new(Classifiers::new(objects.clone(), 1 << 30, ())),
            recognizers: Arc::new(Recognizers::new(objects.clone(), 1 << 30, RESOURCES.clone())),
            reader: Arc::new(Reader::new(OcrConfig::default())),
        };
        let stores = Stores {
            jobs: store.clone(),
            registry: store.clone(),
            objects: objects.clone(),
        };
        let gateway = Gateway::new(config, stores, control, engines);
        Self {
            gateway,
            store,
            objects,
            _folder: folder,
        }
    }

    pub async fn call(&self, service: &str, target: &str, body: &str) -> (StatusCode, Value) {
        self.send(signed(service, target, body, SystemTime::now())).await
    }

    /// The answer to a request that must succeed.
    pub async fn ok(&self, operation: &str, request: Value) -> Value {
        let target = format!("Comprehend_20171127.{operation}");
        let (status, answer) = self.call("comprehend", &target, &request.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{operation} {request}: {answer}");
        answer
    }

    /// The error of a request that must fail.
    pub async fn refused(&self, operation: &str, request: Value) -> Value {
        let target = format!("Comprehend_20171127.{operation}");
        let (status, answer) = self.call("comprehend", &target, &request.to_string()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{operation} {request}: {answer}");
        answer
    }

    /// The code of the error of a request that must fail.
    pub async fn code(&self, operation: &str, request: Value) -> String {
        let answer = self.refused(operation, request).await;
        answer["__type"].as_str().unwrap().to_owned()
    }

    /// The job that makes a resource.
    pub async fn making(&self, arn: &str) -> JobId {
        let resource = self.store.get_resource(ACCOUNT, REGION, arn).await.unwrap().unwrap();
        resource.making.unwrap().job
    }

    /// Ends the training of a model as if it had made `model`.
    pub async fn trained(&self, arn: &str, model: &[u8], report: Value) {
        let job = self.making(arn).await;
        let digest = sha256_hex(model);
        let key = format!("models/{job}/{digest}");
        let object = NewObject {
            location: Location::new("work", &key),
            content_type: "application/octet-stream",
            size: Some(model.len() as u64),
            once: None,
            kms_key_id: None,
        };
        let mut writer = self.objects.write(&Access::Service, object).await.unwrap();
        writer.write(model.to_vec().into()).await.unwrap();
        writer.complete().await.unwrap();
        let mut result = serde_json::json!({"digest": digest, "size": model.len(), "key": key});
        for (name, value) in report.as_object().unwrap() {
            result[name] = value.clone();
        }
        let warned = report["warnings"]
            .as_array()
            .is_some_and(|warnings| !warnings.is_empty());
        let ending = if warned {
            Ending::PartialSuccess
        } else {
            Ending::Completed
        };
        self.end(job, ending, Some(&result)).await;
    }

    /// Has a worker begin a job, which has then come so far.
    pub async fn begin(&self, id: JobId, per_mille: u16) -> LeaseToken {
        let store = &self.store;
        let ttl = Duration::from_secs(600);
        let leased = store.lease_job(id, JobWork::Plan, "planner", ttl).await.unwrap();
        let batch = PlanBatch {
            shards: vec![NewShard {
                ordinal: 0,
                slices: Vec::new(),
            }],
            cursor: PlanCursor {
                next_ordinal: 1,
                after: None,
                within: None,
            },
            objects: 0,
            last: true,
        };
        let planned = store.extend_plan(id, leased.unwrap().lease.token, batch).await.unwrap();
        assert_eq!(planned, Planned::Continue);
        let leased = store.lease_shard(id, 0, "worker", ttl).await.unwrap().unwrap();
        let token = leased.lease.token;
        let reported = store.report_progress(id, 0, token, per_mille).await.unwrap();
        assert_eq!(reported, Guarded::Applied);
        token
    }

    /// Brings a job to its end.
    pub async fn end(&self, id: JobId, ending: Ending, result: Option<&Value>) {
        let token = self.begin(id, 0).await;
        self.end_begun(id, token, ending, result).await;
    }

    /// As [`end`](Self::end), after [`begin`](Self::begin).
    pub async fn end_begun(&self, id: JobId, token: LeaseToken, ending: Ending, result: Option<&Value>) {
        let store = &self.store;
        let ttl = Duration::from_secs(600);
        let part = Part {
            key: "parts/1".to_owned(),
            digest: "d".repeat(64),
            size: 3,
            lengths: vec![1, 1, 1],
            documents: 1,
            documents_failed: 0,
            input_bytes: 1,
            cut: false,
            files: PartFiles::default(),
        };
        let committed = store.commit_shard(id, 0, token, &part).await.unwrap();
        assert_eq!(committed, Guarded::Applied);
        let leased = store.lease_job(id, JobWork::Finalize, "finaliser", ttl).await.unwrap();
        let finished = store
            .finish(id, leased.unwrap().lease.token, ending, result)
            .await
            .unwrap();
        assert_eq!(finished, Guarded::Applied);
    }

    /// Fails a job before any work on it.
    pub async fn fail(&self, id: JobId, message: &str) {
        let ttl = Duration::from_secs(600);
        let leased = self.store.lease_job(id, JobWork::Plan, "planner", ttl).await.unwrap();
        let failed = self
            .store
            .fail(LeaseOf::Job(id), leased.unwrap().lease.token, message)
            .await;
        assert_eq!(failed.unwrap(), Guarded::Applied);
    }

    pub async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.gateway.clone().router().oneshot(request).await.unwrap();
        assert!(response.headers().contains_key("x-amzn-requestid"));
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub fn signed(service: &str, target: &str, body: &str, now: SystemTime) -> Request<Body> {
    let time = OffsetDateTime::from(now);
    let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    let stamp = time.format(format).unwrap();
    let date = &stamp[..8];
    let names = "host;x-amz-date;x-amz-target";
    let canonical = format!(
        "POST\n/\n\nhost:localhost\nx-amz-date:{stamp}\nx-amz-target:{target}\n\n{names}\n{}",
        sha256_hex(body.as_bytes())
    );
    let scope = format!("{date}/eu-west-1/{service}/aws4_request");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
        sha256_hex(canonical.as_bytes())
    );
    let key = ["eu-west-1", service, "aws4_request"]
        .iter()
        .fold(mac(format!("AWS4{SECRET}").as_bytes(), date), |key, part| {
            mac(&key, part)
        });
    let signature: String = mac(&key, &to_sign).iter().map(|byte| format!("{byte:02x}")).collect();
    Request::post("/")
        .header("host", "localhost")
        .header("x-amz-date", stamp)
        .header("x-amz-target", target)
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, Signature={signature}"),
        )
        .body(Body::from(body.to_owned()))
        .unwrap()
}
