"""Builds the folder of the embedding model: python build.py SOURCE FORM FOLDER

SOURCE is `e5-small-q4.bin`; FORM is int8 or q4 (see graph.py); FOLDER gets model.onnx and the tokenizer's files.
"""

import sys
from pathlib import Path

import onnx

import graph
import tokenizer
from source import Source


def main():
    source_file, form, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    source = Source(Path(source_file).read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(graph.build(source, form), folder / "model.onnx")
    tokenizer.write(source, folder)


main()
