"""Certificates for tests, made by openssl."""

import subprocess
from pathlib import Path


def make(folder: Path, name: str, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate that signs itself, for that address, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    whose = ["-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}"]
    words = ["openssl", "req", "-x509", *kind, "-days", "2", *files, *whose]
    subprocess.run(words, check=True, capture_output=True)
    for path in (certificate, key):
        # Asterisk runs as a user of its own.
        path.chmod(0o644)
    return certificate, key
