//! The gRPC services over a real connection.

mod support;

use std::time::Duration;

use construe_control_plane::{BearerToken, Config};
use construe_jobs::{InputFormat, JobId, JobState, Progress, Timestamp, WorkerInfo, WorkerKind, WorkerStatus};
use construe_models::{Making, Resource, ResourceKind};
use construe_proto::JOB_STATE_METADATA;
use construe_proto::control::v1 as proto;
use construe_proto::control::v1::control_plane_client::ControlPlaneClient;
use support::{INPUT, World, config, eventually};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

const LINES: InputFormat = InputFormat::OneDocPerLine;
const SERVICE: &str = "construe.control.v1.ControlPlane";

struct Server {
    world: World,
    channel: Channel,
    shutdown: CancellationToken,
    served: JoinHandle<()>,
}

type Client = ControlPlaneClient<InterceptedService<Channel, Bearer>>;

#[derive(Clone)]
struct Bearer(Option<&'static str>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = self.0 {
            let value = MetadataValue::try_from(format!("Bearer {token}")).unwrap();
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

impl Server {
    async fn start() -> Self {
        Self::start_with(true).await
    }

    async fn start_with(own_listener: bool) -> Self {
        let world = World::new();
        world.objects.put(INPUT, "a.txt", "a line\n");
        let config = Config {
            token: Some(BearerToken::new("secret")),
            ..config()
        };
        let plane = world.plane(config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let served = if own_listener {
            let grpc = plane.serve_grpc(listener, shutdown.clone());
            let running = plane.run(shutdown.clone());
            tokio::spawn(async move {
                let (served, ()) = tokio::join!(grpc, running);
                served.unwrap();
            })
        } else {
            // Merged into a server that knows nothing of the control plane.
            let merged = tonic::transport::Server::builder().add_routes(plane.grpc_routes());
            tokio::spawn(merged.serve_with_incoming(TcpIncoming::from(listener)));
            tokio::spawn(plane.run(shutdown.clone()))
        };
        let channel = Channel::from_shared(format!("http://{address}")).unwrap();
        Self {
            world,
            channel: channel.connect().await.unwrap(),
            shutdown,
            served,
        }
    }

    fn client(&self, token: Option<&'static str>) -> Client {
        ControlPlaneClient::with_interceptor(self.channel.clone(), Bearer(token))
    }
}

fn stop_request(id: JobId, account: Option<&str>) -> proto::StopJobRequest {
    proto::StopJobRequest {
        job_id: id.to_string(),
        owner: account.map(owner),
    }
}

fn owner(account: &str) -> proto::Owner {
    proto::Owner {
        account: account.to_owned(),
        region: "us-east-1".to_owned(),
        kind: "pii-entities-detection".to_owned(),
    }
}

#[tokio::test]
async fn only_the_token_opens_the_control_service_and_none_is_needed_for_health_and_reflection() {
    let server = Server::start().await;
    let list = async |token| {
        let mut client = server.client(token);
        client.list_workers(proto::ListWorkersRequest::default()).await
    };
    for token in [None, Some("wrong"), Some(""), Some("secret1"), Some("secre")] {
        let refused = list(token).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{token:?}");
    }
    assert_eq!(list(Some("secret")).await.unwrap().into_inner().workers, []);

    let mut health = HealthClient::new(server.channel.clone());
    for service in ["", SERVICE] {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        loop {
            let request = HealthCheckRequest {
                service: service.to_owned(),
            };
            match health.check(request).await {
                Ok(answer) if answer.get_ref().status() == ServingStatus::Serving => break,
                other => assert!(tokio::time::Instant::now() < deadline, "{service:?}: {other:?}"),
            }
        }
    }

    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(server.channel.clone());
    let answers = reflection.server_reflection_info(tokio_stream::once(request)).await;
    let answer = answers.unwrap().into_inner().next().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}");
    };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    assert!(names.iter().any(|name| name == SERVICE), "{names:?}");
    assert!(names.iter().any(|name| name == "grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn stop_is_confined_to_the_owner_harmless_twice_and_refused_at_the_end() {
    let server = Server::start().await;
    let mut client = server.client(Some("secret"));
    let id = server.world.submit("a.txt", LINES);
    server.world.planned(id).await;

    let foreign = client
        .stop_job(stop_request(id, Some("999999999999")))
        .await
        .unwrap_err();
    assert_eq!(foreign.code(), Code::NotFound);
    let unknown = client.stop_job(stop_request(JobId::new(), None)).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let mut nonsense = stop_request(id, Some("123456789012"));
    nonsense.owner.as_mut().unwrap().kind = "nonsense".to_owned();
    assert_eq!(
        client.stop_job(nonsense).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    let malformed = proto::StopJobRequest {
        job_id: "nonsense".to_owned(),
        owner: None,
    };
    assert_eq!(
        client.stop_job(malformed).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    assert_eq!(server.world.store.job(id).state, JobState::InProgress);

    let stopping = client.stop_job(stop_request(id, Some("123456789012"))).await.unwrap();
    assert_eq!(stopping.get_ref().state(), proto::JobState::StopRequested);
    // Its only shard was cancelled, so it ends by itself.
    assert_eq!(server.world.ended(id).await.state, JobState::Stopped);
    let ended = client.stop_job(stop_request(id, None)).await.unwrap_err();
    assert_eq!(ended.code(), Code::FailedPrecondition);
    assert_eq!(ended.metadata().get(JOB_STATE_METADATA).unwrap(), "STOPPED");
}

#[tokio::test]
async fn inspection_tells_progress_speed_and_what_is_left() {
    let server = Server::start().await;
    let mut client = server.client(Some("secret"));
    let id = server.world.submit("a.txt", LINES);
    server.world.planned(id).await;
    let request = proto::InspectJobRequest {
        job_id: id.to_string(),
        owner: Some(owner("123456789012")),
    };
    let inspect = async |mut client: Client| {
        let answer = client.inspect_job(request.clone()).await.unwrap().into_inner();
        answer.inspection.unwrap()
    };
    let before = inspect(client.clone()).await;
    assert_eq!(before.state(), proto::JobState::InProgress);
    let progress = before.progress.unwrap();
    assert_eq!((progress.objects, progress.bytes_total, progress.bytes_done), (1, 7, 0));
    assert_eq!((progress.documents_total, progress.seconds_left), (None, None));
    let counts: Vec<_> = before.shards.iter().map(|s| (s.state(), s.count)).collect();
    assert_eq!(counts[0], (proto::ShardState::Pending, 1));
    assert_eq!(counts.len(), 4);

    server.world.work_to_the_end(id).await;
    let after = inspect(client.clone()).await;
    assert_eq!(after.state(), proto::JobState::Completed);
    let progress = after.progress.unwrap();
    assert_eq!((progress.documents_done, progress.documents_failed), (10, 1));
    assert_eq!((progress.documents_total, progress.seconds_left), (Some(10), None));
    // Two seconds by the clock of the stand-in for the database.
    assert_eq!(
        (progress.bytes_per_second, progress.documents_per_second),
        (Some(3.5), Some(5.0))
    );
    assert_eq!(after.end_time.unwrap().seconds, 4);

    server.world.store.knobs(|knobs| knobs.unavailable = 1);
    let away = client.inspect_job(request).await.unwrap_err();
    assert_eq!(away.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_watch_tells_of_changes_and_ends_with_the_job() {
    let server = Server::start().await;
    let mut client = server.client(Some("secret"));
    let watch = |id: JobId| proto::WatchJobRequest {
        job_id: id.to_string(),
        owner: None,
    };
    assert_eq!(
        client.watch_job(watch(JobId::new())).await.unwrap_err().code(),
        Code::NotFound
    );

    let id = server.world.submit("a.txt", LINES);
    let mut updates = client.watch_job(watch(id)).await.unwrap().into_inner();
    let mut states = Vec::new();
    let all = async {
        while let Some(update) = updates.next().await {
            let inspection = update.unwrap().inspection.unwrap();
            states.push(inspection.state());
            let progress = inspection.progress.unwrap();
            // Unchanged, it is told of again by the heartbeat: then it is worked on.
            if progress.planned && states.len() > 3 {
                server.world.store.work(id, &server.world.objects);
            }
        }
    };
    timeout(Duration::from_secs(20), all).await.expect("the stream ends");
    assert_eq!(states.last(), Some(&proto::JobState::Completed));
    let terminal = states
        .iter()
        .filter(|&&state| state == proto::JobState::Completed)
        .count();
    assert_eq!(terminal, 1);
    assert!(states.is_sorted_by_key(|&state| state == proto::JobState::Completed));
}

/// Records a resource that a job makes, or none.
fn record(world: &World, kind: ResourceKind, name: &str, parent: Option<&str>, job: Option<JobId>) -> String {
    let arn = format!("arn:aws:comprehend:us-east-1:123456789012:{name}");
    let making = job.map(|job| Making {
        job,
        state: JobState::InProgress,
        start_time: None,
        end_time: None,
        message: None,
        progress: Progress::default(),
        per_mille: 0,
        result: None,
    });
    world.models.resources.lock().unwrap().push(Resource {
        arn: arn.clone(),
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        kind,
        name: name.to_owned(),
        version: None,
        variant: None,
        parent: parent.map(str::to_owned),
        uses: None,
        request: serde_json::Value::Null,
        properties: serde_json::Value::Null,
        created: Timestamp(1),
        modified: Timestamp(1),
        revision: 1,
        making,
    });
    arn
}

#[tokio::test]
async fn what_a_job_makes_stands_for_the_job() {
    let server = Server::start().await;
    let world = &server.world;
    let mut client = server.client(Some("secret"));
    let [trained, earlier, latest] = [(); 3].map(|()| world.submit("a.txt", LINES));
    for id in [trained, earlier, latest] {
        world.planned(id).await;
    }
    let classifier = ResourceKind::DocumentClassifier;
    let model = record(
        world,
        classifier,
        "document-classifier/spam/version/2",
        None,
        Some(trained),
    );
    let flywheel = record(world, ResourceKind::Flywheel, "flywheel/mill", None, None);
    for (name, id) in [("1", earlier), ("2", latest)] {
        let name = format!("flywheel/mill/flywheel-iteration/{name}");
        record(world, ResourceKind::FlywheelIteration, &name, Some(&flywheel), Some(id));
    }
    let endpoint = "document-classifier-endpoint/live";
    let endpoint = record(world, ResourceKind::Endpoint, endpoint, None, None);
    let unused = record(world, ResourceKind::Flywheel, "flywheel/unused", None, None);
    let inspect = |arn: &str, account: Option<&str>| proto::InspectJobRequest {
        job_id: arn.to_owned(),
        owner: account.map(owner),
    };
    for (arn, id) in [(&model, trained), (&flywheel, latest)] {
        let answer = client.inspect_job(inspect(arn, None)).await.unwrap().into_inner();
        assert_eq!(answer.inspection.unwrap().job_id, id.to_string(), "{arn}");
        let foreign = client
            .inspect_job(inspect(arn, Some("999999999999")))
            .await
            .unwrap_err();
        assert_eq!(foreign.code(), Code::NotFound, "{arn}");
    }
    let elsewhere = model.replace("us-east-1", "eu-west-1");
    for (arn, code) in [
        (endpoint.as_str(), Code::NotFound),
        (&unused, Code::NotFound),
        (&elsewhere, Code::NotFound),
        ("arn:aws:comprehend:us-east-1", Code::InvalidArgument),
    ] {
        let refused = client.inspect_job(inspect(arn, None)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{arn}");
    }

    let watch = proto::WatchJobRequest {
        job_id: model.clone(),
        owner: None,
    };
    let mut updates = client.watch_job(watch).await.unwrap().into_inner();
    let first = updates.next().await.unwrap().unwrap().inspection.unwrap();
    assert_eq!(first.job_id, trained.to_string());
    let stop = proto::StopJobRequest {
        job_id: model,
        owner: None,
    };
    client.stop_job(stop).await.unwrap();
    assert_eq!(world.ended(trained).await.state, JobState::Stopped);
}

#[tokio::test]
async fn shutdown_ends_open_watches_and_the_server() {
    for own_listener in [true, false] {
        let server = Server::start_with(own_listener).await;
        let id = server.world.submit("a.txt", LINES);
        server.world.planned(id).await;
        let request = proto::WatchJobRequest {
            job_id: id.to_string(),
            owner: None,
        };
        let updates = server.client(Some("secret")).watch_job(request).await.unwrap();
        server.shutdown.cancel();
        let mut updates = updates.into_inner();
        let end = async {
            loop {
                match updates.next().await {
                    Some(Ok(_)) => {}
                    other => break other,
                }
            }
        };
        let end = timeout(Duration::from_secs(10), end).await.expect("the stream ends");
        assert_eq!(end.unwrap().unwrap_err().code(), Code::Unavailable);
        timeout(Duration::from_secs(10), server.served)
            .await
            .expect("the server ends")
            .unwrap();
    }
}

#[tokio::test]
async fn workers_are_listed_by_kind_and_drained_by_id_and_the_backlog_is_counted() {
    let server = Server::start().await;
    let mut client = server.client(Some("secret"));
    for (id, kind) in [
        ("m", WorkerKind::Medical),
        ("b", WorkerKind::Entities),
        ("a", WorkerKind::Entities),
    ] {
        let status = WorkerStatus {
            id: id.to_owned(),
            kind,
            host: "h".to_owned(),
            version: "1".to_owned(),
            slots: 4,
            busy: 3,
            draining: false,
        };
        server.world.store.add_worker(WorkerInfo {
            status,
            started: Timestamp(-1),
            last_seen: Timestamp(1_500_000),
        });
    }
    let drain = |id: &str| proto::DrainWorkerRequest {
        worker_id: id.to_owned(),
    };
    client.drain_worker(drain("b")).await.unwrap();
    assert_eq!(
        client.drain_worker(drain("z")).await.unwrap_err().code(),
        Code::NotFound
    );
    let list = |kind: Option<&str>| proto::ListWorkersRequest {
        kind: kind.map(str::to_owned),
    };
    let all = client.list_workers(list(None)).await.unwrap().into_inner().workers;
    let shown: Vec<_> = all
        .iter()
        .map(|w| (w.id.as_str(), w.kind.as_str(), w.draining))
        .collect();
    assert_eq!(
        shown,
        [
            ("a", "entities", false),
            ("b", "entities", true),
            ("m", "medical", false)
        ]
    );
    let started = all[0].started.unwrap();
    assert_eq!((started.seconds, started.nanos), (-1, 999_999_000));
    let medical = client.list_workers(list(Some("medical"))).await.unwrap();
    assert_eq!(medical.get_ref().workers.len(), 1);
    let nonsense = client.list_workers(list(Some("nonsense"))).await.unwrap_err();
    assert_eq!(nonsense.code(), Code::InvalidArgument);

    let backlog = client
        .get_backlog(proto::GetBacklogRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!((backlog.shards[0].pending, backlog.shards[0].leased), (5, 3));
    assert_eq!((backlog.outbox, backlog.outbox_lag_seconds), (1, 1.5));
    eventually("the outbox to be empty", || server.world.store.outbox_len() == 0).await;
}
