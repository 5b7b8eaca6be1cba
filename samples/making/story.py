"""Turns the blocks of a source into flowables, each announcing its element when the document is tagged."""

import re
from html import escape

from pikepdf import Name
from reportlab.platypus import Flowable, HRFlowable, KeepTogether, NextPageTemplate, PageBreak, Spacer
from reportlab.platypus.doctemplate import FrameBreak

from making.charts import Chart
from making.look import LINE, SOFT, TINT, Look, missing_glyphs, substitute
from making.markup import Block, Source, plain
from making.tags import Element, Grid, Marked, Tagger, Text, marked

SMALL_TABLE = 12


class ContentsLine(Flowable):
    """One line of the table of contents: text, dots, page; a link to the heading."""

    def __init__(self, look: Look, text: str, page: int, level: int, key: str, element: Element | None):
        super().__init__()
        self.look, self.text, self.page, self.level, self.key, self.element = look, text, page, level, key, element

    def wrap(self, width, height):
        self.width = width
        self.height = self.look.size * (2.1 if self.level == 1 else 1.65)
        return width, self.height

    def draw(self):
        canvas, font = self.canv, self.look.bold if self.level == 1 else self.look.regular
        indent = (self.level - 1) * 14
        with marked(canvas, self.element):
            canvas.setFont(font, self.look.size)
            canvas.drawString(indent, 3, self.text)
            canvas.drawRightString(self.width, 3, str(self.page))
        with marked(canvas, None):
            start = indent + canvas.stringWidth(self.text, font, self.look.size) + 6
            end = self.width - canvas.stringWidth(str(self.page), font, self.look.size) - 6
            canvas.setDash(0.6, 2.4)
            canvas.setStrokeColor(LINE)
            canvas.line(start, 4, end, 4)
        canvas.linkRect("", self.key, (0, 0, self.width, self.height), relative=1, Border="[0 0 0]")


