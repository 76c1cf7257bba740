"""Certificates of a test's own, made by openssl: an authority and what it signs."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY_PASSWORD = "opens the key"


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of a certificate and its key."""

    cert: Path
    key: Path


class Authority:
    """Signs certificates that whoever trusts `cert` accepts."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._own = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
        _openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
            *("-keyout", str(self._own.key), "-out", str(self._own.cert)),
        )

    @property
    def cert(self) -> Path:
        """What a client trusts."""
        return self._own.cert

    def sign(self, name: str, *, host: str = "127.0.0.1", key_password: str = "") -> Certificate:
        """A certificate for `host`, and for a client called `name`."""
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        kind = "IP" if host[0].isdigit() else "DNS"
        extensions.write_text(f"subjectAltName={kind}:{host}\n")
        protection = ("-passout", f"pass:{key_password}") if key_password else ("-nodes",)
        _openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *protection, "-subj", f"/CN={name}"),
            *("-keyout", str(made.key), "-out", str(request)),
        )
        _openssl(
            *("x509", "-req", "-in", str(request), "-days", "2", "-CAcreateserial"),
            *("-CA", str(self._own.cert), "-CAkey", str(self._own.key)),
            *("-extfile", str(extensions), "-out", str(made.cert)),
        )
        return made


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
