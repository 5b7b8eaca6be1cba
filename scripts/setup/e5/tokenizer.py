"""Writes the tokenizer of a `Source` in the form that Hugging Face's tokenizers library and fastembed read.

Out: tokenizer.json (a Unigram model as SentencePiece trained it), tokenizer_config.json, special_tokens_map.json and
config.json. The vocabulary and its order are the source's own, so that ids fit the embedding table.

Text is composed (NFC: Korean written as separate jamo, as file systems and some PDFs have it, becomes syllables), then
each code point goes through the source's normalisation map, which is NFKC with control characters dropped and odd
spaces made plain. The map is stored as SentencePiece stores it: a double-array trie and the replacements.
"""

import base64
import json
import struct
from pathlib import Path

from source import Source

LEAF = 1 << 31
OFFSET_LIMIT = 1 << 21
META_SPACE = "▁"


def double_array(entries: dict[bytes, int]) -> list[int]:
    """The trie over `entries` (key to value) as darts-clone lays it out.

    A unit holds, from bit 10, the XOR distance from its own index to its children's base, bit 8 when a key ends here,
    and its own label in the low byte; the child for byte b lies at base ^ b. A key's end is the child for byte 0, a
    unit with the top bit set and the value below it.
    """
    tree: dict = {}
    for key, value in entries.items():
        node = tree
        for byte in key:
            node = node.setdefault(byte, {})
        node[0] = value

    units = {0: 0}
    bases = set()
    start = 1
    waiting = [(0, 0, tree)]
    while waiting:
        index, label, children = waiting.pop()
        base = start
        while base in bases or any(base ^ byte in units for byte in children):
            base += 1
        bases.add(base)
        if index ^ base >= OFFSET_LIMIT:
            raise ValueError("the normalisation map is too large for a double array")
        units[index] = (index ^ base) << 10 | (0 in children) << 8 | label
        for byte, child in children.items():
            if byte == 0:
                units[base] = LEAF | child
            else:
                units[base ^ byte] = byte
                waiting.append((base ^ byte, byte, child))
        start = max(start, base - 256)  # what lies further back is nearly full: a longer search gains little
    return [units.get(index, 0) for index in range((max(units) | 0xFF) + 1)]


def charsmap(normalized: dict[str, str]) -> str:
    """`normalized` (one code point to its replacement) as SentencePiece's precompiled map, in base 64."""
    blob = bytearray()
    positions: dict[str, int] = {}
    for replacement in normalized.values():
        if replacement not in positions:
            positions[replacement] = len(blob)
            blob += replacement.encode() + b"\0"
    keys = {source.encode(): positions[target] for source, target in normalized.items() if source != "\0"}
    units = double_array(keys)
    trie = struct.pack(f"<{len(units)}I", *units)
    return base64.b64encode(struct.pack("<I", len(trie)) + trie + bytes(blob)).decode()


def special(source: Source) -> dict[str, tuple[str, int]]:
    roles = {
        "bos_token": source.bos,
        "cls_token": source.bos,
        "eos_token": source.eos,
        "sep_token": source.eos,
        "pad_token": source.pad,
        "unk_token": source.unknown,
        "mask_token": len(source.pieces) - 1,
    }
    return {role: (source.pieces[index], index) for role, index in roles.items()}


def tokenizer_json(source: Source) -> dict:
    named = special(source)
    (bos, bos_id), (eos, eos_id) = named["bos_token"], named["eos_token"]
    added = [
        {"id": index, "content": piece, "single_word": False, "lstrip": piece == "<mask>", "rstrip": False,
         "normalized": False, "special": True}
        for piece, index in sorted(set(named.values()), key=lambda entry: entry[1])
    ]
    meta_space = {"type": "Metaspace", "replacement": META_SPACE, "prepend_scheme": "always", "split": True}

    def framed(*parts):
        return [{"SpecialToken" if part in (bos, eos) else "Sequence": {"id": part, "type_id": 0}} for part in parts]

    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"},
            {"type": "Precompiled", "precompiled_charsmap": charsmap(source.normalized)},
        ]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, meta_space]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": framed(bos, "A", eos),
            "pair": framed(bos, "A", eos, eos, "B", eos),
            "special_tokens": {
                piece: {"id": piece, "ids": [index], "tokens": [piece]}
                for piece, index in ((bos, bos_id), (eos, eos_id))
            },
        },
        "decoder": meta_space,
        "model": {
            "type": "Unigram",
            "unk_id": source.unknown,
            "byte_fallback": False,
            "vocab": [[piece, round(float(score), 6)] for piece, score in zip(source.pieces, source.scores)],
        },
    }


def write(source: Source, folder: Path):
    named = {role: piece for role, (piece, _) in special(source).items()}
    files = {
        "tokenizer.json": tokenizer_json(source),
        "tokenizer_config.json": {
            "tokenizer_class": "XLMRobertaTokenizer",
            "model_max_length": source.positions,
            **named,
        },
        "special_tokens_map.json": named,
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": source.hidden,
            "num_hidden_layers": source.layers,
            "num_attention_heads": source.heads,
            "intermediate_size": source.inner,
            "max_position_embeddings": source.positions,
            "vocab_size": source.vocabulary,
            "layer_norm_eps": source.epsilon,
            "pad_token_id": source.pad,
        },
    }
    for name, content in files.items():
        folder.joinpath(name).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
