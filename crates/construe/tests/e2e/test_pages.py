"""Custom entities in files: pages, lines and words, and what endpoints answer, in both modes."""

import uuid

import pytest
from botocore.exceptions import ClientError
from catalogue import annotations, lines, remark, remarks
from files import pdf, textract
from outputs import records

ROWS = remarks(200)
# Without characters that the font of the pages lacks.
FIRST, SECOND = remark(2000)[0], remark(2002)[0]
TYPES = ("PART", "MAKER")


@pytest.fixture(scope="module")
def recognizer(site):
    bucket = site.bucket()
    site.put(bucket, {"texts.txt": lines(ROWS), "annotations.csv": annotations(ROWS, "texts.txt")})
    data = {
        "EntityTypes": [{"Type": name} for name in TYPES],
        "Documents": {"S3Uri": f"s3://{bucket}/texts.txt", "InputFormat": "ONE_DOC_PER_LINE"},
        "Annotations": {"S3Uri": f"s3://{bucket}/annotations.csv"},
    }
    recognizer = site.create_recognizer(InputDataConfig=data)
    site.wait_recognizer(recognizer, "TRAINED")
    return recognizer


@pytest.fixture(scope="module")
def endpoint(site, recognizer):
    comprehend = site.comprehend()
    name = f"e-{uuid.uuid4().hex[:12]}"
    answer = comprehend.create_endpoint(EndpointName=name, ModelArn=recognizer, DesiredInferenceUnits=1)
    yield answer["EndpointArn"]
    comprehend.delete_endpoint(EndpointArn=answer["EndpointArn"])


def check_blocks(answer, text):
    """Entities point into lines and words that hold just their text."""
    blocks = {block["Id"]: block for block in answer["Blocks"]}
    assert len(blocks) == len(answer["Blocks"])
    found_lines = [block for block in answer["Blocks"] if block["BlockType"] == "LINE"]
    assert " ".join(line["Text"] for line in found_lines) == text
    for line in found_lines:
        (children,) = line["Relationships"]
        assert children["Type"] == "CHILD"
        assert " ".join(blocks[child]["Text"] for child in children["Ids"]) == line["Text"]
        box = line["Geometry"]["BoundingBox"]
        assert 0 <= box["Left"] and box["Left"] + box["Width"] <= 1.001 and len(line["Geometry"]["Polygon"]) == 4
    assert answer["Entities"], answer
    for entity in answer["Entities"]:
        assert entity["Type"] in TYPES and "BeginOffset" not in entity, entity
        references = entity["BlockReferences"]
        parts = [(reference["BlockId"], reference) for reference in references]
        words = [(child["ChildBlockId"], child) for reference in references for child in reference["ChildBlocks"]]
        for pieces in (parts, words):
            cut = [blocks[block]["Text"][place["BeginOffset"] : place["EndOffset"]] for block, place in pieces]
            assert " ".join(cut) == entity["Text"], entity


def test_a_job_over_files(site, recognizer):
    bucket = site.bucket()
    files = {
        "pages.pdf": pdf([FIRST, SECOND]),
        "plain.txt": FIRST.encode(),
        "broken.pdf": b"%PDF-1.7\nnothing of it",
        # Longer than a text may be, and no longer than a PDF may be.
        "padded.pdf": pdf([FIRST]) + b"%" + b" " * (12 << 20),
    }
    site.put(bucket, files, prefix="in/")
    _, content = site.run_archived(
        f"s3://{bucket}/in/",
        f"s3://{bucket}/out",
        EntityRecognizerArn=recognizer,
        InputDataConfig={"S3Uri": f"s3://{bucket}/in/", "InputFormat": "ONE_DOC_PER_FILE"},
    )
    found = {}
    for record in records(content):
        found.setdefault(record["File"], []).append(record)
    assert set(found) == set(files)
    (plain,) = found["plain.txt"]
    assert set(plain) == {"Entities", "File"} and {"BeginOffset", "EndOffset"} < set(plain["Entities"][0])
    assert found["broken.pdf"][0]["ErrorCode"] == "UNSUPPORTED_DOC_TYPE"
    pages = found["pages.pdf"]
    assert [page["DocumentMetadata"] for page in pages] == [{"PageNumber": number, "Pages": 2} for number in (1, 2)]
    for page, text in zip(pages, (FIRST, SECOND), strict=True):
        assert page["DocumentType"] == "NativePDF"
        check_blocks(page, text)
    assert "Entities" in found["padded.pdf"][0], found["padded.pdf"]


def test_an_endpoint_answers_at_once(site, endpoint):
    comprehend = site.comprehend()
    answer = comprehend.detect_entities(EndpointArn=endpoint, Text=FIRST)
    assert answer["Entities"] and {entity["Type"] for entity in answer["Entities"]} <= set(TYPES), answer
    for entity in answer["Entities"]:
        assert FIRST[entity["BeginOffset"] : entity["EndOffset"]] == entity["Text"]
    # A file of plain text has a page and no blocks.
    in_file = comprehend.detect_entities(EndpointArn=endpoint, Bytes=FIRST.encode(), LanguageCode="en")
    assert in_file["Entities"] == answer["Entities"] and "Blocks" not in in_file
    assert in_file["DocumentType"] == [{"Page": 1, "Type": "PLAIN_TEXT"}]
    page = comprehend.detect_entities(EndpointArn=endpoint, Bytes=pdf([FIRST]))
    check_blocks(page, FIRST)
    assert page["DocumentType"] == [{"Page": 1, "Type": "NATIVE_PDF"}]
    assert page["DocumentMetadata"] == {
        "Pages": 1,
        "ExtractedCharacters": [{"Page": 1, "Count": len(FIRST)}],
    }
    # What Textract has read already need not be read again, whatever is said about reading.
    for reader in (
        {},
        {"DocumentReadAction": "TEXTRACT_DETECT_DOCUMENT_TEXT", "DocumentReadMode": "FORCE_DOCUMENT_READ_ACTION"},
    ):
        more = {"DocumentReaderConfig": reader} if reader else {}
        read = comprehend.detect_entities(EndpointArn=endpoint, Bytes=textract([FIRST]), **more)
        check_blocks(read, FIRST)
        assert read["DocumentType"] == [{"Page": 1, "Type": "TEXTRACT_DETECT_DOCUMENT_TEXT_JSON"}]
        assert [entity["Text"] for entity in read["Entities"]] == [entity["Text"] for entity in answer["Entities"]]
    with pytest.raises(ClientError) as raised:
        comprehend.detect_entities(EndpointArn=endpoint, Bytes=b"\x00\x01\x02")
    assert raised.value.response["Detail"]["Reason"] == "UNSUPPORTED_DOC_TYPE"
    for request, code in [
        ({"Text": "x" * 10_001, "EndpointArn": endpoint}, "TextSizeLimitExceededException"),
        ({"Text": "x", "EndpointArn": f"{endpoint}-none"}, "ResourceUnavailableException"),
    ]:
        with pytest.raises(ClientError) as raised:
            comprehend.detect_entities(**request)
        assert raised.value.response["Error"]["Code"] == code
