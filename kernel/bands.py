"""The figures that the lessons rest on, measured again with the built-in models: `npm run bands`.

    PYTHONPATH=kernel OMP_NUM_THREADS=1 python kernel/bands.py [--seeds 3] [--only eos]

Each row of the table has what a first study of these techniques found on other small models, what
our models give, and the band that ours must stay in. Prints the table and writes it to
docs/bands.md. Accuracies are of 500 new texts without negations, means over seeds; times are CPU
seconds.
"""

import argparse
import io
import platform
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from math import log
from pathlib import Path
from statistics import mean
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "bands.md"
#: 80 steps as in the study; it does not tell its batch size (see NOTES).
STEPS, BATCH = 80, 32
#: For the comparison with random weights, which need a high one to learn anything in 80 steps.
RATE = 3e-3


@dataclass(frozen=True)
class Finding:
    """One row of the table."""

    what: str
    studied: str
    ours: str
    band: str
    holds: bool

    def line(self) -> str:
        verdict = "yes" if self.holds else "**no**"
        return f"| {self.what} | {self.studied} | {self.ours} | {self.band} | {verdict} |"


def between(what: str, studied: str, value: float, low: float, high: float) -> Finding:
    """A value and the band it must be in."""
    band = f"{low:.3g} to {high:.3g}"
    return Finding(what, studied, f"{value:.3g}", band, low <= value <= high)


@contextmanager
def _quietly() -> Iterator[None]:
    with redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
        yield


def _sentences(n: int, seed: int) -> Any:
    from tuningfork import load_data

    return load_data("opinions", n=n, seed=seed, negation=0.0)


def accuracy(
    n: int,
    seed: int,
    *,
    rate: float | None = RATE,
    pretrained: bool = True,
    change: Callable[[Any], Any] = lambda model: model,
) -> float:
    """Accuracy on new texts after `STEPS` steps on `n` labelled sentences.

    Args:
        rate: the learning rate; `None`: what the library suggests.
        change: what is done to the model first.
    """
    from tuningfork import TrainConfig, evaluate, load_model, train

    data = _sentences(n, seed)
    config = TrainConfig(
        max_steps=STEPS,
        per_device_train_batch_size=BATCH,
        learning_rate=rate,
        seed=seed,
        save_seconds=None,
    )
    with _quietly():
        model, _ = load_model(
            "tiny-distilbert", labels=data.labels, pretrained=pretrained, seed=seed
        )
        model = change(model)
        try:
            train(model, data, None, config)
        except FloatingPointError:
            return 0.5
    return evaluate(model, _sentences(500, 99)).accuracy or 0.0


#: Labels → accuracy that the study found, pretrained and random.
PRETRAINING = {
    16: (0.68, 0.56),
    32: (0.87, 0.60),
    64: (0.97, 0.65),
    128: (1.00, 0.79),
    512: (1.00, 0.88),
}


def pretraining(
    seeds: Sequence[int], sizes: Sequence[int] = tuple(PRETRAINING)
) -> Iterator[Finding]:
    """A pretrained model needs far fewer labels than one with random weights."""
    for n in sizes:
        good, poor = PRETRAINING[n]
        ours = mean(accuracy(n, seed) for seed in seeds)
        fresh = mean(accuracy(n, seed, pretrained=False) for seed in seeds)
        yield between(f"{n} labels, pretrained", f"{good:.2f}", ours, good - 0.03, 1.0)
        yield between(f"{n} labels, random weights", f"{poor:.2f}", fresh, poor - 0.13, poor + 0.10)
        yield between(
            f"{n} labels, what pretraining gives", f"{good - poor:.2f}", ours - fresh, 0.05, 0.5
        )


#: Learning rate → accuracy that the study found, and the band for ours.
RATES = {
    1e-6: (0.58, 0.40, 0.70),
    1e-5: (0.59, 0.40, 0.75),
    1e-4: (0.84, 0.80, 0.995),
    1e-3: (1.00, 0.97, 1.00),
    1e-2: (0.91, 0.85, 1.00),
    1e-1: (0.50, 0.40, 0.60),
}


def rates(seeds: Sequence[int], chosen: Sequence[float] = tuple(RATES)) -> Iterator[Finding]:
    """Flat, slow, good, collapsed: one setting, ten times apart."""
    for rate in chosen:
        studied, low, high = RATES[rate]
        ours = mean(accuracy(512, seed, rate=rate) for seed in seeds)
        yield between(f"learning rate {rate:.0e}", f"{studied:.2f}", ours, low, high)
    ours = mean(accuracy(512, seed, rate=None) for seed in seeds)
    yield between("the learning rate that load_model suggests", "–", ours, 0.97, 1.0)


