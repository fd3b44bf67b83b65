#!/usr/bin/env python3
"""Gives our Label Studio JSON to Label Studio's own converter and compares what it makes of it with what we make.

    check_label_studio.py [CONFIG.xml EXPORT.json]

Without arguments it takes the export that the native tests hold us to (tests/snapshots). Needs `label-studio-sdk`
(`pip install label-studio-sdk==2.1.2`). Exits with 0 and one line a format, or with 1 and what went wrong.
"""

import csv
import io
import json
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
# set by the converter and by us in different ways: numbers of annotations
NOT_COMPARED = {"annotation_id"}


def main():
    given = [pathlib.Path(p) for p in sys.argv[1:3]]
    config, export = given or (
        TESTS / "fixtures/label-studio/all-kinds.xml",
        TESTS / "snapshots/label-studio-export.json",
    )
    try:
        from label_studio_sdk.converter import Converter
        from label_studio_sdk.label_interface import LabelInterface
    except ImportError:
        sys.exit("label-studio-sdk is missing: pip install label-studio-sdk==2.1.2")

    xml = config.read_text("utf-8")
    tasks = json.loads(export.read_text("utf-8"))
    interface = LabelInterface(xml)
    for task in tasks:
        # the SDK's validate_task fails on any task with annotations, so each is given to it by itself
        if not interface.validate_task({"data": task["data"]}):
            sys.exit(f"task {task['id']}: its data is not accepted")
        for kind in ("annotations", "predictions"):
            for answer in task[kind]:
                faults = interface.validate_prediction(answer, return_errors=True)
                if faults:
                    sys.exit(f"task {task['id']}, {kind} {answer['id']}: {faults}")
    print(f"validated {len(tasks)} tasks against the configuration")

    expected = sum(
        # a task of nobody gives one row, a task of skippers gives none
        len([a for a in task["annotations"] if not a["was_cancelled"]]) or (0 if task["annotations"] else 1)
        for task in tasks
    )
    made = {}
    has_labels = "<Labels" in xml
    for name in ["JSON", "JSON_MIN", "CSV", "TSV"] + (["CONLL2003"] if has_labels else []):
        with tempfile.TemporaryDirectory() as folder:
            Converter(xml, None).convert(str(export), folder, name, is_dir=False)
            files = sorted(pathlib.Path(folder).iterdir())
            if not files:
                sys.exit(f"{name}: the converter wrote nothing")
            made[name] = files[0].read_bytes().decode("utf-8")
    if json.loads(made["JSON"]) != tasks:
        sys.exit("JSON: not what went in")
    rows = json.loads(made["JSON_MIN"])
    if len(rows) != expected:
        sys.exit(f"JSON_MIN: {len(rows)} rows, expected {expected}")
    table = list(csv.DictReader(io.StringIO(made["CSV"], newline="")))
    if len(table) != expected:
        sys.exit(f"CSV: {len(table)} rows, expected {expected}")
    if has_labels:
        compare_conll(made["CONLL2003"], tasks)
    if not given:
        compare_min(rows)
    for name, text in made.items():
        print(f"{name}: accepted, {len(text.encode())} bytes")


def compare_conll(text, tasks):
    labels = {
        label
        for task in tasks
        for annotation in task["annotations"]
        for item in annotation["result"]
        if item["type"] == "labels"
        for label in item["value"]["labels"]
    }
    found = {line.rsplit(" ", 1)[1][2:] for line in text.splitlines() if line and line.split(" ")[-1][:2] in ("B-", "I-")}
    # the converter drops the inner of two overlapping spans
    if labels and not found & labels:
        sys.exit(f"CONLL2003: none of the labels {sorted(labels)} arrived")


def compare_min(rows):
    """The rows we write ourselves are those the converter makes, apart from gold and unanswered tasks."""
    ours = json.loads((TESTS / "snapshots/label-studio-min.json").read_text("utf-8"))
    theirs = [row for row in rows if isinstance(row["annotator"], str)]

    def strip(row):
        return {key: value for key, value in row.items() if key not in NOT_COMPARED}

    if list(map(strip, ours)) != list(map(strip, theirs)):
        sys.exit(f"JSON_MIN: ours differs\nours:   {ours}\ntheirs: {theirs}")
    print(f"JSON_MIN: our own {len(ours)} rows are those of the converter")


if __name__ == "__main__":
    main()
