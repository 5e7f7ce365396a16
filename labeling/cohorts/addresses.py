"""Another e-mail address for somebody: it is theirs once they opened the link that was sent to it.

The link holds it all, signed: who, from which address, to which. So it works once, for the address is another then.
"""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse

from labeling.cohorts.confirmed import confirm
from labeling.cohorts.models import Person

SALT = "another address"
LIFETIME = 86_400  # seconds


def offer(person: Person, address: str) -> None:
    """Send the link, unless somebody has that address."""
    if Person.objects.filter(email__iexact=address).exists():
        return
    token = signing.dumps([person.pk, person.email, address], salt=SALT, compress=True)
    link = settings.BASE_URL + reverse("address_confirm", args=[token])
    get_adapter().send_mail("cohorts/mail/address", address, {"link": link, "person": person})


def offered(person: Person, token: str) -> str | None:
    """The address that this link would give to this person; None if it would not."""
    try:
        pk, old, new = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    return str(new) if (person.pk, person.email) == (pk, old) else None


def take(person: Person, address: str) -> bool:
    """False when somebody else got it meanwhile. The old one is told."""
    try:
        with transaction.atomic():
            taken = Person.objects.filter(pk=person.pk, email=person.email).update(email=address)
            if taken:
                confirm(Person.objects.get(pk=person.pk))
    except IntegrityError:
        return False
    if taken:
        get_adapter().send_mail("cohorts/mail/address_changed", person.email, {"new": address})
    return bool(taken)
