"""Request bodies unpacked: the encodings that HTTP clients use, and ClickHouse's own."""

import lz4.frame

from local.clickhouse.faults import CANNOT_DECOMPRESS, fault
from local.clickhouse.frames import unframed

# gzip, deflate, br and zstd are undone by the HTTP server itself.
DONE_BY_SERVER = frozenset({"", "identity", "gzip", "deflate", "br", "zstd"})


def unpacked(body: bytes, encoding: str, *, is_framed: bool) -> bytes:
    """The body as it was before it was compressed. Raises Fault for damaged data and unknown encodings."""
    encoding = encoding.lower().strip()
    if encoding == "lz4":
        try:
            body = lz4.frame.decompress(body)
        except RuntimeError as error:
            raise fault(CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", f"the body is not lz4: {error}") from error
    elif encoding not in DONE_BY_SERVER:
        raise fault(CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", f"Content-Encoding {encoding!r} is not known here")
    return unframed(body) if is_framed else body
