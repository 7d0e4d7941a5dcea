"""The parts of the program for `transformers.Trainer` that are the same for every run of a task."""

#: Reads the rows beside the program.
READ = """
    def read(name):
        with open(HERE / name, encoding="utf-8") as file:
            return [encode(json.loads(line)) for line in file]
"""
_CLASSIFY = [
    """
    def encode(row):
        tokens = tokenizer(row["text"], truncation=True, max_length=MAX_LENGTH)
        return {"input_ids": tokens["input_ids"], "labels": LABELS.index(row["label"])}
    """,
    """
    def mean_over_all_rows(outputs, labels, num_items_in_batch=None):
        # All rows of a step, over accumulation and processes, not only of this batch.
        total = torch.nn.functional.cross_entropy(outputs.logits, labels, reduction="sum")
        return total / (len(labels) if num_items_in_batch is None else num_items_in_batch)
    """,
    """
    def accuracy(result):
        return {"accuracy": float((result.predictions.argmax(-1) == result.label_ids).mean())}
    """,
]
_WRITE = [
    """
    def encode(row):
        ids = tokenizer(row["text"], truncation=True, max_length=MAX_LENGTH - 1)["input_ids"]
        # The end is part of what is learned: without it the model would never stop.
        return {"input_ids": [*ids, tokenizer.eos_token_id]}
    """
]
_GUESS = [
    """
    def encode(row):
        # The collator hides words later: others each time, in evaluations too.
        tokens = tokenizer(row["text"], truncation=True, max_length=MAX_LENGTH)
        return {"input_ids": tokens["input_ids"]}
    """,
    """
    def mean_over_hidden_words(outputs, labels, num_items_in_batch=None):
        # All hidden words of a step, over accumulation and processes, not only of this batch.
        logits = outputs.logits.flatten(0, 1)
        total = torch.nn.functional.cross_entropy(logits, labels.flatten(), reduction="sum")
        hidden = (labels != -100).sum() if num_items_in_batch is None else num_items_in_batch
        return total / hidden
    """,
    """
    def likeliest(logits, labels):
        return logits.argmax(-1)
    """,
    """
    def accuracy(result):
        right = result.predictions == result.label_ids
        return {"accuracy": float(right[result.label_ids != -100].mean())}
    """,
]
#: Task → functions that the program needs.
FUNCTIONS = {"classification": _CLASSIFY, "generation": _WRITE, "fill-mask": _GUESS}
#: Task → what the model is taught, in words.
WHAT = {
    "classification": "classify texts",
    "generation": "write texts",
    "fill-mask": "guess hidden words",
}
#: Task → the class that loads a model for it.
AUTO = {
    "classification": "AutoModelForSequenceClassification",
    "generation": "AutoModelForCausalLM",
    "fill-mask": "AutoModelForMaskedLM",
}
