"""Measures embedding models; run with the Python of $PAGEMILL_HOME/venv (made when a model is built).

  measure.py pairs FOLDER...       questions that find their passage among sixteen, for each pair of languages
  measure.py speed FOLDER...       seconds for a passage of 300 tokens, by threads and batch
  measure.py outliers SOURCE       where large activations are (see graph.py); SOURCE is e5-small-q4.bin
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from embedder import Onnx, pairs

TOKENS = 300


def measure_pairs(folders: list[str]):
    for folder in folders:
        model, topics = Onnx(Path(folder), 2), pairs()
        questions, passages = (
            {language: np.array([model(topic[language][index], role) for topic in topics]) for language in ("en", "ko")}
            for index, role in enumerate(("query", "passage"))
        )
        print(folder)
        for asked, found in (("en", "en"), ("ko", "ko"), ("ko", "en"), ("en", "ko")):
            scores = questions[asked] @ passages[found].T
            own = np.diag(scores)
            others = np.where(np.eye(len(topics), dtype=bool), -1, scores).max(axis=1)
            print(f"  {asked} question, {found} passage: {(own > others).sum()} of {len(topics)} right, "
                  f"mean margin {(own - others).mean():.4f}")


def measure_speed(folders: list[str]):
    for folder in folders:
        print(folder)
        for threads in (1, 2):
            model = Onnx(Path(folder), threads)
            for batch in (1, 8):
                ids = np.random.default_rng(0).integers(1000, 200000, (batch, TOKENS))
                model.run(ids)
                wall, cpu = [], []
                for _ in range(12 // batch + 2):
                    started = time.perf_counter(), time.process_time()
                    model.run(ids)
                    wall.append((time.perf_counter() - started[0]) / batch)
                    cpu.append((time.process_time() - started[1]) / batch)
                print(f"  {threads} threads, batch {batch}: {np.median(wall) * 1000:.0f} ms, "
                      f"{np.median(cpu) * 1000:.0f} ms of CPU for each passage of {TOKENS} tokens")


def measure_outliers(source_file: str):
    import onnx

    import graph
    import tokenizer
    from source import Source

    source = Source(Path(source_file).read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.write(source, Path(folder))
        model = graph.build(source, "q4")
        inputs = [node.input[0] for node in model.graph.node if node.op_type == "MatMulNBits"]
        model.graph.output.extend(onnx.helper.make_tensor_value_info(name, 1, None) for name in inputs)
        onnx.save(model, Path(folder, "model.onnx"))
        embedder = Onnx(Path(folder), 2)
        peaks: dict[str, np.ndarray] = {}
        texts = [text for topic in pairs() for language in topic.values() for text in language]
        texts += [" ".join(texts[start:]) for start in range(0, 32, 4)]
        for text in texts:
            ids = np.array([embedder.ids(text, "passage")])
            found = embedder.session.run(inputs, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            for name, values in zip(inputs, found):
                peaks[name] = np.maximum(peaks.get(name, 0), np.abs(values[0]).max(axis=0))
    for index, name in enumerate(inputs):
        largest = np.argsort(-peaks[name])[:6]
        listed = ", ".join(f"{channel}: {peaks[name][channel]:.1f}" for channel in largest)
        print(f"layer {index // 4} {('qkv', 'attention out', 'feed-forward in', 'feed-forward out')[index % 4]}: {listed}")


def main():
    kinds = {"pairs": measure_pairs, "speed": measure_speed, "outliers": lambda names: measure_outliers(*names)}
    if len(sys.argv) < 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](sys.argv[2:])


main()
