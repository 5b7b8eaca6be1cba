"""Checks a built model against the reference engine: python check.py FOLDER ENGINE SOURCE

Fails (exit 1, saying where) unless token counts are equal and every vector's cosine to the reference is above .99.
"""

import sys
from pathlib import Path

from embedder import Onnx, Reference, pairs

CLOSE = 0.99
ODD = [
    "e-mail: a.b@c.example; 1,234.56 (−12.3 %) → ≥ ± × ÷ µ ℃ ㎡ ㈜ ① ½",
    "「규정」 『지침』 【별표】 〈표 1〉 “따옴표” ‘작은’ … — –",
    "ＦＵＬＬ　ｗｉｄｔｈ １２３ and\ttabs\nand\r\nlines   with spaces",
    "emoji 😀👍🏽 👩‍👩‍👧 ❤️ 1️⃣ ©️",
    "Donaudampfschifffahrtsgesellschaft pneumonoultramicroscopicsilicovolcanoconiosis",
    "Mixed 한영 text: 2025년 매출은 ₩1,234.5억, see §4.2",
    "漢字と日本語のテキスト、中文内容",
]


def main():
    ours, reference = Onnx(Path(sys.argv[1])), Reference(Path(sys.argv[2]), Path(sys.argv[3]))
    texts = [(text, role) for entry in pairs() for language in entry.values() for text, role in zip(language, ("query", "passage"))]
    texts += [(text, "passage") for text in ODD]
    lowest = 1.0
    for text, role in texts:
        counted, expected = len(ours.ids(text, role)), reference.tokens(text, role)
        if counted != expected:
            sys.exit(f"{counted} tokens, the reference counts {expected}: {text}")
        cosine = float(ours(text, role) @ reference(text, role))
        lowest = min(lowest, cosine)
        if cosine < CLOSE:
            sys.exit(f"cosine {cosine:.4f} to the reference: {text}")
    print(f"{len(texts)} texts agree with the reference, lowest cosine {lowest:.4f}")


main()
