# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`CpsCard`: what an application holds of a card."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from cryptography import x509

from caducee.base.secret import Secret
from caducee.cryptolib.model import (
    Activity,
    CardIdentity,
    DataObject,
    Hash,
    Holder,
    KeyUse,
    PinState,
)

__all__ = ["CpsCard"]


class CpsCard:
    """An open card; also a context manager that closes it."""

    identity: CardIdentity
    serial: str
    token_label: str
    card_number: str
    apdu_count: int

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the card alone for several operations; nested blocks join the outer one."""
        raise NotImplementedError
        yield

    def holder(self) -> Holder:
        """Return who the card says its holder is; needs no code."""
        raise NotImplementedError

    def activities(self) -> tuple[Activity, ...]:
        """Return the practice activities of the holder, in card order; needs the code."""
        raise NotImplementedError

    def languages(self) -> tuple[str, ...]:
        """Return the language codes of the holder (table G00), in card order."""
        raise NotImplementedError

    def certificate(self, use: KeyUse) -> x509.Certificate:
        """Return a certificate of the card."""
        raise NotImplementedError

    def data_objects(self) -> tuple[DataObject, ...]:
        """Return every data object as stored."""
        raise NotImplementedError

    def pin_state(self) -> PinState:
        """Return where the holder's code stands; costs no try."""
        raise NotImplementedError

    def verify(self, code: Secret) -> None:
        """Check the code now, and keep a copy until `logout`, removal or `close`."""
        raise NotImplementedError

    def keep_code(self, code: Secret) -> None:
        """Keep the code without asking the card: it is checked by the first operation using it."""
        raise NotImplementedError

    def change(self, old: Secret, new: Secret) -> None:
        """Change the holder's code."""
        raise NotImplementedError

    def unblock(self, puk: Secret, new: Secret) -> None:
        """Set a new holder's code by the unblocking code."""
        raise NotImplementedError

    def sign(self, data: bytes, hash: Hash = Hash.SHA256, *, last_round_on_card: bool = False) -> bytes:
        """Sign data with the signature key (PKCS#1 v1.5)."""
        raise NotImplementedError

    def sign_digest(self, digest: bytes, hash: Hash = Hash.SHA256) -> bytes:
        """Sign a digest with the signature key (PKCS#1 v1.5)."""
        raise NotImplementedError

    def authenticate(self, digest_info: bytes) -> bytes:
        """Sign a DigestInfo (or any block up to 40 % of the key) with the authentication key."""
        raise NotImplementedError

    def decipher(self, cryptogram: bytes) -> bytes:
        """Decipher with the authentication key; the message comes without padding."""
        raise NotImplementedError

    def random(self, size: int) -> bytes:
        """Return random bytes made by the card."""
        raise NotImplementedError

    def read_data(self) -> bytes:
        """Return CPS_DATA whole."""
        raise NotImplementedError

    def write_data(self, data: bytes) -> None:
        """Write CPS_DATA; the rest of the file is filled with zeros."""
        raise NotImplementedError

    def logout(self) -> None:
        """Forget the code."""
        raise NotImplementedError

    def close(self) -> None:
        """Forget the code and end the connection; a second call does nothing."""
        raise NotImplementedError

    def __enter__(self) -> "CpsCard":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
