"""What settings are made of: checked numbers, readable files, and secrets that may lie in files."""

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

Positive = Annotated[float, Field(gt=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
Port = Annotated[int, Field(ge=1, le=65535)]


def _readable(path: str) -> str:
    if path:
        try:
            Path(path).open("rb").close()
        except OSError as error:
            raise ValueError(f"cannot read this file ({error.strerror})") from error
    return path


def _secret_of(path: str) -> str:
    """What the file holds. Raises ValueError."""
    try:
        secret = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read this file ({getattr(error, 'strerror', None) or error})") from error
    if not secret:
        raise ValueError("this file is empty")
    return secret


def _holds_a_secret(path: str) -> str:
    if path:
        _secret_of(path)
    return path


def _listed(value: Any) -> Any:
    """`["en","ko"]` or `en,ko`; an empty text is an empty list."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return tuple(item.strip() for item in value.split(",")) if value.strip() else ()
    try:
        return tuple(json.loads(value))
    except ValueError as error:
        raise ValueError('not a list: write ["en","ko"], or en,ko') from error


ReadableFile = Annotated[str, AfterValidator(_readable)]
SecretFile = Annotated[str, AfterValidator(_holds_a_secret)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed)]


class Group(BaseModel):
    """A group of settings: unknown names are faults, and nothing changes after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: Any) -> Any:
        """A secret `name` may lie in the file that `name_file` names."""
        if not isinstance(values, dict):
            return values
        read = {name: _secret_in(values, name) for name in _secrets_of(cls) if values.get(f"{name}_file")}
        return values | {name: secret for name, secret in read.items() if secret}


def _secrets_of(group: type[BaseModel]) -> list[str]:
    return [name for name, info in group.model_fields.items() if info.annotation is SecretStr]


def _secret_in(values: dict[str, Any], name: str) -> str:
    """The secret; empty where the file cannot be used, which its own field then says."""
    if values.get(name):
        raise ValueError(f"{name} and {name}_file are both set: set one")
    try:
        return _secret_of(values[f"{name}_file"])
    except ValueError:
        return ""
