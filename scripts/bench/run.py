"""Measures a whole ingest and the bare libraries under it, in one run on one machine.

What CPU seconds and memory are is said in measuring.py. Ratios are what to compare between machines; wall times are not.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from measuring import adopt_orphans, measure


USUAL_DPI = 200


def ran(command: list[str], environment: dict[str, str], allowed: tuple[int, ...] = (0,)) -> dict:
    """What `measure` gives; a command that fails ends the bench."""
    result = measure(command, environment)
    if result["code"] not in allowed:
        sys.exit(f"{' '.join(command)} ended with {result['code']}\n{result['errors'][-2000:]}")
    return result


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("pagemill", "models", "folder"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("--json")
    options = arguments.parse_args()
    adopt_orphans()
    scratch = tempfile.TemporaryDirectory(prefix="pagemill-bench-")
    environment = dict(os.environ, PAGEMILL__DATA_DIR=str(Path(scratch.name, "data")))
    pdfium = [sys.executable, str(Path(__file__).with_name("bare_pdfium.py"))]

    print(f"ingesting {options.folder}", file=sys.stderr)
    whole = ran([options.pagemill, "ingest", options.folder, "--json"], environment, (0, 3))
    summary = json.loads(whole["output"])
    counts, stages = summary["counts"], summary["cpu_seconds"]
    pages = counts["pages"]

    chunks = ran([options.pagemill, "export", "chunks"], environment)["output"]
    passages = Path(scratch.name, "chunks.jsonl")
    passages.write_text(chunks)
    print("the bare libraries", file=sys.stderr)
    text = ran([*pdfium, "text", options.folder], environment)
    render = ran([*pdfium, "render", options.folder, scratch.name], environment | {
        "PAGES": json.dumps(ocr_pages(options, environment))})
    embed = ran([options.models, "embed", str(passages)], environment)
    # One thread, as a confined process has it: tesseract's own threads mostly spin.
    recognise = ran([options.models, "recognise", scratch.name], environment | {"OMP_THREAD_LIMIT": "1"})

    bare = {"pdfium text": text, "pdfium render (OCR pages)": render, "tesseract (OCR pages)": recognise,
            "embedding model": embed}
    bare_cpu = sum(part["cpu"] for part in bare.values())
    report = {
        "folder": options.folder, "documents": counts["indexed"], "failed": counts["failed"], "pages": pages,
        "ocr_pages": counts["ocr_pages"], "chunks": counts["chunks"], "wall_seconds": whole["wall"],
        "pages_per_second": pages / whole["wall"], "cpu_seconds": whole["cpu"],
        "cpu_seconds_per_page": whole["cpu"] / pages, "peak_memory_bytes": whole["peak"],
        "bare_cpu_seconds": {name: part["cpu"] for name, part in bare.items()},
        "own_stage_cpu_seconds": stages, "own_share": 1 - bare_cpu / whole["cpu"],
    }
    show(report)
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=2) + "\n")


def ocr_pages(options: argparse.Namespace, environment: dict[str, str]) -> dict[str, list[tuple[int, float]]]:
    """Which pages were recognised, by file, each with the dots per inch of its scan: the pixels that the ingest reads."""
    documents = ran([options.pagemill, "export", "documents"], environment)["output"]
    chosen: dict[str, list[tuple[int, float]]] = {}
    for line in documents.splitlines():
        document = json.loads(line)
        pages = [(page["number"], page["scan_dpi"] or USUAL_DPI) for page in document["pages"]
                 if isinstance(page["text_source"], dict) and "ocr" in page["text_source"]]
        if pages:
            chosen[document["key"]] = pages
    return chosen


def show(report: dict) -> None:
    pages = report["pages"]
    print(f"{report['documents']} documents, {pages} pages ({report['ocr_pages']} by OCR), {report['chunks']} chunks, "
          f"{report['failed']} failed")
    print(f"{report['pages_per_second']:.2f} pages/s, peak memory {report['peak_memory_bytes'] / 2**20:.0f} MiB\n")
    print(f"{'':34}{'CPU s':>9}{'CPU s/page':>12}{'share':>8}")

    def row(name: str, cpu: float) -> None:
        print(f"{name:34}{cpu:9.2f}{cpu / pages:12.4f}{cpu / report['cpu_seconds']:8.1%}")

    row("whole ingest", report["cpu_seconds"])
    for name, cpu in report["bare_cpu_seconds"].items():
        row(f"  bare: {name}", cpu)
    row("  our own: what is left", report["cpu_seconds"] * report["own_share"])
    for name, cpu in sorted(report["own_stage_cpu_seconds"].items()):
        row(f"    of it: {name}", cpu)


main()
