"""Page images as PDFs, for programs that read PDFs: the same pixels at the same resolution, without a text layer.

    image_pages.py IMAGES OUT        OUT/NAME.pdf for every NAME.tif, .png or .jpg
"""

import io
import sys
from pathlib import Path

import img2pdf
from PIL import Image

ENDINGS = {".tif", ".tiff", ".png", ".jpg", ".jpeg"}


def wrapped(image: Path) -> bytes:
    """The image's own bytes in a PDF where that is possible; an image with transparency is laid on white first."""
    data = image.read_bytes()
    with Image.open(image) as opened:
        if opened.mode in ("RGBA", "LA") or "transparency" in opened.info:
            dpi = opened.info.get("dpi", (96, 96))
            page = Image.new("RGBA", opened.size, "white")
            page.alpha_composite(opened.convert("RGBA"))
            flat = io.BytesIO()
            page.convert("RGB").save(flat, "PNG", dpi=tuple(float(d) for d in dpi))
            data = flat.getvalue()
    return img2pdf.convert(data, nodate=True)


def make(images: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for image in sorted(images.iterdir()):
        if image.suffix.lower() in ENDINGS:
            (out / f"{image.stem}.pdf").write_bytes(wrapped(image))


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
