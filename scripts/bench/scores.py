"""Scores of what an engine extracted, by the scorers of the measure folder.

In: a set, the data and measure folders, a folder of predictions. Out: a mapping from the names of measures, as the table of
the bench has them, to numbers. Never changes a scorer's definition: it runs the scorer and reads its JSON.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

OLMOCR_CATEGORIES = ("tables", "multi_column", "long_tiny_text", "old_scans", "headers_footers", "baseline")


def scorer(measure: Path, name: str, *arguments: object) -> dict:
    """What the scorer writes with --json; ends the bench with its words where it fails."""
    with tempfile.TemporaryDirectory(prefix="pagemill-score-") as scratch:
        out = Path(scratch, "scores.json")
        command = [sys.executable, str(measure / name), *map(str, arguments), "--json", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=measure)
        if done.returncode != 0:
            sys.exit(f"{name} failed:\n{done.stdout}{done.stderr}")
        return json.loads(out.read_text())


def olmocr(measure: Path, truth: Path, predictions: Path) -> dict[str, float]:
    found = scorer(measure, "score_olmocr.py", truth / "tests", predictions)["prediction"]
    rates = {name: found["passed"].get(f"category {name}") for name in OLMOCR_CATEGORIES}
    return {"mean over categories": found["categories"], **{n: r[0] / r[1] for n, r in rates.items() if r}}


def resynth(measure: Path, truth: Path, predictions: Path) -> dict[str, float]:
    found = scorer(measure, "score_markdown.py", truth / "truth", predictions)["summary"]
    return {"overall": found["overall"], "reading order (NID)": found["nid"], "tables (TEDS)": found["teds"],
            "headings (MHS)": found["mhs"]}


def icdar2013(measure: Path, truth: Path, predictions: Path) -> dict[str, float]:
    return {"macro F1": scorer(measure, "score_tables.py", truth / "truth", predictions)["macro"]["f1"]}


def doclaynet(measure: Path, truth: Path, predictions: Path) -> dict[str, float]:
    boxes = scorer(measure, "score_layout.py", truth, predictions)["boxes"]
    names = {"heading": "heading F1", "list_item": "list item F1", "table": "table F1", "macro": "macro F1"}
    return {name: boxes[kind]["f1"] for kind, name in names.items()}


def character_errors(measure: Path, truth: Path, predictions: Path, rate: str, lang: str | None = None) -> tuple:
    """The pooled rate, and the rate of each item: of few items, each one counts."""
    chosen = ["--lang", lang] if lang else []
    found = scorer(measure, "score_ocr.py", truth / "truth.jsonl", predictions, *chosen)
    return found["pooled"][rate], {item["item"]: item[rate] for item in found["items"]}


def tesseract_test(measure: Path, truth: Path, predictions: Path) -> dict:
    pooled, items = character_errors(measure, truth, predictions, "cer")
    return {"pooled CER": pooled, "items": items}


def korean(measure: Path, truth: Path, predictions: Path) -> dict:
    pooled, items = character_errors(measure, truth, predictions, "cer_nospace", "ko")
    return {"pooled CER without spaces": pooled, "items": items}