def lora(seeds: Sequence[int], with_full: bool = True) -> Iterator[Finding]:
    """Rank 1 is enough once the learning rate is ten times higher."""
    from tuningfork import add_lora

    def score(r: int, rate: float) -> float:
        def change(model: Any) -> Any:
            return add_lora(model, r=r, lora_alpha=r)

        return mean(accuracy(512, seed, rate=rate, change=change) for seed in seeds)

    low, high = score(1, 5e-4), score(1, 5e-3)
    yield between("LoRA, rank 1, learning rate 5e-4", "0.84", low, 0.75, 0.97)
    yield between("LoRA, rank 1, learning rate 5e-3", "0.997", high, 0.98, 1.0)
    if with_full:
        yield between("LoRA, rank 4, learning rate 5e-4", "0.96", score(4, 5e-4), 0.85, 0.99)
        yield between("LoRA, rank 4, learning rate 5e-3", "1.00", score(4, 5e-3), 0.98, 1.0)
        full = mean(accuracy(512, seed, rate=1e-3) for seed in seeds)
        yield between("all weights, learning rate 1e-3", "1.00", full, 0.98, 1.0)


def writing(
    data: Any, asked: Any, steps: int, rate: float, *, keeps_end: bool, batch: int = BATCH
) -> tuple[float, float]:
    """Share of exact matches, and share of answers that end by themselves.

    Without the end it is as with the usual collator when the pad token is the end-of-text token:
    every label of that token is left out of the loss.
    """
    from tuningfork import TrainConfig, load_model, predict, train
    from tuningfork.batches import IGNORED
    from tuningfork.lean import own_loss

    most = 24
    model, tokenizer = load_model("tiny-gpt2")

    def without_end(model: Any, inputs: dict[str, Any]) -> Any:
        labels = inputs["labels"]
        end = labels == tokenizer.eos_token_id
        return own_loss(model, {**inputs, "labels": labels.masked_fill(end, IGNORED)})

    config = TrainConfig(
        max_steps=steps, per_device_train_batch_size=batch, learning_rate=rate, save_seconds=None
    )
    with _quietly():
        train(model, data, None, config, objective=own_loss if keeps_end else without_end)
    answers = predict(model, [row["prompt"] for row in asked], temperature=0, max_new_tokens=most)
    right = mean(
        said.answer.strip() == row["answer"] for said, row in zip(answers, asked, strict=True)
    )
    ended = mean(len(tokenizer(said.answer)["input_ids"]) < most for said in answers)
    return right, ended


def eos(steps: int = 800, rate: float = 4e-3, rows: int = 3000) -> Iterator[Finding]:
    """A model that never saw the end of a text never stops.

    The study's tokenizer had learned from dates; ours writes them digit by digit, so it gets two
    ways of writing a date and twice the steps.
    """
    from tuningfork import load_data

    data, asked = (
        load_data("dates", n=rows, seed=1, styles=2),
        load_data("dates", n=60, seed=77, styles=2),
    )
    right, ended = writing(data, asked, steps, rate, keeps_end=True)
    yield between("end of text kept: exact match", "0.91", right, 0.85, 1.0)
    yield between("end of text kept: answers that stop", "1.00", ended, 0.95, 1.0)
    right, ended = writing(data, asked, steps, rate, keeps_end=False)
    yield between("end of text left out: exact match", "0.00", right, 0.0, 0.02)
    yield between("end of text left out: answers that stop", "0.00", ended, 0.0, 0.05)


@dataclass(frozen=True)
class Cost:
    seconds: float
    padding: float


def _longer(n: int) -> Any:
    """Texts whose lengths are spread as in the study: half below 19 tokens, a few above 200."""
    from tuningfork import load_data
    from tuningfork.dataset import Dataset

    rows = sorted(
        load_data("opinions", n=2 * n, seed=1, length_sigma=0.8), key=lambda row: str(row["label"])
    )
    pairs = zip(rows[::2], rows[1::2], strict=True)
    both = [{"text": f"{one['text']} {two['text']}", "label": one["label"]} for one, two in pairs]
    return Dataset(tuple(both), "pairs", ("negative", "positive"))


