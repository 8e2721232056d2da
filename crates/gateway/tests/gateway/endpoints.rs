//! Endpoints and what they answer.

use serde_json::{Value, json};

use crate::classifiers::{SPAM, TOPICS, create, report, start, trained};
use crate::support::{ROLE, Site, arn};

/// "SGVsbG8=" for "Hello".
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= chunk.len() {
                char::from(DIGITS[index as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[tokio::test]
async fn an_endpoint_lives_with_its_model() {
    let site = Site::new().await;
    let classifier = trained(&site, "spam", &SPAM).await;
    let create_endpoint = |name: &str, model: &str| json!({"EndpointName": name, "ModelArn": model, "DesiredInferenceUnits": 2, "ClientRequestToken": name});
    let created = site.ok("CreateEndpoint", create_endpoint("first", &classifier)).await;
    let endpoint = arn("document-classifier-endpoint/first");
    assert_eq!(created, json!({"EndpointArn": endpoint, "ModelArn": classifier}));
    assert_eq!(
        site.ok("CreateEndpoint", create_endpoint("first", &classifier)).await,
        created,
        "the same token"
    );
    let mut again = create_endpoint("first", &classifier);
    again["ClientRequestToken"] = "another".into();
    assert_eq!(site.code("CreateEndpoint", again).await, "ResourceInUseException");
    let none = create_endpoint("second", &arn("document-classifier/none"));
    assert_eq!(site.code("CreateEndpoint", none).await, "ResourceNotFoundException");
    site.ok("CreateDocumentClassifier", create("raw", None)).await;
    let raw = create_endpoint("second", &arn("document-classifier/raw"));
    assert_eq!(site.code("CreateEndpoint", raw).await, "ResourceUnavailableException");

    let by_arn = json!({"EndpointArn": endpoint});
    let described = site.ok("DescribeEndpoint", by_arn.clone()).await;
    let properties = &described["EndpointProperties"];
    assert_eq!(
        (
            &properties["Status"],
            &properties["ModelArn"],
            &properties["CurrentInferenceUnits"]
        ),
        (&"IN_SERVICE".into(), &classifier.clone().into(), &2.into())
    );
    for (filter, count) in [
        (json!({"ModelArn": classifier}), 1),
        (json!({"ModelArn": arn("document-classifier/raw")}), 0),
        (json!({"Status": "IN_SERVICE"}), 1),
        (json!({"Status": "CREATING"}), 0),
    ] {
        let listed = site.ok("ListEndpoints", json!({"Filter": filter})).await;
        assert_eq!(
            listed["EndpointPropertiesList"].as_array().unwrap().len(),
            count,
            "{filter}"
        );
    }
    assert_eq!(
        site.code("DeleteDocumentClassifier", json!({"DocumentClassifierArn": classifier}))
            .await,
        "ResourceInUseException"
    );

    let newer = trained(&site, "newer", &SPAM).await;
    let update = json!({"EndpointArn": endpoint, "DesiredModelArn": newer, "DesiredInferenceUnits": 3});
    assert_eq!(
        site.ok("UpdateEndpoint", update).await,
        json!({"DesiredModelArn": newer})
    );
    let described = site.ok("DescribeEndpoint", by_arn.clone()).await;
    let properties = &described["EndpointProperties"];
    assert_eq!(
        (&properties["ModelArn"], &properties["DesiredInferenceUnits"]),
        (&newer.clone().into(), &3.into())
    );
    site.ok("DeleteDocumentClassifier", json!({"DocumentClassifierArn": classifier}))
        .await;
    site.ok("TagResource", json!({"ResourceArn": endpoint, "Tags": [{"Key": "a"}]}))
        .await;
    site.ok("DeleteEndpoint", by_arn.clone()).await;
    assert_eq!(
        site.code("DescribeEndpoint", by_arn.clone()).await,
        "ResourceNotFoundException"
    );
    assert_eq!(site.code("DeleteEndpoint", by_arn).await, "ResourceNotFoundException");

    for number in 0..10 {
        site.ok("CreateEndpoint", create_endpoint(&format!("many-{number}"), &newer))
            .await;
    }
    assert_eq!(
        site.code("CreateEndpoint", create_endpoint("too-many", &newer)).await,
        "ResourceLimitExceededException"
    );
}

async fn endpoint(site: &Site, name: &str, model: &[u8]) -> String {
    let classifier = trained(site, name, model).await;
    let request = json!({"EndpointName": name, "ModelArn": classifier, "DesiredInferenceUnits": 1});
    let created = site.ok("CreateEndpoint", request).await;
    created["EndpointArn"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_text_is_classified() {
    let site = Site::new().await;
    let spam = endpoint(&site, "spam", &SPAM).await;
    let text = "call now to claim your prize of 9 pounds";
    let answer = site
        .ok("ClassifyDocument", json!({"EndpointArn": spam, "Text": text}))
        .await;
    let classes = answer["Classes"].as_array().unwrap();
    let names: Vec<_> = classes.iter().map(|class| class["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["spam", "ham"]);
    let sum: f64 = classes.iter().map(|class| class["Score"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-3, "{answer}");
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    assert_eq!(classes[0].as_object().unwrap().len(), 2, "{answer}");

    let topics = endpoint(&site, "topics", &TOPICS).await;
    let answer = site
        .ok("ClassifyDocument", json!({"EndpointArn": topics, "Text": text}))
        .await;
    assert_eq!(answer["Labels"][0]["Name"], "spam", "{answer}");

    let nowhere = json!({"EndpointArn": arn("document-classifier-endpoint/none"), "Text": text});
    assert_eq!(
        site.code("ClassifyDocument", nowhere).await,
        "ResourceUnavailableException"
    );
    let prompts = "arn:aws:comprehend:eu-west-1:aws:document-classifier-endpoint/prompt-safety";
    assert_eq!(
        site.code("ClassifyDocument", json!({"EndpointArn": prompts, "Text": text}))
            .await,
        "ResourceUnavailableException"
    );
}

#[tokio::test]
async fn a_file_is_read_and_classified_or_refused_for_a_reason() {
    let site = Site::new().await;
    let spam = endpoint(&site, "spam", &SPAM).await;
    let request = |bytes: &[u8]| json!({"EndpointArn": spam, "Bytes": base64(bytes)});
    let text = "réponds: win a prize, call now";
    let answer = site.ok("ClassifyDocument", request(text.as_bytes())).await;
    assert_eq!(
        (&answer["Classes"][0]["Name"], &answer["Classes"][0]["Page"]),
        (&"spam".into(), &1.into())
    );
    assert_eq!(
        answer["DocumentMetadata"],
        json!({"Pages": 1, "ExtractedCharacters": [{"Page": 1, "Count": text.chars().count()}]})
    );
    assert_eq!(answer["DocumentType"], json!([{"Page": 1, "Type": "PLAIN_TEXT"}]));
    assert!(
        answer.get("Warnings").is_none() && answer.get("Errors").is_none(),
        "{answer}"
    );

    let binary: Vec<u8> = (0..=255).collect();
    let long = "x".repeat(11 << 20);
    // More large requests than are in memory at a time: each has its turn.
    let large = request(&long.as_bytes()[..3 << 20]);
    let refused = futures::future::join_all((0..9).map(|_| site.refused("ClassifyDocument", large.clone()))).await;
    assert!(refused.iter().all(|answer| answer["Reason"] == "INVALID_DOCUMENT"));
    for (bytes, reason) in [
        (binary.as_slice(), "UNSUPPORTED_DOC_TYPE"),
        (b"%PDF-1.7\nnothing of it", "UNSUPPORTED_DOC_TYPE"),
        (long.as_bytes(), "DOCUMENT_SIZE_EXCEEDED"),
    ] {
        let refused = site.refused("ClassifyDocument", request(bytes)).await;
        assert_eq!(
            (&refused["__type"], &refused["Reason"], &refused["Detail"]),
            (
                &"InvalidRequestException".into(),
                &"INVALID_DOCUMENT".into(),
                &json!({"Reason": reason})
            ),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_model_that_was_changed_is_not_used() {
    let site = Site::new().await;
    let created = site.ok("CreateDocumentClassifier", create("spam", None)).await;
    let classifier = created["DocumentClassifierArn"].as_str().unwrap();
    site.trained(classifier, b"this is no model", report()).await;
    let request = json!({"EndpointName": "spam", "ModelArn": classifier, "DesiredInferenceUnits": 1});
    let endpoint: Value = site.ok("CreateEndpoint", request).await["EndpointArn"].clone();
    let refused = site
        .refused("ClassifyDocument", json!({"EndpointArn": endpoint, "Text": "a"}))
        .await;
    assert_eq!(refused["__type"], "ResourceUnavailableException", "{refused}");
}

#[tokio::test]
async fn an_endpoint_follows_the_active_model_of_a_flywheel() {
    let site = Site::new().await;
    let first = trained(&site, "first", &SPAM).await;
    let second = trained(&site, "second", &SPAM).await;
    let flywheel = json!({
        "FlywheelName": "mill", "ActiveModelArn": first, "DataAccessRoleArn": ROLE, "DataLakeS3Uri": "s3://lake/of",
    });
    site.ok("CreateFlywheel", flywheel).await;
    let flywheel = arn("flywheel/mill");
    let request = json!({"EndpointName": "live", "FlywheelArn": flywheel, "DesiredInferenceUnits": 1});
    let created = site.ok("CreateEndpoint", request).await;
    assert_eq!(created["ModelArn"], first.as_str());
    let endpoint = json!({"EndpointArn": created["EndpointArn"]});
    let described = async || site.ok("DescribeEndpoint", endpoint.clone()).await["EndpointProperties"].clone();
    let before = described().await;
    assert_eq!(
        (&before["ModelArn"], &before["FlywheelArn"]),
        (&first.clone().into(), &flywheel.clone().into())
    );

    let listed = async |model: &str| {
        let request = json!({"Filter": {"ModelArn": model}});
        site.ok("ListEndpoints", request).await["EndpointPropertiesList"].clone()
    };
    assert_eq!(
        (listed(&first).await, listed(&second).await),
        (json!([before]), json!([]))
    );

    let update = json!({"FlywheelArn": flywheel, "ActiveModelArn": second});
    site.ok("UpdateFlywheel", update).await;
    assert_eq!(described().await["ModelArn"], second.as_str());
    assert_eq!(
        (listed(&first).await, listed(&second).await),
        (json!([]), json!([described().await]))
    );
    let text = json!({"EndpointArn": created["EndpointArn"], "Text": "win a prize, call now"});
    let answer = site.ok("ClassifyDocument", text).await;
    assert_eq!(answer["Classes"][0]["Name"], "spam");
    let mut job = start(&first);
    job.as_object_mut().unwrap().remove("DocumentClassifierArn");
    job["FlywheelArn"] = flywheel.clone().into();
    let started = site.ok("StartDocumentClassificationJob", job).await;
    assert_eq!(started["DocumentClassifierArn"], second.as_str());
    let delete = json!({"FlywheelArn": flywheel});
    assert_eq!(
        site.code("DeleteFlywheel", delete.clone()).await,
        "ResourceInUseException"
    );

    // Told a model, it lets the flywheel go.
    let update = json!({"EndpointArn": created["EndpointArn"], "DesiredModelArn": first});
    site.ok("UpdateEndpoint", update).await;
    let after = described().await;
    assert_eq!((&after["ModelArn"], after.get("FlywheelArn")), (&first.into(), None));
    let adopted = site.making(&arn("flywheel/mill/dataset/initial-training-data")).await;
    site.fail(adopted, "INPUT_NOT_FOUND: no.").await;
    site.ok("DeleteFlywheel", delete).await;
}
