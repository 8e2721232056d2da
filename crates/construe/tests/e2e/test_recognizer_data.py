"""What custom entity recognizers are trained with: data that are not as they should be, in both modes."""

import json

import pytest
from botocore.exceptions import ClientError
from catalogue import annotations, entity_list, lines, manifest
from outputs import records
from test_recognizers import HELD_OUT, ROWS, TYPES, annotated, code, files


def test_one_type_is_enough_and_others_are_left_out(site):
    """Of types that were not asked for nothing is learnt; nor of an annotation that overlaps another."""
    bucket = site.bucket()
    marked = annotations(ROWS, "texts.txt")
    doubled = next(
        (number, begin, end) for number, (_, es) in enumerate(ROWS) for begin, end, kind in es if kind == "PART"
    )
    number, begin, end = doubled
    marked += f"texts.txt,{number},{begin + 1},{end},PART\r\nnone.txt,0,0,3,PART\r\n".encode()
    site.put(bucket, {"texts.txt": lines(ROWS), "annotations.csv": marked})
    places = annotated(bucket)
    places["EntityTypes"] = [{"Type": "PART"}]
    recognizer = site.create_recognizer(InputDataConfig=places)
    trained = site.wait_recognizer(recognizer, "TRAINED_WITH_WARNING")
    makers = sum(kind == "MAKER" for _, entities in ROWS for _, _, kind in entities)
    for told in (
        f"{makers} entities of other types were left out",
        "1 annotations that overlap one before them were left out",
        "1 annotations belong to no document and were left out",
    ):
        assert told in trained["Message"], trained["Message"]
    (kind,) = trained["RecognizerMetadata"]["EntityTypes"]
    assert kind["Type"] == "PART" and set(kind["EvaluationMetrics"]) == {"Precision", "Recall", "F1Score"}
    overall = trained["RecognizerMetadata"]["EvaluationMetrics"]
    assert overall == kind["EvaluationMetrics"], "of one type, all is what is known of it"
    site.put(bucket, {"in.txt": lines(HELD_OUT)})
    _, content = site.run_archived(f"s3://{bucket}/in.txt", f"s3://{bucket}/out", EntityRecognizerArn=recognizer)
    kinds = {entity["Type"] for record in records(content) for entity in record["Entities"]}
    assert kinds == {"PART"}
    site.comprehend().delete_entity_recognizer(EntityRecognizerArn=recognizer)


def test_attributes_of_several_labelling_jobs_count_together(site):
    bucket = site.bucket()
    comprehend = site.comprehend()
    rows = []
    for text, entities in ROWS:
        parts, makers = ([e for e in entities if e[2] == kind] for kind in ("PART", "MAKER"))
        rows.append((json.loads(manifest([(text, parts)], "parts")), json.loads(manifest([(text, makers)], "makers"))))
    chained = "".join(json.dumps({**first, **second}) + "\n" for first, second in rows).encode()
    site.put(bucket, {"train.manifest": chained})

    def create(*attributes):
        source = {"S3Uri": f"s3://{bucket}/train.manifest", "AttributeNames": list(attributes)}
        data = {"DataFormat": "AUGMENTED_MANIFEST", "EntityTypes": TYPES, "AugmentedManifests": [source]}
        return site.create_recognizer(InputDataConfig=data)

    both = site.wait_recognizer(create("parts", "makers"), "TRAINED")
    assert {kind["Type"] for kind in both["RecognizerMetadata"]["EntityTypes"]} == {"PART", "MAKER"}
    one = site.wait_recognizer(create("parts"), "IN_ERROR")
    assert "MAKER" in one["Message"], "no entity of this type is left: " + one["Message"]
    none = site.wait_recognizer(create("sparts"), "IN_ERROR")
    assert "attributes" in none["Message"] and f"line {len(ROWS)}" in none["Message"], none["Message"]
    for arn in (both, one, none):
        comprehend.delete_entity_recognizer(EntityRecognizerArn=arn["EntityRecognizerArn"])


def listed(rows=ROWS, **changes):
    """Files of a training with a list of entities."""
    return {"texts.txt": lines(rows), "list.csv": entity_list(rows), **changes}


BAD_LISTS = {
    "no header": (listed(**{"list.csv": b"M8,PART\n"}), "line 1: the first line must name the columns: Text,Type"),
    "three columns": (listed(**{"list.csv": b"Text,Type\nM8,PART,canary\n"}), "line 2: the row must have 2 columns"),
    "an empty name": (listed(**{"list.csv": b"Text,Type\n ,PART\n"}), "line 2: the text of an entity has 1 to"),
    "broken quotes": (listed(**{"list.csv": b'Text,Type\n"canary,PART\n'}), "line 2: the quotation mark"),
    "too few in the texts": (listed(), "200"),
    "unknown types alone": (listed(**{"list.csv": b"Text,Type\nM8,PLANET\n"}), "200"),
    "not UTF-8": (listed(**{"list.csv": b"Text,Type\ncanary\xff,PART\n"}), "line 2: the file must be encoded in UTF-8"),
}


