//! What only a broker can do: break off, refuse, lose a queue, keep dead letters.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use construe_jobs::{QueueName, WorkQueue, WorkerKind};
use construe_queue::{RabbitConfig, RabbitQueue};
use futures::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::suite::{next, shard, shards};

const ENTITIES: QueueName = QueueName::Worker(WorkerKind::Entities);

fn url() -> String {
    std::env::var("CONSTRUE_TEST_AMQP_URL").expect(
        "this test needs a RabbitMQ broker at the URL in CONSTRUE_TEST_AMQP_URL; `make test` starts one and sets it",
    )
}

/// Queues of this test's own.
pub fn config() -> RabbitConfig {
    config_at(&url(), &prefix())
}

fn prefix() -> String {
    format!("test-{:016x}", fastrand::u64(..))
}

fn config_at(url: &str, prefix: &str) -> RabbitConfig {
    let mut config = RabbitConfig::new(url).unwrap().with_prefix(prefix).unwrap();
    config.longest_pause = Duration::from_millis(500);
    config
}

async fn channel() -> (Connection, Channel) {
    let connection = Connection::connect(&url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

#[tokio::test]
async fn messages_are_persistent_and_carry_the_trace_in_a_header() {
    let config = config();
    let queue = RabbitQueue::new(config.clone());
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut ring = shard(1);
    ring.trace = Some(traceparent.to_owned());
    queue.publish(&[ring.clone()]).await.unwrap();
    let (_connection, channel) = channel().await;
    let got = channel
        .basic_get(config.queue_name(ENTITIES).into(), BasicGetOptions { no_ack: true })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(*got.delivery.properties.delivery_mode(), Some(2));
    let headers = got.delivery.properties.headers().clone().unwrap();
    let header = headers
        .inner()
        .get("traceparent")
        .and_then(AMQPValue::as_long_string)
        .unwrap();
    assert_eq!(header.as_bytes(), traceparent.as_bytes());
    assert_eq!(
        serde_json::from_slice::<construe_jobs::Ring>(&got.delivery.data).unwrap(),
        ring
    );
}

#[tokio::test]
async fn unreadable_messages_become_dead_letters_and_the_consumer_goes_on() {
    let config = config();
    let queue = RabbitQueue::new(config.clone());
    let mut consumer = queue.consume(ENTITIES, 1).await.unwrap();
    let (_connection, channel) = channel().await;
    // Neither JSON, nor a ring, nor (a plan among shards) a ring of this queue.
    let plan = construe_jobs::Ring {
        work: construe_jobs::Work::Plan,
        ..shard(0)
    };
    let unreadable = [&b"\xff"[..], b"{}", &serde_json::to_vec(&plan).unwrap()];
    for body in unreadable {
        channel
            .basic_publish(
                "".into(),
                config.queue_name(ENTITIES).into(),
                BasicPublishOptions::default(),
                body,
                BasicProperties::default(),
            )
            .await
            .unwrap();
    }
    queue.publish(&[shard(7)]).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.ring, shard(7));
    delivery.settle.ack().await;
    let mut letters = channel
        .basic_consume(
            config.dead_letter_name().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await
        .unwrap();
    for body in unreadable {
        let letter = tokio::time::timeout(Duration::from_secs(20), letters.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(letter.data, body);
        letter.ack(BasicAckOptions::default()).await.unwrap();
    }
}

#[tokio::test]
async fn queues_are_quorum_queues_with_the_dead_letter_settings() {
    let config = config();
    RabbitQueue::new(config.clone()).ping().await.unwrap();
    // Declaring an existing queue succeeds only with exactly its own arguments.
    let declare = async |queue: String, arguments: &[(&str, AMQPValue)]| {
        let (_connection, channel) = channel().await;
        let mut table = FieldTable::default();
        for (name, value) in arguments {
            table.insert((*name).into(), value.clone());
        }
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        channel.queue_declare(queue.into(), options, table).await
    };
    let text = |value: &str| AMQPValue::LongString(value.into());
    let mut arguments = vec![
        ("x-queue-type", text("quorum")),
        ("x-dead-letter-exchange", text(&config.dead_letter_name())),
        ("x-dead-letter-strategy", text("at-least-once")),
        ("x-overflow", text("reject-publish")),
        ("x-max-length", AMQPValue::LongLongInt(100_000)),
        ("x-delivery-limit", AMQPValue::LongLongInt(500)),
    ];
    for &queue in QueueName::ALL {
        declare(config.queue_name(queue), &arguments).await.unwrap();
    }
    arguments.pop();
    let refused = declare(config.queue_name(ENTITIES), &arguments).await.unwrap_err();
    assert!(refused.to_string().contains("x-delivery-limit"), "{refused}");
}

#[tokio::test]
async fn a_deleted_queue_is_made_again_by_publisher_and_consumer() {
    let config = config();
    let queue = RabbitQueue::new(config.clone());
    queue.publish(&[shard(0)]).await.unwrap();
    let mut consumer = queue.consume(ENTITIES, 1).await.unwrap();
    next(&mut consumer).await.settle.ack().await;
    let (_connection, channel) = channel().await;
    let name = config.queue_name(ENTITIES);
    channel
        .queue_delete(name.into(), QueueDeleteOptions::default())
        .await
        .unwrap();
    // At first unroutable, which the broker acknowledges all the same.
    queue.publish(&shards(1..4)).await.unwrap();
    for expected in shards(1..4) {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.ring, expected);
        delivery.settle.ack().await;
    }
}

#[tokio::test]
async fn broken_connections_are_replaced_and_held_messages_come_again() {
    let proxy = Proxy::start().await;
    let queue = RabbitQueue::new(config_at(&proxy.url(), &prefix()));
    let mut consumer = queue.consume(ENTITIES, 1).await.unwrap();
    queue.publish(&[shard(0)]).await.unwrap();
    let held = next(&mut consumer).await;
    proxy.cut();
    let again = next(&mut consumer).await;
    assert_eq!(again.ring, shard(0));
    assert!(again.redelivered);
    held.settle.ack().await;
    again.settle.ack().await;
    for round in 1..4 {
        proxy.cut();
        queue.publish(&[shard(round)]).await.unwrap();
        let mut delivery = next(&mut consumer).await;
        // The acknowledgement before the cut may have been lost with the connection.
        while delivery.ring != shard(round) {
            delivery.settle.ack().await;
            delivery = next(&mut consumer).await;
        }
        delivery.settle.ack().await;
    }
}

#[tokio::test]
async fn an_absent_broker_fails_in_time_and_without_naming_credentials() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut config = config_at(&format!("amqp://anna:s3cret@127.0.0.1:{port}/jobs"), "test");
    config.connect_timeout = Duration::from_millis(300);
    config.publish_timeout = Duration::from_millis(900);
    // First a peer that accepts and is silent, then none at all.
    for listener in [Some(listener), None] {
        let queue = RabbitQueue::new(config.clone());
        let failures = async {
            [
                queue.publish(&[shard(0)]).await.unwrap_err(),
                queue.ping().await.unwrap_err(),
                queue.consume(ENTITIES, 1).await.err().unwrap(),
            ]
        };
        for error in tokio::time::timeout(Duration::from_secs(10), failures)
            .await
            .expect("hangs")
        {
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(&format!("127.0.0.1:{port}")), "{shown}");
            assert!(!shown.contains("anna") && !shown.contains("s3cret"), "{shown}");
        }
        drop(listener);
    }
}

