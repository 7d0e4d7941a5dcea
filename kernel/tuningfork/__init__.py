"""Fine-tune small language models, one readable step at a time.

A lesson needs seven names::

    data = load_data("opinions", n=400)
    train_data, val_data, test_data = split(data, (0.8, 0.1, 0.1))
    model, tokenizer = load_model("tiny-distilbert", labels=data.labels)
    run = train(model, train_data, val_data, TrainConfig(num_train_epochs=3))
    evaluate(model, test_data)
    predict(model, ["The soup was wonderful."])

Importing this package defines names and, if PyTorch is not loaded yet, says how many threads it may
have (threads.py). PyTorch itself is loaded when a model is.
"""

from tuningfork.answers import predict
from tuningfork.behaviour import test_model
from tuningfork.callbacks import EarlyStopping
from tuningfork.config import TrainConfig
from tuningfork.data import load_data
from tuningfork.export import as_transformers_code, export_script
from tuningfork.finder import lr_find
from tuningfork.forecast import estimate
from tuningfork.hunt import search
from tuningfork.loop import train
from tuningfork.lora import add_lora
from tuningfork.models import load_model
from tuningfork.saving import save_model
from tuningfork.scores import evaluate
from tuningfork.splits import split
from tuningfork.teacher import distill
from tuningfork.threads import settle_before_torch

settle_before_torch()

__version__ = "0.1.0"

__all__ = [
    "EarlyStopping",
    "TrainConfig",
    "add_lora",
    "as_transformers_code",
    "distill",
    "estimate",
    "evaluate",
    "export_script",
    "load_data",
    "load_model",
    "lr_find",
    "predict",
    "save_model",
    "search",
    "split",
    "test_model",
    "train",
]

#: Each module imports only from those before it; a test reads the imports.
MODULE_ORDER = (
    "threads",
    "table",
    "suggest",
    "progress",
    "hub",
    "resume",
    "fetch",
    "turn",
    "memory",
    "doing",
    "checkpoint",
    "record",
    "request",
    "renames",
    "knobs",
    "dataset",
    "splits",
    "opinions",
    "tickets",
    "tales",
    "dates",
    "sums",
    "elements",
    "messy_files",
    "messy",
    "csv_text",
    "decoding",
    "files",
    "columns",
    "layout",
    "hub_data",
    "data",
    "config",
    "matching",
    "architecture",
    "hub_model",
    "saved",
    "models",
    "lora",
    "masking",
    "batches",
    "packing",
    "slim",
    "lean",
    "picture",
    "chart",
    "live",
    "scores",
    "answers",
    "samples",
    "plan",
    "optimizer",
    "step",
    "precision",
    "compiling",
    "forecast",
    "finder",
    "callbacks",
    "stop",
    "run",
    "keeper",
    "best",
    "preflight",
    "story",
    "book",
    "loop",
    "teacher",
    "trials",
    "space",
    "journal",
    "hunt",
    "behaviour",
    "trainer_texts",
    "trainer_code",
    "export",
    "card",
    "saving",
    "preload",
)
