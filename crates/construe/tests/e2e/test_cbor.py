"""The second protocol that the service models name, Smithy RPC v2 CBOR, as boto3 speaks it when it is told to.

boto3 prefers JSON; other SDKs take CBOR. Answers must mean the same in both, down to the precision of scores.
"""

import gzip
import json
import struct
from pathlib import Path

import boto3
import botocore
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from files import pdf
from messages import messages, training_file
from sites import ALICE, REGION

MODELS = {"comprehend": "2017-11-27", "comprehendmedical": "2018-10-30"}


@pytest.fixture(scope="module")
def cbor(site, tmp_path_factory):
    """Makes clients whose models of the services name CBOR only."""
    folder = tmp_path_factory.mktemp("models")
    for service, version in MODELS.items():
        source = Path(botocore.__file__).parent / "data" / service / version / "service-2.json.gz"
        model = json.loads(gzip.decompress(source.read_bytes()))
        model["metadata"]["protocols"] = ["smithy-rpc-v2-cbor"]
        target = folder / service / version / "service-2.json"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(model))

    def client(service="comprehend", **options):
        session = botocore.session.Session()
        session.get_component("data_loader").search_paths.insert(0, str(folder))
        made = boto3.session.Session(botocore_session=session).client(
            service,
            endpoint_url=site.api,
            region_name=REGION,
            aws_access_key_id=ALICE.access_key,
            aws_secret_access_key=ALICE.secret,
            config=Config(retries={"total_max_attempts": 1}, **options),
        )
        assert made.meta.service_model.resolved_protocol == "smithy-rpc-v2-cbor"
        return made

    return client


def without_metadata(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def as_sent_in_cbor(value, member=None):
    """An answer that came in JSON, with scores in the single precision that the model gives them."""
    if isinstance(value, dict):
        return {name: as_sent_in_cbor(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [as_sent_in_cbor(item, member) for item in value]
    if isinstance(value, float) and member in ("Score", "RelationshipScore"):
        return struct.unpack("f", struct.pack("f", value))[0]
    return value


def test_synchronous_answers_are_the_same(site, cbor):
    text = "Señora Ana Gómez, 41, of 12 High Street, Leeds LS1 4AP, paid with 4539 5787 6362 1486 on 3 May 2024 👍."
    for operation in ("detect_entities", "detect_pii_entities", "contains_pii_entities"):
        plain, binary = (
            getattr(client, operation)(Text=text, LanguageCode="en") for client in (site.comprehend(), cbor())
        )
        headers = binary["ResponseMetadata"]["HTTPHeaders"]
        assert (headers["smithy-protocol"], headers["content-type"]) == ("rpc-v2-cbor", "application/cbor"), headers
        assert as_sent_in_cbor(without_metadata(plain)) == without_metadata(binary)
        assert len(str(binary)) > 100, binary
    note = "Lisinopril 20 mg daily for hypertension. No chest pain. MRN 0048213."
    plain, binary = (client.detect_entities_v2(Text=note) for client in (site.medical(), cbor("comprehendmedical")))
    assert as_sent_in_cbor(without_metadata(plain)) == without_metadata(binary)
    assert len(binary["Entities"]) >= 3, binary


def test_a_job_with_its_times(site, cbor):
    """Moments in both directions: in what describes the job, and in filters of lists."""
    bucket = site.bucket()
    site.put(bucket, {"in.txt": b"Mail to a@b-mail.com\n"})
    comprehend = cbor()
    request = site.request(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    job = comprehend.start_pii_entities_detection_job(**request)["JobId"]
    properties = site.wait(job, "COMPLETED")
    described = comprehend.describe_pii_entities_detection_job(JobId=job)["PiiEntitiesDetectionJobProperties"]
    assert described == properties
    submitted = properties["SubmitTime"]
    for years, found in ((-1, True), (1, False)):
        after = submitted.replace(year=submitted.year + years, day=1)
        listed = comprehend.list_pii_entities_detection_jobs(Filter={"SubmitTimeAfter": after}, MaxResults=500)
        jobs = [listed_job["JobId"] for listed_job in listed["PiiEntitiesDetectionJobPropertiesList"]]
        assert (job in jobs) == found, (after, jobs)


def test_a_classifier_and_a_document(site, cbor):
    """Measures of double precision in a description, and a file as a string of bytes."""
    bucket = site.bucket()
    site.put(bucket, {"train.csv": training_file(messages(60))})
    model = site.train_classifier(f"s3://{bucket}/train.csv")
    comprehend = cbor()
    described = comprehend.describe_document_classifier(DocumentClassifierArn=model)["DocumentClassifierProperties"]
    assert described == site.describe_classifier(model)

    endpoint = comprehend.create_endpoint(EndpointName="cbor", ModelArn=model, DesiredInferenceUnits=1)["EndpointArn"]
    document = pdf(["see you at the station, love"])
    plain, binary = (
        client.classify_document(EndpointArn=endpoint, Bytes=document) for client in (site.comprehend(), comprehend)
    )
    assert binary["DocumentType"] == [{"Page": 1, "Type": "NATIVE_PDF"}], binary
    assert as_sent_in_cbor(without_metadata(plain)) == without_metadata(binary)
    answer = comprehend.delete_endpoint(EndpointArn=endpoint)
    assert without_metadata(answer) == {}


def test_errors(cbor):
    comprehend = cbor(parameter_validation=False)
    model = f"arn:aws:comprehend:{REGION}:{ALICE.id}:document-classifier/nothing"
    cases = [
        ("describe_pii_entities_detection_job", {"JobId": "0" * 32}, "JobNotFoundException", 404),
        ("detect_pii_entities", {"Text": "a", "LanguageCode": "xx"}, "ValidationException", 400),
        ("detect_pii_entities", {"Text": "a" * 200_000, "LanguageCode": "en"}, "TextSizeLimitExceededException", 400),
        ("import_model", {"SourceModelArn": model}, "ResourceNotFoundException", 404),
        ("detect_syntax", {"Text": "a", "LanguageCode": "en"}, "UnknownOperationException", 400),
    ]
    for operation, request, code, status in cases:
        with pytest.raises(ClientError) as refused:
            getattr(comprehend, operation)(**request)
        answer = refused.value.response
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status), answer
        assert answer["Error"]["Message"], answer
