"""What goes wrong in a query, as ClickHouse says it: a code, a text, and the HTTP status that goes with the code."""

import re

_FOUND = re.compile(r"Code: (\d+)\. DB::Exception: ")

CANNOT_PARSE_TEXT = 6
NOT_IMPLEMENTED = 48
SYNTAX_ERROR = 62
UNKNOWN_FORMAT = 73
READONLY = 164
UNEXPECTED = 1002
TOO_MANY_QUERIES = 202
SESSION_NOT_FOUND = 372
SESSION_IS_LOCKED = 373
ACCESS_DENIED = 497
AUTHENTICATION_FAILED = 516
REQUIRED_PASSWORD = 194
CANNOT_DECOMPRESS = 271

_STATUSES = {
    400: (6, 25, 26, 27, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 117, 130, 131, 456, 457, CANNOT_DECOMPRESS),
    401: (REQUIRED_PASSWORD,),
    403: (AUTHENTICATION_FAILED, ACCESS_DENIED),
    404: (46, 47, 50, 56, 60, 63, 73, 81, 115, SESSION_NOT_FOUND),
    408: (159, 160),
    413: (229,),
    501: (NOT_IMPLEMENTED,),
}
_STATUS_OF = {code: status for status, codes in _STATUSES.items() for code in codes}


class Fault(Exception):
    """A query that failed; `text` starts as ClickHouse's own errors do."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def status(self) -> int:
        """The HTTP status that a ClickHouse server answers with."""
        return _STATUS_OF.get(self.code, 500)


def fault(code: int, name: str, text: str) -> Fault:
    """A fault of our own in ClickHouse's words."""
    return Fault(code, f"Code: {code}. DB::Exception: {text} ({name})")


def fault_in(message: str) -> Fault:
    """The fault that an engine's message carries, without what the binding put before it."""
    found = _FOUND.search(message)
    if found is None:
        return fault(UNEXPECTED, "UNKNOWN_EXCEPTION", message)
    return Fault(int(found.group(1)), message[found.start() :])
