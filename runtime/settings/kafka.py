"""How the log is reached, and as whom."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from runtime.settings.fields import Group, Positive, ReadableFile, SecretFile


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
    password_file: SecretFile = ""
    """A file that holds the password, in place of `password`."""
    ca_file: ReadableFile = ""
    """PEM file of the authorities that sign the brokers' certificates; empty for those the system trusts."""
    cert_file: ReadableFile = ""
    """PEM file of this client's certificate chain, for brokers that ask for one (mTLS)."""
    key_file: ReadableFile = ""
    """PEM file of the key of that certificate."""
    key_password: SecretStr = SecretStr("")
    """Password of that key; empty where it has none."""
    key_password_file: SecretFile = ""
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
