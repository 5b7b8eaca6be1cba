"""Fonts, colours and paragraph styles of each layout."""

from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDERS = [Path("/usr/share/fonts/truetype/nanum"), Path("/usr/share/fonts/truetype/dejavu")]
FAMILIES = {
    "gothic": ("NanumGothic", "NanumGothicBold"),
    "barun": ("NanumBarunGothic", "NanumBarunGothicBold"),
    "myeongjo": ("NanumMyeongjo", "NanumMyeongjoBold"),
    "square": ("NanumSquareR", "NanumSquareB"),
    "sans": ("DejaVuSans", "DejaVuSans-Bold"),
    "serif": ("DejaVuSerif", "DejaVuSerif-Bold"),
}

WIDE = "°²³µ±×•"

INK = HexColor("#1b1f24")
SOFT = HexColor("#5c6670")
LINE = HexColor("#b8c0c8")
TINT = HexColor("#eef2f5")


@dataclass
class Look:
    family: str
    accent: str = "#0b5a7a"
    size: float = 10
    heads: tuple[float, ...] = (18, 13, 11)
    justify: bool = False

    def __post_init__(self):
        self.regular, self.bold = register(self.family)
        self.color = HexColor(self.accent)

    def style(self, name: str, **changes) -> ParagraphStyle:
        size = changes.pop("size", self.size)
        settings = {
            "fontName": self.regular,
            "fontSize": size,
            "leading": size * 1.45,
            "textColor": INK,
            "splitLongWords": 0,
        } | changes
        return ParagraphStyle(name, **settings)

    def body(self) -> ParagraphStyle:
        return self.style("body", spaceAfter=self.size * 0.65, **({"alignment": TA_JUSTIFY} if self.justify else {}))

    def heading(self, level: int) -> ParagraphStyle:
        size = self.heads[level - 1]
        return self.style(
            f"heading{level}", size=size, fontName=self.bold, leading=size * 1.3, spaceAfter=size * 0.45,
            spaceBefore=size * (0.9 if level == 1 else 0.7), keepWithNext=1, textColor=self.color if level < 3 else INK,
        )

    def item(self, bullet: str) -> ParagraphStyle:
        indent = self.size * 1.9
        lost = missing_glyphs(self.regular, bullet)
        return self.style(
            "item", leftIndent=indent, bulletIndent=self.size * 0.4, spaceAfter=self.size * 0.35,
            bulletFontName=substitute(False, lost) if lost else self.regular,
            bulletFontSize=self.size,
        )

    def caption(self, above: bool = False) -> ParagraphStyle:
        size = self.size * 0.9
        return self.style(
            "caption", size=size, fontName=self.bold, textColor=SOFT, spaceBefore=size * 0.4, spaceAfter=size * 0.5,
            keepWithNext=int(above),
        )

    def cell(self, align: str, bold: bool) -> ParagraphStyle:
        size = self.size * 0.9
        return self.style(
            f"cell-{align}", size=size, leading=size * 1.3, fontName=self.bold if bold else self.regular,
            alignment={"l": 0, "c": 1, "r": 2}[align],
        )

    def center(self) -> ParagraphStyle:
        return self.style("center", alignment=TA_CENTER, spaceAfter=self.size * 0.6)


def register(family: str) -> tuple[str, str]:
    names = FAMILIES[family]
    for name in names:
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(font_file(name))))
    pdfmetrics.registerFontFamily(names[0], normal=names[0], bold=names[1], italic=names[0], boldItalic=names[1])
    return names


def font_file(name: str) -> Path:
    for folder in FOLDERS:
        if (found := folder / f"{name}.ttf").exists():
            return found
    raise SystemExit(f"the font {name} is missing: run scripts/setup/system.sh (packages fonts-nanum, fonts-dejavu-core)")


def missing_glyphs(font: str, text: str) -> set[str]:
    """The characters of `text` that `font` cannot draw, or draws as wide as a Korean syllable; another font must."""
    known = pdfmetrics.getFont(font).face.charToGlyph
    wide = WIDE if font.startswith("Nanum") else ""
    return {char for char in text if char not in "\n\t" and (ord(char) not in known or char in wide)}


def substitute(bold: bool, missing: set[str]) -> str:
    wanted = "".join(sorted(missing))
    for family in ("sans", "gothic"):
        font = register(family)[bold]
        if not missing_glyphs(font, wanted):
            return font
    raise SystemExit(f"no font at hand has all of these: {wanted}")
