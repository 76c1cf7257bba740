"""How the tables are reached, and as whom."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from runtime.settings.fields import Group, ReadableFile, SecretFile
from runtime.settings.http_address import http_fault


class ClickHouseSettings(Group):
    """Rows."""

    url: str = "http://127.0.0.1:8123"
    """Address of the HTTP interface, with a path where a gateway serves it under one."""
    database: str = "earshot"
    """Database that holds the tables."""
    user: str = "default"
    """User name."""
    password: SecretStr = SecretStr("")
    """Password."""
    password_file: SecretFile = ""
    """A file that holds the password, in place of `password`."""
    reading_user: str = ""
    """User name of whoever only reads; empty for `user`, held to reading by each query."""
    reading_password: SecretStr = SecretStr("")
    """Password of `reading_user`."""
    reading_password_file: SecretFile = ""
    """A file that holds the password, in place of `reading_password`."""
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
    def _addressed_as_read(self) -> Self:
        """Here and not at the field, whose faults show what was given: an address may hold a password."""
        fault = http_fault(self.url)
        if fault:
            raise ValueError(f"url {fault}")
        return self

    @model_validator(mode="after")
    def _secured_as_said(self) -> Self:
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("cert_file and key_file go together: set both or none")
        if (self.ca_file or self.cert_file) and not self.url.startswith("https://"):
            raise ValueError(f"ca_file or cert_file is set, but url is {self.url}: https:// is what they are for")
        return self
