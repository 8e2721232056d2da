//! `construe standalone`: the same services as a distributed site, in one process, over SQLite, a queue
//! in memory and an object store in a folder. One port answers the API, S3 and gRPC.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, header};
use construe_comprehend_api::signature::Authorization;
use construe_control_plane::ControlPlane;
use construe_gateway::{Engines, Stores};
use construe_object_server::{EmbeddedObjects, ObjectServer, Storage, StorageOptions};
use construe_queue::MemoryQueue;
use construe_store::Store;
use construe_worker::Worker;
use construe_worker_classification::ClassificationAnalyzer;
use construe_worker_entities::{Custom, EntitiesAnalyzer};
use construe_worker_medical::MedicalAnalyzer;
use tower::ServiceExt;
use uuid::Uuid;

use super::gateway::ADMIN_PATH;
use super::{Process, bind, configuration, gateway, object_server, print_exports, serve_http};
use crate::cli;
use crate::config::{Account, Secret};

/// Account that is made when none is given. Known beforehand, so that examples can name its roles.
const DEFAULT_ACCOUNT: &str = "000000000000";
const WORK_BUCKET: &str = "construe-work";
/// Announced shards of one job for each slot: enough that no slot waits, few enough that a small job
/// does not wait long behind a large one.
const WINDOW_PER_SLOT: u32 = 4;

pub async fn run(arguments: cli::Standalone) -> anyhow::Result<()> {
    let Some(mut config) = configuration(&arguments.role)? else {
        return Ok(());
    };
    config.pipeline.slots = arguments.slots.or(config.pipeline.slots);
    config
        .pipeline
        .window
        .get_or_insert(config.pipeline.slots() * WINDOW_PER_SLOT);
    let data = arguments.data_dir.map_or_else(default_data_dir, Ok)?;
    create_private(&data)?;
    let accounts = [arguments.accounts, config.accounts.clone()].concat();
    let accounts = if accounts.is_empty() {
        vec![kept_account(&data)?]
    } else {
        accounts
    };

    let process = Process::start("standalone", &config)?;
    let listener = bind(&arguments.listen).await?;
    let address = listener.local_addr()?;
    ensure!(
        address.ip().is_loopback() || arguments.allow_remote,
        "{address} can be reached by other machines: say --allow-remote if that is meant"
    );
    let storage = Storage::open(data.join("objects"), StorageOptions::default())
        .await
        .with_context(|| format!("opening {}", data.join("objects").display()))?;
    let store = Store::open_sqlite(&data.join("jobs.sqlite"), config.pipeline.store_policy())
        .await
        .context("opening the database")?;
    store.migrate().await.context("migrating the database")?;
    store.restart().await.context("taking up the jobs that were running")?;
    let store = Arc::new(store);
    let queue = Arc::new(MemoryQueue::new());
    let objects = Arc::new(
        EmbeddedObjects::new(storage.clone(), WORK_BUCKET)
            .await
            .context("making the work bucket")?,
    );
    let engines = gateway::engines(&config, objects.clone())?;
    let analyzers = Analyzers::of(&engines);

    let mut plane_settings = super::control_plane::settings(&config, &process.id);
    plane_settings.token = None;
    let plane = ControlPlane::new(
        plane_settings,
        store.clone(),
        store.clone(),
        queue.clone(),
        objects.clone(),
    );
    let wake = plane.handle();
    let wake_plane = || {
        let wake = wake.clone();
        move || wake.wake()
    };
    let stores = Stores {
        jobs: store.clone(),
        registry: store.clone(),
        objects: objects.clone(),
    };
    // Each worker reports and leases under an id of its own.
    let entities = Worker::new(
        super::worker::settings(&config, &process.id),
        store.clone(),
        queue.clone(),
        objects.clone(),
        analyzers.entities,
    )
    .with_wake(wake_plane());
    let classification = Worker::new(
        super::worker::settings(&config, &format!("{}-classification", process.id)),
        store.clone(),
        queue.clone(),
        objects.clone(),
        analyzers.classification,
    )
    .with_wake(wake_plane());
    let medical = Worker::new(
        super::worker::settings(&config, &format!("{}-medical", process.id)),
        store.clone(),
        queue,
        objects,
        analyzers.medical,
    )
    .with_wake(wake_plane());
    let control = gateway::control(&format!("http://{}", reachable(address)), None)?;
    let api = gateway::gateway(&accounts, false, stores, control, engines).with_wake(move || wake.wake());

    let door = Door {
        api: api.router(),
        grpc: plane.grpc_routes().into_axum_router(),
        objects: ObjectServer::new(storage, object_server::directory(&accounts)),
    };
    let router = Router::new()
        .fallback(enter)
        .with_state(door)
        .nest(ADMIN_PATH, process.admin_router());
    let plane = tokio::spawn(plane.run(process.shutdown.clone()));
    let workers = [
        tokio::spawn(entities.run(process.shutdown.clone())),
        tokio::spawn(classification.run(process.shutdown.clone())),
        tokio::spawn(medical.run(process.shutdown.clone())),
    ];
    let served = tokio::spawn(serve_http(listener, router, process.shutdown.clone()));
    process.readiness.set_ready(true);
    tracing::info!(
        %address,
        data = %data.display(),
        role = format!("arn:aws:iam::{}:role/construe", accounts[0].id),
        "ready; any role of the caller's account will do as DataAccessRoleArn"
    );
    print_exports(reachable(address), &accounts[0])?;

    process.shutdown.cancelled().await;
    process.readiness.set_ready(false);
    let mut worked = Vec::new();
    for worker in workers {
        worked.push(worker.await.context("a worker panicked")?);
    }
    plane.await.context("the control plane panicked")?;
    served.await.context("the server panicked")??;
    process.finish().await;
    worked.into_iter().collect::<Result<(), _>>().context("working")
}

