"""Prints what a classification job made of each line: its best class, how sure it is, and the line itself."""

import argparse
import json
import tarfile
from pathlib import Path

import table


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True, help="folder of the documents")
    parser.add_argument("--results", type=Path, required=True, help="output.tar.gz of the job")
    options = parser.parse_args()

    rows = []
    with tarfile.open(options.results) as archive:
        predictions = archive.extractfile("predictions.jsonl").read().decode("utf-8")
    for record in map(json.loads, predictions.splitlines()):
        line = (options.documents / record["File"]).read_text("utf-8").split("\n")[int(record["Line"])]
        best = record["Classes"][0]
        rows.append((f"{record['File']}:{int(record['Line']) + 1}", best["Name"], f"{best['Score']:.2f}", line))
    table.show(("where", "class", "score", "text"), rows)


if __name__ == "__main__":
    main()
