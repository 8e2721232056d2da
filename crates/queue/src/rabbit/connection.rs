use std::time::Duration;

use construe_jobs::QueueError;
use lapin::{Channel, Connection, ConnectionProperties};

use super::config::RabbitConfig;
use super::topology;

/// How long taking leave of the broker may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection with one channel, on which everything needed has been declared.
pub(super) struct Link {
    pub(super) channel: Channel,
    pub(super) connection: Connection,
}

impl Link {
    pub(super) async fn open(config: &RabbitConfig, purpose: &str) -> Result<Link, QueueError> {
        let opening = async {
            let properties = ConnectionProperties::default().with_connection_name(format!("construe {purpose}").into());
            let connection = Connection::connect_uri(config.uri.clone(), properties).await?;
            let channel = connection.create_channel().await?;
            topology::declare(&channel, config).await?;
            Ok(Link { channel, connection })
        };
        match tokio::time::timeout(config.connect_timeout, opening).await {
            Ok(Ok(link)) => Ok(link),
            Ok(Err(error)) => Err(failed(format!("connecting to the broker at {}", config.place()), error)),
            Err(_) => Err(QueueError {
                message: format!(
                    "connecting to the broker at {}: no answer within {:?}",
                    config.place(),
                    config.connect_timeout
                ),
                source: None,
            }),
        }
    }

    /// Closes in good order, so that the broker requeues what was not settled at once.
    pub(super) async fn close(self) {
        let closing = self.connection.close(200, "done".into());
        if !matches!(tokio::time::timeout(CLOSE_TIMEOUT, closing).await, Ok(Ok(()))) {
            tracing::debug!("the broker did not confirm the end of a connection");
        }
    }
}

pub(super) fn failed(message: String, source: lapin::Error) -> QueueError {
    QueueError {
        message,
        source: Some(Box::new(source)),
    }
}
