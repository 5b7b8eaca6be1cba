"""Vector charts with real text: axis labels, tick labels, legend. The data lie in sources/figures.toml."""

import tomllib
from pathlib import Path

from reportlab.graphics.shapes import Drawing, Group, Line, PolyLine, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from making.look import INK, LINE, SOFT, Look

SERIES = [HexColor("#0b5a7a"), HexColor("#d9822b"), HexColor("#6b8e5a")]
BOTTOM, TOP, RIGHT = 40, 16, 10


def load(folder: Path) -> dict:
    return tomllib.loads(folder.joinpath("figures.toml").read_text(encoding="utf-8"))


class Chart:
    def __init__(self, data: dict, look: Look, width: float):
        self.data, self.look = data, look
        self.height = data.get("height", 190) * min(1, width / 360)
        self.width = width
        self.size = 7.5 if width < 300 else 8.5 if width < 500 else 12
        self.left = self.size * 6
        self.drawing = Drawing(width, self.height)
        self.low, self.high = data["range"]
        self.inner_width = width - self.left - RIGHT
        self.inner_height = self.height - BOTTOM - TOP

    def text(self, x, y, content, anchor="middle", color=INK, bold=False, into=None):
        font = self.look.bold if bold else self.look.regular
        (into or self.drawing).add(
            String(x, y, content, fontName=font, fontSize=self.size, textAnchor=anchor, fillColor=color)
        )

    def y(self, value: float) -> float:
        return BOTTOM + (value - self.low) / (self.high - self.low) * self.inner_height

    def axes(self):
        data = self.data
        value = self.low
        while value <= self.high + 1e-9:
            self.drawing.add(Line(self.left, self.y(value), self.width - RIGHT, self.y(value), strokeColor=LINE, strokeWidth=0.4))
            shown = f"{value:,.1f}" if data["step"] < 1 else f"{value:,.0f}"
            self.text(self.left - 5, self.y(value) - self.size / 3, shown, "end", SOFT)
            value += data["step"]
        self.drawing.add(Line(self.left, BOTTOM, self.width - RIGHT, BOTTOM, strokeColor=INK, strokeWidth=0.8))
        self.text(self.left + self.inner_width / 2, 5, data["x"], color=SOFT)
        turned = Group()
        turned.rotate(90)
        self.text(BOTTOM + self.inner_height / 2, -self.size, data["y"], color=SOFT, into=turned)
        self.drawing.add(turned)

    def bars(self):
        labels, series = self.data["labels"], self.data["series"]
        slot = self.inner_width / len(labels)
        bar = slot * 0.62 / len(series)
        for index, label in enumerate(labels):
            start = self.left + slot * index + slot * 0.19
            self.text(self.left + slot * (index + 0.5), BOTTOM - self.size - 4, label)
            for number, one in enumerate(series):
                value = one["values"][index]
                x = start + bar * number
                self.drawing.add(Rect(x, BOTTOM, bar * 0.94, self.y(value) - BOTTOM, fillColor=SERIES[number], strokeColor=None))
                if len(series) == 1:
                    shown = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
                    if stringWidth(shown, self.look.regular, self.size) < slot:
                        self.text(x + bar / 2, self.y(value) + 3, shown)

    def lines(self):
        labels = self.data["labels"]
        points = max(len(one["values"]) for one in self.data["series"])
        step = self.inner_width / (points - 1)
        for index, label in enumerate(labels):
            x = self.left + self.inner_width * index / (len(labels) - 1)
            self.text(x, BOTTOM - self.size - 4, label)
        for number, one in enumerate(self.data["series"]):
            path = [c for i, value in enumerate(one["values"]) for c in (self.left + step * i, self.y(value))]
            dash = [4, 2] if number == 1 else None
            self.drawing.add(PolyLine(path, strokeColor=SERIES[number], strokeWidth=1.5, strokeDashArray=dash))

    def legend(self):
        x = self.left + 8
        for number, one in enumerate(self.data["series"]):
            self.drawing.add(Rect(x, self.height - 10, 9, 6, fillColor=SERIES[number], strokeColor=None))
            self.text(x + 13, self.height - 10, one["name"], "start")
            x += 30 + stringWidth(one["name"], self.look.regular, self.size)

    def draw(self) -> Drawing:
        self.axes()
        self.bars() if self.data["kind"] == "bar" else self.lines()
        if len(self.data["series"]) > 1:
            self.legend()
        return self.drawing
