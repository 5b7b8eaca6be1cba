"""Documents with a layout of their own: the invoice and the letter. Their sources are lists of fields."""

from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from making.look import Look
from making.markup import Source, blocks

WIDTH, HEIGHT = A4
LEFT, RIGHT = 22 * mm, WIDTH - 22 * mm
GREY = HexColor("#666666")
TINT = HexColor("#e8ecef")


def fields(body: str, name: str) -> list[list[str]]:
    prefix = name + ": "
    return [line[len(prefix):].split(" | ") for line in body.splitlines() if line.startswith(prefix)]


def money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"


def lines(canvas: Canvas, x: float, y: float, texts: list[str], font: str, size: float, leading: float) -> float:
    canvas.setFont(font, size)
    for text in texts:
        canvas.drawString(x, y, text)
        y -= leading
    return y


def invoice(source: Source) -> bytes:
    """Helvetica is not embedded, as in the output of many accounting systems."""
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    seller, buyer = fields(source.body, "seller")[0], fields(source.body, "buyer")[0]
    canvas.setFillColor(HexColor("#24425c"))
    canvas.rect(0, HEIGHT - 14 * mm, WIDTH, 14 * mm, stroke=0, fill=1)
    canvas.setFillColor("white")
    canvas.setFont("Helvetica-Bold", 13)
    canvas.drawString(LEFT, HEIGHT - 9.5 * mm, seller[0])
    canvas.setFillColor(GREY)
    lines(canvas, LEFT, HEIGHT - 42 * mm, [", ".join(seller[:3])], "Helvetica", 7.5, 10)
    canvas.setFillColor("black")
    lines(canvas, LEFT, HEIGHT - 50 * mm, buyer, "Helvetica", 10.5, 14)

    y = HEIGHT - 50 * mm
    for name, value in fields(source.body, "fact"):
        canvas.setFont("Helvetica", 9.5)
        canvas.setFillColor(GREY)
        canvas.drawString(LEFT + 95 * mm, y, name)
        canvas.setFillColor("black")
        canvas.drawRightString(RIGHT, y, value)
        y -= 13.5

    canvas.setFont("Helvetica-Bold", 20)
    canvas.drawString(LEFT, HEIGHT - 100 * mm, "Invoice")
    y = items(canvas, source, HEIGHT - 108 * mm)
    y -= 14 * mm
    style = ParagraphStyle("note", fontName="Helvetica", fontSize=9.5, leading=13.5)
    for (note,) in fields(source.body, "note"):
        paragraph = Paragraph(note.replace("€", "EUR"), style)
        _, height = paragraph.wrap(RIGHT - LEFT, 100)
        y -= height + 4
        paragraph.drawOn(canvas, LEFT, y)

    canvas.setFillColor(GREY)
    canvas.setFont("Helvetica", 7.5)
    canvas.drawCentredString(WIDTH / 2, 12 * mm, " · ".join(seller) + " · Page 1 of 1")
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def items(canvas: Canvas, source: Source, top: float) -> float:
    """The table of items and its totals, computed in cents; gives the y below it."""
    rows, total = [["Pos.", "Item", "Description", "Quantity", "Unit price EUR", "Amount EUR"]], 0
    for number, (item, text, quantity, price) in enumerate(fields(source.body, "item"), 1):
        cents = round(float(price) * 100) * int(quantity)
        total += cents
        style = ParagraphStyle("cell", fontName="Helvetica", fontSize=9, leading=11.5)
        rows.append([str(number), item, Paragraph(text, style), quantity, price, money(cents)])
    rate = int(fields(source.body, "tax")[0][0])
    tax = total * rate // 100
    rows += [
        ["", "", "", "", "Subtotal", money(total)],
        ["", "", "", "", f"VAT {rate} %", money(tax)],
        ["", "", "", "", "Total due", money(total + tax)],
    ]
    last = len(rows)
    table = Table(rows, colWidths=[11 * mm, 21 * mm, 62 * mm, 19 * mm, 27 * mm, 26 * mm], style=[
        ("FONT", (0, 0), (-1, -1), "Helvetica", 9), ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 9),
        ("BACKGROUND", (0, 0), (-1, 0), TINT), ("ALIGN", (3, 0), (-1, -1), "RIGHT"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, last - 4), 0.4, GREY), ("LINEABOVE", (4, last - 1), (-1, last - 1), 0.8, "black"),
        ("FONT", (4, last - 1), (-1, last - 1), "Helvetica-Bold", 10),
    ])
    _, height = table.wrap(RIGHT - LEFT, HEIGHT)
    table.drawOn(canvas, LEFT, top - height)
    return top - height


def letter(source: Source) -> bytes:
    look = Look("serif", size=10.2)
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    sender, recipient = fields(source.body, "sender")[0], fields(source.body, "recipient")[0]
    canvas.setFont(look.bold, 19)
    canvas.drawString(LEFT, HEIGHT - 24 * mm, sender[0])
    canvas.setLineWidth(1.2)
    canvas.line(LEFT, HEIGHT - 27 * mm, RIGHT, HEIGHT - 27 * mm)
    lines(canvas, LEFT, HEIGHT - 32 * mm, [" · ".join(sender[1:])], look.regular, 8, 10)
    y = lines(canvas, LEFT, HEIGHT - 48 * mm, recipient, look.regular, 10.2, 14.5)
    day = fields(source.body, "date")[0][0]
    reference = fields(source.body, "reference")[0][0]
    canvas.drawRightString(RIGHT, y - 8 * mm, day)
    canvas.drawString(LEFT, y - 8 * mm, f"Reference: {reference}")
    y -= 20 * mm
    style = look.style("letter", leading=15.2, spaceAfter=8)
    content = [Paragraph(f"<b>{fields(source.body, 'subject')[0][0]}</b>", style)]
    for block in blocks(source.body.split("\n---\n")[1]):
        if block.kind == "item":
            content.append(Paragraph(block.text, look.item("•"), bulletText="•"))
        else:
            content.append(Paragraph(block.text.replace("\n", "<br/>"), style))
    for paragraph in content:
        _, height = paragraph.wrap(RIGHT - LEFT, HEIGHT)
        y -= height
        paragraph.drawOn(canvas, LEFT, y)
        y -= paragraph.getSpaceAfter()
        if paragraph.text.startswith("Yours"):
            y -= 26
            signature(canvas, LEFT + 4, y + 2)
            y -= 16
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def signature(canvas: Canvas, x: float, y: float):
    """A scribble that names nobody."""
    path = canvas.beginPath()
    path.moveTo(x, y + 6)
    path.curveTo(x + 8, y + 30, x + 16, y - 12, x + 24, y + 10)
    path.curveTo(x + 30, y + 22, x + 34, y - 2, x + 44, y + 8)
    path.curveTo(x + 60, y + 20, x + 66, y, x + 98, y + 10)
    canvas.setLineWidth(1.1)
    canvas.drawPath(path)
