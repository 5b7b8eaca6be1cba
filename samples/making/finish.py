"""Adds what is about a document (Info, XMP, tags) to drawn pages and writes bytes that are the same every time."""

from io import BytesIO
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Dictionary, Name

from making.markup import Source
from making.tags import Tagger, write

PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdf:Keywords>{keywords}</pdf:Keywords>
<xmp:CreateDate>{created}</xmp:CreateDate><xmp:ModifyDate>{created}</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def pdf_date(iso: str) -> str:
    day, clock = iso.split("T")
    return f"D:{day.replace('-', '')}{clock[:8].replace(':', '')}{clock[8:11]}'{clock[12:14]}'"


def describe(pdf: pikepdf.Pdf, source: Source):
    """`metadata: none` leaves a file as mute as many are; `info_title` lets it lie."""
    del pdf.trailer.Info
    if source.get("metadata") == "none":
        return
    info = Dictionary(
        Title=source.get("info_title") or source.get("title"),
        Author=source.get("author"),
        CreationDate=pdf_date(source.get("created")),
        ModDate=pdf_date(source.get("created")),
    )
    if not source.get("info_title"):
        info.Subject, info.Keywords = source.get("subject"), source.get("keywords")
    pdf.trailer.Info = pdf.make_indirect(info)
    pdf.Root.Lang = source.get("language")
    if source.get("tagged") or source.get("layout") == "paper":
        fields = {key: escape(source.get(key)) for key in ("title", "author", "subject", "keywords", "language", "created")}
        words = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in source.get("keywords").split(", "))
        packet = PACKET.format(words=words, **fields).encode()
        pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)


def finish(drawn: bytes, source: Source, tagger: Tagger | None = None) -> bytes:
    with pikepdf.open(BytesIO(drawn)) as pdf:
        describe(pdf, source)
        if tagger:
            write(pdf, tagger)
        return save(pdf)


def save(pdf: pikepdf.Pdf, **options) -> bytes:
    target = BytesIO()
    options = {"deterministic_id": True} | options
    pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True, **options)
    return target.getvalue()
