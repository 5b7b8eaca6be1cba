"""Builds the ONNX graph of a `Source`: token ids in, one vector per token out.

Inputs `input_ids` and `attention_mask`, int64 [batch, sequence], sequence at most the source's positions; output
`last_hidden_state`, float32 [batch, sequence, hidden]. The word table stays in 4 bits as the source has it. The
weights of the layers come in one of two forms:

int8  Weights in 8 bits, one scale for each output; activations become 8-bit at run time, one scale for a tensor. Half
      the time of the other form. A batch shares those scales, so the vector of a text depends a little on its
      neighbours: run texts one by one (batches gain nothing on a CPU).
q4    The source's own 4-bit blocks; independent of the batch.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from source import BLOCK, Quantized, Source

OPSET, IR_VERSION = 21, 10
MASKED = np.float32(-1e4)

# Weights keep to 7 of their 8 bits: processors without VNNI add pairs of products in 16 bits, where full weights
# overflow. So every processor gives the same numbers.
LARGEST_WEIGHT = np.float32(63)

# One scale for a whole tensor serves badly where a few entries are ten times all others. This model has such entries
# in always the same places, whatever the text; `measure.py outliers` finds them. Per layer: channels of the residual
# stream, with how far each is scaled down before the first feed-forward weight (whose columns are scaled up by as
# much, so that the result is the same); and inner neurons that fire for the first and the last token, which are
# computed in float32 beside the others.
LARGE_CHANNELS = [
    {321: 3, 60: 2, 15: 2, 87: 2}, {15: 5, 321: 3}, {15: 5, 321: 2}, {15: 6, 321: 2}, {15: 3}, {35: 4, 15: 2},
    {35: 7, 15: 2}, {35: 5, 15: 2}, {35: 6, 15: 2}, {35: 4, 15: 2}, {35: 4, 351: 2}, {},
]  # fmt: skip
LARGE_NEURONS = [
    [318, 91, 579], [1462], [354], [408], [778], [658], [1152, 482], [413], [1269, 563], [1170, 1264, 1513],
    [1247, 1128], [],
]  # fmt: skip


class Graph:
    """Collects nodes and weights; each method returns the name of the value that it adds."""

    def __init__(self, source: Source, form: str):
        self.source, self.form = source, form
        self.nodes, self.weights = [], []

    def constant(self, values, name: str | None = None) -> str:
        name = name or f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def node(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes):
        names = [f"{kind}_{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=names[0], domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def fused(self, kind: str, *inputs: str, **attributes):
        return self.node(kind, *inputs, domain="com.microsoft", **attributes)

    def floats(self, name: str) -> str:
        return self.constant(self.source.floats(name))

    def words(self) -> str:
        """The vectors of the input's tokens, taken from the 4-bit table."""
        table = self.source.quantized("emb.word", self.source.hidden)
        halves = table.values.view(np.uint8) & 15
        packed = TensorProto(name="words", data_type=TensorProto.INT4, dims=table.values.shape)
        packed.raw_data = (halves[:, 0::2] | halves[:, 1::2] << 4).tobytes()
        self.weights.append(packed)
        return self.fused(
            "GatherBlockQuantized", "words", "input_ids", self.constant(table.scales, "word_scales"),
            gather_axis=0, quantize_axis=1, block_size=BLOCK,
        )

    def norm(self, value: str, name: str, divisor=np.float32(1)) -> str:
        return self.node(
            "LayerNormalization", value,
            self.constant(self.source.floats(name + ".w") / divisor),
            self.constant(self.source.floats(name + ".b") / divisor),
            axis=-1, epsilon=float(self.source.epsilon),
        )

    def linear(self, value: str, weight: Quantized, bias: np.ndarray, multiplier=np.float32(1)) -> str:
        """value · (weight * multiplier)ᵀ + bias; the multiplier has one number for each input channel."""
        if self.form == "q4":
            return self.linear_q4(value, weight, bias)
        matrix = (weight.float32() * multiplier).T
        scales = np.abs(matrix).max(axis=0) / LARGEST_WEIGHT
        scales[scales == 0] = 1
        return self.fused(
            "DynamicQuantizeMatMul", value,
            self.constant(np.round(matrix / scales).astype(np.int8)), self.constant(scales),
            self.constant(np.zeros(len(bias), np.int8)), self.constant(bias),
        )

    def linear_q4(self, value: str, weight: Quantized, bias: np.ndarray) -> str:
        rows, columns = weight.values.shape
        blocks = (weight.values + 8).astype(np.uint8).reshape(rows, columns // BLOCK, BLOCK)
        return self.fused(
            "MatMulNBits", value, self.constant(blocks[:, :, 0::2] | blocks[:, :, 1::2] << 4),
            self.constant(weight.scales.reshape(-1)), "", "", self.constant(bias),
            K=columns, N=rows, bits=4, block_size=BLOCK, accuracy_level=4,
        )

    def heads(self, value: str, order: list[int]) -> str:
        source = self.source
        shape = self.integers(0, 0, source.heads, source.hidden // source.heads)
        return self.node("Transpose", self.node("Reshape", value, shape), perm=order)

    def attention(self, value: str, layer: str, mask: str) -> str:
        source = self.source
        parts = [source.quantized(f"{layer}.{part}.w", source.hidden) for part in "qkv"]
        together = Quantized(*(np.concatenate(rows) for rows in zip(*((p.values, p.scales) for p in parts))))
        bias = np.concatenate([source.floats(f"{layer}.{part}.b") for part in "qkv"])
        query, key, content = self.node(
            "Split", self.linear(value, together, bias), outputs=3, axis=-1, num_outputs=3
        )
        scores = self.node("MatMul", self.heads(query, [0, 2, 1, 3]), self.heads(key, [0, 2, 3, 1]))
        scale = self.constant(np.float32((source.hidden // source.heads) ** -0.5))
        scores = self.node("Add", self.node("Mul", scores, scale), mask)
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), self.heads(content, [0, 2, 1, 3]))
        joined = self.node(
            "Reshape", self.node("Transpose", mixed, perm=[0, 2, 1, 3]), self.integers(0, 0, source.hidden)
        )
        return self.linear(joined, source.quantized(f"{layer}.ao.w", source.hidden), source.floats(f"{layer}.ao.b"))

    def feed_forward(self, total: str, value: str, layer: int) -> list[str]:
        """The addends of the feed-forward part of `layer`; `value` is the normalised `total`."""
        source, name = self.source, f"l{layer}"
        first, second = source.quantized(f"{name}.fi.w", source.hidden), source.quantized(f"{name}.fo.w", source.inner)
        first_bias, second_bias = source.floats(f"{name}.fi.b"), source.floats(f"{name}.fo.b")
        if self.form == "q4":
            inner = self.fused("Gelu", self.linear(value, first, first_bias))
            return [self.linear(inner, second, second_bias)]

        neurons = LARGE_NEURONS[layer]
        exact = []
        if neurons:
            narrow = self.node("MatMul", value, self.constant(first.float32()[neurons].T))
            narrow = self.fused("Gelu", self.node("Add", narrow, self.constant(first_bias[neurons])))
            exact = [self.node("MatMul", narrow, self.constant(second.float32()[:, neurons].T))]
            first.values[neurons] = 0
            first_bias = first_bias.copy()
            first_bias[neurons] = 0
        divisor = np.ones(source.hidden, np.float32)
        for channel, factor in LARGE_CHANNELS[layer].items():
            divisor[channel] = factor
        inner = self.fused("Gelu", self.linear(self.norm(total, f"{name}.aln", divisor), first, first_bias, divisor))
        return [self.linear(inner, second, second_bias), *exact]

    def encoder(self):
        source = self.source
        positions = source.floats("emb.pos").reshape(-1, source.hidden) + source.floats("emb.type")[: source.hidden]
        length = self.node("Shape", "input_ids", start=1, end=2)
        zero = self.integers(0)
        positions = self.node("Slice", self.constant(positions), zero, length, zero)
        value = self.norm(self.node("Add", self.words(), positions), "emb.ln")
        mask = self.node("Sub", self.constant(np.float32(1)), self.node("Cast", "attention_mask", to=TensorProto.FLOAT))
        mask = self.node("Unsqueeze", self.node("Mul", mask, self.constant(MASKED)), self.integers(1, 2))
        for layer in range(source.layers):
            # Sum and not Add: ONNX Runtime joins Add with what follows into a kernel that takes ten times as long.
            total = self.node("Sum", value, self.attention(value, f"l{layer}", mask))
            value = self.norm(total, f"l{layer}.aln")
            value = self.norm(self.node("Sum", value, *self.feed_forward(total, value, layer)), f"l{layer}.oln")
        self.nodes[-1].output[0] = "last_hidden_state"


def build(source: Source, form: str) -> onnx.ModelProto:
    graph = Graph(source, form)
    graph.encoder()
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", source.hidden])
    return helper.make_model(
        helper.make_graph(graph.nodes, "multilingual-e5-small", inputs, [output], graph.weights),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)],
        ir_version=IR_VERSION,
        producer_name="pagemill",
    )
