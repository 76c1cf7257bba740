"""Whisper's network in small: a log-mel encoder and a text decoder, with guided attention heads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MEL_BINS = 80
POSITIONS = 1_500
TEXT_POSITIONS = 448
GUIDED_HEAD = 0
"""The cross-attention head of every decoder layer that is taught where each word is."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network."""

    vocabulary: int
    phones: int
    """Classes of the encoder's phone output, used in training only."""
    first_time_token: int
    width: int = 128
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 4


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's encoder positions, [length, width]."""
    step = math.log(10_000) / (width // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(width // 2))[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class SelfAttention(nn.Module):
    """Attention of a sequence to itself."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, length, width] → the same."""
        parts = (_split(part, self.heads) for part in self.qkv(x).chunk(3, -1))
        attended = F.scaled_dot_product_attention(*parts, is_causal=self.causal)
        return self.out(_joined(attended))


class CrossAttention(nn.Module):
    """Attention of the text to the sound; keeps its weights for the guide."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, sound: Tensor) -> tuple[Tensor, Tensor]:
        """Attended [batch, length, width], and the guided head's log weights [batch, length, time]."""
        query = _split(self.q(x), self.heads)
        key, value = (_split(part, self.heads) for part in self.kv(sound).chunk(2, -1))
        scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1])
        attended = scores.softmax(-1) @ value
        return self.out(_joined(attended)), scores[:, GUIDED_HEAD].log_softmax(-1)


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward part, each behind a norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(shape.width)
        self.attention = SelfAttention(shape.width, shape.heads, causal=False)
        self.norm_wide = nn.LayerNorm(shape.width)
        self.widen = nn.Linear(shape.width, 4 * shape.width)
        self.narrow = nn.Linear(4 * shape.width, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, time, width] → the same."""
        x = x + self.attention(self.norm_attention(x))
        return x + self.narrow(F.gelu(self.widen(self.norm_wide(x))))


class DecoderLayer(nn.Module):
    """Self-attention, attention to the sound and a feed-forward part."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(shape.width)
        self.attention = SelfAttention(shape.width, shape.heads, causal=True)
        self.norm_cross = nn.LayerNorm(shape.width)
        self.cross = CrossAttention(shape.width, shape.heads)
        self.norm_wide = nn.LayerNorm(shape.width)
        self.widen = nn.Linear(shape.width, 4 * shape.width)
        self.narrow = nn.Linear(4 * shape.width, shape.width)

    def forward(self, x: Tensor, sound: Tensor) -> tuple[Tensor, Tensor]:
        """[batch, length, width] → the same, and the guided head's log weights."""
        x = x + self.attention(self.norm_attention(x))
        attended, weights = self.cross(self.norm_cross(x), sound)
        x = x + attended
        return x + self.narrow(F.gelu(self.widen(self.norm_wide(x)))), weights


class Whisper(nn.Module):
    """Encoder and decoder; convolutions are written as linear layers over unfolded frames."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.conv1 = nn.Linear(3 * MEL_BINS, width)
        self.conv2 = nn.Linear(3 * width, width)
        self.register_buffer("positions", sinusoids(POSITIONS, width))
        self.encoder = nn.ModuleList(EncoderLayer(shape) for _ in range(shape.encoder_layers))
        self.norm_sound = nn.LayerNorm(width)
        self.embedding = nn.Parameter(torch.randn(shape.vocabulary, width) * 0.05)
        self.text_positions = nn.Parameter(torch.randn(TEXT_POSITIONS, width) * 0.02)
        self.decoder = nn.ModuleList(DecoderLayer(shape) for _ in range(shape.decoder_layers))
        self.norm_text = nn.LayerNorm(width)
        self.phones = nn.Linear(width, shape.phones)
        self._start(shape)

    def encode(self, mel: Tensor) -> Tensor:
        """Log-mel [batch, frames, 80] → sound [batch, frames / 2, width]."""
        x = F.gelu(self.conv1(_unfolded(mel, 1)))
        x = F.gelu(self.conv2(_unfolded(x, 2)))
        x = x + self.positions[: x.shape[1]]
        for layer in self.encoder:
            x = layer(x)
        return self.norm_sound(x)

    def decode(self, tokens: Tensor, sound: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Tokens [batch, length] → hidden [batch, length, width], and each layer's guided weights."""
        x = self.embedding[tokens] + self.text_positions[: tokens.shape[1]]
        guided = []
        for layer in self.decoder:
            x, weights = layer(x, sound)
            guided.append(weights)
        return self.norm_text(x), guided

    def _start(self, shape: Shape) -> None:
        """Begin with small residual branches, and time tokens that look like positions."""
        with torch.no_grad():
            times = sinusoids(shape.vocabulary - shape.first_time_token, shape.width)
            self.embedding[shape.first_time_token :] = times * 0.08
            for name, parameter in self.named_parameters():
                if name.endswith(("out.weight", "narrow.weight")):
                    parameter.mul_(0.5)


def _unfolded(x: Tensor, stride: int) -> Tensor:
    """Every frame with its two neighbours, [batch, ceil(time / stride), 3 * width]."""
    time = x.shape[1]
    padded = F.pad(x, (0, 0, 1, 1))
    return torch.cat([padded[:, start : start + time : stride] for start in range(3)], -1)


def _split(x: Tensor, heads: int) -> Tensor:
    batch, _, width = x.shape
    return x.view(batch, -1, heads, width // heads).transpose(1, 2)


def _joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)
