"""All settings of one process; each group stands in a file of its own beside this one."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings.capture import CaptureSettings
from runtime.settings.clickhouse import ClickHouseSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.local import LocalSettings
from runtime.settings.process import LogSettings, OpsSettings
from runtime.settings.speech import VadSettings, WindowSettings
from runtime.settings.text import GlossarySettings, WhisperSettings

PREFIX = "EARSHOT_"


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

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
