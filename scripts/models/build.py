"""Builds the two models that are part of `tuningfork`, from our own generated text.

    PYTHONPATH=kernel python scripts/models/build.py [tiny-distilbert] [tiny-gpt2]

About two minutes each on one core. The same seeds give the same weights on the same machine.
"""

# ruff: noqa: E501, S106 -- a model card is prose, and a token is not a password

import argparse
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    DistilBertConfig,
    DistilBertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
)

from tuningfork.models import BUILT_IN
from tuningfork.opinions import VERDICT_WORDS, documents
from tuningfork.tales import tales

BERT_TOKENS = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
# transformers leaves these two without types.
_FAST: Any = PreTrainedTokenizerFast
_GPT2: Any = GPT2LMHeadModel
END, PAD = "<|endoftext|>", "<|pad|>"
#: A token below this share of the text is rare.
RARE = 0.006
HIDE_RARE, HIDE_COMMON, HIDE_VERDICT = 0.3, 0.1, 0.5


def bert_tokenizer(texts: list[str]) -> Any:
    """A WordPiece tokenizer of lower-case words, in the manner of DistilBERT."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=1200, special_tokens=list(BERT_TOKENS.values()), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    ends = [("[CLS]", tokenizer.token_to_id("[CLS]")), ("[SEP]", tokenizer.token_to_id("[SEP]"))]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends
    )
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    return _FAST(
        tokenizer_object=tokenizer,
        model_max_length=128,
        model_input_names=["input_ids", "attention_mask"],
        **BERT_TOKENS,
    )


def gpt_tokenizer(texts: list[str]) -> Any:
    """A byte-level BPE tokenizer in the manner of GPT-2, with a pad token of its own."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        special_tokens=[END, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return _FAST(
        tokenizer_object=tokenizer,
        model_max_length=128,
        bos_token=END,
        eos_token=END,
        pad_token=PAD,
        model_input_names=["input_ids", "attention_mask"],
    )


def batches(rows: list[list[int]], size: int, pad: int, seed: int) -> Iterator[torch.Tensor]:
    """Endless batches of token ids, padded, shape (size, longest)."""
    chance = random.Random(seed)
    while True:
        chance.shuffle(rows)
        for start in range(0, len(rows) - size + 1, size):
            part = rows[start : start + size]
            longest = max(map(len, part))
            yield torch.tensor([row + [pad] * (longest - len(row)) for row in part])


def hiding(rows: list[list[int]], tokenizer: PreTrainedTokenizerFast) -> torch.Tensor:
    """How often each token is hidden, shape (vocabulary,): words that say much more than others.

    With the usual 15 % for all tokens a model this small spends its time on "the" and "was" and
    had learned nothing about praise and complaint after 1,200 steps.
    """
    counts = torch.bincount(
        torch.tensor([token for row in rows for token in row]), minlength=len(tokenizer)
    )
    often = torch.where(counts < RARE * counts.sum(), HIDE_RARE, HIDE_COMMON)
    for word in VERDICT_WORDS:
        often[tokenizer.convert_tokens_to_ids(word)] = HIDE_VERDICT
    often[tokenizer.all_special_ids] = 0.0
    return often


