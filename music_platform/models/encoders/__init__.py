"""Transformers as candidates: the base model, the network, fine-tuning, checkpoints, adapters and the export.

Only modules of this room and `models.tuning.encoder_trial` import torch.
"""
