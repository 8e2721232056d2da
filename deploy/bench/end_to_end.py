"""Measures whole jobs on this machine; run it through deploy/bench.sh, which builds the program.

  deploy/bench.sh                                  embedded mode, 1 GB, and the one-line job
  deploy/bench.sh --mode cluster --megabytes 100 1000
  deploy/bench.sh --megabytes 100 --cores 1
  deploy/bench.sh --mode cluster --small-files 5000 60000
  deploy/bench.sh --mode cluster --training 50 250

The engine alone is `construe detect pii` on the same files with as many threads as the job has slots,
writing nothing. A megabyte is 10^6 bytes. Jobs of small files find protected health information, which has one
output for each file; what counts there is memory, which is not to grow with their number. Trainings make
classifiers of so many megabytes of made-up text; there too it is memory that counts, and the time in ratio to
`construe train classifier` on the same file.
"""

import argparse
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# The end-to-end tests' way of running installations serves here too.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "crates" / "construe" / "tests" / "e2e"))

import inputs  # noqa: E402
from processes import binary, clean_environment  # noqa: E402
from sites import ALICE, Cluster, Standalone  # noqa: E402

_STATS = re.compile(r"(\d+) documents, (\d+) findings, (\d+) bytes in ([\d.]+) s")


def engine_alone(paths, threads):
    """(seconds, seconds of processor time, documents, findings) of the engine on the files."""
    command = [binary(), "detect", "pii", "--per", "line", "--format", "none", "--stats", "--threads", str(threads)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, *map(str, paths)], capture_output=True, text=True, check=True, env=clean_environment("/")
    )
    documents, findings, _, seconds = _STATS.search(done.stderr).groups()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(seconds), used, int(documents), int(findings)


def forget_peaks(processes):
    """Makes the kernel count peak memory anew, so that starting and uploading do not count."""
    for process in processes:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Measured:
    """What the processes of an installation take from now on."""

    def __init__(self, site):
        self._processes = [process for process in site.processes() if process]
        forget_peaks(self._processes)
        self._before = [(process.peak_rss(), processor_seconds(process)) for process in self._processes]

    def processor_seconds(self):
        """Of all processes together."""
        return sum(
            processor_seconds(process) - before
            for process, (_, before) in zip(self._processes, self._before, strict=True)
        )

    def show(self):
        """Prints the memory of each process at its peak and before, and its processor time."""
        for process, (memory, seconds) in zip(self._processes, self._before, strict=True):
            name = process.name.partition("site-")[2] or process.name
            used = processor_seconds(process) - seconds
            peak = process.peak_rss()
            print(
                f"  {name:<18}{peak / 1e6:8.0f} MB peak, {memory / 1e6:.0f} MB before, {used:.1f} s of processor time"
            )


def whole_job(site, bucket, poll=0.1):
    """(seconds as a client sees it, seconds between SubmitTime and EndTime)."""
    begun = time.monotonic()
    job = site.start(f"s3://{bucket}/in/", f"s3://{bucket}/out")
    while (properties := site.describe(job))["JobStatus"] not in ("COMPLETED", "FAILED"):
        time.sleep(poll)
    seconds = time.monotonic() - begun
    if properties["JobStatus"] != "COMPLETED":
        sys.exit(f"the job failed: {properties.get('Message')}")
    return seconds, (properties["EndTime"] - properties["SubmitTime"]).total_seconds()


def one_line_job(site, runs):
    """Seconds from the call of Start to the first Describe that says COMPLETED, polled every 10 ms."""
    bucket = site.bucket()
    site.put(bucket, {"in/line.txt": b"Please call Mary Thompson at 212-555-0147 tomorrow.\n"})
    whole_job(site, bucket, poll=0.01)
    return sorted(whole_job(site, bucket, poll=0.01)[0] for _ in range(runs))


