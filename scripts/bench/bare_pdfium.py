"""The bare library, for the bench: pdfium's own plain text of every page, or pages rendered as grey images.

    bare_pdfium.py text FOLDER
    bare_pdfium.py render FOLDER OUT        with PAGES='{"a.pdf": [[1, 300]]}', page and dots per inch, in the environment;
                                            writes OUT/00001.pgm, …
"""

import json
import os
import sys
from pathlib import Path

import pypdfium2


def text(folder: Path) -> None:
    characters = 0
    for file in sorted(folder.rglob("*.pdf")):
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError:
            continue
        for page in document:
            characters += len(page.get_textpage().get_text_bounded())
    print(characters)


def render(folder: Path, out: Path) -> None:
    count = 0
    for key, pages in json.loads(os.environ["PAGES"]).items():
        document = pypdfium2.PdfDocument(folder / key)
        for number, dpi in pages:
            bitmap = document[number - 1].render(scale=dpi / 72, grayscale=True)
            count += 1
            with open(out / f"{count:05}.pgm", "wb") as image:
                image.write(b"P5 %d %d 255\n" % (bitmap.width, bitmap.height))
                rows = memoryview(bitmap.buffer).cast("B")
                for row in range(bitmap.height):
                    image.write(rows[row * bitmap.stride:row * bitmap.stride + bitmap.width])


if sys.argv[1] == "text":
    text(Path(sys.argv[2]))
else:
    render(Path(sys.argv[2]), Path(sys.argv[3]))
