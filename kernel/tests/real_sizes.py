"""Models with the true architecture of three real ones and random weights, made without a network.

`write("gpt2", folder, seed)` makes what the repository of that name on the Hub holds: the same file
names, settings, tensor names, sizes and ids of the special tokens. Only the numbers are by chance,
and the vocabulary is of our own: pieces found in generated texts, filled up to the true size.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

GPT2 = "gpt2"
DISTILBERT = "distilbert-base-uncased"
TINYBERT = "huawei-noah/TinyBERT_General_4L_312D"
NAMES = (GPT2, DISTILBERT, TINYBERT)

_GPT2_CONFIG = {
    "activation_function": "gelu_new",
    "architectures": ["GPT2LMHeadModel"],
    "attn_pdrop": 0.1,
    "bos_token_id": 50256,
    "embd_pdrop": 0.1,
    "eos_token_id": 50256,
    "initializer_range": 0.02,
    "layer_norm_epsilon": 1e-05,
    "model_type": "gpt2",
    "n_ctx": 1024,
    "n_embd": 768,
    "n_head": 12,
    "n_layer": 12,
    "n_positions": 1024,
    "resid_pdrop": 0.1,
    "summary_activation": None,
    "summary_first_dropout": 0.1,
    "summary_proj_to_labels": True,
    "summary_type": "cls_index",
    "summary_use_proj": True,
    "task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}},
    "vocab_size": 50257,
}
_DISTILBERT_CONFIG = {
    "activation": "gelu",
    "architectures": ["DistilBertForMaskedLM"],
    "attention_dropout": 0.1,
    "dim": 768,
    "dropout": 0.1,
    "hidden_dim": 3072,
    "initializer_range": 0.02,
    "max_position_embeddings": 512,
    "model_type": "distilbert",
    "n_heads": 12,
    "n_layers": 6,
    "pad_token_id": 0,
    "qa_dropout": 0.1,
    "seq_classif_dropout": 0.2,
    "sinusoidal_pos_embds": False,
    "tie_weights_": True,
    "vocab_size": 30522,
}
_TINYBERT_CONFIG = {
    "attention_probs_dropout_prob": 0.1,
    "cell": {},
    "model_type": "bert",
    "emb_size": 312,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "hidden_size": 312,
    "initializer_range": 0.02,
    "intermediate_size": 1200,
    "max_position_embeddings": 512,
    "num_attention_heads": 12,
    "num_hidden_layers": 4,
    "pre_trained": "",
    "structure": [],
    "training": "",
    "type_vocab_size": 2,
    "vocab_size": 30522,
}


def write(name: str, folder: Path, seed: int = 0) -> Path:
    """Writes one of `NAMES` into a folder, from which `load_model` and transformers load it.

    Args:
        name: as on the Hub.
        folder: made when it is not there.
        seed: for the weights, which transformers draws as for a training from nothing.

    Returns:
        The folder. Sizes: 548 MB for GPT-2 Small, 268 MB for DistilBERT, 63 MB for TinyBERT.

    Raises:
        ValueError: for another name.
    """
    if name not in NAMES:
        raise ValueError(f"There is no recipe for {name!r}, only for {', '.join(NAMES)}.")
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {GPT2: _gpt2, DISTILBERT: _distilbert, TINYBERT: _tinybert}[name](folder, seed)
    from safetensors.torch import save_file

    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _gpt2(folder: Path, seed: int) -> dict[str, Any]:
    import torch

    _write_json(folder / "config.json", _GPT2_CONFIG)
    _write_json(
        folder / "generation_config.json",
        {"bos_token_id": 50256, "eos_token_id": 50256, "_from_model_config": True},
    )
    _byte_pieces(folder)
    prefix = "transformer."
    drawn = _drawn("AutoModelForCausalLM", folder, seed)
    # The real file knows no prefix and no head, which is tied, but holds the causal masks.
    tensors = {
        key.removeprefix(prefix): one for key, one in drawn.items() if key.startswith(prefix)
    }
    for layer in range(12):
        mask = torch.ones(1024, 1024).tril().view(1, 1, 1024, 1024)
        tensors[f"h.{layer}.attn.bias"] = mask
    return tensors


def _distilbert(folder: Path, seed: int) -> dict[str, Any]:
    _write_json(folder / "config.json", _DISTILBERT_CONFIG)
    _write_json(folder / "tokenizer_config.json", {"do_lower_case": True, "model_max_length": 512})
    vocabulary = _word_pieces(folder)
    _fast_word_pieces(vocabulary).save(str(folder / "tokenizer.json"))
    drawn = _drawn("AutoModelForMaskedLM", folder, seed)
    return {key: one for key, one in drawn.items() if key != "vocab_projector.weight"}


def _tinybert(folder: Path, seed: int) -> dict[str, Any]:
    import torch

    _write_json(folder / "config.json", _TINYBERT_CONFIG)
    _word_pieces(folder)
    drawn = _drawn("AutoModelForPreTraining", folder, seed)
    tensors = {key: one for key, one in drawn.items() if "decoder" not in key}
    # What fitted its layers to those of its teacher, which is wider, is still in the file.
    for at in range(5):
        tensors[f"fit_denses.{at}.weight"] = torch.randn(768, 312) * 0.02
        tensors[f"fit_denses.{at}.bias"] = torch.zeros(768)
    return tensors


def _drawn(auto: str, folder: Path, seed: int) -> dict[str, Any]:
    import torch
    import transformers

    torch.manual_seed(seed)
    config = transformers.AutoConfig.from_pretrained(folder)
    model = getattr(transformers, auto).from_config(config)
    return {key: one.contiguous() for key, one in model.state_dict().items()}


def _words(pattern: str, count: int) -> list[str]:
    """The most frequent words of generated texts, the same ones every time."""
    from tuningfork import load_data

    found: Counter[str] = Counter()
    for name in ("tales", "opinions", "tickets"):
        for text in load_data(name, n=300, seed=0).texts:
            found.update(re.findall(pattern, text))
    return [word for word, _ in found.most_common(count)]


def _byte_pieces(folder: Path) -> None:
    """A tokenizer as GPT-2's: byte-level BPE, 50,257 tokens, the last one ends a text."""
    from tokenizers import ByteLevelBPETokenizer
    from tokenizers.pre_tokenizers import ByteLevel

    # Each word is put together from left to right; in this alphabet a space is written Ġ.
    pairs = {
        (word[:at], word[at]): None
        for word in (one.replace(" ", "Ġ") for one in _words(r" ?[A-Za-z]+", 3000))
        for at in range(1, len(word))
    }
    pieces = [*sorted(ByteLevel.alphabet()), *(left + right for left, right in pairs)]
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    for at in range(len(pieces), 50256):
        vocabulary[f"<filler {at}>"] = at
    vocabulary["<|endoftext|>"] = 50256
    _write_json(folder / "vocab.json", vocabulary)
    merges = "\n".join(f"{left} {right}" for left, right in pairs)
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}\n", "utf-8")
    whole: Any = ByteLevelBPETokenizer(vocab=vocabulary, merges=list(pairs))
    whole.add_special_tokens(["<|endoftext|>"])
    whole.save(str(folder / "tokenizer.json"))
    _write_json(folder / "tokenizer_config.json", {"model_max_length": 1024})


def _word_pieces(folder: Path) -> dict[str, int]:
    """A vocabulary as BERT's: 30,522 word pieces, the special tokens in their places."""
    words = ["[PAD]", *(f"[unused{at}]" for at in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [f"[unused{at}]" for at in range(99, 994)]
    signs = [chr(at) for at in range(33, 127) if not chr(at).isupper()]
    words += [*signs, *(f"##{sign}" for sign in signs)]
    found = dict.fromkeys(word.lower() for word in _words(r"[A-Za-z]{2,}", 3000))
    words += list(found)
    words += [f"[filler{at}]" for at in range(len(words), 30522)]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", "utf-8")
    return {word: at for at, word in enumerate(words)}


def _fast_word_pieces(vocabulary: dict[str, int]) -> Any:
    from tokenizers import BertWordPieceTokenizer

    return BertWordPieceTokenizer(vocab=vocabulary, lowercase=True)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False), "utf-8")
