//! SDK clients, one for each set of rights.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use construe_jobs::{Access, ObjectError, ObjectErrorKind};

use crate::config::{S3Config, StaticCredentials};

/// Attempts at one request, the first included.
const ATTEMPTS: u32 = 5;
const MAX_BACKOFF: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From sending a request (the bytes of a part included) to the head of its answer.
const READ_TIMEOUT: Duration = Duration::from_secs(120);
/// Clients kept; each holds a cache of credentials, so making one again costs a call to STS at most.
const MAX_CLIENTS: usize = 256;

pub(crate) struct Clients {
    config: S3Config,
    http: SharedHttpClient,
    service: Client,
    roles: Mutex<HashMap<Access, Client>>,
}

impl Clients {
    pub(crate) fn new(config: S3Config) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let credentials = provider(&config.service, "construe-service");
        let service = client(&config, http.clone(), &config.region, credentials);
        Self {
            config,
            http,
            service,
            roles: Mutex::default(),
        }
    }

    pub(crate) fn config(&self) -> &S3Config {
        &self.config
    }

    pub(crate) fn service(&self) -> &Client {
        &self.service
    }

    /// The client with these rights.
    pub(crate) async fn of(&self, access: &Access) -> Result<Client, ObjectError> {
        let Access::Role {
            account,
            region,
            role_arn,
        } = access
        else {
            return Ok(self.service.clone());
        };
        if let Some(client) = self.roles.lock().unwrap_or_else(PoisonError::into_inner).get(access) {
            return Ok(client.clone());
        }
        // Behind a custom endpoint, regions are but a name in the signature, which that S3 fixes.
        let region = if self.config.endpoint.is_some() {
            &self.config.region
        } else {
            region
        };
        let credentials = match (
            self.config.credentials_for(account, role_arn),
            &self.config.sts_endpoint,
        ) {
            (Some(found), _) => provider(found, "construe-role"),
            (None, Some(sts)) => self.assume(role_arn, region, sts).await,
            (None, None) => {
                return Err(ObjectError::new(
                    ObjectErrorKind::AccessDenied,
                    format!(
                        "no S3 credentials are configured for {role_arn} or account {account}, and no STS to assume the role with"
                    ),
                ));
            }
        };
        let client = client(&self.config, self.http.clone(), region, credentials);
        let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        if roles.len() >= MAX_CLIENTS {
            roles.clear();
        }
        roles.insert(access.clone(), client.clone());
        Ok(client)
    }

    async fn assume(&self, role_arn: &str, region: &str, sts: &str) -> SharedCredentialsProvider {
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(provider(&self.config.service, "construe-service"))
            .http_client(self.http.clone())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .retry_config(retries())
            .timeout_config(timeouts());
        if sts != "aws" {
            sdk = sdk.endpoint_url(sts);
        }
        let assumed = AssumeRoleProvider::builder(role_arn)
            .session_name("construe")
            .configure(&sdk.build())
            .build()
            .await;
        SharedCredentialsProvider::new(assumed)
    }
}

fn provider(credentials: &StaticCredentials, name: &'static str) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(
        credentials.access_key_id.clone(),
        credentials.secret_access_key.clone(),
        None,
        None,
        name,
    ))
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_max_backoff(MAX_BACKOFF)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
}

fn client(config: &S3Config, http: SharedHttpClient, region: &str, credentials: SharedCredentialsProvider) -> Client {
    let mut sdk = aws_sdk_s3::config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials)
        .http_client(http)
        .force_path_style(config.path_style)
        .retry_config(retries())
        .timeout_config(timeouts())
        // Not all S3 servers know the newer checksum trailers; TLS and TCP guard the way, the ETags of
        // parts what was stored.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    if let Some(endpoint) = &config.endpoint {
        sdk = sdk.endpoint_url(endpoint);
    }
    Client::from_conf(sdk.build())
}
