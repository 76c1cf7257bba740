"""What is found of a session while topics are read: each record goes to its channel's account. Pure."""

from review.audit.channel_account import ChannelAccount
from runtime.errors import BadRecord
from runtime.kafka import Record
from schemas.codec import decode
from schemas.events import DeadLetter, Segment, SpeechWindow, Transcript
from schemas.topics import AUDIO, CHANNELS, SEGMENTS, TRANSCRIPTS, WINDOWS

_CHANNEL_OF = {topic.name: channel for topic, channel in zip(AUDIO, CHANNELS, strict=True)}


class Findings:
    """The accounts of a session's channels."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self._accounts: dict[str, ChannelAccount] = {}
        self._missing: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all of the session."""
        return not self._accounts

    def of(self, channel_id: str) -> ChannelAccount:
        """The account of a channel."""
        return self._accounts.setdefault(channel_id, ChannelAccount(channel_id))

    def accounts(self) -> tuple[ChannelAccount, ...]:
        """All of them, in the order of the channels."""
        return tuple(account for _, account in sorted(self._accounts.items()))

    def take(self, record: Record) -> None:
        """Counts a final window, transcript or segment, if it is one, and one of this session."""
        channel = self._channel_of(record.key)
        if channel is None:
            return
        account, at = self.of(channel), (record.topic, record.partition, record.offset)
        try:
            if record.topic == WINDOWS.name:
                account.take_window(decode(SpeechWindow, record.value), at)
            elif record.topic == TRANSCRIPTS.name:
                transcript = decode(Transcript, record.value)
                account.take_transcript(transcript, at)
                self._missing.discard(transcript.window_id)
            elif record.topic == SEGMENTS.name:
                segment = decode(Segment, record.value)
                account.take_segment(segment, at)
                self._missing.discard(segment.segment_id)
                if account.is_whole(segment.window_id):
                    self._missing.discard(segment.window_id)
        except BadRecord:  # a dead letter now, or one soon
            return

    def take_letter(self, letter: DeadLetter) -> None:
        """Counts a dead letter, if its record was of this session."""
        if letter.topic in _CHANNEL_OF:
            channel = _CHANNEL_OF[letter.topic] if letter.key == self.session_id.encode() else None
        else:
            channel = self._channel_of(letter.key)
        if channel is not None:
            self.of(channel).letters[letter.topic] += 1

    def await_transcripts(self) -> bool:
        """From here on `is_missing` tells whether a known window has no transcript; False where none is known."""
        self._missing = {window for account in self._accounts.values() for window in account.known_windows}
        return self.is_missing

    def await_segments(self) -> bool:
        """From here on `is_missing` tells whether a row, or a word of a transcript, is in no segment."""
        accounts = self._accounts.values()
        self._missing = {segment for account in accounts for segment in account.rows}
        self._missing |= {
            window for account in accounts for window, heard in account.transcripts.items() if heard.owes_segment
        }
        return self.is_missing

    @property
    def is_missing(self) -> bool:
        """Whether something that was awaited has not come."""
        return bool(self._missing)

    def _channel_of(self, key: bytes | None) -> str | None:
        prefix = f"{self.session_id}/".encode()
        if key is None or not key.startswith(prefix):
            return None
        channel = key[len(prefix) :].decode(errors="replace")
        return channel if channel in CHANNELS else None
