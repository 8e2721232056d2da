"""Reading and judging job outputs: the oracle that counts every document exactly once."""

import io
import json
import subprocess
import tarfile

from corpus import EXACT_TYPES, split_lines

ENTITY_TYPES = set("PERSON LOCATION ORGANIZATION COMMERCIAL_ITEM EVENT DATE QUANTITY TITLE OTHER".split())
ENTITY_MEMBERS = {"BeginOffset", "EndOffset", "Score", "Type"}
PII_TYPES = set(
    """
    BANK_ACCOUNT_NUMBER BANK_ROUTING CREDIT_DEBIT_NUMBER CREDIT_DEBIT_CVV CREDIT_DEBIT_EXPIRY PIN EMAIL ADDRESS NAME
    PHONE SSN DATE_TIME PASSPORT_NUMBER DRIVER_ID URL AGE USERNAME PASSWORD AWS_ACCESS_KEY AWS_SECRET_KEY IP_ADDRESS
    MAC_ADDRESS LICENSE_PLATE VEHICLE_IDENTIFICATION_NUMBER UK_NATIONAL_INSURANCE_NUMBER CA_SOCIAL_INSURANCE_NUMBER
    US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER IN_PERMANENT_ACCOUNT_NUMBER IN_NREGA
    INTERNATIONAL_BANK_ACCOUNT_NUMBER SWIFT_CODE UK_NATIONAL_HEALTH_SERVICE_NUMBER CA_HEALTH_NUMBER IN_AADHAAR
    IN_VOTER_NUMBER
    """.split()
)


def records(body):
    """The records of one output: JSON, one per line, each line ended by LF."""
    if not body:
        return []
    assert body.endswith(b"\n"), body[-80:]
    return [json.loads(line) for line in body[:-1].split(b"\n")]


def check_entities(text, entities):
    """What holds for the findings of any document: members, known types, offsets in order and inside."""
    previous = 0
    for entity in entities:
        assert set(entity) == ENTITY_MEMBERS, entity
        assert entity["Type"] in PII_TYPES, entity
        assert 0.0 < entity["Score"] <= 1.0, entity
        begin, end = entity["BeginOffset"], entity["EndOffset"]
        assert previous <= begin < end <= len(text), (entity, len(text))
        surface = text[begin:end]
        assert surface == surface.strip(), (entity, surface)
        previous = end


def exact_findings(entities):
    """(type, begin, end) of the types whose findings the corpus knows."""
    return [(e["Type"], e["BeginOffset"], e["EndOffset"]) for e in entities if e["Type"] in EXACT_TYPES]


def check_line_output(name, body, output, known=None):
    """Judges the output of a line file: every line exactly once, in order, offsets right. `known` are
    the corpus lines, where the exact findings are known."""
    lines = split_lines(body)
    found = records(output)
    assert [(r["File"], r["Line"]) for r in found] == [(name, number) for number in range(len(lines))]
    for number, ((raw, _), record) in enumerate(zip(lines, found, strict=True)):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            assert set(record) == {"ErrorCode", "ErrorMessage", "File", "Line"}, record
            assert record["ErrorCode"] == "UNSUPPORTED_ENCODING", record
            continue
        if len(raw) > 1_048_576:
            assert set(record) == {"ErrorCode", "ErrorMessage", "File", "Line"}, record
            assert record["ErrorCode"] == "DOCUMENT_SIZE_EXCEEDED", record
            continue
        assert set(record) == {"Entities", "File", "Line"}, record
        check_entities(text, record["Entities"])
        if known is not None:
            assert text == known[number].text
            assert exact_findings(record["Entities"]) == known[number].findings, (number, text, record["Entities"])
    return found


def redacted(text, entities, types=None, mask="*", replace=False):
    """A second implementation of redaction, from the findings of an offsets job."""
    pieces, position = [], 0
    for entity in entities:
        if types is not None and entity["Type"] not in types:
            continue
        begin, end = entity["BeginOffset"], entity["EndOffset"]
        pieces += [text[position:begin], f"[{entity['Type']}]" if replace else mask * (end - begin)]
        position = end
    return "".join(pieces) + text[position:]


def redacted_file(body, found, **options):
    """What a redaction job should write for `body`, given the records of an offsets job on it."""
    return b"".join(
        redacted(raw.decode(), record["Entities"], **options).encode() + terminator
        for (raw, terminator), record in zip(split_lines(body), found, strict=True)
    )


def archive_member(archive, directory, name="output"):
    """The content of the one member of an output.tar.gz, which is called `name`, as Python reads it; gzip and
    tar have to find nothing wrong with it either."""
    subprocess.run(["gzip", "-t"], input=archive, check=True, capture_output=True)
    listed = subprocess.run(["tar", "-tzv"], input=archive, check=True, capture_output=True)
    assert listed.stderr == b"", listed.stderr
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        (member,) = tar.getmembers()
        assert (member.name, member.isfile(), member.mode) == (name, True, 0o644), member
        assert member.mtime > 1_600_000_000, "the time of the job"
        content = tar.extractfile(member).read()
    out = subprocess.run(["tar", "-xzO"], input=archive, check=True, capture_output=True, cwd=directory)
    assert out.stdout == content and out.stderr == b""
    return content


def check_typed_entities(text, entities):
    """What holds for the entities of any document: members, types, words where the offsets say."""
    previous = 0
    for entity in entities:
        assert list(entity) == ["BeginOffset", "EndOffset", "Score", "Text", "Type"], entity
        assert entity["Type"] in ENTITY_TYPES, entity
        assert 0.0 < entity["Score"] <= 1.0, entity
        begin, end = entity["BeginOffset"], entity["EndOffset"]
        assert previous <= begin < end <= len(text), (entity, len(text))
        assert text[begin:end] == entity["Text"], (entity, text[begin:end])
        previous = end


def check_entities_output(files, content):
    """Judges the content of an archive of line files: every line of every file exactly once, files in the order
    of their keys, lines in theirs. Gives {(file, line): record}."""
    expected = []
    for key in sorted(files, key=str.encode):
        name = key.rpartition("/")[2]
        expected += [(name, number, raw) for number, (raw, _) in enumerate(split_lines(files[key]))]
    found = records(content)
    assert [(r["File"], r["Line"]) for r in found] == [(name, number) for name, number, _ in expected]
    for (_, _, raw), record in zip(expected, found, strict=True):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            assert list(record) == ["ErrorCode", "ErrorMessage", "File", "Line"], record
            assert record["ErrorCode"] == "UNSUPPORTED_ENCODING", record
            continue
        if len(raw) > 1_048_576:
            assert list(record) == ["ErrorCode", "ErrorMessage", "File", "Line"], record
            assert record["ErrorCode"] == "DOCUMENT_SIZE_EXCEEDED", record
            continue
        assert list(record) == ["Entities", "File", "Line"], record
        check_typed_entities(text, record["Entities"])
    return {(record["File"], record["Line"]): record for record in found}
