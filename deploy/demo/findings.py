"""Prints the findings of PII jobs: where, what, how sure, and the text itself sliced from the document.

The records carry offsets only, so the documents are needed to show what was found.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import table


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True, help="folder of the documents, searched by file name")
    parser.add_argument("--results", type=Path, required=True, help="folder of the .out files")
    options = parser.parse_args()

    documents = {path.name: path for path in options.documents.rglob("*") if path.is_file()}
    rows = []
    for result in sorted(options.results.rglob("*.out")):
        for record in map(json.loads, result.read_text("utf-8").splitlines()):
            # Lines end with LF, CR or CRLF and nothing else; str.splitlines knows more ends than that.
            text = documents[record["File"]].read_bytes().decode("utf-8")
            line = re.split("\r\n|\r|\n", text)[record["Line"]]
            for entity in record["Entities"]:
                surface = line[entity["BeginOffset"] : entity["EndOffset"]]
                rows.append(
                    (f"{record['File']}:{record['Line'] + 1}", entity["Type"], f"{entity['Score']:.2f}", surface)
                )
    if not rows:
        sys.exit("no findings at all: that cannot be right for these documents")
    table.show(("where", "type", "score", "text"), rows)
    print(f"  {len(rows)} findings in {len({row[0].split(':')[0] for row in rows})} documents")


if __name__ == "__main__":
    main()
