"""Trains the heads of the encoder on labelled articles: desk, importance and genre.

    python benchmarks/train_article_heads.py --folds 2 --cache FILE    cross-validation; keeps the outputs
    python benchmarks/train_article_heads.py --write FILE              trains on all, for export_model.py

The lower layers of all-MiniLM-L6-v2 stay as they are and are shared with the vector of search and stories;
copies of the last layers are trained, with a linear head for each question. Articles of one story share a
fold. The weights that are kept are the mean over the second half of the steps (Izmailov et al. 2018).
Seeded; some twelve minutes on two cores, with instructions for bfloat16 a third of that.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from sklearn.model_selection import StratifiedGroupKFold
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.export_model import SHARED_LAYERS, check_source, packaged
from benchmarks.labelled_articles import LabelledArticle, load_labelled, story_groups
from warehouse.classify.genre import GENRES
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.embed.encoder import (
    DESK_ODDS,
    GENRE_ODDS,
    HEAD_OUTPUTS,
    IMPORTANCE_ODDS,
    load_embedder,
    text_to_embed,
)

LABELS = load_taxonomy().labels
MAX_TOKENS = 128
EPOCHS, BATCH = 3, 16
LAYER_RATE, HEAD_RATE = 7e-5, 1e-3
SMOOTHING = 0.05
IMPORTANCE_WEIGHT, GENRE_WEIGHT = 0.3, 0.15
NOT_LABELLED = -1
SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What the heads learn, an entry per article; NOT_LABELLED where an article has no label."""

    desk: NDArray[np.int_]
    importance: NDArray[np.int_]
    genre: NDArray[np.int_]
    weight: NDArray[np.float32]
    is_real: NDArray[np.bool_]


class ArticleHeads(nn.Module):
    """The trained layers and heads: hidden states of the shared layers to HEAD_OUTPUTS log-odds."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.layers = copy.deepcopy(bert.encoder.layer[SHARED_LAYERS:])
        self.drop = nn.Dropout(0.1)
        self.heads = nn.Linear(bert.config.hidden_size, HEAD_OUTPUTS)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Hidden states (texts, tokens, size) and mask (texts, tokens; 1 is a token) to the outputs."""
        hidden = through(self.layers, hidden, mask)
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        outputs: Tensor = self.heads(self.drop(mean))
        return outputs


def main() -> None:
    """Cross-validates or writes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folds", type=int, help="cross-validate with so many folds")
    parser.add_argument(
        "--cache", type=Path, help="write what each article was given while held out, as .npy"
    )
    parser.add_argument("--write", type=Path, help="train on all articles and write the weights")
    options = parser.parse_args()
    articles = load_labelled()
    texts = [text_to_embed(article.title, article.summary) for article in articles]
    print(
        f"{len(articles)} labelled articles, {sum(one.is_real for one in articles)} of them recorded",
        flush=True,
    )
    source = packaged()
    check_source(source)
    bert = BertModel.from_pretrained(source).eval()
    hidden = shared_states(bert, source, texts)
    targets = targets_of(articles)
    if options.folds:
        groups = story_groups(load_embedder().encode(texts))
        outputs = cross_validated(bert, hidden, targets, groups, options.folds)
        report(articles, targets, outputs)
        if options.cache:
            np.save(options.cache, outputs)
    if options.write:
        net = train(bert, hidden, targets, np.arange(len(articles)))
        save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, options.write)
        print(f"wrote {options.write}")


def targets_of(articles: Sequence[LabelledArticle]) -> Targets:
    """Returns the labels as numbers."""
    return Targets(
        desk=np.array([LABELS.index(one.desk) for one in articles]),
        importance=np.array([NOT_LABELLED if one.importance is None else one.importance for one in articles]),
        genre=np.array([NOT_LABELLED if one.genre is None else GENRES.index(one.genre) for one in articles]),
        weight=np.array([one.weight for one in articles], np.float32),
        is_real=np.array([one.is_real for one in articles]),
    )


@torch.no_grad()
def shared_states(bert: BertModel, source: Path, texts: Sequence[str]) -> list[Tensor]:
    """Returns what the shared layers make of each text, (tokens, size): they are not trained."""
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    rows = [torch.tensor(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
    states: list[Tensor] = [torch.empty(0)] * len(rows)
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    for start in range(0, len(order), 64):
        batch = order[start : start + 64]
        ids, mask = padded([rows[row] for row in batch])
        hidden = through(bert.encoder.layer[:SHARED_LAYERS], bert.embeddings(ids), mask)
        for place, row in enumerate(batch):
            states[row] = hidden[place, : len(rows[row])].clone()
    return states


def through(layers: nn.ModuleList, hidden: Tensor, mask: Tensor) -> Tensor:
    """Returns the hidden states after some transformer layers."""
    hidden_tokens = (1 - mask)[:, None, None, :] * torch.finfo(hidden.dtype).min
    for layer in layers:
        hidden = layer(hidden, hidden_tokens)
    return hidden


def padded(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Returns rows of different lengths as one tensor, and its mask."""
    together = nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
    lengths = torch.tensor([len(row) for row in rows])
    return together, (torch.arange(together.shape[1])[None] < lengths[:, None]).float()