@pytest.mark.parametrize("case", BAD_LISTS)
def test_bad_lists_are_named(site, case):
    bodies, named = BAD_LISTS[case]
    bucket = site.bucket()
    site.put(bucket, bodies)
    recognizer = site.create_recognizer(
        InputDataConfig={
            "EntityTypes": TYPES,
            "Documents": {"S3Uri": f"s3://{bucket}/texts.txt"},
            "EntityList": {"S3Uri": f"s3://{bucket}/list.csv"},
        }
    )
    failed = site.wait_recognizer(recognizer, "IN_ERROR")
    assert named in failed["Message"] and "canary" not in failed["Message"], failed["Message"]
    site.comprehend().delete_entity_recognizer(EntityRecognizerArn=recognizer)


def test_what_a_recognizer_needs_is_checked_at_once(site):
    good = annotated("bucket")
    annotations_place, documents = good["Annotations"], good["Documents"]
    source = {"S3Uri": "s3://bucket/m", "AttributeNames": ["a"]}
    for change in (
        {"EntityTypes": [{"Type": "PART"}, {"Type": "PART"}]},
        {"EntityTypes": [{"Type": f"T{number}"} for number in range(26)]},
        {"EntityTypes": [{"Type": "A\nB"}]},
        {"Documents": None},
        {"Annotations": None},
        {"EntityList": {"S3Uri": "s3://bucket/list.csv"}},
        {"AugmentedManifests": [source]},
        {"DataFormat": "AUGMENTED_MANIFEST"},
        {"Documents": {**documents, "TestS3Uri": "s3://bucket/test"}},
        {"Annotations": {**annotations_place, "TestS3Uri": "s3://bucket/test"}},
    ):
        places = {name: value for name, value in {**good, **change}.items() if value is not None}
        with pytest.raises(ClientError) as raised:
            site.create_recognizer(InputDataConfig=places)
        assert code(raised) in ("InvalidRequestException", "ValidationException"), change


# A blank in the first text.
BLANK = (ROWS[0][0].index(" "), ROWS[0][0].index(" ") + 1)


def bad_annotations(row):
    return annotations(ROWS, "texts.txt") + row


BAD_DATA = {
    "no header": ({"annotations.csv": b"texts.txt,0,0,3,PART\r\n"}, "line 1"),
    "offsets the wrong way round": ({"annotations.csv": bad_annotations(b"texts.txt,0,9,3,PART\r\n")}, "end offset"),
    "offsets beyond the text": ({"annotations.csv": bad_annotations(b"texts.txt,4,0,900,PART\r\n")}, "end offset"),
    "offsets that are no numbers": ({"annotations.csv": bad_annotations(b"texts.txt,0,a,3,PART\r\n")}, "whole number"),
    "too few annotations": ({"annotations.csv": annotations(ROWS[:20], "texts.txt")}, "25"),
    "too little text": (
        {"texts.txt": lines(ROWS[:10]), "annotations.csv": annotations(ROWS[:10], "texts.txt")},
        "5000",
    ),
    "not UTF-8": ({"texts.txt": lines(ROWS[:100]) + b"canary \xff\n"}, "UTF-8"),
    "no texts": ({"texts.txt": None}, "texts.txt"),
    "annotations of other texts alone": ({"annotations.csv": annotations(ROWS, "none.txt")}, "25"),
    "broken quotes": ({"annotations.csv": bad_annotations(b'"texts.txt,0,0,3,PART\r\n')}, "quotation mark"),
    "a column too many": ({"annotations.csv": bad_annotations(b"texts.txt,0,0,3,PART,canary\r\n")}, "5 columns"),
    "offsets of a blank": ({"annotations.csv": bad_annotations(b"texts.txt,0,%d,%d,PART\r\n" % BLANK)}, "white space"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_training_data_is_named(site, case):
    """The message tells what breaks which rule, and never what stands there."""
    bodies, named = BAD_DATA[case]
    bucket = site.bucket()
    site.put(bucket, {name: body for name, body in {**files(), **bodies}.items() if body is not None})
    recognizer = site.create_recognizer(InputDataConfig=annotated(bucket))
    failed = site.wait_recognizer(recognizer, "IN_ERROR")
    prefix, _, sentence = failed["Message"].partition(": ")
    assert prefix.isupper() and named in sentence and "canary" not in sentence, failed["Message"]
    assert "RecognizerMetadata" not in failed
    with pytest.raises(ClientError) as raised:
        site.start(f"s3://{bucket}/", f"s3://{bucket}/out", kind="entities", EntityRecognizerArn=recognizer)
    assert code(raised) == "ResourceUnavailableException"
    site.comprehend().delete_entity_recognizer(EntityRecognizerArn=recognizer)
