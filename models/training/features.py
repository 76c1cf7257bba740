"""Log-mel features as faster-whisper computes them, for a batch and with a band filter."""

from __future__ import annotations

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from torch import Tensor

HOP_SAMPLES = 160
FFT_SAMPLES = 400
BIN_HZ = 40.0
"""Spacing of the spectrum's bins."""

_FILTERS = torch.from_numpy(FeatureExtractor().mel_filters).float()
_WINDOW = torch.from_numpy(np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32))


def log_mel(sound: Tensor, band: Tensor | None = None) -> Tensor:
    """Sound [batch, samples] → [batch, samples / 160, 80]; `band` [batch, 201] scales the power."""
    padded = torch.nn.functional.pad(sound, (0, HOP_SAMPLES))
    spectrum = torch.stft(
        padded,
        FFT_SAMPLES,
        HOP_SAMPLES,
        window=_WINDOW,
        center=True,
        pad_mode="reflect",
        return_complex=True,
    )[..., :-1]
    power = spectrum.real**2 + spectrum.imag**2
    if band is not None:
        power = power * band[:, :, None]
    log = (_FILTERS @ power).clamp(min=1e-10).log10()
    log = torch.maximum(log, log.amax((1, 2), keepdim=True) - 8.0)
    return ((log + 4.0) / 4.0).transpose(1, 2)[:, : sound.shape[1] // HOP_SAMPLES]
