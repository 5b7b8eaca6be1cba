"""Runs Pagemill, its peers and bare tesseract over the PDFs of a set.

In: a set and a folder to write to. Out: the folder of predictions, laid out as the scorers want it, and what it cost:
{"cpu": seconds, "peak": bytes, "pages": n, "documents": n, "failed": n, "empty": n}. A failed document gives no or an empty
file; `empty` counts files without any text. Never installs anything.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pypdfium2

from measuring import measure

SECONDS_A_DOCUMENT = 120
ENDINGS = {"markdown": ".md", "blocks": ".blocks.jsonl", "tables": ".json", "json": ".json"}


def pdfs_under(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.pdf"))


def page_count(folder: Path) -> int:
    """A document that does not open counts as one page, as the runner of the peers has it."""
    count = 0
    for file in pdfs_under(folder):
        try:
            document = pypdfium2.PdfDocument(file)
            count += len(document)
            document.close()
        except pypdfium2.PdfiumError:
            count += 1
    return count


def pagemill(program: Path, pdfs: Path, form: str, out: Path, ocr: str = "auto") -> dict:
    """`pagemill extract` over the folder, with its defaults; `ocr` is auto or never."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    environment = dict(os.environ, PAGEMILL__INGEST__READ__OCR=ocr)
    command = [str(program), "extract", str(pdfs), "--format", form, "--out", str(out)]
    cost = measure(command, environment)
    if cost["code"] not in (0, 3):
        sys.exit(f"{' '.join(command)} ended with {cost['code']}:\n{cost['errors'][-2000:]}")
    documents = pdfs_under(pdfs)
    outputs = [out / file.relative_to(pdfs).with_suffix(ENDINGS[form]) for file in documents]
    failed = [str(f.relative_to(pdfs)) for f, o in zip(documents, outputs) if not o.exists()]
    empty = sum(o.exists() and o.read_text().strip() in ("", "[]") for o in outputs)
    return {"cpu": cost["cpu"], "peak": cost["peak"], "pages": page_count(pdfs), "documents": len(documents),
            "failed": len(failed), "empty": empty, "failures": failed, "errors": cost["errors"].splitlines()}


def hostile(out: Path, cost: dict) -> dict[str, int]:
    """What became of awkward files. A silent empty has pages that are not blank, yet neither text nor a warning."""
    warned = silent = 0
    for file in sorted(out.rglob("*.json")):
        document = json.loads(file.read_text(encoding="utf8"))
        warned += bool(document["warnings"])
        words = any(block.get("text") or block.get("cells") for block in document["blocks"])
        blank = all(page["text_source"] == "blank" for page in document["pages"])
        silent += not (words or blank or document["warnings"])
    said = sum(any(name in line for line in cost["errors"]) for name in cost["failures"])
    # A file without a document and without a word about it is as silent as an empty document.
    return {"silent empties": silent + cost["failed"] - said, "rejected, reason said": said, "documents with warnings": warned}


def text_of_blocks(predictions: Path) -> None:
    """NAME.txt beside every NAME.blocks.jsonl: the text of the page, a block a line, in reading order."""
    for file in sorted(predictions.rglob("*.blocks.jsonl")):
        blocks = [json.loads(line) for line in file.read_text(encoding="utf8").splitlines()]
        target = file.with_name(file.name.removesuffix(".blocks.jsonl") + ".txt")
        target.write_text("\n".join(block["text"] for block in blocks) + "\n", encoding="utf8")


def peer(runner: Path, engine: str, pdfs: Path, out: Path, blocks: bool) -> dict | None:
    """One engine of run_peers.py; None where it is not installed. Predictions are in OUT/ENGINE."""
    record = out / f"{engine}.run.json"
    out.mkdir(parents=True, exist_ok=True)
    record.unlink(missing_ok=True)
    command = [sys.executable, str(runner), str(pdfs), str(out), "--engines", engine, "--json", str(record),
               "--seconds", str(SECONDS_A_DOCUMENT), *(["--blocks"] if blocks else [])]
    cost = measure(command, dict(os.environ), runner=True)
    if not record.exists():
        if "not run" not in cost["output"]:
            sys.exit(f"{' '.join(command)} ended with {cost['code']}:\n{cost['errors'][-2000:]}")
        return None
    run = json.loads(record.read_text())["ran"][0]
    ending = ".blocks.jsonl" if blocks else ".md"
    outputs = [out / engine / f"{str(file.relative_to(pdfs))[:-4]}{ending}" for file in pdfs_under(pdfs)]
    empty = sum(not o.exists() or not o.read_text(errors="replace").strip() for o in outputs)
    return {"cpu": run["cpu_seconds"], "peak": cost["peak"], "pages": run["pages"], "documents": run["documents"],
            "failed": run["failed"], "empty": empty - run["failed"], "failures": run["failures"], "version": run["version"]}


def tesseract(pdfs: Path, languages: str, out: Path) -> dict | None:
    """The bare program with its own defaults, one thread, on the images in the PDFs; None where it is missing."""
    if not shutil.which("tesseract") or not shutil.which("pdfimages"):
        return None
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    environment = dict(os.environ, OMP_THREAD_LIMIT="1")  # its own threads mostly spin
    cpu, peak, failed, documents = 0.0, 0, [], pdfs_under(pdfs)
    for file in documents:
        subprocess.run(["pdfimages", "-png", str(file), str(out / file.stem)], check=True)
        image = out / f"{file.stem}-000.png"
        dpi = resolution(file)
        cost = measure(["tesseract", str(image), str(out / file.stem), "-l", languages, "--dpi", str(dpi)], environment)
        image.unlink()
        cpu, peak = cpu + cost["cpu"], max(peak, cost["peak"])
        if cost["code"] != 0:
            failed.append(file.name)
    return {"cpu": cpu, "peak": peak, "pages": len(documents), "documents": len(documents), "failed": len(failed),
            "empty": sum(not f.read_text().strip() for f in out.glob("*.txt")), "failures": failed}


def resolution(file: Path) -> int:
    """Of the one image in the PDF; what `pdfimages` takes out does not say."""
    listed = subprocess.run(["pdfimages", "-list", str(file)], capture_output=True, text=True, check=True)
    return round(float(listed.stdout.splitlines()[2].split()[12]))