def mask(
    ids: torch.Tensor, tokenizer: PreTrainedTokenizerFast, often: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Hides tokens by chance; the model is to guess them (BERT's way, without its 10 % tricks)."""
    hidden = torch.rand(ids.shape) < often[ids]
    return {
        "input_ids": ids.masked_fill(hidden, tokenizer.mask_token_id),
        "labels": ids.masked_fill(~hidden, -100),
        "attention_mask": (ids != tokenizer.pad_token_id).long(),
    }


def fit(model: Any, inputs: Iterator[dict[str, torch.Tensor]], steps: int, rate: float) -> float:
    """Trains with AdamW, warm-up and cosine fall; returns the mean loss of the last 50 steps."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, fused=True)
    losses: list[float] = []
    model.train()
    for step in range(steps):
        part = min(1.0, (step + 1) / (0.1 * steps))
        optimizer.param_groups[0]["lr"] = rate * part * 0.5 * (1 + math.cos(math.pi * step / steps))
        loss = model(**next(inputs)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % 100 == 99:
            print(
                f"  step {step + 1}/{steps}  loss {sum(losses[-50:]) / len(losses[-50:]):.3f}",
                flush=True,
            )
    return sum(losses[-50:]) / len(losses[-50:])


def build_distilbert(folder: Path, steps: int) -> None:
    texts = documents(20_000, seed=11)
    tokenizer = bert_tokenizer(texts + tales(2000, seed=11).texts)
    config = DistilBertConfig(
        vocab_size=len(tokenizer),
        dim=128,
        n_layers=2,
        n_heads=4,
        hidden_dim=512,
        max_position_embeddings=128,
        pad_token_id=tokenizer.pad_token_id,
        attention_dropout=0.0,
        # 0.02 is meant for a width of 768; about 1/sqrt(width) lets a narrow model begin to learn.
        initializer_range=0.08,
    )
    torch.manual_seed(0)
    model = DistilBertForMaskedLM(config)
    ids = tokenizer(texts)["input_ids"]
    often = hiding(ids, tokenizer)
    source = batches(ids, 32, tokenizer.pad_token_id, 0)
    loss = fit(model, (mask(batch, tokenizer, often) for batch in source), steps, 2e-3)
    save(
        model,
        tokenizer,
        folder,
        DISTILBERT_CARD.format(parameters=size(model), steps=steps, loss=loss),
    )


def build_gpt2(folder: Path, steps: int) -> None:
    texts = documents(12_000, seed=12)
    tokenizer = gpt_tokenizer(texts + tales(3000, seed=12).texts)
    end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=128,
        n_embd=128,
        n_layer=3,
        n_head=4,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=pad,
    )
    torch.manual_seed(0)
    model = _GPT2(config)
    ids = [[*row, end] for row in tokenizer(texts)["input_ids"]]
    source = (
        {"input_ids": batch, "labels": batch.masked_fill(batch == pad, -100)}
        for batch in batches(ids, 16, pad, 0)
    )
    loss = fit(model, source, steps, 2e-3)
    save(model, tokenizer, folder, GPT2_CARD.format(parameters=size(model), steps=steps, loss=loss))


def size(model: Any) -> str:
    return f"{sum(weights.numel() for weights in model.parameters()) / 1e6:.2f}"


def save(model: Any, tokenizer: PreTrainedTokenizerFast, folder: Path, card: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(card, encoding="utf-8")


DISTILBERT_CARD = """# tiny-distilbert

A DistilBERT of 2 layers and width 128 ({parameters} million weights, `DistilBertForMaskedLM`), small enough to
fine-tune in a minute on one CPU core.

**Trained on** 20,000 generated texts (`tuningfork.opinions.documents`), each a few short opinions of one mind and a
verdict, without labels: words are hidden, the telling ones more often, and the model guesses them. {steps} steps of 32 texts; final loss {loss:.2f}.
Its 1,200 word pieces cover our generated opinions and tales.

**Good for** learning how fine-tuning works. **Not good for** anything else: it knows about 400 words of English
and nothing of the world. Real work needs a real model, for example `distilbert-base-uncased`.

**Made by** `scripts/models/build.py` from text made by our own grammars; MIT licence.
"""

GPT2_CARD = """# tiny-gpt2

A GPT-2 of 3 layers and width 128 ({parameters} million weights, `GPT2LMHeadModel`), with a pad token of its own.

**Trained on** 12,000 generated texts of a few short opinions each (`tuningfork.opinions.documents`), to continue
them word by word. {steps} steps of 16 texts; final loss {loss:.2f} (natural logarithm, per token). It has never seen a
story: the lesson teaches it to tell one.

**Good for** learning how fine-tuning works. **Not good for** anything else. Real work needs a real model, for
example `gpt2`.

**Made by** `scripts/models/build.py` from text made by our own grammars; MIT licence.
"""

BUILDERS = {"tiny-distilbert": (build_distilbert, 1600), "tiny-gpt2": (build_gpt2, 600)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BUILDERS, []], default=[])
    parser.add_argument("--out", type=Path, default=BUILT_IN)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for name in chosen.names or BUILDERS:
        build, steps = BUILDERS[name]
        begin = time.process_time()
        print(f"{name}: {steps} steps, about two minutes")
        build(chosen.out / name, steps)
        print(f"{name}: done, {time.process_time() - begin:.0f} seconds of computing")


if __name__ == "__main__":
    main()
