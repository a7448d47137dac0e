"""Certificates of an authority that nobody knows but who was given its file."""

import datetime as dt
import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PEM = serialization.Encoding.PEM
DAY = dt.timedelta(days=1)


def name_of(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, words)])


@dataclass(frozen=True)
class Authority:
    """A private certificate authority that keeps its files in `folder`."""

    folder: Path
    name: str = "Authority of the tests"

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def file(self) -> Path:
        """Its own certificate, for whoever shall believe it."""
        signs = x509.BasicConstraints(ca=True, path_length=0)
        file = self.folder / f"{self.name}.pem"
        file.write_bytes(self.certificate(self.name, self.key.public_key(), signs))
        return file

    def context_for(self, host: str) -> ssl.SSLContext:
        """What a server needs to be `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        named = x509.SubjectAlternativeName([x509.DNSName(host)])
        file = self.folder / f"{host}.pem"
        private = serialization.PrivateFormat.PKCS8
        file.write_bytes(
            key.private_bytes(PEM, private, serialization.NoEncryption())
            + self.certificate(host, key.public_key(), named)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def certificate(
        self, subject: str, key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> bytes:
        now = dt.datetime.now(dt.UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(name_of(subject))
            .issuer_name(name_of(self.name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        )
        return built.sign(self.key, hashes.SHA256()).public_bytes(PEM)
