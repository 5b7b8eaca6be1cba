"""Spoils finished files in three ways: locked, cut off, and with a text layer that says something else than the page."""

import re
from io import BytesIO

import pikepdf

from making.finish import save

PASSWORD = "pagemill"
KEPT = 0.42
PRIVATE_USE = 0xE000
SHIFT = 7


def lock(finished: bytes) -> bytes:
    """A password is needed to open it. RC4 and not AES, whose random start would give other bytes each time."""
    with pikepdf.open(BytesIO(finished)) as pdf:
        encryption = pikepdf.Encryption(user=PASSWORD, owner=PASSWORD + "-owner", R=3, aes=False, metadata=False)
        return save(pdf, encryption=encryption, deterministic_id=False, static_id=True)


def cut(finished: bytes) -> bytes:
    """The page tree lies in a compressed stream near the end, so what is left cannot be repaired."""
    return finished[: int(len(finished) * KEPT)]


def garble(finished: bytes) -> bytes:
    """English letters map into the private use area, Korean syllables to other syllables of the page."""
    with pikepdf.open(BytesIO(finished)) as pdf:
        for font in pdf.pages[0].Resources.Font.values():  # all pages share their fonts
            if "/ToUnicode" in font:
                replace = shifted if "Nanum" in str(font.BaseFont) else private
                font.ToUnicode = pdf.make_stream(replace(font.ToUnicode.read_bytes().decode("latin-1")).encode("latin-1"))
        return save(pdf)


def private(cmap: str) -> str:
    counter = iter(range(PRIVATE_USE, PRIVATE_USE + 0x1000))
    return re.sub(r"(<[0-9A-Fa-f]{2}> )<([0-9A-Fa-f]{4})>", lambda match: f"{match[1]}<{next(counter):04X}>", cmap)


def shifted(cmap: str) -> str:
    pairs = re.findall(r"<[0-9A-Fa-f]{2}> <([0-9A-Fa-f]{4})>", cmap)
    letters = [code for code in pairs if int(code, 16) > 0x20]
    other = dict(zip(letters, letters[SHIFT:] + letters[:SHIFT]))
    return re.sub(r"(<[0-9A-Fa-f]{2}> )<([0-9A-Fa-f]{4})>", lambda match: f"{match[1]}<{other.get(match[2], match[2])}>", cmap)
