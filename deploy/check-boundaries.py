#!/usr/bin/env python3
"""Checks that the engine crates stay pure: that no path of normal dependencies leads from one of
them to an async runtime, a server, a client or a database driver.

Development and build dependencies do not count. Every workspace crate must have a place in one of
the two lists below, so that a new engine cannot be forgotten. Exits with 1 and the offending path
if the check fails.
"""

import json
import subprocess
import sys

PREFIX = "construe-"

# Text and a loaded model in, spans and scores out: no async, no input or output.
ENGINES = {
    "text",
    "lexicon",
    "recognizers",
    "learn",
    "tagging",
    "pii",
    "entities",
    "medical",
    "classify",
    "custom-entities",
    "training-data",
    "word-vectors",
}

# Everything else, at liberty to use what it likes.
OTHERS = {
    "archive",
    "comprehend-api",
    "control-plane",
    "corpus",
    "document-answers",
    "custom-models",
    "document-reader",
    "documents",
    "evaluation",
    "fuzz",
    "gateway",
    "jobs",
    "medical-answers",
    "models",
    "object-server",
    "objects",
    "proto",
    "queue",
    "store",
    "telemetry",
    "training-sources",
    "worker",
    "worker-classification",
    "worker-entities",
    "worker-medical",
    "worker-records",
}

FORBIDDEN = {
    "async-std",
    "aws-sdk-s3",
    "axum",
    # Reads files; engines get texts from their callers.
    "construe-corpus",
    "construe-evaluation",
    "hyper",
    "lapin",
    "reqwest",
    "s3s",
    "smol",
    "sqlx",
    "tokio",
    "tonic",
}


def dependency_graph(metadata):
    """Package id -> ids of its normal dependencies, for every target and platform."""
    return {
        node["id"]: [
            dependency["pkg"]
            for dependency in node["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        ]
        for node in metadata["resolve"]["nodes"]
    }


def path_to_forbidden(start, graph, names):
    """The shortest path of names from `start` to a forbidden crate, or None."""
    came_from = {start: None}
    frontier = [start]
    while frontier:
        following = []
        for package in frontier:
            if names[package] in FORBIDDEN:
                path = []
                while package is not None:
                    path.append(names[package])
                    package = came_from[package]
                return path[::-1]
            for dependency in graph[package]:
                if dependency not in came_from:
                    came_from[dependency] = package
                    following.append(dependency)
        frontier = following
    return None


def main():
    command = ["cargo", "metadata", "--format-version", "1"]
    answer = subprocess.run(command, stdout=subprocess.PIPE)
    if answer.returncode:
        sys.exit(answer.returncode)  # cargo has said why
    metadata = json.loads(answer.stdout)
    names = {package["id"]: package["name"] for package in metadata["packages"]}
    graph = dependency_graph(metadata)
    problems, checked = [], []
    for package in sorted(metadata["workspace_members"], key=names.get):
        crate = names[package].removeprefix(PREFIX)
        if crate in ENGINES:
            checked.append(crate)
            path = path_to_forbidden(package, graph, names)
            if path:
                problems.append(f"{names[package]} is an engine, yet it reaches {path[-1]}: {' -> '.join(path)}")
        elif crate not in OTHERS and names[package] != "construe":
            problems.append(f"{names[package]} is new: add it to ENGINES or OTHERS in {sys.argv[0]}")
    if not checked:
        problems.append("no engine crate was found")
    for problem in problems:
        print(f"boundaries: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"boundaries: {', '.join(checked)} reach none of {', '.join(sorted(FORBIDDEN))}")


if __name__ == "__main__":
    main()