#[tokio::test]
async fn refused_credentials_are_not_repeated() {
    let place = url().rsplit_once('@').unwrap().1.to_owned();
    let queue = RabbitQueue::new(config_at(&format!("amqp://guest:wr0ng-s3cret@{place}"), "test"));
    let error = queue.consume(ENTITIES, 1).await.err().unwrap();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("ACCESS_REFUSED"), "{shown}");
    assert!(!shown.contains("wr0ng"), "{shown}");
}

/// Stands between client and broker, so that connections can be cut.
struct Proxy {
    port: u16,
    connections: Arc<Mutex<Vec<tokio::task::AbortHandle>>>,
}

impl Proxy {
    async fn start() -> Proxy {
        let broker = {
            let url = url();
            let place = url.rsplit_once('@').unwrap().1;
            place.split_once('/').map_or(place, |(place, _)| place).to_owned()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let cuttable = connections.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let broker = broker.clone();
                let task = tokio::spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(broker).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
                cuttable.lock().unwrap().push(task.abort_handle());
            }
        });
        Proxy { port, connections }
    }

    fn url(&self) -> String {
        let url = url();
        let (before, place) = url.rsplit_once('@').unwrap();
        let vhost = place.split_once('/').map_or("", |(_, vhost)| vhost);
        format!("{before}@127.0.0.1:{}/{vhost}", self.port)
    }

    fn cut(&self) {
        for connection in self.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }
}
