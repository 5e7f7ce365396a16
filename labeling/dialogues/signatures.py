"""What a worker shows to report on one attempt of one completion.

It goes out with the request and comes back with the result, so a GPU machine holds no key: it can speak for what it was
asked to do, and for nothing else.
"""

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

_signer = Signer(salt="labeling.dialogues.receipt")


def sign(completion: str, attempt: int) -> str:
    return _signer.signature(f"{completion}:{attempt}")


def is_genuine(completion: str, attempt: int, token: str) -> bool:
    return constant_time_compare(sign(completion, attempt), token)
