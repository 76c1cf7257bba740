"""Sound cards for the real PortAudio, which ALSA's file plugin plays from files."""

from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.sound_cards import as_int32

SYSTEM_CONFIG = Path("/usr/share/alsa/alsa.conf")
SYSTEM = "<{system}>"
CARD = """
pcm.{name} {{
    type plug
    slave {{ format S32_LE rate {rate_hz} channels {channels}
        pcm {{ type file slave.pcm null file "/dev/null" infile "{file}" format raw }} }}
    hint {{ show on description "{name}" }}
}}
"""


def has_portaudio() -> bool:
    """Whether cards can be made here: PortAudio loads, and ALSA is configured."""
    try:
        import_module("sounddevice")
    except (ImportError, OSError):
        return False
    return SYSTEM_CONFIG.exists()


class AlsaCards:
    """An ALSA configuration with the system's cards and a test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.config = folder / "alsa.conf"
        """What `ALSA_CONFIG_PATH` must name."""
        self.config.write_text(SYSTEM.format(system=SYSTEM_CONFIG))

    def plug(self, name: str, samples: NDArray[np.int16], rate_hz: int = 16_000) -> None:
        """Makes a card of this name capture these samples, of shape (channels, samples); it is not paced.

        After the last sample it repeats what its buffer holds. Cards are of 32 bits, and to be opened with all of
        their inputs, because ALSA's file plugin skips samples when another plugin converts them.
        """
        file = self._folder / f"{name}.raw"
        file.write_bytes(as_int32(samples).astype("<i4").tobytes())
        card = CARD.format(name=name, rate_hz=rate_hz, channels=samples.shape[0], file=file)
        self.config.write_text(self.config.read_text() + card)
