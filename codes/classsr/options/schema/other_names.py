"""Other names of options, which an error message translates."""

from __future__ import annotations

# Names that options had before, and what they are called now.
RENAMED = {
    "average_loss_w": "average_loss_weight",
    "class_loss_w": "class_loss_weight",
    "class_ratio": "class_shares",
    "guard": "divergence",
    "judge_once": "precompute_branch_errors",
    "l1w": "pixel_loss_weight",
    "pretrain_wide": "prune_from",
    "step": "stride",
    "tile_batch": "tile_batch_size",
}

# What other tools call them.
SYNONYMS = {
    "batch": "batch_size",
    "batch_size_per_gpu": "batch_size",
    "epochs": "niter",
    "ema": "ema_decay",
    "iterations": "niter",
    "learning_rate": "lr",
    "max_iter": "niter",
    "num_iter": "niter",
    "num_worker_per_gpu": "n_workers",
    "num_workers": "n_workers",
    "pretrain_network_g": "pretrain_model",
    "seed": "manual_seed",
    "total_iter": "niter",
    "warmup": "warmup_iter",
}
