"""All settings of one process; each group stands in a file of its own beside this one."""

from runtime.settings.capture import CaptureSettings
from runtime.settings.clickhouse import ClickHouseSettings
from runtime.settings.fields import Group
from runtime.settings.kafka import KafkaSettings
from runtime.settings.local import LocalSettings
from runtime.settings.process import LogSettings, OpsSettings
from runtime.settings.speech import VadSettings, WindowSettings
from runtime.settings.text import GlossarySettings, WhisperSettings


class Settings(Group):
    """All settings of one process."""

    kafka: KafkaSettings = KafkaSettings()
    capture: CaptureSettings = CaptureSettings()
    vad: VadSettings = VadSettings()
    window: WindowSettings = WindowSettings()
    whisper: WhisperSettings = WhisperSettings()
    glossary: GlossarySettings = GlossarySettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    local: LocalSettings = LocalSettings()
    log: LogSettings = LogSettings()
    ops: OpsSettings = OpsSettings()
