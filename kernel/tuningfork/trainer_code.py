"""Writes the text of a program that does with `transformers.Trainer` what a run here did. Pure.

Three things are not what everybody would write first, because the short way gives other numbers:
the loss of a classifier is divided by all rows of a step, and that of hidden words by all of these
(else accumulation and several processes multiply it), GPT-2 is told its kind of loss (else the
first token of each text is counted, which nothing foretells), and the end-of-text token is added to
each text.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from tuningfork.callbacks import METRICS, EarlyStopping
from tuningfork.config import TrainConfig
from tuningfork.lora import SEED
from tuningfork.masking import SHARE
from tuningfork.models import Known
from tuningfork.plan import eval_every, strategy, total_steps
from tuningfork.trainer_texts import AUTO, FUNCTIONS, READ, WHAT

#: The file names that the program reads.
TRAIN_ROWS = "train.jsonl"
CHECK_ROWS = "val.jsonl"


@dataclass(frozen=True)
class Way:
    """Where the program is to run."""

    #: Among several processes: a step keeps its rows, however many they are.
    shared: bool = False
    use_cpu: bool = False


@dataclass(frozen=True)
class Facts:
    """What the program depends on."""

    config: TrainConfig
    known: Known
    #: Rows to learn from.
    rows: int
    has_checks: bool
    #: What the model is loaded from, as written in the program.
    start: str
    #: Where the program lies; used only when its text is run in a cell.
    folder: Path
    way: Way
    stopping: EarlyStopping | None = None
    #: Callbacks of the learner's own, by name: their code is not known here.
    others: tuple[str, ...] = ()


def trainer_code(facts: Facts) -> str:
    """The whole program, as text."""
    functions = [READ, *FUNCTIONS[facts.known.task]]
    rest = [_model(facts), *_adapter(facts), _arguments(facts), _run(facts)]
    top = "\n\n".join([_head(facts), _imports(facts), _constants(facts)])
    parts = [top, *(dedent(text).strip() for text in functions), "\n\n".join(rest)]
    return "\n\n\n".join(parts) + "\n"


def _head(facts: Facts) -> str:
    what = WHAT[facts.known.task]
    begin = (
        "accelerate launch --config_file accelerate_config.yaml" if facts.way.shared else "python"
    )
    return f'"""Teaches a model to {what}. Start it with: {begin} train.py"""'


def _imports(facts: Facts) -> str:
    names = {_auto(facts), _collator(facts), "AutoTokenizer", "Trainer", "TrainingArguments"}
    if not facts.known.origin.pretrained:
        names.add("AutoConfig")
    if facts.stopping:
        names.add("EarlyStoppingCallback")
    lines = [
        "import json",
        *(["import os"] if facts.way.shared else []),
        "from pathlib import Path",
        "",
    ]
    lines.append("import torch")
    if facts.known.adapter:
        lines.append("from peft import LoraConfig, get_peft_model")
    lines.append("from transformers import (")
    lines += [f"    {name}," for name in sorted(names, key=str.lower)]
    return "\n".join([*lines, ")"])


def _collator(facts: Facts) -> str:
    return "DataCollatorWithPadding" if _classifies(facts) else "DataCollatorForLanguageModeling"


def _constants(facts: Facts) -> str:
    known, config = facts.known, facts.config
    longest = min(config.max_length or known.max_length, known.max_length)
    here = "Path(__file__).parent"
    if not facts.way.shared:
        here += f' if "__file__" in globals() else Path({_written(str(facts.folder))})'
    lines = [f"HERE = {here}", f"START = {facts.start}", f"MAX_LENGTH = {longest}"]
    if _classifies(facts):
        lines.append(f"LABELS = {_written(list(known.labels))}")
    if facts.way.shared:
        lines += [
            "# The processes share the rows of a step, which are as many as for one process.",
            'PROCESSES = int(os.environ.get("WORLD_SIZE", "1"))',
        ]
    return "\n".join(lines)


def _model(facts: Facts) -> str:
    known = facts.known
    lines = [
        "tokenizer = AutoTokenizer.from_pretrained(START)",
        f"torch.manual_seed({known.origin.seed})  # for weights that are made anew",
    ]
    named = ""
    if _classifies(facts):
        lines += [
            "names = {",
            '    "id2label": dict(enumerate(LABELS)),',
            '    "label2id": {label: at for at, label in enumerate(LABELS)},',
            "}",
        ]
        named = ", **names"
    if known.origin.pretrained:
        lines.append(f"model = {_auto(facts)}.from_pretrained(START, use_safetensors=True{named})")
    else:
        lines.append(f"config = AutoConfig.from_pretrained(START{named})")
        lines.append(f"model = {_auto(facts)}.from_config(config)")
    return "\n".join(lines) + "\n" + _padding(facts)


def _auto(facts: Facts) -> str:
    return AUTO[facts.known.task]


def _padding(facts: Facts) -> str:
    text = """
    if tokenizer.pad_token is None:
        # A token of its own: with the end-of-text token in its place the end would be ignored.
        tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model.config.pad_token_id = tokenizer.pad_token_id
    """
    lines = dedent(text).strip("\n")
    if facts.known.task == "generation":
        lines += '\nmodel.loss_type = "ForCausalLM"  # else the first token is counted as well'
    return lines


def _adapter(facts: Facts) -> list[str]:
    if facts.known.adapter is None:
        return []
    settings = {name: value for name, value in facts.known.adapter.items() if value is not None}
    given = [f"    {name}={_written(value)}," for name, value in settings.items()]
    lines = ["adapter = LoraConfig(", *given, ")"]
    lines.append(f"torch.manual_seed({SEED})")
    lines.append("model = get_peft_model(model, adapter)")
    return ["\n".join(lines)]


def _arguments(facts: Facts) -> str:
    given = ",\n".join(f"{name}={value}" for name, value in _settings(facts))
    return f"arguments = TrainingArguments(\n{indent(given, '    ')},\n)"


def _settings(facts: Facts) -> Iterator[tuple[str, str]]:
    """Names and values as they are written in the program."""
    config, known = facts.config, facts.known
    yield "output_dir", 'str(HERE / "trained")'
    yield "learning_rate", _written(config.learning_rate or known.learning_rate)
    yield "num_train_epochs", _written(config.num_train_epochs)
    yield "max_steps", _written(config.max_steps)
    for name in ("per_device_train_batch_size", "per_device_eval_batch_size"):
        size = str(getattr(config, name))
        yield name, f"max(1, {size} // PROCESSES)" if facts.way.shared else size
    yield "gradient_accumulation_steps", _written(config.gradient_accumulation_steps)
    yield "warmup_steps", _written(config.warmup_steps)
    yield "lr_scheduler_type", _written(_scheduler(config))
    for name in ("weight_decay", "max_grad_norm", "optim"):
        yield name, _written(getattr(config, name))
    for name in ("adam_beta1", "adam_beta2", "adam_epsilon"):
        yield name, _written(getattr(config, name))
    for name in ("bf16", "fp16", "gradient_checkpointing", "torch_compile"):
        if getattr(config, name):
            yield name, "True"
    yield "train_sampling_strategy", _written(strategy(config, bool(config.packing)))
    yield "seed", _written(config.seed)
    if facts.has_checks:
        total = total_steps(facts.rows, config)
        yield "eval_strategy", '"steps"'
        yield "eval_steps", _written(eval_every(config, total))
    if facts.way.use_cpu:
        yield "use_cpu", "True"
    yield "logging_steps", "1"
    if facts.stopping:
        yield from _best(facts.stopping, eval_every(config, total_steps(facts.rows, config)))
    else:
        yield "save_strategy", '"no"'
    yield "report_to", '"none"'


def _best(stopping: EarlyStopping, every: int) -> Iterator[tuple[str, str]]:
    # Trainer has no perplexity; the loss is least where it is.
    metric = "eval_loss" if stopping.metric == "eval_perplexity" else stopping.metric
    yield "save_strategy", '"steps"'
    yield "save_steps", _written(every)
    yield "save_total_limit", "1"
    yield "load_best_model_at_end", "True"
    yield "metric_for_best_model", _written(metric)
    yield "greater_is_better", _written(METRICS[metric])


def _written(value: Any) -> str:
    """A value as a program has it; texts in double quotes."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _scheduler(config: TrainConfig) -> str:
    """In transformers "constant" has no warm-up."""
    if config.lr_scheduler_type == "constant" and config.warmup_steps > 0:
        return "constant_with_warmup"
    return config.lr_scheduler_type


