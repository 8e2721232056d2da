use super::*;
use crate::decode::decode;
use serde_json::{Value, json};

fn caller() -> Caller {
    Caller {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
    }
}

fn arn(resource: &str) -> String {
    format!("arn:aws:comprehend:eu-west-1:111122223333:{resource}")
}

#[test]
fn an_endpoint_serves_one_model() {
    let create = |changes: Value| {
        let mut body = json!({"EndpointName": "spam", "DesiredInferenceUnits": 1});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        decode::<CreateEndpointRequest>(body.to_string().as_bytes())?.check(&caller())
    };
    let model = arn("document-classifier/spam/version/v1");
    assert_eq!(
        create(json!({"ModelArn": model, "DesiredInferenceUnits": 10})),
        Ok(ModelChoice::Model(model.clone()))
    );
    let flywheel = arn("flywheel/mill");
    assert_eq!(
        create(json!({"FlywheelArn": flywheel})),
        Ok(ModelChoice::Flywheel(flywheel.clone()))
    );
    use ErrorCode::*;
    for (changes, code) in [
        (json!({}), InvalidRequestException),
        (
            json!({"ModelArn": model, "FlywheelArn": flywheel}),
            InvalidRequestException,
        ),
        (json!({"ModelArn": arn("flywheel/mill")}), ValidationException),
        (
            json!({"ModelArn": model, "DesiredInferenceUnits": 0}),
            ValidationException,
        ),
        (
            json!({"ModelArn": model, "DesiredInferenceUnits": 11}),
            ResourceLimitExceededException,
        ),
        (
            json!({"ModelArn": model, "EndpointName": "x".repeat(41)}),
            ValidationException,
        ),
    ] {
        let error = create(changes.clone()).unwrap_err();
        assert_eq!(error.code, code, "{changes}: {error}");
    }
}

#[test]
fn an_update_may_leave_the_model_alone() {
    let update = |changes: Value| {
        let mut body = json!({"EndpointArn": arn("document-classifier-endpoint/spam")});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        decode::<UpdateEndpointRequest>(body.to_string().as_bytes())?.check(&caller())
    };
    assert_eq!(update(json!({"DesiredInferenceUnits": 2})), Ok(None));
    let model = arn("document-classifier/spam");
    assert_eq!(
        update(json!({"DesiredModelArn": model})),
        Ok(Some(ModelChoice::Model(model.clone())))
    );
    let both = update(json!({"DesiredModelArn": model, "FlywheelArn": arn("flywheel/mill")}));
    assert_eq!(both.unwrap_err().code, ErrorCode::InvalidRequestException);
}

#[test]
fn what_is_desired_is_what_is() {
    let (endpoint, model) = (
        arn("document-classifier-endpoint/spam"),
        arn("document-classifier/spam"),
    );
    let record = EndpointRecord {
        arn: &endpoint,
        model_arn: Some(&model),
        inference_units: 3,
        role_arn: None,
        flywheel_arn: None,
        created_micros: 1_000_000,
        modified_micros: 2_000_000,
    };
    let expected = json!({
        "EndpointArn": endpoint, "Status": "IN_SERVICE", "ModelArn": model, "DesiredModelArn": model,
        "DesiredInferenceUnits": 3, "CurrentInferenceUnits": 3, "CreationTime": 1.0, "LastModifiedTime": 2.0,
    });
    assert_eq!(serde_json::to_value(record.describe()).unwrap(), expected);
    let filters = json!({"Filter": {"ModelArn": model, "Status": "IN_SERVICE"}}).to_string();
    let request: ListEndpointsRequest = decode(filters.as_bytes()).unwrap();
    assert_eq!(request.filter().unwrap_err().code, ErrorCode::InvalidRequestException);
}
