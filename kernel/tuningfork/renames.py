"""Settings by other names: what was meant, what to write instead, or why it is gone.

Three tables. Slips are names from other tools and from habit. The outdated names are those that
`transformers.TrainingArguments` had in 4.57 and no longer has in 5.18. The rest are names it still
has that a training here has no use for. Tests hold the last two against the installed release.
"""

from collections.abc import Iterable

from tuningfork.suggest import did_you_mean

#: Names from other tools and from habit → the setting that was meant.
SLIPS = {
    "lr": "learning_rate",
    "rate": "learning_rate",
    "epochs": "num_train_epochs",
    "epoch": "num_train_epochs",
    "num_epochs": "num_train_epochs",
    "n_epochs": "num_train_epochs",
    "train_epochs": "num_train_epochs",
    "steps": "max_steps",
    "num_steps": "max_steps",
    "num_train_steps": "max_steps",
    "batch_size": "per_device_train_batch_size",
    "bs": "per_device_train_batch_size",
    "train_batch_size": "per_device_train_batch_size",
    "eval_batch_size": "per_device_eval_batch_size",
    "val_batch_size": "per_device_eval_batch_size",
    "accumulation": "gradient_accumulation_steps",
    "grad_accum": "gradient_accumulation_steps",
    "accumulate_grad_batches": "gradient_accumulation_steps",
    "warmup": "warmup_steps",
    "num_warmup_steps": "warmup_steps",
    "scheduler": "lr_scheduler_type",
    "lr_scheduler": "lr_scheduler_type",
    "optimizer": "optim",
    "wd": "weight_decay",
    "decay": "weight_decay",
    "beta1": "adam_beta1",
    "beta2": "adam_beta2",
    "eps": "adam_epsilon",
    "epsilon": "adam_epsilon",
    "clip": "max_grad_norm",
    "grad_clip": "max_grad_norm",
    "clip_grad_norm": "max_grad_norm",
    "gradient_clip_val": "max_grad_norm",
    "eval_every": "eval_steps",
    "max_len": "max_length",
    "max_seq_length": "max_length",
    "max_seq_len": "max_length",
    "model_max_length": "max_length",
    "random_state": "seed",
    "random_seed": "seed",
    "sampling": "train_sampling_strategy",
    "compile": "torch_compile",
    "checkpointing": "gradient_checkpointing",
    "half": "fp16",
    "bfloat16": "bf16",
    "float16": "fp16",
    "folder": "output_dir",
    "path": "output_dir",
    "memory_limit": "memory_limit_mb",
}

_LAUNCH = (
    "Start the training with `accelerate launch`: export_script(run, folder) writes its files."
)
_BATCHES = "Leave it out: the batches are made from rows in memory, there is no loader to set."
_UPLOAD = "Nothing is uploaded here; save_model(model, folder) writes what you can upload yourself."
_DEVICE = (
    "Leave it out: a GPU is used if there is one. Setting CUDA_VISIBLE_DEVICES to '' hides it."
)
_PRECISION = "Write bf16=True or fp16=True instead."
_ADD_THERE = (
    "Only transformers.Trainer can do it: as_transformers_code(run) gives code to add it to."
)

#: What 4.57 had and 5.18 has not. Made by taking the difference of the field names of the dataclass
#: in 4.57.1 and in 5.18.0: 29, of which `_n_gpu` could not be given by hand even then.
OUTDATED = {
    "_n_gpu": "Leave it out: the GPUs are counted without being told.",
    "adafactor": 'Write optim="adafactor".',
    "fp16_backend": _PRECISION,
    "fp16_opt_level": _PRECISION,
    "fsdp_min_num_params": _LAUNCH,
    "fsdp_transformer_layer_cls_to_wrap": _LAUNCH,
    "group_by_length": 'Write train_sampling_strategy="group_by_length" instead.',
    "half_precision_backend": _PRECISION,
    "include_inputs_for_metrics": "Leave it out: predict(model, texts) answers beside each text.",
    "include_tokens_per_second": "Leave it out: tokens_per_second is in every row of run.log.",
    "jit_mode_eval": "Leave it out; torch_compile=True is the way to make a model faster.",
    "logging_dir": "Leave it out: the log lies in output_dir.",
    "mp_parameters": _LAUNCH,
    "no_cuda": _DEVICE,
    "overwrite_output_dir": "Leave it out, and give each run an output_dir of its own.",
    "past_index": "Leave it out: no model here carries memory from one batch to the next.",
    "per_gpu_eval_batch_size": "Write per_device_eval_batch_size instead.",
    "per_gpu_train_batch_size": "Write per_device_train_batch_size instead.",
    "push_to_hub_model_id": _UPLOAD,
    "push_to_hub_organization": _UPLOAD,
    "push_to_hub_token": _UPLOAD,
    "ray_scope": "Leave it out: search() looks for settings without Ray.",
    "save_safetensors": "Leave it out: safetensors is the only format.",
    "torchdynamo": "Write torch_compile=True instead.",
    "tpu_metrics_debug": "Leave it out: this trains on CPUs and GPUs.",
    "tpu_num_cores": "Leave it out: this trains on CPUs and GPUs.",
    "use_legacy_prediction_loop": "Leave it out: evaluate(model, data) has one loop only.",
    "use_mps_device": "Leave it out: the device is found without being named.",
    "warmup_ratio": "Write warmup_steps instead; below 1 it is a share of all steps, such as 0.1.",
}