def train(
    bert: BertModel, hidden: Sequence[Tensor], targets: Targets, rows: NDArray[np.int_]
) -> ArticleHeads:
    """Returns layers and heads trained on these rows: the mean of the weights over the second half."""
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    net = ArticleHeads(bert).train()
    mean, taken = copy.deepcopy(net), 0
    optimiser = torch.optim.AdamW(
        [
            {"params": net.layers.parameters(), "lr": LAYER_RATE},
            {"params": net.heads.parameters(), "lr": HEAD_RATE},
        ],
        weight_decay=0.01,
        fused=True,
    )
    steps = EPOCHS * -(-len(rows) // BATCH)
    warm = steps // 10
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, (steps - step) / (steps - warm))
    )
    step = 0
    for epoch in range(EPOCHS):
        for batch in batches(hidden, rows, random):
            with torch.autocast("cpu", torch.bfloat16):  # a third of the time where the processor has it
                outputs = net(*padded([hidden[row] for row in batch]))
            loss = loss_of(outputs.float(), targets, batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            if step > steps / 2 and step % 5 == 0:
                taken += 1
                with torch.no_grad():
                    for kept, now in zip(mean.parameters(), net.parameters(), strict=True):
                        kept.lerp_(now, 1 / taken)
        print(f"  epoch {epoch + 1} of {EPOCHS}, loss {loss.item():.3f}", flush=True)
    return mean.eval()


def loss_of(outputs: Tensor, targets: Targets, batch: NDArray[np.int_]) -> Tensor:
    """Returns the cross-entropies of the three questions, weighted."""
    weight = torch.from_numpy(targets.weight[batch])
    desks = functional.cross_entropy(
        outputs[:, DESK_ODDS],
        torch.from_numpy(targets.desk[batch]),
        label_smoothing=SMOOTHING,
        reduction="none",
    )
    loss = (weight * desks).sum() / weight.sum()
    importance = torch.from_numpy(targets.importance[batch])
    if (known := importance != NOT_LABELLED).any():
        reached = (importance[known][:, None] >= torch.tensor([1, 2, 3])).float()
        of_importance = functional.binary_cross_entropy_with_logits(
            outputs[known][:, IMPORTANCE_ODDS], reached
        )
        loss = loss + IMPORTANCE_WEIGHT * of_importance
    genre = torch.from_numpy(targets.genre[batch])
    if (known := genre != NOT_LABELLED).any():
        loss = loss + GENRE_WEIGHT * functional.cross_entropy(outputs[known][:, GENRE_ODDS], genre[known])
    return loss


def batches(
    hidden: Sequence[Tensor], rows: NDArray[np.int_], random: np.random.Generator
) -> Iterator[NDArray[np.int_]]:
    """Yields all rows in random batches of similar length, so that little is padding."""
    shuffled = random.permutation(rows)
    for start in range(0, len(shuffled), 16 * BATCH):
        near = sorted(shuffled[start : start + 16 * BATCH].tolist(), key=lambda row: len(hidden[row]))
        parts = [near[first : first + BATCH] for first in range(0, len(near), BATCH)]
        for place in random.permutation(len(parts)):
            yield np.array(parts[place])


@torch.no_grad()
def predict(net: ArticleHeads, hidden: Sequence[Tensor], rows: NDArray[np.int_]) -> NDArray[np.float32]:
    """Returns the heads' outputs of these rows."""
    parts = [net(*padded([hidden[row] for row in rows[at : at + 64]])) for at in range(0, len(rows), 64)]
    return torch.cat(parts).numpy()


def cross_validated(
    bert: BertModel, hidden: Sequence[Tensor], targets: Targets, groups: NDArray[np.int_], folds: int
) -> NDArray[np.float32]:
    """Returns the outputs of every recorded article by heads that saw no text of its story.

    Those of invented ones stay 0: they are trained on in every fold in which their story is not held out.
    """
    outputs = np.zeros((len(hidden), HEAD_OUTPUTS), np.float32)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED)
    for number, (_, part) in enumerate(splitter.split(outputs, targets.desk, groups)):
        print(f"fold {number + 1} of {folds}", flush=True)
        held = part[targets.is_real[part]]
        seen = np.flatnonzero(~np.isin(groups, groups[held]))
        outputs[held] = predict(train(bert, hidden, targets, seen), hidden, held)
    return outputs


def report(articles: Sequence[LabelledArticle], targets: Targets, outputs: NDArray[np.float32]) -> None:
    """Prints how the heads alone agree with the labels of recorded articles."""
    real = np.array([article.is_real for article in articles])
    found, truth = outputs[real][:, DESK_ODDS].argmax(1), targets.desk[real]
    f1 = [
        2
        * int(((found == label) & (truth == label)).sum())
        / max(1, int((found == label).sum() + (truth == label).sum()))
        for label in range(len(LABELS))
    ]
    print(f"desks: macro-F1 {np.mean(f1):.3f}", dict(zip(LABELS, np.round(f1, 3).tolist(), strict=True)))
    known = real & (targets.importance != NOT_LABELLED) & (targets.desk < len(LABELS) - 1)
    expected = (1 / (1 + np.exp(-outputs[known][:, IMPORTANCE_ODDS]))).sum(1)
    importance = targets.importance[known]
    for least in (2, 3):
        above, below = expected[importance >= least], expected[importance < least]
        area = float((above[:, None] > below[None]).mean())
        print(f"importance of articles on topic: {least} or more told from less, area under ROC {area:.3f}")
    known = real & (targets.genre != NOT_LABELLED)
    right = outputs[known][:, GENRE_ODDS].argmax(1) == targets.genre[known]
    print(f"genre: {right.mean():.3f} right")


if __name__ == "__main__":
    main()
