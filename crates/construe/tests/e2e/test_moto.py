"""Smoke test of the distributed mode on an S3 server that is not ours: moto's."""

from corpus import CRLF, LF, line_file
from outputs import check_line_output, records, redacted_file
from sites import MotoServer


def test_distributed_mode_on_an_independent_s3(make_cluster):
    site = make_cluster(objects=MotoServer)
    files = {f"in/{n}.txt": line_file(400 + n, 30 if n else 600, (LF, CRLF)) for n in range(4)}
    bucket = site.bucket()
    site.put(bucket, {name: file.body for name, file in files.items()})
    _, outputs = site.run(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    assert sorted(outputs) == [f"{n}.txt.out" for n in range(4)]
    for key, file in files.items():
        name = key.removeprefix("in/")
        check_line_output(name, file.body, outputs[f"{name}.out"], file.lines)

    _, redactions = site.run(
        f"s3://{bucket}/in/1.txt",
        f"s3://{bucket}/out",
        Mode="ONLY_REDACTION",
        RedactionConfig={"PiiEntityTypes": ["ALL"], "MaskMode": "MASK"},
    )
    expected = redacted_file(files["in/1.txt"].body, records(outputs["1.txt.out"]))
    assert redactions == {"1.txt.out": expected}

    failed = site.wait(site.start("s3://no-such-bucket-here/in", f"s3://{bucket}/out"), "FAILED")
    assert "no-such-bucket-here" in failed["Message"]
