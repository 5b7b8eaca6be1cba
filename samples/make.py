"""Makes the sample PDFs from samples/sources: python samples/make.py [--check] [NAME...]

Without names all are made. The same sources and pinned packages give the same bytes; `--check` writes nothing and says
whether the committed files are what the sources make.
"""

import sys
from pathlib import Path

from making import charts, finish, forms, layouts, markup, scans, spoil

HERE = Path(__file__).parent
SOURCES = HERE / "sources"


def make(source: markup.Source, figures: dict) -> dict[str, bytes]:
    """The files that come from one source, by name."""
    layout = source.get("layout")
    if layout == "invoice":
        return {source.name: finish.finish(forms.invoice(source), source)}
    if layout == "letter":
        return {source.name: finish.finish(scans.scan(forms.letter(source), source), source)}
    drawn, tagger = layouts.draw(source, figures)
    if source.get("scan"):
        return {source.name: finish.finish(scans.scan(drawn, source), source)}
    finished = finish.finish(drawn, source, tagger)
    if source.name == "encrypted":
        return {source.name: spoil.lock(finished)}
    if source.name == "garbled-text-layer":
        return {source.name: spoil.garble(finished)}
    if source.name == "supply-contract":
        return {source.name: finished, "broken": spoil.cut(finished)}
    return {source.name: finished}


def main():
    checking = "--check" in sys.argv
    wanted = [name for name in sys.argv[1:] if not name.startswith("--")]
    figures = charts.load(SOURCES)
    different = []
    for path in sorted(SOURCES.glob("*.md")):
        if wanted and path.stem not in wanted:
            continue
        for name, content in make(markup.read(path), figures).items():
            target = HERE / f"{name}.pdf"
            if not checking:
                target.write_bytes(content)
                print(f"{target.name}: {len(content):,} bytes")
            elif not target.exists() or target.read_bytes() != content:
                different.append(target.name)
    if different:
        sys.exit(f"not what their sources make: {', '.join(different)}; run `make samples` and commit")


main()
