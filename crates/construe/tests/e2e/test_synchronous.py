"""DetectPiiEntities and ContainsPiiEntities: one text, answered at once as a job would answer it."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from corpus import LF, line_file
from outputs import ENTITY_MEMBERS, check_entities, exact_findings, records
from signing import call
from sites import BOB
from test_cli import aws_program

DETECT, CONTAINS = "DetectPiiEntities", "ContainsPiiEntities"
# What is neither ASCII nor one code unit, a card, names, dates, an address: pattern types and others.
LETTER = (
    "👩‍👩‍👧‍👦 Señora María Gómez (née e\u0301tienne), 42 years old, born on 3 May 1980, lives at 12 High Street, "
    "Leeds LS1 4AP.\u2028Her card is 4539 5787 6362 1486, her e-mail maria.gomez@quartz-pigeon.com, "
    "telephone +44 20 7946 0958.\r\nPassword: Tr0ub4dor&3 👍"
)


def test_same_answer_as_the_job_for_every_line(site):
    """Byte for byte what the job writes about the same line, members, order and scores; also when many
    texts are analysed at the same time, and whatever was analysed before."""
    lines = [line.text for line in line_file(70, 150, (LF,)).lines]
    lines += [LETTER.replace("\r\n", " "), " ", "\ufeffa@b-mail.com"]
    bucket = site.bucket()
    site.put(bucket, {"in.txt": "\n".join(lines).encode()})
    _, outputs = site.run(f"s3://{bucket}/in.txt", f"s3://{bucket}/out")
    written = outputs["in.txt.out"].decode().removesuffix("\n").split("\n")
    assert len(written) == len(lines)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda text: call(site.api, DETECT, {"Text": text, "LanguageCode": "en"}), lines))
        labels = list(pool.map(lambda text: call(site.api, CONTAINS, {"Text": text, "LanguageCode": "en"}), lines))
    for number, (text, record, answer, labelled) in enumerate(zip(lines, written, answers, labels, strict=True)):
        assert (answer.status, labelled.status) == (200, 200), (answer, labelled)
        expected = record.removesuffix(f',"File":"in.txt","Line":{number}}}')
        assert expected != record and answer.text == expected + "}", (text, record, answer)
        best = {}
        for entity in answer.json["Entities"]:
            best[entity["Type"]] = max(best.get(entity["Type"], 0), entity["Score"])
        found = labelled.json["Labels"]
        assert {label["Name"]: label["Score"] for label in found} == best and len(found) == len(best), labelled
        assert [label["Score"] for label in found] == sorted(best.values(), reverse=True), labelled
    assert sum(len(answer.json["Entities"]) for answer in answers) > 150


def test_same_answer_as_the_job_for_a_whole_file(site):
    """A text of the greatest length, which the engine reads in pieces, with line ends in it."""
    body = line_file(71, 2000).body.decode()
    text = (LETTER + "\r\n" + body).encode()[:100_000].decode("utf-8", "ignore")
    text += "." * (100_000 - len(text.encode()))
    bucket = site.bucket()
    site.put(bucket, {"in.txt": text.encode()})
    source = {"S3Uri": f"s3://{bucket}/in.txt", "InputFormat": "ONE_DOC_PER_FILE"}
    _, outputs = site.run("", f"s3://{bucket}/out", InputDataConfig=source)
    (record,) = records(outputs["in.txt.out"])
    answer = site.comprehend().detect_pii_entities(Text=text, LanguageCode="en")
    assert answer["Entities"] == record["Entities"] and len(answer["Entities"]) > 1000

    with pytest.raises(ClientError) as raised:
        site.comprehend().detect_pii_entities(Text=text + ".", LanguageCode="en")
    error = raised.value.response["Error"]
    assert error["Code"] == "TextSizeLimitExceededException"
    assert "100000 bytes" in error["Message"] and "100001 bytes" in error["Message"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_offsets_count_code_points(site, language):
    client = site.comprehend(BOB)
    answer = client.detect_pii_entities(Text=LETTER, LanguageCode=language)
    entities = answer["Entities"]
    assert all(set(entity) == ENTITY_MEMBERS for entity in entities)
    check_entities(LETTER, entities)
    surfaces = {entity["Type"]: LETTER[entity["BeginOffset"] : entity["EndOffset"]] for entity in entities}
    assert surfaces["EMAIL"] == "maria.gomez@quartz-pigeon.com"
    assert surfaces["CREDIT_DEBIT_NUMBER"] == "4539 5787 6362 1486"
    assert "María Gómez" in [LETTER[e["BeginOffset"] : e["EndOffset"]] for e in entities if e["Type"] == "NAME"]

    labels = client.contains_pii_entities(Text=LETTER, LanguageCode=language)["Labels"]
    assert {label["Name"] for label in labels} == set(surfaces)
    assert all(set(label) == {"Name", "Score"} and 0 < label["Score"] <= 1 for label in labels)

    nothing = "The parcel arrived and the box was dry."
    assert client.detect_pii_entities(Text=nothing, LanguageCode=language)["Entities"] == []
    assert client.contains_pii_entities(Text=nothing, LanguageCode=language)["Labels"] == []


@pytest.mark.parametrize("operation", [DETECT, CONTAINS])
def test_refusals(site, operation):
    """Each with its code, none with a word of the text, and the next request is answered."""
    canary = "Zephyrbottom"
    good = {"Text": canary, "LanguageCode": "en"}
    for request, kind, fragments in [
        ({**good, "Text": ""}, "ValidationException", ["'text'", "greater than or equal to 1"]),
        ({"LanguageCode": "en"}, "ValidationException", ["'text'", "must not be null"]),
        ({"Text": canary}, "ValidationException", ["'languageCode'", "must not be null"]),
        ({**good, "LanguageCode": "tlh"}, "ValidationException", ["'tlh'", "'languageCode'", "en, es, fr"]),
        ({**good, "LanguageCode": "fr"}, "UnsupportedLanguageException", ["fr", "en, es"]),
        ({**good, "LanguageCode": "zh-TW"}, "UnsupportedLanguageException", ["zh-TW", "en, es"]),
        ({**good, "Text": [canary]}, "SerializationException", ["'text'"]),
        (
            {**good, "Text": canary + "é" * 50_000},
            "TextSizeLimitExceededException",
            ["limit", "100000 bytes", f"{100_000 + len(canary)} bytes"],
        ),
        # Half a character, which JSON can write and UTF-8 cannot.
        (b'{"Text": "%b \\ud83d", "LanguageCode": "en"}' % canary.encode(), "SerializationException", []),
        (b'{"Text": "%b", "LanguageCode": "en"' % canary.encode(), "SerializationException", []),
    ]:
        answer = call(site.api, operation, request)
        assert (answer.status, answer.type) == (400, kind), answer
        assert all(fragment in answer.message for fragment in fragments), answer
        assert canary not in answer.text, answer
    answer = call(site.api, operation, good)
    assert answer.status == 200, answer
    assert call(site.api, operation, good, service="comprehendmedical").type == "InvalidSignatureException"
    assert call(site.api, operation, good, secret="wrong").type == "InvalidSignatureException"


def test_with_the_aws_cli(site):
    def comprehend(operation, text, succeeds=True):
        done = subprocess.run(
            [aws_program(), "comprehend", operation, "--language-code", "en", "--text", text, "--output", "json"],
            env=site.cli_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode == 0) == succeeds, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout) if succeeds else done.stderr

    text = "👍 Please write to amber.birch@cobalt-delta.com, SSN 536-81-4427."
    entities = comprehend("detect-pii-entities", text)["Entities"]
    begin = text.index("amber")
    number = text.index("536")
    expected = [("EMAIL", begin, text.index(", SSN")), ("SSN", number, number + 11)]
    assert exact_findings(entities) == expected
    labels = comprehend("contains-pii-entities", text)["Labels"]
    assert {label["Name"] for label in labels} >= {"EMAIL", "SSN"}
    assert "TextSizeLimitExceededException" in comprehend("detect-pii-entities", "x" * 100_001, succeeds=False)