/// What the workers do, with the engines, models and reader of the synchronous operations.
struct Analyzers {
    entities: Arc<EntitiesAnalyzer>,
    classification: Arc<ClassificationAnalyzer>,
    medical: Arc<MedicalAnalyzer>,
}

impl Analyzers {
    fn of(engines: &Engines) -> Self {
        let custom = Custom {
            recognizers: engines.recognizers.clone(),
            reader: engines.reader.clone(),
        };
        let classifiers = engines.classifiers.clone();
        Self {
            entities: Arc::new(EntitiesAnalyzer::new(
                engines.entities.clone(),
                engines.pii.clone(),
                custom,
            )),
            classification: Arc::new(ClassificationAnalyzer::new(classifiers, engines.reader.clone())),
            medical: Arc::new(MedicalAnalyzer::new(engines.medical.clone())),
        }
    }
}

/// Where this machine reaches a server that listens at `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut reachable = address;
    if address.ip().is_unspecified() {
        reachable.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    reachable
}

/// The services behind the one port.
#[derive(Clone)]
struct Door {
    api: Router,
    grpc: Router,
    objects: ObjectServer,
}

/// Tells the three protocols apart by the request.
async fn enter(State(door): State<Door>, request: Request) -> Response<Body> {
    let headers = request.headers();
    let routed = if is_grpc(headers) {
        door.grpc.oneshot(request).await
    } else if is_api(headers) {
        door.api.oneshot(request).await
    } else {
        return door.objects.handle(request).await.map(Body::new);
    };
    match routed {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    text(headers, header::CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/grpc"))
}

/// A request of the AWS JSON protocol names its target, or at least its content type or its service.
fn is_api(headers: &HeaderMap) -> bool {
    let signed_for_api = || {
        let value = text(headers, header::AUTHORIZATION.as_str())?;
        Some(Authorization::parse(value).ok()?.service.starts_with("comprehend"))
    };
    headers.contains_key("x-amz-target")
        || text(headers, header::CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/x-amz-json"))
        || signed_for_api().unwrap_or(false)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn default_data_dir() -> anyhow::Result<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    Ok(base
        .context("neither HOME nor XDG_DATA_HOME is set: say --data-dir DIR")?
        .join("construe"))
}

/// Documents and credentials are kept there: nobody else is to read them.
fn create_private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("creating {}", folder.display()))
}

/// The account of this data folder, made at the first start.
fn kept_account(data: &Path) -> anyhow::Result<Account> {
    let path = data.join("account");
    match fs::read_to_string(&path) {
        Ok(text) => text
            .trim()
            .parse()
            .with_context(|| format!("reading {}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let random = || Uuid::new_v4().simple().to_string();
            let account = Account {
                id: DEFAULT_ACCOUNT.into(),
                access_key_id: format!("AKIA{}", &random().to_ascii_uppercase()[..16]),
                secret: Secret::new(&format!("{}{}", random(), random())[..40]),
            };
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            writeln!(
                file,
                "{}:{}:{}",
                account.id,
                account.access_key_id,
                account.secret.reveal()
            )?;
            file.sync_all()?;
            Ok(account)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Finds out whether the folder of the embedded mode can be used.
pub fn check_data_dir() -> anyhow::Result<PathBuf> {
    let set = std::env::var_os("CONSTRUE_DATA_DIR").map(PathBuf::from);
    let data = set.map_or_else(default_data_dir, Ok)?;
    create_private(&data)?;
    tempfile::tempfile_in(&data).with_context(|| format!("writing into {}", data.display()))?;
    Ok(data)
}
