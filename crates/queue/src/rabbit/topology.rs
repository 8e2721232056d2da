//! What has to exist at the broker. Declared at every connect, since declaring is idempotent.

use construe_jobs::QueueName;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, ExchangeKind};

use super::config::RabbitConfig;

/// Messages that a queue holds before it refuses more. Few per job wait at a time, so a queue this long means that
/// nobody consumes; the outbox keeps what is refused. At-least-once dead-lettering asks for a limit.
const LONGEST_QUEUE: i64 = 100_000;
/// Deliveries of one message before it is dead-lettered. Brokers from 4.0 on would stop at 20, which a
/// database outage of some minutes uses up, since its messages are requeued after every pause.
const DELIVERY_LIMIT: i64 = 500;

pub(super) async fn declare(channel: &Channel, config: &RabbitConfig) -> lapin::Result<()> {
    let dead_letter = config.dead_letter_name();
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .exchange_declare(
            dead_letter.as_str().into(),
            ExchangeKind::Fanout,
            ExchangeDeclareOptions {
                durable: true,
                ..ExchangeDeclareOptions::default()
            },
            FieldTable::default(),
        )
        .await?;
    // The oldest dead letters make way: refusing new ones would block the queues that they come from.
    let arguments = table(&[
        ("x-queue-type", text("quorum")),
        ("x-max-length", AMQPValue::LongLongInt(LONGEST_QUEUE)),
    ]);
    channel
        .queue_declare(dead_letter.as_str().into(), durable, arguments)
        .await?;
    channel
        .queue_bind(
            dead_letter.as_str().into(),
            dead_letter.as_str().into(),
            "".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await?;
    let arguments = table(&[
        ("x-queue-type", text("quorum")),
        ("x-dead-letter-exchange", text(&dead_letter)),
        ("x-dead-letter-strategy", text("at-least-once")),
        // At-least-once dead-lettering falls back to at-most-once without it.
        ("x-overflow", text("reject-publish")),
        ("x-max-length", AMQPValue::LongLongInt(LONGEST_QUEUE)),
        ("x-delivery-limit", AMQPValue::LongLongInt(DELIVERY_LIMIT)),
    ]);
    for &queue in QueueName::ALL {
        channel
            .queue_declare(config.queue_name(queue).into(), durable, arguments.clone())
            .await?;
    }
    Ok(())
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

fn table(entries: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    table
}
