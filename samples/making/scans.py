"""Turns drawn pages into scans: pictures of pages, with what scanners and faxes do to them, and no text."""

import random
from io import BytesIO

import pypdfium2
from PIL import Image, ImageChops, ImageEnhance, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from making.markup import Source

PAPER = 250


def options(source: Source) -> dict[str, float]:
    return {key: float(value) for key, value in (word.split("=") for word in source.get("scan").split())}


def scan(drawn: bytes, source: Source) -> bytes:
    wanted = options(source)
    chance = random.Random(int(wanted["seed"]))
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    with pypdfium2.PdfDocument(drawn) as pdf:
        for page in pdf:
            # drawn at twice the resolution, so that turning it does not blur more than a scanner would
            image = page.render(scale=wanted["dpi"] / 72 * 2, grayscale=True).to_pil().convert("L")
            image = spoil(image, wanted, chance)
            coded = BytesIO()
            image.save(coded, "JPEG", quality=int(wanted["quality"]), dpi=(wanted["dpi"], wanted["dpi"]))
            coded.seek(0)
            canvas.drawImage(ImageReader(coded), 0, 0, *A4)
            canvas.showPage()
    canvas.save()
    return target.getvalue()


def spoil(image: Image.Image, wanted: dict[str, float], chance: random.Random) -> Image.Image:
    image = image.rotate(wanted["skew"], Image.Resampling.BICUBIC, fillcolor=255)
    image = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    image = image.point(lambda value: value * PAPER // 255)
    if contrast := wanted.get("contrast"):
        image = ImageEnhance.Contrast(image).enhance(contrast)
        image = image.filter(ImageFilter.GaussianBlur(0.45))
        image = speckles(image, chance)
    return noise(image, int(wanted["noise"]), chance)


def noise(image: Image.Image, strength: int, chance: random.Random) -> Image.Image:
    grain = Image.frombytes("L", image.size, chance.randbytes(image.width * image.height))
    grain = grain.point(lambda value: value * 2 * strength // 255)
    return ImageChops.add(image, grain, 1, -strength)


def speckles(image: Image.Image, chance: random.Random) -> Image.Image:
    """Dust on the glass, and the shadow of the lid along one edge."""
    for _ in range(image.width * image.height // 9000):
        x, y, size = chance.randrange(image.width - 3), chance.randrange(image.height - 3), chance.choice((1, 1, 2))
        image.paste(chance.randrange(40, 150), (x, y, x + size, y + size))
    shade = Image.linear_gradient("L").rotate(-90).resize((46, image.height)).point(lambda value: value * 90 // 255)
    edge = image.crop((0, 0, 46, image.height))
    image.paste(ImageChops.subtract(edge, shade), (0, 0))
    return image
