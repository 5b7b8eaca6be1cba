"""Korean page images as a scanner gives them, with exact truth: the Korean row of the bench of extraction.

    korean_pages.py OUT [--fonts FOLDER] [--clean]

Writes OUT/pdfs/ko-01.pdf ... (one grey JPEG of 150 dpi a page, no text layer) and OUT/truth.jsonl for score_ocr.py. Pages are
set at 450 dpi, turned by two degrees (to the left and to the right in turn), reduced to 150 dpi, blurred as a lens does,
printed in grey on paper that is not quite white, with grain and specks. Everything follows from the page's number, so
that the same pages come out every time; --clean leaves them straight and spotless, to tell the words' share of errors
from the scanner's.
"""

import argparse
import io
import json
from pathlib import Path

import img2pdf
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from korean_texts import PAGES

FONTS = Path("/usr/share/fonts/truetype/nanum")
DPI, SUPERSAMPLING, SKEW_DEGREES = 150, 3, 2.0
WIDTH_POINTS, HEIGHT_POINTS, MARGIN_POINTS, GUTTER_POINTS = 595, 842, 62, 24
PAPER, INK, GRAIN, SPECKS = 236, 42, 11.0, 160


class Sheet:
    """A white page at DPI * SUPERSAMPLING; coordinates in points from the top left."""

    def __init__(self, page: dict, fonts: Path):
        self.scale = DPI * SUPERSAMPLING / 72
        self.image = Image.new("L", (round(WIDTH_POINTS * self.scale), round(HEIGHT_POINTS * self.scale)), 255)
        self.draw = ImageDraw.Draw(self.image)
        self.page, self.fonts, self.truth = page, fonts, []

    def font(self, face: str, size: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(str(self.fonts / self.page[face]), round(size * self.scale))

    def width(self, text: str, font: ImageFont.FreeTypeFont) -> float:
        return font.getlength(text) / self.scale

    def put(self, x: float, y: float, text: str, font: ImageFont.FreeTypeFont) -> None:
        self.draw.text((x * self.scale, y * self.scale), text, font=font, fill=0)

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.draw.line([v * self.scale for v in (x0, y0, x1, y1)], fill=0, width=round(0.6 * self.scale))

    def lines(self, text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
        """Broken between words, as Korean word processors do."""
        done, current = [], ""
        for word in text.split(" "):
            longer = f"{current} {word}" if current else word
            if current and self.width(longer, font) > width:
                done.append(current)
                current = word
            else:
                current = longer
        return done + [current]


def height_of(sheet: Sheet, block: tuple, width: float) -> float:
    return place(sheet, block, 0, 0, width, draw=False)


def place(sheet: Sheet, block: tuple, x: float, y: float, width: float, draw: bool = True) -> float:
    """Sets one block; returns the height that it takes."""
    kind, content = block
    size = sheet.page["size"]
    if kind == "table":
        return place_table(sheet, content, x, y, width, draw)
    larger = {"title": 1.7, "heading": 1.2}.get(kind, 1.0)
    font = sheet.font("bold" if larger > 1 else "regular", size * larger)
    indent = size if kind == "item" else 0
    leading, top = size * larger * 1.6, size * 0.6 if kind == "heading" else 0
    lines = sheet.lines(content, font, width - indent)
    if draw:
        for number, text in enumerate(lines):
            left = x + indent + (width - sheet.width(text, font) if kind == "right" else 0)
            sheet.put(left, y + top + number * leading, text, font)
        sheet.truth.append(content)
    return top + len(lines) * leading + size * (0.3 if kind == "item" else 0.7)


def place_table(sheet: Sheet, rows: list[list[str]], x: float, y: float, width: float, draw: bool) -> float:
    size = sheet.page["size"]
    row_height, column = size * 2.2, width / len(rows[0])
    if draw:
        for number, row in enumerate(rows):
            font = sheet.font("regular" if number else "bold", size)
            for place_in_row, text in enumerate(row):
                sheet.put(x + place_in_row * column + size * 0.5, y + number * row_height + size * 0.5, text, font)
            sheet.truth.append(" ".join(row))
        bottom = y + len(rows) * row_height
        for number in range(len(rows) + 1):
            sheet.rule(x, y + number * row_height, x + width, y + number * row_height)
        for number in range(len(rows[0]) + 1):
            sheet.rule(x + number * column, y, x + number * column, bottom)
    return len(rows) * row_height + size


def typeset(page: dict, fonts: Path) -> Sheet:
    """The title over the whole width, the rest in columns of about the same height."""
    sheet = Sheet(page, fonts)
    blocks, y = list(page["blocks"]), float(MARGIN_POINTS)
    inner = WIDTH_POINTS - 2 * MARGIN_POINTS
    if page["columns"] > 1:
        y += place(sheet, blocks.pop(0), MARGIN_POINTS, y, inner)
    width = (inner - GUTTER_POINTS * (page["columns"] - 1)) / page["columns"]
    whole = sum(height_of(sheet, block, width) for block in blocks)
    top, column = y, 0
    for block in blocks:
        full = y > top and y - top + height_of(sheet, block, width) / 2 > whole / page["columns"]
        if full and column + 1 < page["columns"]:
            column, y = column + 1, top
        y += place(sheet, block, MARGIN_POINTS + column * (width + GUTTER_POINTS), y, width)
    if y > HEIGHT_POINTS - MARGIN_POINTS / 2:
        raise ValueError(f"the page that begins with {page['blocks'][0][1]!r} is too long for its paper")
    return sheet


def scan(image: Image.Image, number: int) -> Image.Image:
    """As a scanner would give it; `number` decides the direction of the skew and the grain."""
    angle = SKEW_DEGREES if number % 2 else -SKEW_DEGREES
    turned = image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    small = turned.reduce(SUPERSAMPLING).filter(ImageFilter.GaussianBlur(0.5))
    chance = np.random.default_rng(number)
    grey = INK + np.asarray(small, dtype=float) * (PAPER - INK) / 255
    # Light falls off towards one edge, as beside the spine of a book.
    grey -= np.linspace(0, 14, grey.shape[1])[None, :]
    grey += chance.normal(0, GRAIN, grey.shape)
    for _ in range(SPECKS):
        row, column = (int(chance.integers(0, n - 2)) for n in grey.shape)
        grey[row:row + int(chance.integers(1, 3)), column:column + int(chance.integers(1, 3))] = chance.integers(40, 150)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8), "L")


def write_pdf(image: Image.Image, path: Path) -> None:
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=80, dpi=(DPI, DPI))
    path.write_bytes(img2pdf.convert(encoded.getvalue(), nodate=True))


def make(out: Path, fonts: Path, clean: bool = False) -> None:
    """Writes all pages and their truth below `out`."""
    (out / "pdfs").mkdir(parents=True, exist_ok=True)
    truth = []
    for number, page in enumerate(PAGES, 1):
        sheet = typeset(page, fonts)
        image = sheet.image.reduce(SUPERSAMPLING) if clean else scan(sheet.image, number)
        name = f"ko-{number:02}.pdf"
        write_pdf(image, out / "pdfs" / name)
        truth.append({"pdf": f"pdfs/{name}", "text": "\n".join(sheet.truth), "lang": "ko"})
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in truth)
    (out / "truth.jsonl").write_text("".join(lines), encoding="utf8")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--fonts", type=Path, default=FONTS)
    arguments.add_argument("--clean", action="store_true")
    options = arguments.parse_args()
    make(options.out, options.fonts, options.clean)
