"""Prints the entities of a medical batch with their traits and attributes."""

import argparse
import json
import sys
from pathlib import Path

import table


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="folder of the .out files")
    options = parser.parse_args()

    rows = []
    for result in sorted(options.results.rglob("*.out")):
        for entity in json.loads(result.read_text("utf-8"))["Entities"]:
            about = [trait["Name"] for trait in entity["Traits"]]
            about += [f"{attribute['Type']}: {attribute['Text']}" for attribute in entity.get("Attributes", [])]
            rows.append(
                (entity["Category"], entity["Type"], f"{entity['Score']:.2f}", entity["Text"], ", ".join(about))
            )
    if not rows:
        sys.exit("no entities at all: that cannot be right for this note")
    table.show(("category", "type", "score", "text", "traits and attributes"), rows)


if __name__ == "__main__":
    main()