def _run(facts: Facts) -> str:
    lines = ["trainer = Trainer("]
    given = {
        "model": "model",
        "args": "arguments",
        "processing_class": "tokenizer",
        "train_dataset": f'read("{TRAIN_ROWS}")',
    }
    if facts.has_checks:
        given["eval_dataset"] = f'read("{CHECK_ROWS}")'
    if _classifies(facts):
        given["data_collator"] = f"{_collator(facts)}(tokenizer)"
        given["compute_loss_func"] = "mean_over_all_rows"
        given["compute_metrics"] = "accuracy"
    elif facts.known.task == "fill-mask":
        given["data_collator"] = f"{_collator(facts)}(tokenizer, mlm_probability={SHARE})"
        given["compute_loss_func"] = "mean_over_hidden_words"
        given["compute_metrics"] = "accuracy"
        given["preprocess_logits_for_metrics"] = "likeliest"
    else:
        given["data_collator"] = f"{_collator(facts)}(tokenizer, mlm=False)"
    if facts.config.packing:
        lines[:0] = [
            "# The run packed several texts into a row. Here each has a row of its own: the loss",
            "# is the same, and padding takes time.",
        ]
    if facts.stopping:
        patience, threshold = facts.stopping.patience, facts.stopping.threshold
        given["callbacks"] = f"[EarlyStoppingCallback({patience}, {threshold})]"
    lines += [f"    {name}={value}," for name, value in given.items()]
    lines += [")"]
    for name in facts.others:
        lines.append(f"# The run also had {name}: trainer.add_callback(...) takes one of your own.")
    lines += ["trainer.train()"]
    if facts.has_checks:
        lines.append("print(trainer.evaluate())")
    lines += [
        "trainer.save_model()",
        "trainer.save_state()  # every loss is in trained/trainer_state.json",
    ]
    return "\n".join(lines)


def _classifies(facts: Facts) -> bool:
    return facts.known.task == "classification"
