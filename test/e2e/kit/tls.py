"""A certificate for loopback that no authority has signed."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from devstack.ports import LOOPBACK


@dataclass(frozen=True)
class OwnCertificate:
    certificate: Path  # PEM
    key: Path  # PEM

    @classmethod
    def make(cls, folder: Path, names: str = f"IP:{LOOPBACK}") -> "OwnCertificate":
        """`names`: what it is for, as OpenSSL writes it."""
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder / "certificate.pem", folder / "key.pem")
        argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        argv += ["-nodes", "-days", "2", "-subj", f"/CN={LOOPBACK}"]
        argv += ["-addext", f"subjectAltName={names}"]
        argv += ["-keyout", str(made.key), "-out", str(made.certificate)]
        subprocess.run(argv, check=True, capture_output=True)
        return made
