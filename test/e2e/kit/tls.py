"""A certificate for loopback that no authority has signed."""

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
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

    def valid_between(self, start: datetime, end: datetime) -> str:
        """Another certificate of the same key, in PEM."""
        folder = self.key.parent / "authority"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "index").touch()
        (folder / "serial").write_text("01\n")
        (folder / "settings").write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/index\nserial={folder}/serial\n"
            f"new_certs_dir={folder}\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n"
        )
        request, made = folder / "request.pem", folder / "certificate.pem"
        ask = ["openssl", "req", "-new", "-subj", f"/CN={LOOPBACK}", "-key", self.key]
        subprocess.run([*ask, "-out", request], check=True, capture_output=True)
        sign = ["openssl", "ca", "-batch", "-selfsign", "-notext", "-config", folder / "settings"]
        sign += ["-in", request, "-keyfile", self.key, "-out", made]
        for option, time in (("-startdate", start), ("-enddate", end)):
            sign += [option, time.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")]
        subprocess.run(sign, check=True, capture_output=True)
        return made.read_text()


def replace_file(file: Path, text: str) -> None:
    """As certificate managers do it: the name belongs to the old content or to the new."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.rename(file)
