"""Settings: each wrong name and value is told plainly, and the tables match the installed release."""

import dataclasses
import math
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from tuningfork import TrainConfig
from tuningfork.renames import ELSEWHERE, OLDER, OUTDATED, SLIPS

OURS = {field.name for field in dataclasses.fields(TrainConfig)}
THEIRS = {field.name for field in dataclasses.fields(transformers.TrainingArguments)}
#: `max_length` and `packing` are TRL's; the other two are our own.
NOT_THEIRS = {"max_length", "packing", "save_seconds", "memory_limit_mb"}

#: Fields of `TrainingArguments` in 4.57.1 that 5.18.0 has not.
GONE = set(
    """
    _n_gpu adafactor fp16_backend fp16_opt_level fsdp_min_num_params
    fsdp_transformer_layer_cls_to_wrap group_by_length half_precision_backend
    include_inputs_for_metrics include_tokens_per_second jit_mode_eval logging_dir mp_parameters
    no_cuda overwrite_output_dir past_index per_gpu_eval_batch_size per_gpu_train_batch_size
    push_to_hub_model_id push_to_hub_organization push_to_hub_token ray_scope save_safetensors
    torchdynamo tpu_metrics_debug tpu_num_cores use_legacy_prediction_loop use_mps_device
    warmup_ratio
    """.split()
)


def test_settings_are_spelled_as_in_transformers() -> None:
    assert OURS - THEIRS == NOT_THEIRS


def test_every_other_setting_of_transformers_has_its_sentence() -> None:
    assert set(ELSEWHERE) == THEIRS - OURS


def test_the_29_outdated_names_are_gone_from_transformers_and_from_here() -> None:
    assert set(OUTDATED) == GONE
    assert len(GONE) == 29
    assert not {*OUTDATED, *OLDER} & (THEIRS | OURS)


def test_slips_lead_to_settings_that_exist() -> None:
    assert set(SLIPS.values()) <= OURS
    assert not set(SLIPS) & (OURS | set(ELSEWHERE) | set(OUTDATED))


@pytest.mark.parametrize(
    "sentence", sorted({*ELSEWHERE.values(), *OUTDATED.values(), *OLDER.values()})
)
def test_what_a_sentence_says_to_write_can_be_written(sentence: str) -> None:
    assert sentence.endswith(".")
    for name, value in re.findall(r"(\w+)=(\"\w+\"|True)", sentence):
        # fp16 needs a graphics card, and resume belongs to train().
        if name not in {"fp16", "resume"}:
            TrainConfig(**{name: True if value == "True" else value.strip('"')})
    for name in re.findall(r"Write (\w+) instead", sentence):
        assert name in OURS


@pytest.mark.parametrize("name", sorted({*SLIPS, *OUTDATED, *ELSEWHERE, *OLDER}))
def test_a_name_from_elsewhere_is_refused_with_its_sentence(name: str) -> None:
    with pytest.raises(TypeError) as caught:
        TrainConfig(**{name: 1})
    said = SLIPS.get(name) or {**OUTDATED, **ELSEWHERE, **OLDER}[name]
    assert said in str(caught.value)
    assert repr(name) in str(caught.value)


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(TypeError, match="Did you mean 'gradient_checkpointing'"):
        TrainConfig(gradient_checkpoint=True)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"learning_rate": "3e-4"}, TypeError, "leave the quotes away, learning_rate=3e-4"),
    ({"learning_rate": "high"}, TypeError, "not the text 'high'"),
    ({"learning_rate": math.nan}, ValueError, "not nan"),
    ({"learning_rate": math.inf}, ValueError, "not inf"),
    ({"learning_rate": 0}, ValueError, "above 0"),
    ({"learning_rate": [1e-4]}, TypeError, "must be a number"),
    ({"weight_decay": None}, TypeError, "must be a number, not None"),
    ({"weight_decay": -0.1}, ValueError, "at least 0"),
    ({"weight_decay": True}, TypeError, "must be a number, not True"),
    ({"max_steps": 3.0}, TypeError, "whole number, such as 3,"),
    ({"max_steps": 0}, ValueError, "-1 for no limit"),
    ({"max_steps": "10"}, TypeError, "max_steps=10"),
    ({"num_train_epochs": 0}, ValueError, "above 0"),
    ({"num_train_epochs": -math.inf}, ValueError, "not -inf"),
    ({"warmup_steps": 2.5}, ValueError, "whole number of steps"),
    ({"seed": -1}, ValueError, "at least 0"),
    ({"seed": 2**32}, ValueError, "at most"),
    ({"save_seconds": 0}, ValueError, "above 0"),
    ({"save_total_limit": 0}, ValueError, "at least 1"),
    ({"memory_limit_mb": 0}, ValueError, "at least 1"),
    ({"memory_limit_mb": 0.5}, TypeError, "whole number"),
    ({"adam_beta1": 1}, ValueError, "below 1"),
    ({"adam_beta2": -0.1}, ValueError, "at least 0"),
    ({"adam_epsilon": 0}, ValueError, "above 0"),
    ({"gradient_checkpointing": 1}, TypeError, "either True or False, not 1"),
    ({"packing": "yes"}, TypeError, "either True or False, not 'yes'"),
    ({"output_dir": ""}, TypeError, "text in quotes, not ''"),
    ({"output_dir": 3}, TypeError, "text in quotes, not 3"),
    ({"optim": "adamw"}, ValueError, "Did you mean 'adamw_torch'"),
    ({"train_sampling_strategy": "group_by_lengths"}, ValueError, "Did you mean 'group_by_length'"),
    ({"bf16": True, "fp16": True}, ValueError, "choose one of them"),
]


@pytest.mark.parametrize(("settings", "error", "words"), BAD)
def test_a_value_that_cannot_be_is_told_plainly(
    settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        TrainConfig(**settings)
    assert words in str(caught.value)


def test_fp16_needs_a_graphics_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"fp16 needs a GPU.*bf16=True"):
        TrainConfig(fp16=True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert TrainConfig(fp16=True).fp16


def test_numbers_and_paths_become_plain_ones() -> None:
    config = TrainConfig(
        learning_rate=np.float32(0.5),
        max_steps=np.int64(7),
        output_dir=Path("here"),
    )
    assert [type(value) for value in (config.learning_rate, config.max_steps)] == [float, int]
    assert config.output_dir == "here"


def test_a_config_can_be_changed_copied_and_kept() -> None:
    config = TrainConfig(num_train_epochs=2)
    assert dataclasses.replace(config, seed=3).seed == 3
    assert pickle.loads(pickle.dumps(config)) == config
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.seed = 4
    assert TrainConfig(**dataclasses.asdict(config)) == config
