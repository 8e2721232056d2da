"""The shell commands that need no service: `detect`, `doctor`, and the help that teaches."""

import json
import os
import subprocess

import pytest

from corpus import LF, line_file
from outputs import PII_TYPES, check_entities, exact_findings
from processes import binary, clean_environment

LETTER = "Dear Ms. Whitaker,\nplease write to anna.berg@harbor-post.com or call.\nSSN: 536-22-8145\n"


@pytest.fixture
def construe(tmp_path):
    def run(*arguments, stdin=b"", code=0, environment=None):
        done = subprocess.run(
            [binary(), *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=60,
            cwd=tmp_path,
            env=clean_environment(tmp_path, environment),
        )
        assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout!r}\n{done.stderr!r}"
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        return done

    return run


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text(LETTER)
    return path


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_text_lists_findings_by_file_line_and_column(construe, letter):
    lines = construe("detect", "pii", "--types", "EMAIL,SSN", letter).out.splitlines()
    assert [line.split(" ")[:2] + line.split(" ")[3:] for line in lines] == [
        [f"{letter}:2:17:", "EMAIL", "anna.berg@harbor-post.com"],
        [f"{letter}:3:6:", "SSN", "536-22-8145"],
    ]
    coloured = construe("detect", "pii", "--color", "always", letter).out
    assert "\x1b[" in coloured and "Dear Ms. " in coloured
    assert "\x1b[" not in construe("detect", "pii", letter).out


def test_json_has_offsets_that_slice_the_text(construe, letter, tmp_path):
    corpus = line_file(500, 200, (LF,))
    (tmp_path / "corpus.txt").write_bytes(corpus.body)
    found = json_lines(construe("detect", "pii", "--per", "line", "--format", "json", "corpus.txt").out)
    assert [record["Line"] for record in found] == list(range(200))
    for record, line in zip(found, corpus.lines, strict=True):
        assert record["File"] == "corpus.txt"
        for entity in record["Entities"]:
            assert entity.pop("Text") == line.text[entity["BeginOffset"] : entity["EndOffset"]]
        check_entities(line.text, record["Entities"])
        assert exact_findings(record["Entities"]) == line.findings
    (whole,) = json_lines(construe("detect", "pii", "--format", "json", letter).out)
    assert "Line" not in whole
    assert ["EMAIL", "SSN"] == [e["Type"] for e in whole["Entities"] if e["Type"] in ("EMAIL", "SSN")]


def test_spans_read_and_write_json_lines(construe):
    documents = [
        {"id": "one", "text": "Write to ünï@mail-eins.com 👍 or ops@mail-zwei.com.", "spans": [], "extra": 1},
        {"id": 2, "text": "nothing here"},
        {"id": "three", "text": ""},
    ]
    stdin = "".join(json.dumps(document) + "\n" for document in documents).encode()
    found = json_lines(construe("detect", "pii", "--format", "spans", stdin=stdin).out)
    assert [(record["id"], record["text"]) for record in found] == [(d["id"], d["text"]) for d in documents]
    text = documents[0]["text"]
    for span in found[0]["spans"]:
        assert set(span) == {"start", "end", "label", "score"} and span["label"] in PII_TYPES and 0 < span["score"] <= 1
    surfaces = [text[span["start"] : span["end"]] for span in found[0]["spans"] if span["label"] == "EMAIL"]
    assert "ops@mail-zwei.com" in surfaces
    assert found[2]["spans"] == []


NOTE = "👩 John Smith, 54, denies chest pain.\nTakes metformin 500 mg twice daily.\n"
NOTICE = "not a substitute for professional medical advice, diagnosis, or treatment"


