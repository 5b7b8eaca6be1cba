"""Structure tags: what a screen reader, or an honest extractor, needs to know about the order and kind of the text.

While pages are drawn, flowables announce the element they belong to (`marked`); afterwards `write` adds the tree of
elements to the finished file. Without a `Tagger` on the canvas nothing is announced and the file has no tags.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name
from reportlab.platypus import Flowable, Paragraph, Table

NOT_STANDARD = {"Title": "P"}


@dataclass
class Element:
    tag: str
    children: list["Element"] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)  # page, number on the page
    alternative: str = ""
    attributes: dict = field(default_factory=dict)

    def add(self, tag: str, **details) -> "Element":
        self.children.append(Element(tag, **details))
        return self.children[-1]


class Tagger:
    def __init__(self):
        self.root = Element("Document")
        self.numbers: dict[int, int] = {}

    def mark(self, page: int, element: Element) -> int:
        number = self.numbers.get(page, 0)
        self.numbers[page] = number + 1
        element.marks.append((page, number))
        return number


@contextmanager
def marked(canvas, element: Element | None, once: bool = False):
    """What is drawn inside belongs to `element`; with `once`, repetitions (table heads on later pages) do not."""
    tagger = getattr(canvas, "tagger", None)
    if tagger is None:
        yield
        return
    if element is None or (once and element.marks):
        canvas._code.append("/Artifact BMC")
    else:
        number = tagger.mark(canvas.getPageNumber() - 1, element)
        canvas._code.append(f"/{element.tag} <</MCID {number}>> BDC")
    yield
    canvas._code.append("EMC")


class Text(Paragraph):
    element: Element | None = None
    once = False

    def of(self, element: Element | None, once: bool = False) -> "Text":
        self.element, self.once = element, once
        return self

    def split(self, width, height):
        return [part.of(self.element, self.once) for part in super().split(width, height)]

    def draw(self):
        with marked(self.canv, self.element, self.once):
            super().draw()


class Grid(Table):
    """A table whose rules and backgrounds are decoration; the cells are `Text` and carry their own elements."""

    def _drawBkgrnd(self):
        with marked(self.canv, None):
            super()._drawBkgrnd()

    def _drawLines(self):
        with marked(self.canv, None):
            super()._drawLines()


class Marked(Flowable):
    """Any flowable as one element (a figure), or as decoration when the element is None."""

    def __init__(self, inner: Flowable, element: Element | None):
        super().__init__()
        self.inner, self.element = inner, element
        self.hAlign = inner.hAlign

    def wrap(self, width, height):
        self.width, self.height = self.inner.wrap(width, height)
        return self.width, self.height

    def draw(self):
        with marked(self.canv, self.element):
            self.inner.drawOn(self.canv, 0, 0)


def write(pdf: pikepdf.Pdf, tagger: Tagger):
    pages = [page.obj for page in pdf.pages]
    by_page: list[dict[int, pikepdf.Object]] = [{} for _ in pages]

    def build(element: Element, parent: pikepdf.Object) -> pikepdf.Object:
        node = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name("/" + element.tag), P=parent))
        if element.alternative:
            node.Alt = element.alternative
        if element.attributes:
            node.A = Dictionary(O=Name.Table, **element.attributes)
        kids = []
        for page, number in element.marks:
            kids.append(Dictionary(Type=Name.MCR, Pg=pages[page], MCID=number))
            by_page[page][number] = node
        kids += [build(child, node) for child in element.children]
        node.K = Array(kids)
        return node

    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, RoleMap=Dictionary()))
    for tag, role in NOT_STANDARD.items():
        root.RoleMap["/" + tag] = Name("/" + role)
    root.K = build(tagger.root, root)
    numbers = Array()
    for index, page in enumerate(pages):
        page.StructParents = index
        page.Tabs = Name.S
        numbers.extend([index, pdf.make_indirect(Array([by_page[index][n] for n in sorted(by_page[index])]))])
    root.ParentTree = pdf.make_indirect(Dictionary(Nums=numbers))
    root.ParentTreeNextKey = len(pages)
    pdf.Root.StructTreeRoot = root
    pdf.Root.MarkInfo = Dictionary(Marked=True)
