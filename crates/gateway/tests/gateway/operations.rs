//! Operations on texts and jobs of the engines that come with the program; requests in general.

use std::time::SystemTime;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use construe_comprehend_api::operation::{OPERATIONS, Status};
use construe_gateway::{MAX_BODY_BYTES, MAX_FILE_BODY_BYTES};
use construe_pii::{Finding, Language};
use serde_json::Value;

use crate::support::{ENGINE, ENTITIES, Site, signed};

#[tokio::test]
async fn every_operation_of_the_table_that_is_not_missing_has_a_handler() {
    let site = Site::new().await;
    let mut handled = 0;
    for operation in OPERATIONS.iter().filter(|operation| operation.status != Status::NotYet) {
        let (status, body) = site
            .call(operation.service.signing_name(), operation.target, "[]")
            .await;
        // A handler looks at the body first; without one the answer is an internal error.
        assert_eq!(
            (status.as_u16(), &body["__type"]),
            (400, &"SerializationException".into()),
            "{}",
            operation.name
        );
        handled += 1;
    }
    assert!(handled >= 4);
}

#[tokio::test]
async fn a_start_is_stored_described_listed_and_repeated() {
    let site = Site::new().await;
    let target = |name: &str| format!("Comprehend_20171127.{name}");
    let start = r#"{"InputDataConfig":{"S3Uri":"s3://bucket/in"},"OutputDataConfig":{"S3Uri":"s3://bucket/out/"},
        "Mode":"ONLY_OFFSETS","LanguageCode":"en","DataAccessRoleArn":"arn:aws:iam::111122223333:role/r",
        "JobName":"first","ClientRequestToken":"once","Tags":[{"Key":"team","Value":"claims"}]}"#;
    let (status, first) = site
        .call("comprehend", &target("StartPiiEntitiesDetectionJob"), start)
        .await;
    assert_eq!(
        (status.as_u16(), &first["JobStatus"]),
        (200, &"SUBMITTED".into()),
        "{first}"
    );
    let (_, again) = site
        .call("comprehend", &target("StartPiiEntitiesDetectionJob"), start)
        .await;
    assert_eq!(first, again);
    let other = start.replace("first", "second");
    let (status, refused) = site
        .call("comprehend", &target("StartPiiEntitiesDetectionJob"), &other)
        .await;
    assert_eq!(
        (status.as_u16(), &refused["__type"]),
        (400, &"InvalidRequestException".into())
    );

    let id = first["JobId"].as_str().unwrap();
    let arn = format!("arn:aws:comprehend:eu-west-1:111122223333:pii-entities-detection-job/{id}");
    assert_eq!(first["JobArn"], arn.as_str());
    let by_id = format!(r#"{{"JobId":"{id}"}}"#);
    let (_, described) = site
        .call("comprehend", &target("DescribePiiEntitiesDetectionJob"), &by_id)
        .await;
    let job = &described["PiiEntitiesDetectionJobProperties"];
    let results = format!("s3://bucket/out/111122223333-PII-{id}/output/");
    assert_eq!(job["OutputDataConfig"]["S3Uri"], results.as_str());
    assert_eq!(job["InputDataConfig"]["InputFormat"], "ONE_DOC_PER_LINE");
    let (_, listed) = site
        .call("comprehend", &target("ListPiiEntitiesDetectionJobs"), "{}")
        .await;
    assert_eq!(
        listed["PiiEntitiesDetectionJobPropertiesList"],
        Value::Array(vec![job.clone()])
    );
    let by_arn = format!(r#"{{"ResourceArn":"{arn}"}}"#);
    let (_, tags) = site.call("comprehend", &target("ListTagsForResource"), &by_arn).await;
    assert_eq!(tags["Tags"], serde_json::json!([{"Key": "team", "Value": "claims"}]));

    // The control plane cannot be reached: the client is told to try again, not that all is well.
    let (status, body) = site
        .call("comprehend", &target("StopPiiEntitiesDetectionJob"), &by_id)
        .await;
    assert_eq!(
        (status.as_u16(), &body["__type"]),
        (500, &"InternalServerException".into())
    );
}

#[tokio::test]
async fn requests_that_are_not_the_callers_own_are_refused_before_anything_else() {
    let site = Site::new().await;
    let target = "Comprehend_20171127.ListPiiEntitiesDetectionJobs";
    let (_, body) = site.send(Request::post("/").body(Body::empty()).unwrap()).await;
    assert_eq!(body["__type"], "MissingAuthenticationTokenException");
    let (_, body) = site.call("s3", target, "{}").await;
    assert_eq!(body["__type"], "InvalidSignatureException");
    let late = SystemTime::now() - std::time::Duration::from_secs(16 * 60);
    let (_, body) = site.send(signed("comprehend", target, "{}", late)).await;
    assert_eq!(body["__type"], "InvalidSignatureException");
    let mut tampered = signed("comprehend", target, "{}", SystemTime::now());
    *tampered.body_mut() = Body::from("{ }");
    let (status, body) = site.send(tampered).await;
    assert_eq!(
        (status.as_u16(), &body["__type"]),
        (403, &"InvalidSignatureException".into())
    );
    for (target, limit) in [
        (target, MAX_BODY_BYTES),
        ("Comprehend_20171127.ClassifyDocument", MAX_FILE_BODY_BYTES),
    ] {
        let large = "x".repeat(limit + 1);
        let (status, body) = site.call("comprehend", target, &large).await;
        assert_eq!(
            (status.as_u16(), &body["__type"]),
            (413, &"RequestEntityTooLargeException".into())
        );
    }
    // Those without a key get no room for a file.
    let file = "x".repeat(MAX_BODY_BYTES + 1);
    let target = "Comprehend_20171127.ClassifyDocument";
    let mut stranger = signed("comprehend", target, &file, SystemTime::now());
    stranger.headers_mut().remove("authorization");
    let (_, body) = site.send(stranger).await;
    assert_eq!(body["__type"], "RequestEntityTooLargeException");
    let (_, body) = site.call("comprehend", target, &file).await;
    assert_eq!(body["__type"], "SerializationException");
}

#[tokio::test]
async fn a_text_is_answered_with_the_findings_of_the_engine() {
    let site = Site::new().await;
    let text = "👍 María: write to amber.birch@cobalt-delta.com or juniper@kestrel-fjord.com, SSN 536-81-4427.";
    let body = serde_json::json!({"Text": text, "LanguageCode": "en"}).to_string();
    let mut expected: Vec<Finding> = Vec::new();
    ENGINE.analyze(&mut ENGINE.scratch(), text, Language::En, &mut expected);

    let (status, answer) = site
        .call("comprehend", "Comprehend_20171127.DetectPiiEntities", &body)
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let entities = answer["Entities"].as_array().unwrap();
    assert!(entities.len() >= 3 && entities.len() == expected.len(), "{answer}");
    for (entity, finding) in entities.iter().zip(&expected) {
        let offset = |name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
        assert_eq!(
            (offset("BeginOffset"), offset("EndOffset")),
            (finding.start, finding.end)
        );
        assert_eq!(entity["Type"], finding.kind.as_str());
        assert_eq!(entity["Score"].to_string(), format!("{:?}", finding.score));
    }

    let (status, answer) = site
        .call("comprehend", "Comprehend_20171127.ContainsPiiEntities", &body)
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let labels = answer["Labels"].as_array().unwrap();
    let emails = labels.iter().filter(|label| label["Name"] == "EMAIL");
    assert_eq!(emails.count(), 1, "{answer}");
    let scores: Vec<f64> = labels.iter().map(|label| label["Score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{answer}");
}

#[tokio::test]
async fn the_longest_text_fits_however_it_is_escaped() {
    let site = Site::new().await;
    let call = async |text: &str| {
        let body = format!(r#"{{"Text":"{text}","LanguageCode":"es"}}"#);
        site.call("comprehend", "Comprehend_20171127.DetectPiiEntities", &body)
            .await
    };
    let longest = r"\u0041".repeat(100_000);
    let (status, answer) = call(&longest).await;
    assert_eq!((status, answer), (StatusCode::OK, serde_json::json!({"Entities": []})));
    let (status, answer) = call(&(longest + "canary")).await;
    assert_eq!(
        (status, &answer["__type"]),
        (StatusCode::BAD_REQUEST, &"TextSizeLimitExceededException".into())
    );
    assert!(!answer.to_string().contains("canary"), "{answer}");
}

#[tokio::test]
async fn entities_of_a_text_and_of_a_batch_are_those_of_the_engine() {
    let site = Site::new().await;
    let text = "👍 Angela Merkel met Zoë in Berlin, Germany, on 5 May 2015.";
    let mut expected = Vec::new();
    ENTITIES.analyze(
        &mut ENTITIES.scratch(),
        text,
        construe_entities::Language::En,
        &mut expected,
    );
    assert!(!expected.is_empty());
    let body = serde_json::json!({"Text": text, "LanguageCode": "en"}).to_string();
    let (status, answer) = site
        .call("comprehend", "Comprehend_20171127.DetectEntities", &body)
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let entities = answer["Entities"].as_array().unwrap();
    assert_eq!(entities.len(), expected.len());
    for (entity, found) in entities.iter().zip(&expected) {
        let members = serde_json::json!({
            "BeginOffset": found.start,
            "EndOffset": found.end,
            "Score": entity["Score"],
            "Text": text[found.byte_start..found.byte_end],
            "Type": found.kind.name(),
        });
        assert_eq!(entity, &members);
        assert_eq!(entity["Score"].to_string(), format!("{:?}", found.score));
    }

    let long = "é".repeat(2_501);
    let body = serde_json::json!({"TextList": [text, long, "x", text], "LanguageCode": "en"}).to_string();
    let (status, batch) = site
        .call("comprehend", "Comprehend_20171127.BatchDetectEntities", &body)
        .await;
    assert_eq!(status, StatusCode::OK, "{batch}");
    let results = batch["ResultList"].as_array().unwrap();
    let indices: Vec<_> = results.iter().map(|result| result["Index"].as_u64().unwrap()).collect();
    assert_eq!(indices, [0, 2, 3]);
    assert_eq!(
        (&results[0]["Entities"], &results[2]["Entities"]),
        (&answer["Entities"], &answer["Entities"])
    );
    let errors = batch["ErrorList"].as_array().unwrap();
    assert_eq!((errors.len(), &errors[0]["Index"]), (1, &1.into()));
    assert_eq!(errors[0]["ErrorCode"], "TEXT_SIZE_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn an_entities_job_is_stored_with_its_archive_and_apart_from_other_kinds() {
    let site = Site::new().await;
    let target = |name: &str| format!("Comprehend_20171127.{name}");
    let start = r#"{"InputDataConfig":{"S3Uri":"s3://bucket/in"},"OutputDataConfig":{"S3Uri":"s3://bucket/out"},
        "LanguageCode":"zh-TW","DataAccessRoleArn":"arn:aws:iam::111122223333:role/r","Tags":[{"Key":"team"}]}"#;
    let (status, started) = site
        .call("comprehend", &target("StartEntitiesDetectionJob"), start)
        .await;
    assert_eq!(status, StatusCode::OK, "{started}");
    let id = started["JobId"].as_str().unwrap();
    let by_id = format!(r#"{{"JobId":"{id}"}}"#);
    let (_, described) = site
        .call("comprehend", &target("DescribeEntitiesDetectionJob"), &by_id)
        .await;
    let job = &described["EntitiesDetectionJobProperties"];
    let archive = format!("s3://bucket/out/111122223333-NER-{id}/output/output.tar.gz");
    assert_eq!(job["OutputDataConfig"]["S3Uri"], archive.as_str());
    let (_, listed) = site
        .call("comprehend", &target("ListEntitiesDetectionJobs"), "{}")
        .await;
    assert_eq!(
        listed["EntitiesDetectionJobPropertiesList"],
        Value::Array(vec![job.clone()])
    );
    let (_, other) = site
        .call("comprehend", &target("ListPiiEntitiesDetectionJobs"), "{}")
        .await;
    assert_eq!(other["PiiEntitiesDetectionJobPropertiesList"], Value::Array(vec![]));
    let (_, body) = site
        .call("comprehend", &target("DescribePiiEntitiesDetectionJob"), &by_id)
        .await;
    assert_eq!(body["__type"], "JobNotFoundException");
    let by_arn = format!(r#"{{"ResourceArn":{}}}"#, started["JobArn"]);
    let (_, tags) = site.call("comprehend", &target("ListTagsForResource"), &by_arn).await;
    assert_eq!(tags["Tags"], serde_json::json!([{"Key": "team", "Value": ""}]));
}
