"""Sound decoded by FFmpeg, block by block; the only file that touches PyAV."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
import av.logging
from av.audio.frame import AudioFrame as DecodedFrame
from numpy.typing import NDArray

from producers.headers import flac, mpeg
from producers.timestamps import Timestamps
from runtime.errors import AudioError, ConfigError

LOSSLESS = ("pcm_", "flac", "alac", "wavpack", "tta", "ape")
SOUND_STATED = {"aiff", "ape", "asf", "au", "dsf", "mov", "mpc", "mpc8", "tta", "wv"}
"""Containers that state the length of each stream. (An Ogg's last page tells its own time: the end of any part.)"""
COUNTS_STATED = {"avi", "caf"}
TAGGED = {"aac", "mp3"}
RAW_TO_THE_END = {"au", "wav"}  # their last packet is what is left, whatever was asked for
CLOCK = re.compile(r"(\d+):(\d{2}):(\d{2}(?:\.\d+)?)")
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
        self.format = _format_of(self._container)
        self.samples_read = 0
        self.damages = 0
        """Packets that could not be decoded, the last one left out."""
        self.holes = 0
        """Places inside the sound where its timestamps jump."""
        self.ends_whole = True
        """Whether the last packet was all there."""
        self._inner_gaps = 0
        self._tags_s = 0.0  # FFmpeg gives a tag between frames the time of a frame
        self._is_last_undecodable = False

    @property
    def read_s(self) -> float:
        """Seconds of sound decoded so far."""
        return self.samples_read / self.rate_hz

    @property
    def span_s(self) -> float:
        """Seconds from the first sample decoded to the last, with the gaps between them."""
        return (self.samples_read + self._inner_gaps) / self.rate_hz

    @property
    def stated_s(self) -> float | None:
        """Seconds from the first sample to the last, where the container states that of the sound and exactly.

        None where FFmpeg only estimates it, or where it is the length of the longest stream.
        """
        stream = self._stream
        if self.format in SOUND_STATED:
            return self._seconds(stream.duration)
        if self.format == "flac":
            samples = flac.stated_samples(stream.codec_context.extradata or b"")
            return samples / self.rate_hz if samples else None
        if self.format in COUNTS_STATED:
            return self._seconds(stream.frames) or None
        end_s = clock_s(stream.metadata.get("DURATION", "")) if self.format == "matroska" else None
        return None if end_s is None else end_s - (self._seconds(stream.start_time) or 0.0)

    def blocks(self) -> Iterator[Block]:
        """Every block that can be decoded; damaged packets are counted and show as `missing`.

        Raises AudioError if the source breaks off in the middle or changes its rate or channels.
        """
        timestamps = Timestamps(self.rate_hz, self._begins_s())
        for frame in self._frames():
            self._check_steady(frame)
            time_s = None if frame.time is None else frame.time - self._tags_s
            missing = timestamps.missing_before(time_s, frame.samples)
            if missing and self.samples_read:
                self._inner_gaps += missing
                self.holes += 1
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
        if self.format in TAGGED and packet.size and mpeg.is_no_sound(bytes(packet)):
            self._tags_s += self._seconds(packet.duration) or 0.0
            return []
        if packet.size:
            self.damages += self._is_last_undecodable
            self._is_last_undecodable = False
            self.ends_whole = self._is_whole(packet)
        try:
            return packet.decode()
        except av.error.FFmpegError:  # FFmpeg has many names for a packet that it cannot make sense of
            self._is_last_undecodable, self.ends_whole = True, False
            return []

    def _is_whole(self, packet: "av.Packet[av.AudioStream]") -> bool:
        if self.format == "mp3":
            return packet.size >= (mpeg.frame_bytes(bytes(packet)) or 0)
        return self.format in RAW_TO_THE_END or not packet.is_corrupt

    def _begins_s(self) -> float | None:
        """Where the source's time begins: in an MP4 at 0, else with the earliest of several streams."""
        start = self._container.start_time
        start_s = None if start is None else start / av.time_base
        if self.format == "mov" and self._stream.frames > 0:  # in fragments the time may be that of a live stream
            return min(0.0, start_s or 0.0)
        return start_s if len(self._container.streams) > 1 else None

    def _seconds(self, units: int | None) -> float | None:
        return None if units is None or self._stream.time_base is None else float(units * self._stream.time_base)

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


def clock_s(text: str) -> float | None:
    """The seconds of `00:01:02.500000000`, as Matroska's statistics tags have it; None for other texts."""
    match = CLOCK.fullmatch(text)
    return None if match is None else int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])


def _format_of(container: "av.container.InputContainer") -> str:
    """The first of the names that FFmpeg has for a container: `mov,mp4,m4a` is `mov`."""
    return str(container.format.name).partition(",")[0]


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
