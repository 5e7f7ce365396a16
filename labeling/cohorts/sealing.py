"""Secrets that have to be read again, so that they cannot be kept as hashes: whoever gets at the database alone, or at
a backup, has none of them. The key is made of SECRET_KEY."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealedElsewhere(Exception):
    """Under another SECRET_KEY than this installation's."""


def seal(text: str) -> str:
    return sealer().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    try:
        return sealer().decrypt(sealed).decode()
    except InvalidToken:
        raise SealedElsewhere from None


def sealer() -> Fernet:
    """A key for this alone: nothing that is signed with SECRET_KEY tells anything of it."""
    key = hashlib.sha256(b"labeling.cohorts.sealing:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
