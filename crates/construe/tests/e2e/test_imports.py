"""Copies of models, within an account and by the leave of another."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError
from catalogue import lines
from messages import messages, training_file
from sites import ALICE, BOB
from test_flywheels import create_flywheel, settle
from test_recognizers import HELD_OUT, annotated, check_found, code, files
from waiting import wait_until

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def policy(arn, account=BOB.id, **changes):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "comprehend:ImportModel",
        "Resource": arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


def name():
    return f"m-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def spam(site):
    """A site's classifier that tests must not delete."""
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(messages(100))})
    return site.train_classifier(f"s3://{bucket}/train.csv", VersionName="v1")


def answers(site, account, model):
    """What an endpoint of the model says to two texts."""
    comprehend = site.comprehend(account)
    endpoint = comprehend.create_endpoint(EndpointName=name(), ModelArn=model, DesiredInferenceUnits=1)["EndpointArn"]
    texts = ("WINNER!! Claim your prize, call now", "see you at the station, love")
    found = [comprehend.classify_document(EndpointArn=endpoint, Text=text)["Classes"] for text in texts]
    comprehend.delete_endpoint(EndpointArn=endpoint)
    return found


def gone(site, account, arn):
    """Deletes a classifier, once the job that copies it is done with it."""

    def deleted():
        try:
            site.comprehend(account).delete_document_classifier(DocumentClassifierArn=arn)
            return True
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ResourceInUseException", error
            return False

    wait_until(deleted, lambda: f"{arn} deleted")


def test_a_copy_answers_as_its_original_and_outlives_it(site):
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(messages(100))})
    original = site.train_classifier(f"s3://{bucket}/train.csv", OutputDataConfig={"S3Uri": f"s3://{bucket}/out/"})
    comprehend = site.comprehend()
    copied = comprehend.import_model(
        SourceModelArn=original,
        ModelName=(copy := name()),
        VersionName="two",
        DataAccessRoleArn=ALICE.role_arn,
        Tags=[{"Key": "a", "Value": "b"}],
    )["ModelArn"]
    assert copied == f"arn:aws:comprehend:us-east-1:{ALICE.id}:document-classifier/{copy}/version/two"
    status = site.describe_classifier(original)["Status"]
    properties = site.wait_classifier(copied, status)
    first = site.describe_classifier(original)
    assert properties["SourceModelArn"] == original and properties["VersionName"] == "two"
    for member in ("ClassifierMetadata", "LanguageCode", "Mode"):
        assert properties[member] == first[member], member
    assert "S3Uri" not in properties["InputDataConfig"], "what it learnt from is its first owner's"
    assert properties["DataAccessRoleArn"] == ALICE.role_arn
    assert comprehend.list_tags_for_resource(ResourceArn=copied)["Tags"] == [{"Key": "a", "Value": "b"}]
    listed = comprehend.list_document_classifiers(Filter={"DocumentClassifierName": copy})
    assert [one["DocumentClassifierArn"] for one in listed["DocumentClassifierPropertiesList"]] == [copied]
    expected = answers(site, ALICE, original)
    gone(site, ALICE, original)
    assert answers(site, ALICE, copied) == expected
    # A copy can be copied; a flywheel may begin with it, and has no data then.
    again = comprehend.import_model(SourceModelArn=copied, ModelName=name())["ModelArn"]
    assert "DataAccessRoleArn" not in site.wait_classifier(again, status)
    flywheel = create_flywheel(site, bucket, ActiveModelArn=again, ModelType=None, TaskConfig=None)
    assert settle(site, flywheel) == {}


