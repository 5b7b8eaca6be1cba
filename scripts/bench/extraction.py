"""Bench of extraction: Pagemill beside its peers on the same PDFs, in one run, as one table.

    extraction.py --pagemill PROGRAM --data DATA --measure MEASURE --work FOLDER [--sets ...] [--peers ...] [--fresh] [--json FILE]

DATA is laid out as the development data (olmocr, resynth, icdar2013, doclaynet, tesseract_test, robust), MEASURE holds the
scorers and run_peers.py. A set that is not there is said to be so and left out. Rows are measures, columns are engines;
beside each set stand CPU seconds a page (start of the process and all children included), the peak of memory of all
processes together, and failures. Peers run without OCR; Pagemill with it, and on the set with scans once more without.

What a peer gave is kept under FOLDER/peers and taken again while the peer's version, the PDFs and the scorers are the same
(marked * in the head; --fresh runs it again). Pagemill always runs. CPU seconds compare only within one run on one machine.
"""

import argparse
import datetime
import hashlib
import importlib.metadata
import json
import os
import sys
from pathlib import Path

import engines
import image_pages
import korean_pages
import scores
from measuring import adopt_orphans

PEERS = {"liteparse": "liteparse", "edgeparse": "edgeparse", "opendataloader": "opendataloader-pdf", "pymupdf4llm": "pymupdf4llm",
         "pdf_oxide": "pdf_oxide", "markitdown": "markitdown", "pdfplumber": "pdfplumber", "kreuzberg": "kreuzberg",
         "pypdfium2": "pypdfium2", "pdftotext": None}
GIVE_BOXES = ("liteparse", "edgeparse", "opendataloader")

# What Pagemill should reach: (measure, goal, higher is better).
GOALS = {
    "olmocr": [("mean over categories", 0.66, True), ("tables", 0.75, True), ("multi_column", 0.80, True),
               ("long_tiny_text", 0.70, True), ("old_scans", 0.40, True), ("headers_footers", None, True),
               ("baseline", None, True)],
    "resynth": [("overall", 0.95, True), ("reading order (NID)", None, True), ("tables (TEDS)", None, True),
                ("headings (MHS)", None, True), ("CPU s/page", 0.015, False)],
    "icdar2013": [("macro F1", 0.90, True), ("CPU s/page", 0.015, False)],
    "doclaynet": [("heading F1", 0.80, True), ("list item F1", 0.65, True), ("table F1", 0.75, True), ("macro F1", None, True),
                  ("CPU s/page", 0.015, False)],
    "tesseract_test": [("pooled CER", 0.03, False)],
    "korean": [("pooled CER without spaces", 0.05, False)],
    "robust": [("silent empties", 0, False), ("rejected, reason said", None, True), ("documents with warnings", None, True)],
}
FORMS = {"olmocr": "markdown", "resynth": "markdown", "icdar2013": "tables", "doclaynet": "blocks", "tesseract_test": "blocks",
         "korean": "blocks", "robust": "json"}
LANGUAGES = {"tesseract_test": "eng", "korean": "kor+eng"}
COSTS = ("CPU s/page", "peak MiB", "failed", "empty")


class Bench:
    def __init__(self, options: argparse.Namespace):
        self.data, self.measure, self.work = options.data, options.measure, options.work
        self.program, self.fresh = options.pagemill, options.fresh

    def set_folders(self, name: str) -> tuple[Path, Path]:
        """(folder of PDFs, folder of truth); what has to be made is made."""
        made = self.work / "sets" / name
        if name == "korean":
            korean_pages.make(made, korean_pages.FONTS)
            return made / "pdfs", made
        if name == "tesseract_test":
            image_pages.make(self.data / name / "images", made)
            return made, self.data / name
        return self.data / name / ("files" if name == "robust" else "pdfs"), self.data / name

    def there(self, name: str) -> bool:
        if name == "korean":
            return korean_pages.FONTS.is_dir()
        return (self.data / name).is_dir()

    def scored(self, name: str, truth: Path, predictions: Path, cost: dict) -> dict:
        result = {"cost": cost, **getattr(scores, name)(self.measure, truth, predictions)}
        result |= {"CPU s/page": cost["cpu"] / max(1, cost["pages"]), "peak MiB": cost["peak"] / 2**20,
                   "failed": cost["failed"], "empty": cost["empty"]}
        return result

    def pagemill(self, name: str, ocr: str = "auto") -> dict:
        pdfs, truth = self.set_folders(name)
        out = self.work / "pagemill" / (name if ocr == "auto" else f"{name}-{ocr}")
        cost = engines.pagemill(self.program, pdfs, FORMS[name], out, ocr)
        if name == "robust":
            return {"cost": cost, **engines.hostile(out, cost), "CPU s/page": cost["cpu"] / cost["pages"],
                    "peak MiB": cost["peak"] / 2**20, "failed": cost["failed"], "empty": cost["empty"]}
        if name in LANGUAGES:
            engines.text_of_blocks(out)
        return self.scored(name, truth, out, cost)

    def other(self, name: str, engine: str) -> dict | None:
        """A peer or bare tesseract, from what is kept where nothing changed; None where it does not run."""
        pdfs, truth = self.set_folders(name)
        out = self.work / "peers" / name
        kept, key = out / f"{engine}.json", self.key(pdfs, engine)
        if not self.fresh and kept.exists():
            found = json.loads(kept.read_text())
            if found["key"] == key:
                return {**found, "kept": True}
        if engine == "tesseract":
            cost = engines.tesseract(pdfs, LANGUAGES[name], out / engine)
        else:
            cost = engines.peer(self.measure / "run_peers.py", engine, pdfs, out, name == "doclaynet")
        if cost is None:
            return None
        result = {"key": key, "ran": datetime.date.today().isoformat(), **self.scored(name, truth, out / engine, cost)}
        kept.write_text(json.dumps(result, indent=1))
        return result

    def key(self, pdfs: Path, engine: str) -> str:
        """Changes with the engine, the PDFs and the scorers."""
        digest = hashlib.sha256(version_of(engine).encode())
        for file in engines.pdfs_under(pdfs):
            digest.update(f"{file.relative_to(pdfs)} {file.stat().st_size}\n".encode())
        for script in sorted(self.measure.glob("*.py")):
            digest.update(script.read_bytes())
        return digest.hexdigest()