@pytest.mark.parametrize("engine, types", [("medical", ["DX_NAME", "GENERIC_NAME"]), ("phi", ["NAME"])])
def test_medical_findings_in_every_format(construe, tmp_path, engine, types):
    (tmp_path / "note.txt").write_text(NOTE)
    arguments = ("detect", engine, "--types", ",".join(types))
    (answer,) = json_lines(construe(*arguments, "--format", "json", "note.txt").out)
    assert answer["File"] == "note.txt" and "Line" not in answer and answer["ModelVersion"]
    assert ("UnmappedAttributes" in answer) == (engine == "medical")
    found = answer["Entities"]
    assert {entity["Type"] for entity in found} == set(types)
    for entity in found:
        for part in (entity, *entity.get("Attributes", [])):
            assert NOTE[part["BeginOffset"] : part["EndOffset"]] == part["Text"]
    if engine == "medical":
        (pain, metformin) = found
        assert (pain["Text"], pain["Category"]) == ("chest pain", "MEDICAL_CONDITION")
        assert "NEGATION" in {mark["Name"] for mark in pain["Traits"]}
        assert "500 mg" in {attribute["Text"] for attribute in metformin["Attributes"]}
    lines = json_lines(construe(*arguments, "--format", "json", "--per", "line", "note.txt").out)
    assert [line["Line"] for line in lines] == [0, 1]
    assert [e["Text"] for line in lines for e in line["Entities"]] == [e["Text"] for e in found]

    (spans,) = json_lines(
        construe(*arguments, "--format", "spans", stdin=json.dumps({"id": 7, "text": NOTE}).encode()).out
    )
    assert spans["id"] == 7
    assert [(s["start"], s["end"], s["label"]) for s in spans["spans"]] == [
        (e["BeginOffset"], e["EndOffset"], e["Type"]) for e in found
    ]
    text = construe(*arguments, "note.txt").out.splitlines()
    assert [line.split(" ")[1] for line in text] == [entity["Type"] for entity in found]
    if engine == "medical":
        assert text[0].startswith("note.txt:1:") and text[0].endswith("]") and "NEGATION" in text[0], text
        assert text[1].startswith("note.txt:2:") and "500 mg" in text[1], text
    coloured = construe(*arguments, "--color", "always", "note.txt").out
    assert "\x1b[" in coloured and coloured.startswith("👩 ")
    assert construe(*arguments, "--format", "none", "--stats", "note.txt").out == ""


def test_medical_engines_give_notice_beside_their_output(construe):
    for engine in ("medical", "phi"):
        done = construe("detect", engine, stdin=NOTE.encode())
        assert done.err.count(NOTICE) == 1 and NOTICE not in done.out
        assert NOTICE in construe("detect", engine, "--help").out
    assert NOTICE not in construe("detect", "pii", stdin=NOTE.encode()).err


def test_medical_types_may_be_categories(construe):
    every = construe("detect", "medical", stdin=NOTE.encode()).out
    medication = construe("detect", "medical", "--types", "medication", stdin=NOTE.encode()).out
    assert medication and set(medication.splitlines()) < set(every.splitlines())
    refused = construe("detect", "phi", "--types", "MEDICATION", stdin=NOTE.encode(), code=1)
    assert "MEDICATION" in refused.err and "PHONE_OR_FAX" in refused.err and "DX_NAME" not in refused.err
    assert "es" in construe("detect", "phi", "--language", "es", stdin=NOTE.encode(), code=1).err


def test_standard_input_languages_and_thresholds(construe):
    spanish = "Escriba a soporte@correo-sur.es, por favor.\n".encode()
    for arguments in ([], ["-"]):
        out = construe("detect", "pii", "--language", "es", "--types", "email", *arguments, stdin=spanish).out
        assert out.startswith("(standard input):1:11: EMAIL ") and out.endswith(" soporte@correo-sur.es\n"), out
    assert construe("detect", "pii", "--threshold", "1.1", "--language", "es", stdin=spanish).out == ""
    assert construe("detect", "pii", stdin=b"").out == ""


def test_output_is_the_same_at_any_number_of_threads(construe, tmp_path):
    (tmp_path / "corpus.txt").write_bytes(line_file(501, 20_000, (LF,)).body)
    arguments = ("detect", "pii", "--per", "line", "--format", "json", "corpus.txt", "--threads")
    assert construe(*arguments, 1).stdout == construe(*arguments, 7).stdout