def open_site(mode, directory, cores, **workers):
    settings = {"CONSTRUE__PIPELINE__SLOTS": str(cores)}
    if mode == "standalone":
        return Standalone(directory, settings=settings)
    return Cluster(directory, settings=settings, **(workers or {"workers": 1}))


def measure(mode, megabytes, options, directory):
    size = megabytes * 10**6
    paths = inputs.write_files(directory / "inputs", size, options.files, options.seed)
    size = sum(path.stat().st_size for path in paths)
    engine, engine_used, documents, findings = engine_alone(paths, options.cores)
    print(f"\n{mode}, {size / 1e6:.0f} MB in {len(paths)} files, {documents} lines, {findings} findings")
    print(f"  engine alone      {engine:8.2f} s  {size / 1e6 / engine:7.1f} MB/s on {options.cores} threads", end="")
    print(f", {size / 1e6 / engine_used:.1f} MB per second of a core")
    site = open_site(mode, directory / "site", options.cores)
    try:
        bucket = site.bucket()
        begun = time.monotonic()
        for path in paths:
            site.s3().upload_file(str(path), bucket, f"in/{path.name}")
            path.unlink()
        print(f"  upload (boto3)    {time.monotonic() - begun:8.2f} s")
        processes = [process for process in site.processes() if process]
        forget_peaks(processes)
        before = {process: processor_seconds(process) for process in processes}
        seconds, inside = whole_job(site, bucket)
        print(
            f"  whole job         {seconds:8.2f} s  {size / 1e6 / seconds:7.1f} MB/s, {seconds / engine:.2f} times"
            f" the engine alone ({inside:.2f} s from SubmitTime to EndTime)"
        )
        whole = 0
        for process in processes:
            name = process.name.partition("site-")[2] or process.name
            used = processor_seconds(process) - before[process]
            whole += used
            print(f"  {name:<18}{process.peak_rss() / 1e6:8.0f} MB peak, {used:.1f} s of processor time")
        print(f"  processor time    {whole:8.1f} s, {whole / engine_used:.2f} times the engine alone")
    finally:
        site.close()


def small_files(mode, count, options, directory):
    """A job of `count` files in an installation of its own: its time, and what each process took."""
    site = open_site(mode, directory / "site", options.cores, workers=0, medical_workers=1)
    try:
        bucket, s3 = site.bucket(), site.s3()
        with ThreadPoolExecutor(8) as threads:
            upload = lambda note: s3.put_object(Bucket=bucket, Key=f"in/{note[0]}", Body=note[1])  # noqa: E731
            for _ in threads.map(upload, inputs.notes(count, options.seed)):
                pass
        measured = Measured(site)
        begun = time.monotonic()
        job = site.medical().start_phi_detection_job(
            InputDataConfig={"S3Bucket": bucket, "S3Key": "in/"},
            OutputDataConfig={"S3Bucket": bucket, "S3Key": "out/"},
            DataAccessRoleArn=ALICE.role_arn,
            LanguageCode="en",
        )["JobId"]
        describe = site.medical().describe_phi_detection_job
        while (state := describe(JobId=job)["ComprehendMedicalAsyncJobProperties"]["JobStatus"]) != "COMPLETED":
            if state not in ("SUBMITTED", "IN_PROGRESS"):
                sys.exit(f"the job of small files ended as {state}")
            time.sleep(0.2)
        seconds = time.monotonic() - begun
        print(f"\n{mode}, {count} small files: {seconds:.1f} s, {count / seconds:.0f} files/s")
        measured.show()
    finally:
        site.close()


