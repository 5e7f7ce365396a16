"""Whether an address is known to be that of whoever signs in with it: django-allauth's EmailAddress says so.

What only somebody has who reads its mail shows it: the link to confirm it, an invitation that was mailed, a new
password by mail. Or a manager says so. The database drops it with the address.
"""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse

from labeling.cohorts.models import Invitation, Person


def are_confirmed() -> Exists:
    """The same of each person of a queryset."""
    return Exists(EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True))


def is_confirmed(person: Person) -> bool:
    return EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists()


def confirm(person: Person) -> None:
    address = _address(person)
    if not address.verified:
        address.verified = address.primary = True
        address.save(update_fields=["verified", "primary"])


def came_by(invitation: Invitation, person: Person) -> bool:
    """Whoever has the link that was mailed to their address reads its mail; other links are passed on as one likes."""
    mailed = bool(invitation.email) and invitation.mail == Invitation.Mail.SENT
    if mailed:
        confirm(person)
    return mailed


def may_reset(person: Person) -> bool:
    """By mail alone: an address with a slip of the pen is somebody's, too, who shall not take over what others did.

    An account by which nobody has come in yet is waiting for whoever reads the mail of its address.
    """
    return Person.objects.untouched().filter(pk=person.pk).exists() or is_confirmed(person)


def send_link(person: Person) -> None:
    link = settings.BASE_URL + reverse("address_own", args=[EmailConfirmationHMAC(_address(person)).key])
    get_adapter().send_mail("cohorts/mail/confirm", person.email, {"link": link, "person": person})


def opens(person: Person, key: str) -> bool:
    """Whether this is a link to confirm the address they have now; it works for three days, and once."""
    found = EmailConfirmationHMAC.from_key(key)
    return found is not None and found.email_address == _address(person)


def _address(person: Person) -> EmailAddress:
    address: EmailAddress = EmailAddress.objects.get_or_create(user=person, email=person.email)[0]
    return address
