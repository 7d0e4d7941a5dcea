"""Loads what the first training would wait for. Imported by the app while nobody waits."""

import accelerate
import torch
from transformers import AutoTokenizer, DistilBertForSequenceClassification, GPT2LMHeadModel

__all__ = [
    "AutoTokenizer",
    "DistilBertForSequenceClassification",
    "GPT2LMHeadModel",
    "accelerate",
    "torch",
]