def test_a_closed_pipe_is_no_failure(tmp_path):
    (tmp_path / "corpus.txt").write_bytes(line_file(502, 20_000, (LF,)).body)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [binary(), "detect", "pii", "corpus.txt"], stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, timeout=60
    )
    os.close(write)
    assert done.returncode == 0 and done.stderr == b"", done


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["missing.txt"], ["missing.txt", "No such file"]),
        (["--types", "SHOE_SIZE", "-"], ["SHOE_SIZE", "EMAIL"]),
        (["--language", "fr", "-"], ["fr", "es"]),
        (["--format", "yaml", "-"], ["yaml", "spans"]),
        (["--format", "spans", "-"], ["line 2", "id and text"]),
        (["latin1.txt", "letter.txt"], ["latin1.txt", "UTF-8", "1 of 2"]),
    ],
    ids=lambda value: value[0] if len(value) < 3 else value[1],
)
def test_bad_input_says_what_and_where_and_fails(construe, letter, tmp_path, arguments, fragments):
    (tmp_path / "latin1.txt").write_bytes("Señora secreta".encode("latin-1"))
    stdin = b'{"id": 1, "text": "fine"}\n{"id": 2, "txt": "hush-hush"}\n'
    done = subprocess.run(
        [binary(), "detect", "pii", *arguments],
        input=stdin,
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
        env=clean_environment(tmp_path),
    )
    message = done.stderr.decode()
    assert done.returncode not in (0, 101), done
    for fragment in fragments:
        assert fragment in message, message
    assert "panicked" not in message and "hush-hush" not in message and "secreta" not in message


def test_help_teaches(construe):
    overview = construe("--help").out
    for command in (
        "standalone",
        "gateway",
        "control-plane",
        "worker",
        "migrate",
        "detect",
        "doctor",
        "jobs",
        "workers",
    ):
        assert f"\n  {command} " in overview, overview
    help_of_detect = construe("detect", "pii", "--help").out
    assert "Examples:" in help_of_detect and "construe detect pii " in help_of_detect
    assert construe("--version").out.startswith("construe ")
    bare = construe(code=2)
    assert "Usage" in bare.err + bare.out
    assert "standalone" in construe("standlone", code=2).err, "a slip of the keys gets a hint"


def test_doctor_says_what_is_wrong_and_what_to_do(construe, make_cluster):
    unreachable = {
        "CONSTRUE__DATABASE__URL": "postgres://someone:hush-hush@127.0.0.1:9/none",
        "CONSTRUE__QUEUE__URL": "amqp://someone:hush-hush@127.0.0.1:9/none",
        "CONSTRUE__OBJECTS__ENDPOINT": "http://127.0.0.1:9",
        "CONSTRUE__OBJECTS__PATH_STYLE": "true",
        "CONSTRUE__OBJECTS__ACCESS_KEY_ID": "AKIDEXAMPLE",
        "CONSTRUE__OBJECTS__SECRET_ACCESS_KEY": "hush-hush",
        "CONSTRUE__CONTROL__URL": "http://127.0.0.1:9",
    }
    done = construe("doctor", code=1, environment=unreachable)
    shown = (done.out + done.err).lower()
    assert "hush-hush" not in shown and "panicked" not in shown
    for dependency in ("database", "queue", "object"):
        assert dependency in shown, shown

    site = make_cluster(workers=0)
    healthy = construe("doctor", environment=site.settings)
    assert site.control_token not in healthy.out + healthy.err
    for setting in ("DATABASE__URL", "QUEUE__URL", "OBJECTS__ENDPOINT"):
        broken = dict(site.settings) | {f"CONSTRUE__{setting}": unreachable[f"CONSTRUE__{setting}"]}
        assert construe("doctor", code=1, environment=broken)


def test_configuration_mistakes_stop_a_role_with_a_reason(construe):
    for environment, fragment in [
        ({}, "is not set"),
        ({"CONSTRUE__DATABASE__ULR": "postgres://x"}, "ulr"),
        ({"CONSTRUE__PIPELINE__SHARD_BYTES": "many"}, "shard_bytes"),
        ({"CONSTRUE__ACCOUNTS": "12:AKID:hush-hush"}, "12 digits"),
    ]:
        for role in (["gateway"], ["control-plane"], ["worker", "entities"]):
            done = construe(*role, code=1, environment=environment)
            assert fragment in done.err.lower() and "hush-hush" not in done.err, (role, done.err)


def test_standalone_refuses_other_peoples_addresses_and_taken_ports(construe, standalone, tmp_path):
    refused = construe("standalone", "--listen", "0.0.0.0:0", "--data-dir", tmp_path / "d", code=1)
    assert "--allow-remote" in refused.err
    taken = standalone.api.removeprefix("http://")
    busy = construe("standalone", "--listen", taken, "--data-dir", tmp_path / "e", code=1)
    assert taken in busy.err and "panicked" not in busy.err
    # Two processes over one folder would not see each other's work.
    again = construe("standalone", "--listen", "127.0.0.1:0", "--data-dir", standalone.directory / "data", code=1)
    assert "panicked" not in again.err and str(standalone.directory / "data") in again.err