def _wider(folder: Path, window: int) -> Any:
    """The built-in classifier with a longer window and random weights: only its speed counts."""
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    from tuningfork import load_model
    from tuningfork.models import BUILT_IN

    source = BUILT_IN / "tiny-distilbert"
    config = AutoConfig.from_pretrained(source, max_position_embeddings=window)
    make: Any = AutoModel.from_config
    make(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(source, model_max_length=window).save_pretrained(folder)
    return load_model(folder, task="classification", labels=("negative", "positive"))[0]


def cost(model: Any, steps: int, fixed: int | None = None, **settings: Any) -> Cost:
    """CPU seconds of so many steps, and the share of padding in them.

    Args:
        fixed: pad every batch to so many tokens, as is often done.
    """
    from torch.nn.functional import pad

    from tuningfork import TrainConfig, train
    from tuningfork.lean import own_loss

    def filled(model: Any, batch: dict[str, Any]) -> Any:
        assert fixed is not None
        room = (0, fixed - batch["input_ids"].shape[1])
        wide = {name: pad(batch[name], room) for name in ("input_ids", "attention_mask")}
        return own_loss(model, {**batch, **wide})

    config = TrainConfig(
        max_steps=steps, per_device_train_batch_size=BATCH, save_seconds=None, **settings
    )
    objective = filled if fixed else own_loss
    with _quietly():
        begin = time.process_time()
        run = train(model, _longer(max(40, steps) * BATCH), None, config, objective=objective)
        seconds = time.process_time() - begin
    tokens = sum(row["tokens"] for row in run.log)
    places = sum(row["tokens"] / (1 - row["padding_share"]) for row in run.log)
    return Cost(seconds, 1 - tokens / (steps * BATCH * fixed if fixed else places))


def padding(steps: int = 40, window: int = 256) -> Iterator[Finding]:
    """Most of the time goes into padding, unless one takes care."""
    random: dict[str, Any] = {"train_sampling_strategy": "random", "packing": False}
    grouping: dict[str, Any] = {"train_sampling_strategy": "group_by_length", "packing": False}
    with tempfile.TemporaryDirectory() as folder:
        model = _wider(Path(folder), window)
        fixed = cost(model, steps, window, **random)
        dynamic = cost(model, steps, **random)
        grouped = cost(model, steps, **grouping)
    yield between(f"padded to {window}: share of padding", "0.90", fixed.padding, 0.84, 0.94)
    yield between("padded to the longest of a batch: share", "0.70", dynamic.padding, 0.55, 0.80)
    yield between("grouped by length: share", "0.15", grouped.padding, 0.0, 0.20)
    told = " / ".join(f"{one.seconds:.1f}" for one in (fixed, dynamic, grouped))
    falls = fixed.seconds > dynamic.seconds > grouped.seconds
    yield Finding("the three in CPU seconds", "22.7 / 5.7 / 2.4", told, "falling", falls)
    saved = fixed.seconds / grouped.seconds
    yield between(f"how much quicker than padded to {window} grouped is", "9.5", saved, 4, 20)
    yield from packing(steps)


def packing(steps: int = 40) -> Iterator[Finding]:
    """Texts that share rows need no padding, in any order."""
    from tuningfork import load_model

    padded, packed = (
        cost(load_model("tiny-gpt2")[0], steps, train_sampling_strategy="random", packing=packs)
        for packs in (False, True)
    )
    yield between("a model that writes, packed: share of padding", "–", packed.padding, 0.0, 0.10)
    told = f"{padded.seconds:.1f} / {packed.seconds:.1f}"
    faster = padded.seconds > 1.3 * packed.seconds
    what = "… padded to the longest of a batch / packed, CPU seconds"
    yield Finding(what, "–", told, "≥ 1.3× faster", faster)


def resuming(steps: int = 40) -> Iterator[Finding]:
    """Without all of its state a run that goes on is another run."""
    whole = _losses(steps)
    exact = _seam(whole, _losses(steps, cut=True))
    optimizer = _seam(whole, _losses(steps, cut=True, forget=("optimizer",)))
    weights = _seam(whole, _losses(steps, cut=True, forget=("optimizer", "chance")))
    yield between("resumed with everything: largest difference of a loss", "0", exact, 0, 0)
    yield between("… without the optimizer's state", "0.41 to 0.47", optimizer, 0.05, 2.0)
    yield between("… with the weights alone", "0.48 to 0.67", weights, 0.05, 2.0)


def _losses(steps: int, *, cut: bool = False, forget: Sequence[str] = ()) -> list[float]:
    """The losses of a run; with `cut`, of one that was paused and went on in a new model."""
    from tuningfork import TrainConfig, load_data, load_model, train

    @dataclass
    class Pause:
        pauses: bool

        def on_step_end(self, _args: Any, state: Any, _control: Any, model: Any, **_: Any) -> None:
            if self.pauses and state.global_step == steps // 4:
                model.last_run.pause()

    # With a tenth of the labels wrong there is something left to learn all the time.
    data = load_data("opinions", n=512, seed=3, flip=0.1)
    with tempfile.TemporaryDirectory() as folder, _quietly():
        config = TrainConfig(max_steps=steps, learning_rate=1e-3, output_dir=folder)

        def go(**more: Any) -> Any:
            model, _ = load_model("tiny-distilbert", labels=data.labels)
            return train(model, data, None, config, **more)

        run = go(callbacks=[Pause(pauses=cut)])
        if cut:
            _forget(run.folder, forget)
            run = go(resume=True, callbacks=[Pause(pauses=False)])
    return [row["loss"] for row in run.log]


def _forget(run_folder: Path, names: Sequence[str]) -> None:
    """Leaves parts of a checkpoint's state out: its optimizer's, or that of chance."""
    import random

    import torch

    from tuningfork import checkpoint

    path = checkpoint.newest(run_folder)
    assert path is not None
    facts = checkpoint.facts_of(path)
    state = torch.load(path / "state.pt", weights_only=True)
    if "optimizer" in names:
        state["optimizer"]["state"] = {}
    if "chance" in names:
        state["chance"]["torch"] = torch.Generator().manual_seed(12345).get_state()
        facts["python"] = random.Random(12345).getstate()
    weights = (path / "model.safetensors").read_bytes()
    shutil.rmtree(path)
    parts: dict[str, Callable[[Path], Any]] = {
        "model.safetensors": lambda place: place.write_bytes(weights),
        "state.pt": lambda place: torch.save(state, place),
    }
    checkpoint.save(run_folder, int(path.name.split("-")[1]), len(weights), parts, facts)


def _seam(one: list[float], other: list[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _middling() -> Any:
    """A classifier of 6 layers and width 384, random weights."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    config = DistilBertConfig(
        vocab_size=1200,
        dim=384,
        n_layers=6,
        n_heads=6,
        hidden_dim=1536,
        max_position_embeddings=128,
    )
    model: Any = DistilBertForSequenceClassification(config)
    return model


def checkpointing(rows: int = 16, *, timed: bool = True) -> Iterator[Finding]:
    """Gradient checkpointing: much less memory for a little more time."""
    import torch

    from tuningfork.slim import checkpoint_gradients

    torch.manual_seed(0)
    model = _middling().train()
    batch = {
        "input_ids": torch.randint(1200, (rows, 128)),
        "labels": torch.zeros(rows, dtype=torch.long),
    }

    def both_ways() -> None:
        model(**batch).loss.backward()

    plain, quick = _saved_mb(model, batch), _seconds(both_ways) if timed else 0.0
    checkpoint_gradients(model)
    less = _saved_mb(model, batch)
    told = f"{plain:.0f} → {less:.0f} MB"
    yield Finding(
        "gradient checkpointing: kept for the backward pass",
        "446 → 26 MB",
        told,
        "≥ 10× less",
        plain >= 10 * less,
    )
    if timed:
        yield between("… its time", "1.41×", _seconds(both_ways) / quick, 1.1, 1.7)


def _saved_mb(model: Any, batch: dict[str, Any]) -> float:
    """What autograd keeps, without the weights themselves."""
    import torch

    kept: dict[int, int] = {}
    weights = {value.data_ptr() for value in model.parameters()}

    def note(tensor: Any) -> Any:
        if tensor.data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = model(**batch).loss
    del loss
    return sum(kept.values()) / 1e6


def _seconds(act: Callable[[], Any], times: int = 3) -> float:
    """The quickest of some tries, in CPU seconds; the first does not count."""
    found = []
    for _ in range(times + 1):
        begin = time.process_time()
        act()
        found.append(time.process_time() - begin)
    return min(found[1:])


def fused() -> Iterator[Finding]:
    """One pass over all weights instead of several."""
    import torch

    from tuningfork import TrainConfig
    from tuningfork.optimizer import optimizer_of

    def step(optim: str) -> float:
        model = _middling()
        for weight in model.parameters():
            weight.grad = torch.ones_like(weight)
        optimizer = optimizer_of(model, TrainConfig(optim=optim), 1e-4)
        return _seconds(optimizer.step, times=9)

    plain, quick = step("adamw_torch"), step("adamw_torch_fused")
    told = f"{1000 * plain:.1f} → {1000 * quick:.1f} ms"
    yield Finding(
        "AdamW → fused AdamW, one step",
        "29.5 → 8.9 ms",
        told,
        "≥ 1.5× faster",
        plain >= 1.5 * quick,
    )


def first_loss() -> Iterator[Finding]:
    """A model that knows nothing hesitates between all its tokens."""
    from tuningfork import evaluate, load_data, load_model

    with _quietly():
        model, tokenizer = load_model("tiny-gpt2", pretrained=False)
    loss = evaluate(model, load_data("tales", n=64)).loss
    expected = log(len(tokenizer))
    told = f"{loss:.3f} (ln V = {expected:.3f})"
    yield Finding(
        "loss before training, random weights",
        "6.012 (ln V = 5.991)",
        told,
        "within 5 %",
        abs(loss / expected - 1) < 0.05,
    )


def _parts(seeds: Sequence[int]) -> dict[str, tuple[str, Callable[[], Iterator[Finding]]]]:
    """Name on the command line → heading, measurement."""
    return {
        "pretraining": ("Pretrained against random weights, 80 steps", lambda: pretraining(seeds)),
        "rates": ("Learning rate, 512 labels, 80 steps", lambda: rates(seeds)),
        "eos": ("The end-of-text token", eos),
        "lora": ("LoRA, 512 labels, 80 steps", lambda: lora(seeds)),
        "padding": ("Padding", padding),
        "resuming": ("Going on", resuming),
        "fused": ("The optimizer", fused),
        "checkpointing": ("Memory", checkpointing),
        "first_loss": ("Before training", first_loss),
    }


HEAD = """# Bands

Written by `npm run bands` on {today}: the figures that lessons rest on, measured with the built-in
models. Python {python}, PyTorch {torch}, {machine}, {seeds} seeds, {minutes:.0f} minutes.

“Studied” is what was found before on other small models of the same kind; “band” is where ours must
stay. A “no” is a figure that a lesson must not promise.
"""


NOTES = """
## Where ours differ, and how the bands were set

The study does not tell its batch size. Ours was chosen after trying 16 and 32 rows a step and
learning rates of 1e-3 and 3e-3: with 32 and 3e-3 random weights come nearest to the study. The
bands were drawn around both the study's figures and our first ones, so they guard against change;
they are no proof by themselves. The reasons below that say “probably” were not tested.

- **Few labels, pretrained.** Ours do better (16 labels: .90 instead of .68), probably because
  their pretraining hides telling words more often and puts a verdict into each text (decision 6).
- **Random weights** need the high rate: at 32 rows and 1e-3 they reached .74 with 512 labels, at
  16 rows about .5.
- **Learning rates 1e-4 and 1e-2** both work better here than in the study. What stays is flat,
  good, collapsed.
- **Rank 1 at 5e-4** loses 5 points instead of 16, probably because our adapters sit on all linear
  layers and the head is trained as a whole: 3.8 % of the weights, not 0.9 %.
- **Dates** needed more steps: with two ways of writing them 400 steps gave 4 % exact matches
  (answers stopped already), 800 give all; the study had .91 after 400. Probably because our
  tokenizer has seen no numbers and writes them digit by digit.
- **Opinions with negations**, the generator's default, are left out here: probably the study had
  none. With
  them 512 labels gave .92 to .97 at a rate of 1e-3, and .88 to .92 at the suggested 3e-4 (16 rows
  a step).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=list(_parts(())), action="append")
    chosen = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    begin = time.monotonic()
    tables = []
    for name, (heading, measure) in _parts(range(chosen.seeds)).items():
        if name in (chosen.only or [name]):
            lines = [
                f"\n## {heading}\n",
                "| what | studied | ours | band | holds |",
                "|---|---|---|---|---|",
            ]
            print(*lines, sep="\n", flush=True)
            for finding in measure():
                print(finding.line(), flush=True)
                lines.append(finding.line())
            tables.append("\n".join(lines))
    if not chosen.only:
        head = HEAD.format(
            today=date.today().isoformat(),
            python=platform.python_version(),
            torch=torch.__version__,
            machine=platform.machine(),
            seeds=chosen.seeds,
            minutes=(time.monotonic() - begin) / 60,
        )
        PAGE.write_text(head + "\n".join(tables) + "\n" + NOTES, encoding="utf-8")
        print(f"\nWritten to {PAGE.relative_to(PAGE.parents[1])}", file=sys.stderr)


if __name__ == "__main__":
    main()
