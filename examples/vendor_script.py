"""A capture vendor's own script: 16-bit PCM from standard input becomes channel C01 of the session it is given.

arecord -q -f S16_LE -r 48000 -c 1 -t raw | python examples/vendor_script.py meeting-7
"""

import sys

from earshot import Publisher

with Publisher(session=sys.argv[1]) as publisher:
    while pcm := sys.stdin.buffer.read(9600):  # a tenth of a second at 48 kHz; any size will do
        publisher.write("C01", pcm, rate_hz=48_000)