def version_of(engine: str) -> str:
    package = PEERS.get(engine)
    if package is None:
        return "as the system has it"
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def columns_of(name: str, peers: list[str]) -> list[str]:
    if name in LANGUAGES:
        return ["tesseract"] if peers else []
    if name == "robust":
        return []
    return [p for p in peers if p in GIVE_BOXES] if name == "doclaynet" else peers


def run(bench: Bench, name: str, peers: list[str]) -> dict[str, dict]:
    """Results by engine, Pagemill first."""
    found = {}
    if bench.program:
        say(f"{name}: pagemill")
        found["pagemill"] = bench.pagemill(name)
        # Peers read no pictures there, and the goal for CPU is for extraction without OCR.
        if name == "olmocr" or any(measure == "CPU s/page" and goal for measure, goal, _ in GOALS[name]):
            say(f"{name}: pagemill without OCR")
            found["no OCR"] = bench.pagemill(name, "never")
    for engine in columns_of(name, peers):
        say(f"{name}: {engine}")
        result = bench.other(name, engine)
        if result is None:
            say(f"{name}: {engine} not run: not installed")
        else:
            found[engine] = result
    return found


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def show(name: str, found: dict[str, dict], items: bool) -> None:
    # Two spaces stand between columns; figures take seven.
    head, widths = "", []
    for engine, result in found.items():
        title = engine + ("*" if result.get("kept") else "")
        widths.append(max(len(title), 7) + 2)
        head += title.rjust(widths[-1])

    def row(values: list) -> str:
        return "".join(shown(value).rjust(width) for value, width in zip(values, widths))

    print(f"\n{name:28}{'goal':>8}{head}")
    rows = GOALS[name] + [(cost, None, False) for cost in COSTS if cost not in [row[0] for row in GOALS[name]]]
    for measure, goal, higher in rows:
        sign = "" if goal is None else f"{'≥' if higher else '≤'} {shown(goal)}"
        print(f"  {measure:26}{sign:>8}" + row([r.get(measure) for r in found.values()]))
    if items:
        for item in next(iter(found.values())).get("items", {}):
            print(f"    {item[-24:]:32}" + row([r["items"][item] for r in found.values()]))


def shown(value: float | int | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if value >= 10 else f"{value:.4f}" if value < 0.1 else f"{value:.3f}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pagemill", type=Path, help="without it only the peers run")
    for name in ("data", "measure", "work"):
        arguments.add_argument(f"--{name}", type=Path, required=True)
    arguments.add_argument("--sets", default=" ".join(GOALS), help="some of: " + " ".join(GOALS))
    arguments.add_argument("--peers", default=" ".join(PEERS), help="some of: " + " ".join(PEERS) + "; empty for none")
    arguments.add_argument("--fresh", action="store_true", help="run the peers again, whatever is kept of them")
    arguments.add_argument("--items", action="store_true", help="error rates of single pages of the OCR sets")
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    sets, peers = options.sets.replace(",", " ").split(), options.peers.replace(",", " ").split()
    if unknown := (set(sets) - set(GOALS)) | (set(peers) - set(PEERS)):
        arguments.error(f"unknown: {', '.join(sorted(unknown))}; sets are {', '.join(GOALS)}; peers are {', '.join(PEERS)}")
    adopt_orphans()
    bench, report = Bench(options), {}
    for name in sets:
        if not bench.there(name):
            say(f"{name}: not run: it is not in {options.data}" if name != "korean"
                else "korean: not run: install the Debian package fonts-nanum")
            continue
        report[name] = run(bench, name, peers)
        if options.json:
            options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print(f"Pagemill and peers, {datetime.date.today().isoformat()}, {os.cpu_count()} cores; * kept from an earlier run")
    for name, found in report.items():
        if found:
            show(name, found, options.items)


main()
