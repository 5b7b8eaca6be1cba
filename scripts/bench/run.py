"""Measures a whole ingest and the bare libraries under it, in one run on one machine.

CPU seconds are those of the process and of all that it started (they are inherited by this script when orphaned and then
waited for). Memory is the sum of the proportional set sizes of all of them, sampled; its peak is shown. Ratios are what to
compare between machines; wall times are not.
"""

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from measuring import descendants

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.1


def memory_bytes(root: int) -> int:
    """Sum of the proportional set sizes of a process and its descendants."""
    total = 0
    for process in descendants(root):
        try:
            for line in Path("/proc", str(process), "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


def measure(command: list[str], environment: dict[str, str], allowed: tuple[int, ...] = (0,)) -> dict:
    """Runs a command to its end. Returns its wall and CPU seconds, peak memory and standard output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(SAMPLE_SECONDS):
            peak = max(peak, memory_bytes(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    output = process.communicate()[0]
    wall = time.monotonic() - start
    done.set()
    watcher.join()
    while True:  # what it left behind ends with it and is ours to wait for
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in allowed:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "peak": peak, "output": output.decode()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("pagemill", "models", "folder"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("--json")
    options = arguments.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    scratch = tempfile.TemporaryDirectory(prefix="pagemill-bench-")
    environment = dict(os.environ, PAGEMILL__DATA_DIR=str(Path(scratch.name, "data")))
    pdfium = [sys.executable, str(Path(__file__).with_name("bare_pdfium.py"))]

    print(f"ingesting {options.folder}", file=sys.stderr)
    whole = measure([options.pagemill, "ingest", options.folder, "--json"], environment, (0, 3))
    summary = json.loads(whole["output"])
    counts, stages = summary["counts"], summary["cpu_seconds"]
    pages = counts["pages"]

    chunks = measure([options.pagemill, "export", "chunks"], environment)["output"]
    passages = Path(scratch.name, "chunks.jsonl")
    passages.write_text(chunks)
    print("the bare libraries", file=sys.stderr)
    text = measure([*pdfium, "text", options.folder], environment)
    render = measure([*pdfium, "render", options.folder, scratch.name], environment | {
        "PAGES": json.dumps(ocr_pages(options, environment))})
    embed = measure([options.models, "embed", str(passages)], environment)
    # One thread, as a confined process has it: tesseract's own threads mostly spin.
    recognise = measure([options.models, "recognise", scratch.name], environment | {"OMP_THREAD_LIMIT": "1"})

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


def ocr_pages(options: argparse.Namespace, environment: dict[str, str]) -> dict[str, list[int]]:
    """Which pages were recognised, by file."""
    documents = measure([options.pagemill, "export", "documents"], environment)["output"]
    chosen: dict[str, list[int]] = {}
    for line in documents.splitlines():
        document = json.loads(line)
        pages = [p["number"] for p in document["pages"] if isinstance(p["text_source"], dict) and "ocr" in p["text_source"]]
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
