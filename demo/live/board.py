"""What sixteen channels are doing right now, as a table in the terminal."""

from dataclasses import dataclass, field

from rich.table import Table
from rich.text import Text

from schemas.audio import MICROSECONDS
from schemas.events import Segment

FLOOR_DBFS = -60.0
METER_CELLS = 10
LOUD_DBFS = -12.0
QUIET_DBFS = -45.0
SHOWN_CHARS = 88


@dataclass(slots=True)
class ChannelState:
    """One line of the board."""

    level_dbfs: float = -120.0
    ended: bool = False
    segments: int = 0
    interim: str = ""
    final: str = ""
    interim_window: str = ""
    row_lag_s: float | None = None


@dataclass(slots=True)
class Board:
    """The state of every channel of one session; fed by the capture's reports and by the segment topics."""

    channels: dict[str, ChannelState]
    position_s: float = 0.0
    length_s: float = 0.0
    lag: dict[str, int] = field(default_factory=dict)
    """Frames that the segmenter holds for a restart, and windows that wait for Whisper."""

    @classmethod
    def of(cls, channel_ids: list[str], length_s: float) -> "Board":
        """A board of silent channels."""
        return cls({channel: ChannelState() for channel in channel_ids}, length_s=length_s)

    def on_level(self, channel_id: str, position_s: float, level_dbfs: float) -> None:
        """The capture has reached `position_s` at this level."""
        self.channels[channel_id].level_dbfs = level_dbfs
        self.position_s = max(self.position_s, position_s)

    def on_segment(self, segment: Segment, now_us: int) -> None:
        """A segment has arrived: an interim is shown until the final of its window comes."""
        channel = self.channels.get(segment.channel_id)
        if channel is None:
            return
        if not segment.final:
            channel.interim, channel.interim_window = segment.text, segment.window_id
            return
        if segment.text_raw:
            channel.segments += 1
            channel.final = segment.text
            channel.row_lag_s = (now_us - segment.speech_ended_at) / MICROSECONDS
        if channel.interim_window == segment.window_id:
            channel.interim = channel.interim_window = ""

    def table(self) -> Table:
        """The board as it is now."""
        waiting = "  ".join(f"{records} {what}" for what, records in self.lag.items())
        table = Table(
            title=f"{min(self.position_s, self.length_s):5.1f} of {self.length_s:.0f} s    {waiting}",
            title_justify="left",
            expand=True,
        )
        table.add_column("channel", no_wrap=True)
        table.add_column("level", no_wrap=True, width=METER_CELLS)
        table.add_column("state", no_wrap=True, width=7)
        table.add_column("seg.", justify="right", no_wrap=True)
        table.add_column("last words", no_wrap=True, ratio=1)
        table.add_column("lag", justify="right", no_wrap=True, width=6)
        for channel_id, channel in self.channels.items():
            lag = "" if channel.row_lag_s is None else f"{channel.row_lag_s:.1f} s"
            table.add_row(
                channel_id, meter(channel.level_dbfs), state_of(channel), str(channel.segments), words_of(channel), lag
            )
        return table


def meter(level_dbfs: float) -> Text:
    """A bar from −60 dBFS to full scale."""
    cells = round(METER_CELLS * (max(level_dbfs, FLOOR_DBFS) - FLOOR_DBFS) / -FLOOR_DBFS)
    style = "red" if level_dbfs > LOUD_DBFS else "green"
    return Text("█" * cells + "·" * (METER_CELLS - cells), style=style if cells else "dim")


def state_of(channel: ChannelState) -> Text:
    """`ended`, `speech`, `sound` (loud, but nothing that was taken for words) or `quiet`."""
    if channel.ended:
        return Text("ended", style="dim")
    if channel.interim:
        return Text("speech", style="bold green")
    return Text("sound", style="yellow") if channel.level_dbfs > QUIET_DBFS else Text("quiet", style="dim")


def words_of(channel: ChannelState) -> Text:
    """The interim in italics while there is one, else the last final; the end of a long text."""
    text, style = (channel.interim, "italic cyan") if channel.interim else (channel.final, "")
    return Text(text if len(text) <= SHOWN_CHARS else "…" + text[-SHOWN_CHARS:], style=style, overflow="ellipsis")
