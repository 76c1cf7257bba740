"""What settings are made of: checked numbers, readable files, and secrets that may lie in files."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

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


ReadableFile = Annotated[str, AfterValidator(_readable)]


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
        return {**values, **read}


def _secrets_of(group: type[BaseModel]) -> list[str]:
    return [name for name, info in group.model_fields.items() if info.annotation is SecretStr]


def _secret_in(values: dict[str, Any], name: str) -> str:
    path = values[f"{name}_file"]
    if values.get(name):
        raise ValueError(f"{name} and {name}_file are both set: set one")
    try:
        secret = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}_file: cannot read {path} ({getattr(error, 'strerror', None) or error})") from error
    if not secret:
        raise ValueError(f"{name}_file: {path} is empty")
    return secret
