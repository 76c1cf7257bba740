"""The one place where settings are read: environment variables `EARSHOT_GROUP__NAME`, checked at the door.

Each process builds `Settings` once (`load_settings`) and passes each part its own group; nothing else reads the
environment. The line under a field says what it is and its unit. The names here are all that others import.
"""

from runtime.settings.capture import CaptureSettings
from runtime.settings.clickhouse import ClickHouseSettings
from runtime.settings.environment import (
    PREFIX,
    child_environment,
    environment_of,
    foreign_variables,
    load_settings,
    unknown_names,
    user_cache_dir,
    variable_names,
)
from runtime.settings.kafka import KafkaSettings
from runtime.settings.local import LocalSettings
from runtime.settings.process import LogSettings, OpsSettings
from runtime.settings.settings import Settings
from runtime.settings.speech import VadSettings, WindowSettings
from runtime.settings.text import GlossarySettings, WhisperSettings

__all__ = [
    "PREFIX",
    "CaptureSettings",
    "ClickHouseSettings",
    "GlossarySettings",
    "KafkaSettings",
    "LocalSettings",
    "LogSettings",
    "OpsSettings",
    "Settings",
    "VadSettings",
    "WhisperSettings",
    "WindowSettings",
    "child_environment",
    "environment_of",
    "foreign_variables",
    "load_settings",
    "unknown_names",
    "user_cache_dir",
    "variable_names",
]