class Story:
    """`contents` holds (level, text, page) of each heading from the pass before; the first pass has none."""

    def __init__(self, source: Source, look: Look, figures: dict, width: float, tagger: Tagger | None, contents: list):
        self.source, self.look, self.figures, self.width, self.contents = source, look, figures, width, contents
        self.tagger = tagger
        self.root = tagger.root if tagger else Element("Document")
        self.open_list: Element | None = None
        self.headings = 0

    def text(self, content: str, style, tag: str, parent: Element | None = None, once=False, **changes) -> Text:
        bold = style.fontName == self.look.bold
        missing = missing_glyphs(style.fontName, plain(content))
        marked_up = escape(content, quote=False).replace("\n", "<br/>")
        if missing:
            other = substitute(bold, missing)
            marked_up = re.sub(f"[{re.escape(''.join(sorted(missing)))}]+", rf'<font name="{other}">\g<0></font>', marked_up)
        marked_up = re.sub(r"\*\*(.+?)\*\*", r"\1" if bold else r"<b>\1</b>", marked_up)
        element = (parent or self.root).add(tag) if self.tagger else None
        return Text(marked_up, style, **changes).of(element, once)

    def flowables(self) -> list[Flowable]:
        made: list[Flowable] = []
        for block in self.source.blocks:
            if block.kind != "item":
                self.open_list = None
            made += getattr(self, "make_" + block.kind)(block)
        return made

    def make_heading(self, block: Block) -> list[Flowable]:
        self.headings += 1
        text = self.text(block.text, self.look.heading(block.level), f"H{block.level}")
        text.heading = (block.level, block.text, f"h{self.headings}")
        return [text]

    def make_paragraph(self, block: Block) -> list[Flowable]:
        return [self.text(block.text, self.look.body(), "P")]

    def make_center(self, block: Block) -> list[Flowable]:
        return [self.text(block.text, self.look.center(), "P")]

    def make_formula(self, block: Block) -> list[Flowable]:
        return [self.text(block.words[0], self.look.center(), "P")]

    def make_item(self, block: Block) -> list[Flowable]:
        entry = None
        if self.tagger:
            self.open_list = self.open_list or self.root.add("L")
            entry = self.open_list.add("LI")
        bullet = "•" if block.marker == "-" else block.marker
        return [self.text(block.text, self.look.item(bullet), "LBody", entry, bulletText=bullet)]

    def make_page(self, block: Block) -> list[Flowable]:
        return [PageBreak()]

    def make_toc(self, block: Block) -> list[Flowable]:
        contents = self.contents or [(1, "…", 0)]
        title = self.text(block.words[0], self.look.heading(1), "P")
        element = self.root.add("TOC") if self.tagger else None
        lines = []
        for index, (level, text, page) in enumerate(contents):
            if level < 3:
                entry = element.add("TOCI") if element else None
                lines.append(ContentsLine(self.look, text, page, level, f"h{index + 1}", entry))
        return [title, *lines, PageBreak()]

    def make_figure(self, block: Block) -> list[Flowable]:
        name, caption = block.words
        data = self.figures[name]
        element = self.root.add("Figure", alternative=data["alternative"]) if self.tagger else None
        drawing = Chart(data, self.look, min(self.width, 620 if self.look.size > 15 else 430)).draw()
        drawing.hAlign = "CENTER"
        return [KeepTogether([
            Spacer(1, 4), Marked(drawing, element), self.text(caption, self.look.caption(), "Caption"), Spacer(1, 6),
        ])]

    def make_table(self, block: Block) -> list[Flowable]:
        """A small table stays whole and under its caption; a long one may run over pages, its head repeated."""
        style = self.look.caption(above=len(block.rows) <= SMALL_TABLE)
        caption = [self.text(block.words[-1], style, "Caption")] if block.words[-1] else []
        return [*caption, self.grid(block), Spacer(1, self.look.size)]

    def grid(self, block: Block) -> Grid:
        heads = int(block.options.get("headers", "1"))
        aligns = block.options["align"]
        shares = [float(share) for share in block.options["widths"].split(",")]
        element = self.root.add("Table") if self.tagger else None
        rows, commands = [], []
        for r, cells in enumerate(block.rows):
            row_element = element.add("TR") if element else None
            row = []
            for c, content in enumerate(cells):
                if content in ("<", "^"):
                    row.append("")
                    continue
                right, down = spans(block.rows, r, c)
                if right or down:
                    commands.append(("SPAN", (c, r), (c + right, r + down)))
                head = r < heads
                align = "c" if right else aligns[c]
                cell = self.text(content, self.look.cell(align, head), "TH" if head else "TD", row_element, once=head)
                if cell.element:
                    cell.element.attributes = attributes(head, right, down)
                row.append(cell)
            rows.append(row)
        commands += self.rules(block, heads)
        total = sum(shares)
        widths = [self.width * share / total for share in shares]
        return Grid(rows, colWidths=widths, repeatRows=heads, style=commands)

    def rules(self, block: Block, heads: int) -> list[tuple]:
        commands = [
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 3), ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
        if block.words[0] == "ruled":
            commands.append(("GRID", (0, 0), (-1, -1), 0.5, LINE))
            if heads:
                commands.append(("BACKGROUND", (0, 0), (-1, heads - 1), TINT))
        return commands

    def make_tiles(self, block: Block) -> list[Flowable]:
        cells = []
        for words in block.words:
            name, value, note = words.split("|")
            styles = (
                self.look.style("tile", size=13, textColor=SOFT),
                self.look.style("value", size=27, fontName=self.look.bold, textColor=self.look.color, leading=36),
                self.look.style("note", size=13),
            )
            cells.append([self.text(part, style, "P") for part, style in zip((name, value, note), styles)])
        style = [
            ("BACKGROUND", (0, 0), (-1, -1), TINT), ("INNERGRID", (0, 0), (-1, -1), 8, "#ffffff"),
            ("TOPPADDING", (0, 0), (-1, -1), 12), ("BOTTOMPADDING", (0, 0), (-1, -1), 14), ("LEFTPADDING", (0, 0), (-1, -1), 16),
        ]
        return [Grid([cells], colWidths=[self.width / len(cells)] * len(cells), style=style), Spacer(1, 22)]

    def make_signatures(self, block: Block) -> list[Flowable]:
        cells = [
            [self.text(part, self.look.style("signature", size=self.look.size * 0.9), "P") for part in words.split("|")]
            for words in block.words
        ]
        blank, signed = [[cell[0]] for cell in cells], [[cell[1]] for cell in cells]
        style = [("LINEABOVE", (0, 1), (0, 1), 0.7, SOFT), ("LINEABOVE", (2, 1), (2, 1), 0.7, SOFT)]
        share = self.width / 9
        rows = [[blank[0], "", blank[1]], [signed[0], "", signed[1]]]
        return [KeepTogether([
            Spacer(1, 20), Grid(rows, colWidths=[share * 4, share, share * 4], rowHeights=[60, None], style=style),
        ])]

    def make_abstract(self, block: Block) -> list[Flowable]:
        size = self.look.size
        title = self.look.style("abstract-title", fontName=self.look.bold, spaceBefore=4)
        body = self.look.style("abstract", alignment=4, size=size * 0.97)
        return [self.text("Abstract", title, "P"), self.text(block.text, body, "P")]

    def make_body(self, block: Block) -> list[Flowable]:
        return [NextPageTemplate("later"), FrameBreak()]

    def make_rule(self, block: Block) -> list[Flowable]:
        return [HRFlowable(width="100%", color=LINE, thickness=0.6)]


def spans(rows: list[list[str]], r: int, c: int) -> tuple[int, int]:
    right = down = 0
    while c + right + 1 < len(rows[r]) and rows[r][c + right + 1] == "<":
        right += 1
    while r + down + 1 < len(rows) and rows[r + down + 1][c] == "^":
        down += 1
    return right, down


def attributes(head: bool, right: int, down: int) -> dict:
    found: dict = {}
    if head:
        found["Scope"] = Name.Column
    if right:
        found["ColSpan"] = right + 1
    if down:
        found["RowSpan"] = down + 1
    return found
