//! What the S3 adapter does about broken connections, lost answers, and stores that know less.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{ALICE, Body, Fixture, Intercept, ended, kind, new_object, noise, pass, read, role, tag, write};
use bytes::Bytes;
use construe_jobs::{Location, ObjectErrorKind, ObjectStore as _, Written};
use construe_objects::{S3Objects, StaticCredentials};
use futures::stream;
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

fn error_document(status: u16, code: &str) -> Response<Body> {
    let text = format!("<Error><Code>{code}</Code><Message>made up</Message></Error>");
    let mut response = Response::new(
        Full::new(Bytes::from(text))
            .map_err(|never| match never {})
            .boxed_unsync(),
    );
    *response.status_mut() = StatusCode::from_u16(status).expect("a valid status");
    response
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_goes_on_where_the_connection_broke() {
    let gets = Arc::new(AtomicUsize::new(0));
    let counted = gets.clone();
    // Every answer breaks off after 300,000 bytes.
    let intercept: Intercept = Arc::new(move |server, request| {
        let cut = request.method() == Method::GET && request.uri().path().ends_with("/key");
        let counted = counted.clone();
        Box::pin(async move {
            let response = pass(server, request).await;
            if !cut {
                return response;
            }
            counted.fetch_add(1, Ordering::SeqCst);
            let (head, body) = response.into_parts();
            let all = body.collect().await.expect("readable").to_bytes();
            let broken: Vec<Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>> = if all.len() > 300_000 {
                vec![Ok(Frame::data(all.slice(..300_000))), Err("cut".into())]
            } else {
                vec![Ok(Frame::data(all))]
            };
            let steps = stream::unfold(broken.into_iter(), |mut steps| async move {
                let step = steps.next()?;
                if step.is_err() {
                    // Lets what came before leave, so that the cut is in the middle of the body.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Some((step, steps))
            });
            Response::from_parts(head, StreamBody::new(steps).boxed_unsync())
        })
    });
    let fixture = Fixture::start_with(intercept).await;
    let bucket = fixture.bucket("data", ALICE).await;
    let body = noise(1_000_000);
    fixture.put(&bucket, "key", body.clone()).await;
    let store = fixture.s3().await;
    let location = Location::new("data", "key");
    let whole = read(&store, &role(ALICE), &location, None, 0..body.len() as u64)
        .await
        .expect("reads");
    assert!(whole == body, "{} bytes came", whole.len());
    assert!(gets.load(Ordering::SeqCst) >= 4);
}

/// Uploads are completed, but the client hears something else.
async fn complete_and_answer(answer: fn() -> Response<Body>) {
    let intercept: Intercept = Arc::new(move |server, request| {
        let completion =
            request.method() == Method::POST && request.uri().query().is_some_and(|query| query.contains("uploadId="));
        Box::pin(async move {
            let response = pass(server, request).await;
            if completion && response.status().is_success() {
                answer()
            } else {
                response
            }
        })
    });
    let fixture = Fixture::start_with(intercept).await;
    fixture.bucket("data", ALICE).await;
    let store = fixture.s3().await;
    let body = noise(9 * 1024 * 1024);
    for once in [None, tag("job", "digest")] {
        let mut object = new_object("data", if once.is_some() { "once" } else { "own" });
        object.once = once;
        assert_eq!(
            ended(write(&store, &role(ALICE), object.clone(), &body).await),
            Ok(Written::Created)
        );
        let location = object.location;
        let stored = read(&store, &role(ALICE), &location, None, 0..body.len() as u64)
            .await
            .expect("reads");
        assert!(stored == body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_whose_answer_was_lost_counts() {
    complete_and_answer(|| error_document(500, "InternalError")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_whose_answer_cannot_be_understood_counts() {
    // As moto's server answers: the right status, and an element of another name.
    complete_and_answer(|| {
        let text = "<CompleteMultipartUploadResponse><ETag>e</ETag></CompleteMultipartUploadResponse>";
        Response::new(
            Full::new(Bytes::from(text))
                .map_err(|never| match never {})
                .boxed_unsync(),
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_without_conditional_writes_are_written_to_without() {
    let intercept: Intercept = Arc::new(|server, request| {
        if request.headers().contains_key("if-none-match") {
            return Box::pin(async { error_document(501, "NotImplemented") });
        }
        Box::pin(pass(server, request))
    });
    let fixture = Fixture::start_with(intercept).await;
    fixture.bucket("data", ALICE).await;
    let store = fixture.s3().await;
    let large = noise(9 * 1024 * 1024);
    for body in [&b"small"[..], &large] {
        let mut object = new_object("data", &body.len().to_string());
        object.once = tag("job", "digest");
        assert_eq!(
            ended(write(&store, &role(ALICE), object.clone(), body).await),
            Ok(Written::Created)
        );
        assert_eq!(
            ended(write(&store, &role(ALICE), object.clone(), body).await),
            Ok(Written::AlreadyThere)
        );
        object.once = tag("other", "digest");
        assert_eq!(
            kind(write(&store, &role(ALICE), object, body).await),
            Some(ObjectErrorKind::Conflict)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflicting_request_is_tried_again_and_busy_stores_too() {
    let puts = Arc::new(AtomicUsize::new(0));
    let intercept: Intercept = Arc::new(move |server, request| {
        if request.method() == Method::PUT && request.uri().path() == "/data/key" {
            match puts.fetch_add(1, Ordering::SeqCst) {
                0 => return Box::pin(async { error_document(409, "ConditionalRequestConflict") }),
                1 => return Box::pin(async { error_document(503, "SlowDown") }),
                _ => {}
            }
        }
        Box::pin(pass(server, request))
    });
    let fixture = Fixture::start_with(intercept).await;
    fixture.bucket("data", ALICE).await;
    let mut object = new_object("data", "key");
    object.once = tag("job", "digest");
    assert_eq!(
        ended(write(&fixture.s3().await, &role(ALICE), object, b"x").await),
        Ok(Written::Created)
    );
}

#[tokio::test]
async fn connecting_says_what_is_wrong() {
    let fixture = Fixture::start().await;
    let mut config = fixture.config();
    config.service = StaticCredentials::new("AKIA999900001111", "wrong-secret");
    let error = S3Objects::connect(config.clone())
        .await
        .err()
        .expect("the secret is wrong");
    assert_eq!(error.kind, ObjectErrorKind::AccessDenied, "{error}");
    assert!(!error.message.contains("wrong-secret"), "{error}");

    let unused = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    config.endpoint = Some(format!("http://{}", unused.local_addr().expect("bound")));
    drop(unused);
    let error = S3Objects::connect(config).await.err().expect("nobody listens there");
    assert_eq!(error.kind, ObjectErrorKind::Unavailable, "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_role_without_credentials_is_denied() {
    let fixture = Fixture::start().await;
    let mut config = fixture.config();
    config.roles.clear();
    let store = S3Objects::connect(config).await.expect("connects");
    let error = store
        .list(&role(ALICE), "data", "", None)
        .await
        .expect_err("there are no credentials");
    assert_eq!(error.kind, ObjectErrorKind::AccessDenied);
    assert!(error.message.contains("arn:aws:iam::111122223333:role/data"), "{error}");
}

/// Answers every request with the same document.
async fn fake_sts(status: &'static str, document: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("accepts");
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{document}",
                document.len()
            );
            tokio::spawn(async move {
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                // The form of AssumeRole ends with its version.
                while !String::from_utf8_lossy(&seen).contains("Version=2011-06-15") {
                    match stream.read(&mut buffer).await {
                        Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
                        _ => return,
                    }
                }
                stream.write_all(answer.as_bytes()).await.expect("the client listens");
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_role_is_assumed_where_no_credentials_are_configured() {
    let fixture = Fixture::start().await;
    let bucket = fixture.bucket("data", ALICE).await;
    fixture.put(&bucket, "key", "x").await;
    let document = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>AKIA{ALICE}</AccessKeyId><SecretAccessKey>secret-of-{ALICE}</SecretAccessKey>\
         <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>id:construe</AssumedRoleId><Arn>arn:aws:sts::{ALICE}:assumed-role/data/construe</Arn>\
         </AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
    );
    let mut config = fixture.config();
    config.roles.clear();
    config.sts_endpoint = Some(fake_sts("200 OK", document).await);
    let store = S3Objects::connect(config).await.expect("connects");
    let page = store
        .list(&role(ALICE), "data", "", None)
        .await
        .expect("the assumed role may list");
    assert_eq!(page.objects.len(), 1);
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_denied() {
    let fixture = Fixture::start().await;
    let document = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                    <Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>";
    let mut config = fixture.config();
    config.roles.clear();
    config.sts_endpoint = Some(fake_sts("403 Forbidden", document.to_owned()).await);
    let store = S3Objects::connect(config).await.expect("connects");
    let error = store
        .list(&role(ALICE), "data", "", None)
        .await
        .expect_err("the role is refused");
    assert_eq!(error.kind, ObjectErrorKind::AccessDenied, "{error}");
    assert!(error.message.contains("AssumeRole"), "{error}");
}
