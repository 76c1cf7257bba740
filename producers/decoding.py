"""Sound decoded by FFmpeg, block by block; the only file that touches PyAV."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
import av.logging
from av.audio.frame import AudioFrame as DecodedFrame
from numpy.typing import NDArray

from runtime.errors import AudioError, ConfigError

LOSSLESS = ("pcm_", "flac", "alac", "wavpack", "tta", "ape")
GAP_S = 0.02  # containers round their timestamps; a jump of less is no gap
FORMATS = "WAV, FLAC, MP3, AAC, Ogg, Opus, the sound of a video, or anything else that FFmpeg reads"


@dataclass(frozen=True, slots=True)
class Block:
    """A run of decoded samples."""

    samples: NDArray[Any]
    """Shape (channels, samples), in the source's own type and rate."""
    missing: int
    """Samples of the source that are missing right before this block, by its timestamps."""


class Decoder:
    """The first sound stream of a source, read once from its start."""

    def __init__(self, name: str, url: str, options: dict[str, str] | None = None, timeout_s: float | None = None):
        """Opens `url`; `name` is what errors call it. Raises AudioError if it is no sound that can be read."""
        av.logging.set_level(None)  # FFmpeg's own lines stay off the terminal: what matters comes as an AudioError
        self.name = name
        self._container = _open(name, url, options or {}, timeout_s)
        sounds = self._container.streams.audio
        if not sounds:
            kinds = ", ".join(sorted({stream.type for stream in self._container.streams})) or "nothing"
            self._container.close()
            raise AudioError(f"{name}: no sound in it (it holds {kinds}); give {FORMATS}")
        self._stream = sounds[0]
        self.rate_hz = int(self._stream.rate or 0)
        self.channels = int(self._stream.channels or 0)
        self.is_lossless = str(self._stream.codec_context.name).startswith(LOSSLESS)
        self.samples_read = 0
        self.damages = 0
        """Packets that could not be decoded."""

    @property
    def read_s(self) -> float:
        """Seconds of sound decoded so far."""
        return self.samples_read / self.rate_hz

    @property
    def duration_s(self) -> float | None:
        """What the source says of its length, in seconds; None if nothing."""
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        return None if self._container.duration is None else float(self._container.duration / av.time_base)

    def blocks(self) -> Iterator[Block]:
        """Every block that can be decoded; damaged packets are counted and show as `missing`.

        Raises AudioError if the source breaks off in the middle or changes its rate or channels.
        """
        expected_s: float | None = None
        for frame in self._frames():
            self._check_steady(frame)
            missing = 0
            if frame.time is not None:
                if expected_s is not None and frame.time - expected_s > GAP_S:
                    missing = round((frame.time - expected_s) * self.rate_hz)
                expected_s = frame.time + frame.samples / self.rate_hz
            elif expected_s is not None:
                expected_s += frame.samples / self.rate_hz
            self.samples_read += frame.samples
            yield Block(self._planes(frame), missing)

    def close(self) -> None:
        """Closes the source."""
        self._container.close()

    def _frames(self) -> Iterator[DecodedFrame]:
        try:
            for packet in self._container.demux(self._stream):
                yield from self._decode(packet)
        except av.error.FFmpegError as error:
            reason = _reason(error)
            raise AudioError(f"{self.name}: broke off after {self.read_s:.2f} s ({reason})") from error

    def _decode(self, packet: "av.Packet[av.AudioStream]") -> list[DecodedFrame]:
        try:
            return packet.decode()
        except av.error.FFmpegError:  # FFmpeg has many names for a packet that it cannot make sense of
            self.damages += 1
            return []

    def _check_steady(self, frame: DecodedFrame) -> None:
        if frame.sample_rate != self.rate_hz or frame.layout.nb_channels != self.channels:
            raise AudioError(
                f"{self.name}: changes from {self.channels} × {self.rate_hz} Hz to {frame.layout.nb_channels} × "
                f"{frame.sample_rate} Hz after {self.read_s:.2f} s; split it there and give the parts one by one"
            )

    def _planes(self, frame: DecodedFrame) -> NDArray[Any]:
        try:
            samples = frame.to_ndarray()
        except ValueError as error:
            raise AudioError(f"{self.name}: samples of the type {frame.format.name}; convert them to 24-bit") from error
        return samples if frame.format.is_planar else samples.reshape(-1, self.channels).T


def _open(name: str, url: str, options: dict[str, str], timeout_s: float | None) -> "av.container.InputContainer":
    try:
        return av.open(url, mode="r", options=options, timeout=timeout_s, metadata_errors="replace")
    except av.error.PermissionError as error:
        raise AudioError(f"{name}: may not be read by this user; change its permissions") from error
    except av.error.ProtocolNotFoundError as error:
        raise ConfigError(_not_spoken(name, url.partition(":")[0])) from error
    except av.error.FFmpegError as error:
        raise AudioError(f"{name}: no sound that can be read ({_reason(error)}); give {FORMATS}") from error


def _not_spoken(name: str, protocol: str) -> str:
    remedy = "install PyAV with an FFmpeg that does (docs/operations.md, SRT), or " if protocol == "srt" else ""
    return f"{name}: this FFmpeg does not speak {protocol}; {remedy}use another protocol"


def _reason(error: "av.error.FFmpegError") -> str:
    """FFmpeg's words, but for a time that ran out, which it calls an exit that was asked for."""
    return "nothing came in time" if isinstance(error, av.error.ExitError) else str(error.strerror)
