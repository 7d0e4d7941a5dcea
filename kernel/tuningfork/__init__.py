"""Fine-tune small language models, one readable step at a time.

A lesson needs seven names::

    data = load_data("opinions", n=400)
    train_data, val_data, test_data = split(data, (0.8, 0.1, 0.1))
    model, tokenizer = load_model("tiny-distilbert", labels=data.labels)
    run = train(model, train_data, val_data, TrainConfig(num_train_epochs=3))
    evaluate(model, test_data)
    predict(model, ["The soup was wonderful."])

Importing this package does nothing but define names: PyTorch is loaded when a model is.
"""

from tuningfork.answers import predict
from tuningfork.config import TrainConfig
from tuningfork.data import load_data
from tuningfork.dataset import split
from tuningfork.loop import train
from tuningfork.models import load_model
from tuningfork.scores import evaluate

__version__ = "0.1.0"

__all__ = [
    "TrainConfig",
    "evaluate",
    "load_data",
    "load_model",
    "predict",
    "split",
    "train",
]

#: Each module imports only from those before it; a test reads the imports.
MODULE_ORDER = (
    "table",
    "suggest",
    "dataset",
    "opinions",
    "tales",
    "data",
    "config",
    "hub",
    "models",
    "batches",
    "picture",
    "chart",
    "live",
    "scores",
    "loop",
    "answers",
    "preload",
)
