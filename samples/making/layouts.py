"""Page templates: where the frames lie, what runs along the edges, and how a source becomes the bytes of a PDF."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, NextPageTemplate, PageBreak, PageTemplate, Spacer

from making.look import LINE, SOFT, Look
from making.markup import Source, plain
from making.story import Story
from making.tags import Element, Tagger, marked

LOOKS = {
    "report": Look("gothic", size=10),
    "paper": Look("serif", size=9.6, heads=(11.5, 10.2, 9.8), accent="#1b1f24", justify=True),
    "slides": Look("square", size=19, heads=(32, 22, 20)),
    "contract": Look("myeongjo", size=10.3, heads=(19, 12, 11), accent="#2b2f36", justify=True),
    "regulation": Look("gothic", size=10.8, heads=(20, 13.5, 11), accent="#3a3f47"),
    "brief": Look("sans", size=9.3, heads=(16, 12, 10.5), accent="#39663f"),
    "brief-ko": Look("barun", size=10.4, heads=(18, 13, 11.5), accent="#39663f"),
    "form": Look("gothic", size=10.5, heads=(16, 12, 11), accent="#1b1f24"),
}
SLIDE = (960, 540)
MARGIN = 22 * mm


class Document(BaseDocTemplate):
    def __init__(self, target, source: Source, look: Look, tagger: Tagger | None, size):
        super().__init__(target, pagesize=size, invariant=1, pageCompression=1)
        self.source, self.look, self.tagger, self.size = source, look, tagger, size
        self.contents: list[tuple[int, str, int]] = []

    def _startBuild(self, filename=None, canvasmaker=Canvas):
        super()._startBuild(filename, canvasmaker)
        self.canv.tagger = self.tagger

    def afterFlowable(self, flowable):
        if heading := getattr(flowable, "heading", None):
            level, text, key = heading
            self.contents.append((level, plain(text), self.page))
            self.canv.bookmarkPage(key)
            deepest = self.contents[-2][0] if len(self.contents) > 1 else 0
            self.canv.addOutlineEntry(plain(text), key, min(level, deepest + 1) - 1)

    def line_of(self, x: float, y: float, text: str, right: bool = False, size: float = 8):
        self.canv.setFont(self.look.regular, size)
        self.canv.setFillColor(SOFT)
        (self.canv.drawRightString if right else self.canv.drawString)(x, y, text)

    def furniture(self, canvas, _):
        """Header and footer: decoration in the eyes of the tags."""
        width, height = self.size
        with marked(canvas, None):
            canvas.saveState()
            canvas.setStrokeColor(LINE)
            canvas.setLineWidth(0.5)
            if header := self.source.get("header"):
                self.line_of(MARGIN, height - 13 * mm, header)
                canvas.line(MARGIN, height - 15 * mm, width - MARGIN, height - 15 * mm)
            self.line_of(MARGIN, 11 * mm, self.source.get("footer"))
            self.line_of(width - MARGIN, 11 * mm, str(canvas.getPageNumber()), right=True)
            canvas.restoreState()

    def slide(self, canvas, _):
        width, _ = self.size
        with marked(canvas, None):
            canvas.saveState()
            canvas.setFillColor(self.look.color)
            canvas.rect(0, 0, 14, SLIDE[1], stroke=0, fill=1)
            self.line_of(56, 18, self.source.get("footer"), size=11)
            self.line_of(width - 40, 18, str(canvas.getPageNumber()), right=True, size=11)
            canvas.restoreState()


def frame(x, y, width, height, name) -> Frame:
    return Frame(x, y, width, height, 0, 0, 0, 0, id=name)


def cover(canvas, document: Document):
    """The first page of a report; its title and subtitle are the only elements."""
    width, height = document.size
    look, source = document.look, document.source
    root = document.tagger.root if document.tagger else None
    with marked(canvas, None):
        canvas.saveState()
        canvas.setFillColor(look.color)
        canvas.rect(0, height * 0.56, width, height * 0.44, stroke=0, fill=1)
        canvas.restoreState()
    lines = (("Title", source.get("title"), look.bold, 34, 0.62, "#ffffff"), ("P", source.get("cover"), look.regular, 12, 0.50, "#1b1f24"),
             ("P", source.get("author"), look.regular, 10, 0.08, "#5c6670"))
    for index, (tag, text, font, size, at, color) in enumerate(lines):
        element = None
        if root is not None:
            element = Element(tag)
            root.children.insert(index, element)
        with marked(canvas, element):
            canvas.setFont(font, size)
            canvas.setFillColor(color)
            canvas.drawString(MARGIN, height * at, text)


def templates(document: Document) -> tuple[list[PageTemplate], float]:
    layout, (width, height) = document.source.get("layout"), document.size
    inner = width - 2 * MARGIN
    if layout == "slides":
        body = frame(56, 44, width - 96, height - 92, "body")
        return [PageTemplate("body", [body], onPage=document.slide)], width - 96
    if layout == "paper":
        column, gap, top = (inner - 8 * mm) / 2, 8 * mm, 80 * mm
        lower = height - 40 * mm - top

        def columns(tall):
            return [frame(MARGIN + (column + gap) * i, 20 * mm, column, tall, f"column{i}") for i in (0, 1)]

        first = [frame(MARGIN, height - 20 * mm - top, inner, top, "top"), *columns(lower - 4 * mm)]
        return [
            PageTemplate("first", first, onPage=document.furniture),
            PageTemplate("later", columns(height - 40 * mm), onPage=document.furniture),
        ], column
    body = frame(MARGIN, 20 * mm, inner, height - 42 * mm, "body")
    pages = [PageTemplate("body", [body], onPage=document.furniture)]
    if document.source.get("cover"):
        pages.insert(0, PageTemplate("cover", [frame(MARGIN, 20 * mm, inner, 40, "cover")], onPage=cover))
    return pages, inner


def opening(document: Document, story: Story) -> list:
    """What stands before the first block: the cover's page, the title of a paper, the first slide."""
    source, look = document.source, document.look
    if source.get("cover"):
        return [Spacer(1, 1), NextPageTemplate("body"), PageBreak()]
    if source.get("layout") == "paper":
        title = look.style("title", size=15, fontName=look.bold, leading=20, alignment=1, spaceAfter=8, spaceBefore=4)
        return [story.text(source.get("title"), title, "Title"), story.text(source.get("byline"), look.center(), "P")]
    if source.get("layout") == "slides":
        title = look.style("title", size=44, fontName=look.bold, leading=56, textColor=look.color, spaceAfter=18)
        return [Spacer(1, 130), story.text(source.get("title"), title, "Title"), story.text(source.get("subtitle"), look.body(), "P")]
    return []


def draw(source: Source, figures: dict) -> tuple[bytes, Tagger | None]:
    layout = source.get("layout")
    look = LOOKS.get(f"{layout}-{source.get('language')}", LOOKS.get(layout))
    contents: list = []
    for _ in range(3):  # the table of contents needs the pages of the headings; its own length settles in the second pass
        target = BytesIO()
        tagger = Tagger() if source.get("tagged") else None
        document = Document(target, source, look, tagger, SLIDE if layout == "slides" else A4)
        pages, width = templates(document)
        document.addPageTemplates(pages)
        story = Story(source, look, figures, width, tagger, contents)
        start = opening(document, story)
        flowables = story.flowables()
        if layout == "slides":
            flowables = by_slide(flowables)
        document.build(start + flowables)
        settled, contents = contents == document.contents, document.contents
        if settled:
            break
    return target.getvalue(), tagger


def by_slide(flowables: list) -> list:
    """Every heading begins a slide."""
    made = []
    for flowable in flowables:
        if getattr(flowable, "heading", None):
            made += [PageBreak(), flowable, Spacer(1, 16)]
        else:
            made.append(flowable)
    return made