def test_recognizers_are_copied_as_well(site):
    bucket = site.bucket()
    site.put(bucket, {**files(), "in.txt": lines(HELD_OUT)})
    original = site.create_recognizer(InputDataConfig=annotated(bucket))
    first = site.wait_recognizer(original, "TRAINED")
    copied = site.comprehend().import_model(SourceModelArn=original, ModelName=name())["ModelArn"]
    properties = site.wait_recognizer(copied, "TRAINED")
    assert properties["SourceModelArn"] == original
    assert properties["RecognizerMetadata"] == first["RecognizerMetadata"]
    assert properties["InputDataConfig"]["EntityTypes"] == first["InputDataConfig"]["EntityTypes"]
    assert "Documents" not in properties["InputDataConfig"]
    _, content = site.run_archived(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", EntityRecognizerArn=copied)
    check_found(content, HELD_OUT)


def test_another_account_needs_a_policy(site, spam):
    alice, bob = site.comprehend(), site.comprehend(BOB)

    def refused():
        with pytest.raises(ClientError) as raised:
            bob.import_model(SourceModelArn=spam, ModelName=name())
        return code(raised) == "ResourceNotFoundException"

    assert refused(), "without a policy nobody learns that there is a model"
    for text in (policy(spam, account=ALICE.id), policy(spam, Action="comprehend:Describe*"), policy(spam + "0")):
        alice.put_resource_policy(ResourceArn=spam, ResourcePolicy=text)
        assert refused(), text
    put = alice.put_resource_policy(ResourceArn=spam, ResourcePolicy=policy(spam))["PolicyRevisionId"]
    copied = bob.import_model(SourceModelArn=spam)["ModelArn"]
    assert copied.startswith(f"arn:aws:comprehend:us-east-1:{BOB.id}:document-classifier/") and "version" not in copied
    status = site.describe_classifier(spam)["Status"]
    properties = site.wait_classifier(copied, status, account=BOB)
    assert properties["SourceModelArn"] == spam
    assert answers(site, BOB, copied) == answers(site, ALICE, spam)
    with pytest.raises(ClientError) as raised:
        bob.import_model(SourceModelArn=spam)
    assert code(raised) == "ResourceInUseException", "the name is taken"
    # What was copied stays; no more copies once the policy is gone.
    alice.delete_resource_policy(ResourceArn=spam, PolicyRevisionId=put)
    assert refused()
    assert site.describe_classifier(copied, BOB)["Status"] == status


def test_policies_have_revisions(site, spam):
    comprehend = site.comprehend()
    with pytest.raises(ClientError) as raised:
        comprehend.describe_resource_policy(ResourceArn=spam)
    assert code(raised) == "ResourceNotFoundException"
    first = comprehend.put_resource_policy(ResourceArn=spam, ResourcePolicy=policy(spam))["PolicyRevisionId"]
    described = comprehend.describe_resource_policy(ResourceArn=spam)
    assert described["ResourcePolicy"] == policy(spam) and described["PolicyRevisionId"] == first
    assert described["CreationTime"] == described["LastModifiedTime"]
    other = policy(spam, account=ALICE.id)
    second = comprehend.put_resource_policy(ResourceArn=spam, ResourcePolicy=other, PolicyRevisionId=first)
    second = second["PolicyRevisionId"]
    assert second != first
    changed = comprehend.describe_resource_policy(ResourceArn=spam)
    assert changed["ResourcePolicy"] == other and changed["CreationTime"] == described["CreationTime"]
    for stale in (
        lambda: comprehend.put_resource_policy(ResourceArn=spam, ResourcePolicy=other, PolicyRevisionId=first),
        lambda: comprehend.delete_resource_policy(ResourceArn=spam, PolicyRevisionId=first),
        lambda: comprehend.put_resource_policy(
            ResourceArn=spam, ResourcePolicy=policy(spam, Condition={"Bool": {"aws:SecureTransport": "true"}})
        ),
        lambda: comprehend.put_resource_policy(ResourceArn=spam, ResourcePolicy="{}"),
    ):
        with pytest.raises(ClientError) as raised:
            stale()
        assert code(raised) == "InvalidRequestException"
    assert comprehend.describe_resource_policy(ResourceArn=spam)["PolicyRevisionId"] == second
    comprehend.delete_resource_policy(ResourceArn=spam)
    for missing in (comprehend.describe_resource_policy, comprehend.delete_resource_policy):
        with pytest.raises(ClientError) as raised:
            missing(ResourceArn=spam)
        assert code(raised) == "ResourceNotFoundException"
    with pytest.raises(ClientError) as raised:
        site.comprehend(BOB).put_resource_policy(ResourceArn=spam, ResourcePolicy=policy(spam))
    assert code(raised) == "ResourceNotFoundException", "of the owner alone"


def test_a_model_may_be_made_with_its_policy(site):
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(messages(40))})
    text = policy("*")
    model = site.create_classifier(f"s3://{bucket}/train.csv", ModelPolicy=text)
    assert site.comprehend().describe_resource_policy(ResourceArn=model)["ResourcePolicy"] == text
    site.wait_classifier(model, "TRAINED", "TRAINED_WITH_WARNING")
    copied = site.comprehend(BOB).import_model(SourceModelArn=model, ModelName=name())["ModelArn"]
    site.wait_classifier(copied, "TRAINED", "TRAINED_WITH_WARNING", account=BOB)


def test_what_an_import_needs_is_checked_at_once(site, spam):
    comprehend = site.comprehend()
    missing = spam.replace("/version/v1", "/version/v9")
    untrained = site.create_classifier("s3://no-such-bucket-anywhere/train.csv")
    site.wait_classifier(untrained, "IN_ERROR")
    for request, expected in (
        ({"SourceModelArn": missing}, "ResourceNotFoundException"),
        ({"SourceModelArn": untrained, "ModelName": name()}, "ResourceUnavailableException"),
        ({"SourceModelArn": spam.replace("us-east-1", "eu-west-1")}, "InvalidRequestException"),
        ({"SourceModelArn": spam, "ModelKmsKeyId": KEY}, "KmsKeyValidationException"),
        ({"SourceModelArn": spam, "DataAccessRoleArn": BOB.role_arn}, "InvalidRequestException"),
        ({"SourceModelArn": spam, "Tags": [{"Key": "aws:x", "Value": ""}]}, "InvalidRequestException"),
        ({"SourceModelArn": spam, "VersionName": "v1"}, "ResourceInUseException"),
    ):
        with pytest.raises(ClientError) as raised:
            comprehend.import_model(**request)
        assert code(raised) == expected, request