def trained_alone(path, directory):
    """(seconds, seconds of processor time, peak memory in bytes) of `construe train classifier` on a file."""
    command = [binary(), "train", "classifier", str(path), "--out", str(directory / "model")]
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment("/"))
    child.stdout.read()
    # Not `wait`: that of this process's own children tells what they took.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"training alone ended with {child.returncode}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def training(mode, megabytes, options, directory):
    """Training a classifier on so many megabytes in an installation of its own: its time, and what each process
    took."""
    path = directory / "train.csv"
    inputs.training_file(path, megabytes * 10**6, options.labels, options.seed)
    print(f"\n{mode}, training on {megabytes} MB with {options.labels} labels")
    alone, alone_used, alone_memory = trained_alone(path, directory)
    print(
        f"  train classifier  {alone:8.1f} s, {alone_used:.1f} s of processor time,"
        f" {megabytes / alone_used:.1f} MB per second of a core, {alone_memory / 1e6:.0f} MB peak"
    )
    site = open_site(mode, directory / "site", options.cores, workers=0, classification_workers=1)
    try:
        bucket = site.bucket()
        site.s3().upload_file(str(path), bucket, path.name)
        path.unlink()
        measured = Measured(site)
        begun = time.monotonic()
        classifier = site.create_classifier(f"s3://{bucket}/{path.name}")
        while (properties := site.describe_classifier(classifier))["Status"] in ("SUBMITTED", "TRAINING"):
            time.sleep(0.2)
        if properties["Status"] != "TRAINED":
            sys.exit(f"the training ended as {properties['Status']}: {properties.get('Message')}")
        seconds = time.monotonic() - begun
        print(
            f"  as a job          {seconds:8.1f} s, {measured.processor_seconds():.1f} s of processor time, all"
            f" processes together: {measured.processor_seconds() / alone_used:.2f} times that of train classifier"
        )
        measured.show()
    finally:
        site.close()


def latency(mode, options, directory):
    site = open_site(mode, directory / "site", options.cores)
    try:
        taken = [seconds * 1000 for seconds in one_line_job(site, options.runs)]
        print(f"\n{mode}, one line, start to COMPLETED, {len(taken)} runs:")
        print(f"  median {statistics.median(taken):.0f} ms, least {taken[0]:.0f} ms, most {taken[-1]:.0f} ms")
    finally:
        site.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=["standalone", "cluster"], action="append", help="default: standalone")
    parser.add_argument("--megabytes", type=int, nargs="+", default=[1000], help="sizes of input")
    parser.add_argument("--files", type=int, default=4, help="input objects")
    parser.add_argument(
        "--small-files", type=int, nargs="+", metavar="FILES", help="instead: jobs of so many small files"
    )
    parser.add_argument("--training", type=int, nargs="+", metavar="MB", help="instead: trainings on so much data")
    parser.add_argument("--labels", type=int, default=10, help="of trainings")
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="threads of the engine and slots of the job")
    parser.add_argument("--runs", type=int, default=20, help="runs of the one-line job; 0: none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--directory", help="where input and data go [default: a temporary folder]")
    options = parser.parse_args()

    processors = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in processors if line.startswith("model name")), "")
    load = os.getloadavg()[0]
    print(f"{model or platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start, {platform.platform()}")
    if load > 0.5:
        print("This machine is busy with something else: trust the processor times below, not the others.")
    for mode in options.mode or ["standalone"]:
        if options.small_files:
            for count in options.small_files:
                with tempfile.TemporaryDirectory(prefix="construe-bench-", dir=options.directory) as directory:
                    small_files(mode, count, options, Path(directory))
        if options.training:
            for megabytes in options.training:
                with tempfile.TemporaryDirectory(prefix="construe-bench-", dir=options.directory) as directory:
                    training(mode, megabytes, options, Path(directory))
        if options.small_files or options.training:
            continue
        for megabytes in options.megabytes:
            with tempfile.TemporaryDirectory(prefix="construe-bench-", dir=options.directory) as directory:
                measure(mode, megabytes, options, Path(directory))
        if options.runs:
            with tempfile.TemporaryDirectory(prefix="construe-bench-", dir=options.directory) as directory:
                latency(mode, options, Path(directory))


if __name__ == "__main__":
    main()
