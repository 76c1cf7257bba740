"""The root of every error of ours, and the one error that reading bytes can raise.

The whole tree is drawn in `runtime.errors`; its root lives here because `schemas` imports nothing of ours.
"""


class EarshotError(Exception):
    """An error whose message tells a user what was wrong, where, and what to do."""

    retriable = False
    """Whether the same call may succeed later with nothing changed by the user."""

    exit_code = 70
    """What a process that ends by this error exits with (sysexits.h)."""


class BadRecord(EarshotError):
    """Bytes that are not the record they should be; they go to the dead-letter topic."""

    exit_code = 65
    reason = "values"
    """What kind of fault it is, in one word, for whoever counts: here values that the record's event cannot have."""


class Unreadable(BadRecord):
    """Bytes that cannot be decoded at all."""

    reason = "bytes"


class TooLarge(BadRecord):
    """A record of more bytes than its event may have."""

    reason = "size"
