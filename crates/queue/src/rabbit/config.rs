use std::fmt;
use std::time::Duration;

use construe_jobs::{QueueError, QueueName};
use lapin::uri::{AMQPScheme, AMQPUri};

/// The name that every queue begins with unless configured otherwise, see [`QueueName::as_str`].
const DEFAULT_PREFIX: &str = "construe";
/// AMQP names hold at most 255 bytes; this leaves room for the rest of the name.
const LONGEST_PREFIX: usize = 100;
/// A dead peer is noticed within two heartbeats. Brokers propose 60 s, which is long for a doorbell.
const HEARTBEAT_SECONDS: u16 = 20;

/// How to reach the broker. Its `Debug` form shows no credentials.
#[derive(Clone)]
pub struct RabbitConfig {
    pub(super) uri: AMQPUri,
    pub(super) prefix: String,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long publishing goes on trying before it fails.
    pub publish_timeout: Duration,
    /// The longest pause between two attempts to connect.
    pub longest_pause: Duration,
}

impl RabbitConfig {
    /// Reads `amqp://user:password@host:port/vhost` (or `amqps://`). The parameters `heartbeat`
    /// (seconds), `frame_max`, `channel_max` and `auth_mechanism` are understood.
    pub fn new(url: &str) -> Result<Self, QueueError> {
        // The parser's own message may repeat the URL, and with it the password.
        let mut uri: AMQPUri = url.parse().map_err(|_| QueueError {
            message: "the broker's URL is not of the form amqp://user:password@host:port/vhost".to_owned(),
            source: None,
        })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
        Ok(Self {
            uri,
            prefix: DEFAULT_PREFIX.to_owned(),
            connect_timeout: Duration::from_secs(10),
            publish_timeout: Duration::from_secs(20),
            longest_pause: Duration::from_secs(30),
        })
    }

    /// Replaces `construe` at the beginning of every queue's name, so that several installations can
    /// share a virtual host.
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, QueueError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if prefix.is_empty() || prefix.len() > LONGEST_PREFIX || !prefix.chars().all(plain) {
            return Err(QueueError {
                message: format!(
                    "a queue prefix is 1 to {LONGEST_PREFIX} letters, digits, dots, hyphens and underscores"
                ),
                source: None,
            });
        }
        self.prefix = prefix.to_owned();
        Ok(self)
    }

    /// Name of the queue at the broker.
    pub fn queue_name(&self, queue: QueueName) -> String {
        let name = queue.as_str();
        format!("{}{}", self.prefix, name.strip_prefix(DEFAULT_PREFIX).unwrap_or(name))
    }

    /// Name of the queue of messages that could not be read, and of the exchange that leads there.
    pub fn dead_letter_name(&self) -> String {
        format!("{}.dead-letter", self.prefix)
    }

    /// Where the broker is, without credentials.
    pub(super) fn place(&self) -> String {
        let scheme = match self.uri.scheme {
            AMQPScheme::AMQP => "amqp",
            AMQPScheme::AMQPS => "amqps",
        };
        let authority = &self.uri.authority;
        format!("{scheme}://{}:{}/{}", authority.host, authority.port, self.uri.vhost)
    }
}

impl fmt::Debug for RabbitConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitConfig")
            .field("broker", &self.place())
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("publish_timeout", &self.publish_timeout)
            .field("longest_pause", &self.longest_pause)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_shown_nowhere() {
        let config = RabbitConfig::new("amqps://anna:s3cret@broker.example:5671/jobs").unwrap();
        assert_eq!(config.place(), "amqps://broker.example:5671/jobs");
        let shown = format!("{config:?}");
        assert!(!shown.contains("anna") && !shown.contains("s3cret"), "{shown}");
        for bad in [
            "data:anna:s3cret",
            "http://anna:s3cret@h",
            "amqp://anna:s3cret@h:port/",
            "anna:s3cret@h",
        ] {
            let error = RabbitConfig::new(bad).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("anna") && !shown.contains("s3cret"), "{shown}");
        }
    }

    #[test]
    fn the_prefix_takes_the_place_of_the_default_one() {
        let config = RabbitConfig::new("amqp://localhost").unwrap();
        assert_eq!(config.queue_name(QueueName::Control), "construe.control");
        let config = config.with_prefix("site-b").unwrap();
        assert_eq!(config.queue_name(QueueName::Control), "site-b.control");
        assert_eq!(config.dead_letter_name(), "site-b.dead-letter");
        for bad in ["", "a b", &"x".repeat(101)] {
            assert!(config.clone().with_prefix(bad).is_err());
        }
    }
}