_OPTIMIZER = (
    "AdamW is set with learning_rate, weight_decay, adam_beta1, adam_beta2 and adam_epsilon."
)
_LOG = "Leave it out: every step is a row of run.log."
_EVALUATION = (
    "Leave it out: evaluate(model, data) gives all measures, whatever the size of the data."
)
_BEST = (
    "Write train(..., callbacks=[EarlyStopping(2)]) instead: it ends a run that no longer gets "
    "better and puts the best weights back. What is best is its `metric`."
)
_RESUME = "Write train(..., resume=True) instead."
_SAVING = "Write save_seconds instead: the seconds between two checkpoints."
_COLUMNS = "Leave it out: a row has its text in `text` and its label in `label`."
_WHO_CALLS = "Leave it out, and call train(), evaluate() or predict()."

#: Sentence → names that TrainingArguments has and TrainConfig has not.
_ELSEWHERE = {
    _ADD_THERE: "label_smoothing_factor neftune_noise_alpha lr_scheduler_kwargs use_liger_kernel"
    " liger_kernel_config bf16_full_eval fp16_full_eval",
    _OPTIMIZER: "optim_args optim_target_modules",
    "Leave it out: every token counts the same, on however many devices.": (
        "average_tokens_across_devices"
    ),
    'Write torch.set_float32_matmul_precision("high") before the training instead.': "tf32",
    "gradient_checkpointing=True is all there is to set.": "gradient_checkpointing_kwargs",
    "torch_compile=True is all there is to set.": "torch_compile_backend torch_compile_mode",
    "Leave it out: it would only cost memory in a training.": "use_cache",
    "Leave it out: a batch that does not fit is made smaller without being asked.": (
        "auto_find_batch_size torch_empty_cache_steps"
    ),
    _LOG: "logging_strategy logging_steps logging_first_step logging_nan_inf_filter log_level"
    " log_level_replica log_on_each_node include_num_input_tokens_seen debug skip_memory_metrics",
    "Nothing is sent anywhere: the numbers are in run.log.": (
        "report_to run_name project trackio_space_id trackio_bucket_id trackio_static_space_id"
    ),
    "Give val_data to train(), and write eval_steps for how often.": (
        "eval_strategy eval_delay eval_on_start"
    ),
    _EVALUATION: "prediction_loss_only eval_do_concat_batches eval_use_gather_object"
    " eval_accumulation_steps include_for_metrics batch_eval_metrics",
    "Write save_model(model, folder) after the training instead.": "save_only_model",
    _SAVING: "save_strategy save_steps save_on_each_node enable_jit_checkpoint",
    _UPLOAD: "push_to_hub hub_token hub_private_repo hub_model_id hub_strategy hub_always_push"
    " hub_revision",
    _BEST: "load_best_model_at_end metric_for_best_model greater_is_better",
    _RESUME: "resume_from_checkpoint ignore_data_skip restore_callback_states_from_checkpoint",
    "Leave it out: on a CPU the same seed always gives the same numbers.": "full_determinism",
    "Leave it out: seed decides about the order of the rows as well.": "data_seed",
    _DEVICE: "use_cpu",
    _LAUNCH: "accelerator_config parallelism_config ddp_find_unused_parameters ddp_bucket_cap_mb"
    " ddp_broadcast_buffers ddp_static_graph ddp_backend ddp_timeout fsdp fsdp_config deepspeed"
    " local_rank",
    _BATCHES: "dataloader_drop_last dataloader_num_workers dataloader_pin_memory"
    " dataloader_persistent_workers dataloader_prefetch_factor dataloader_multiprocessing_context"
    " dataloader_in_order",
    _COLUMNS: "remove_unused_columns label_names length_column_name",
    _WHO_CALLS: "do_train do_eval do_predict",
}
ELSEWHERE = {name: what for what, names in _ELSEWHERE.items() for name in names.split()}

#: Gone before 4.57, or never a setting but looked for here.
OLDER = {
    "evaluation_strategy": ELSEWHERE["eval_strategy"],
    "early_stopping": _BEST,
    "early_stopping_patience": _BEST,
    "early_stopping_threshold": _BEST,
    "patience": _BEST,
    "callbacks": "Write train(..., callbacks=[...]) instead: callbacks are no setting.",
    "use_ipex": "Leave it out: PyTorch has what that extension added.",
}


def what_to_write(name: str, known: Iterable[str]) -> str:
    """A sentence for a setting that `TrainConfig` has not.

    Args:
        name: what was written.
        known: the settings there are.
    """
    if name in SLIPS:
        return f"Did you mean {SLIPS[name]!r}?"
    if name in OUTDATED:
        return f"transformers 5 no longer has it either. {OUTDATED[name]}"
    return ELSEWHERE.get(name) or OLDER.get(name) or did_you_mean(name, known)
