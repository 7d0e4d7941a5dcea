"""`torch.compile` is used where it pays, and otherwise left out with a reason."""

from typing import Any

import pytest
import torch

from tuningfork import TrainConfig, load_data, load_model, train

#: What torch says of itself when its compiler is loaded.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script_method:DeprecationWarning")
DATA = load_data("tales", n=12, seed=1)
CONFIG: dict[str, Any] = {"max_steps": 3, "per_device_train_batch_size": 4, "max_length": 32}


def _losses(**more: Any) -> list[float]:
    model, _ = load_model("tiny-gpt2")
    run = train(model, DATA, None, TrainConfig(**CONFIG, **more))
    assert model.transformer._compiled_call_impl is None
    return [row["loss"] for row in run.log]


def test_where_it_does_not_pay_it_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "tuningfork.compiling.seconds_of_steps",
        lambda model, *_: [30.0, 0.9] if model.transformer._compiled_call_impl else [1.0, 1.0],
    )
    plain = _losses()
    assert _losses(torch_compile=True) == plain
    assert "translating took 30 s, and 3 steps would win 0 s" in capsys.readouterr().out


def test_where_it_pays_the_losses_are_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The compiler is the one that only reads the model and writes no machine code."""
    original = torch.nn.Module.compile

    def quick(module: Any, **options: Any) -> None:
        original(module, backend="aot_eager", **options)

    monkeypatch.setattr(torch.nn.Module, "compile", quick)
    monkeypatch.setattr(
        "tuningfork.compiling.seconds_of_steps",
        lambda model, *_: [0.1, 0.1] if model.transformer._compiled_call_impl else [9.0, 9.0],
    )
    plain = _losses()
    translated = _losses(torch_compile=True)
    assert "left out" not in capsys.readouterr().out
    assert torch._dynamo.utils.counters["frames"]["ok"] > 0
    assert translated == pytest.approx(plain, abs=1e-4)


def test_without_a_compiler_the_training_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_inputs: Any, **_more: Any) -> Any:
        raise RuntimeError("No working C++ compiler found")

    def compile_to_nothing(module: Any, **_options: Any) -> None:
        module._compiled_call_impl = broken

    monkeypatch.setattr(torch.nn.Module, "compile", compile_to_nothing)
    plain = _losses()
    assert _losses(torch_compile=True) == plain
    said = capsys.readouterr().out
    assert "could not translate the model" in said
    assert "No working C++ compiler found" in said
