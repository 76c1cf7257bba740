"""Every error of ours, in one tree. `retriable` decides whether to try again; nothing else does.

EarshotError                    the root (schemas.errors)
├── BadRecord                   bytes that are not the record they should be → dead letter
├── ConfigError                 settings, arguments or files that a user must mend
│   ├── AudioError              a source of sound that cannot be read
│   ├── GlossaryError           a glossary file that cannot be used
│   ├── ModelError              a model that does not exist or does not load
│   └── TopicMismatch           a topic that exists with other partitions than configured
├── Unavailable (retriable)     a service that is away: broker, ClickHouse, a network source
├── Fenced                      another process has taken this one's place: end at once
├── Stopped                     told to stop while it waited: no failure
│   └── Interrupted             told to stop before what was asked for was done
├── DecodeFailed                the model failed on a batch
│   └── OutOfMemory (retriable) the batch did not fit: halve it
└── LocalStackError             the embedded broker or engine could not be started
    └── PortTaken               a port that must be free is not
"""

from schemas.errors import BadRecord, EarshotError

__all__ = [
    "AudioError",
    "BadRecord",
    "ConfigError",
    "DecodeFailed",
    "EarshotError",
    "Fenced",
    "GlossaryError",
    "Interrupted",
    "LocalStackError",
    "ModelError",
    "OutOfMemory",
    "PortTaken",
    "Stopped",
    "TopicMismatch",
    "Unavailable",
]


class ConfigError(EarshotError):
    """Settings, arguments or files that a user must mend."""

    exit_code = 78


class AudioError(ConfigError):
    """A source of sound that cannot be read."""

    exit_code = 66


class GlossaryError(ConfigError):
    """A glossary file that cannot be used."""


class ModelError(ConfigError):
    """A model that does not exist or does not load."""


class TopicMismatch(ConfigError):
    """A topic that exists with other partitions than configured."""


class Unavailable(EarshotError):
    """A service that is away; the same call may succeed later."""

    retriable = True
    exit_code = 69


class Fenced(EarshotError):
    """Another process has taken this one's place; it must end at once."""

    exit_code = 75


class Stopped(EarshotError):
    """Told to stop before there was anything to finish: no failure."""

    exit_code = 0


class Interrupted(Stopped):
    """Told to stop before what was asked for was done: a shell must not go on as if it were."""

    exit_code = 130


class DecodeFailed(EarshotError):
    """The model failed on a batch of windows."""

    exit_code = 70


class OutOfMemory(DecodeFailed):
    """The batch did not fit the device's memory; a smaller one may."""

    retriable = True


class LocalStackError(EarshotError):
    """The embedded broker or engine could not be started."""

    exit_code = 69


class PortTaken(LocalStackError):
    """A port that must be free is in use."""
