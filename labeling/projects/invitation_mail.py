"""Personal invitations that go out by mail.

Nobody but the addressee sees their link: it is made when the mail is sent, and is in no queue. One that could not be
sent waits for the next time; a mail that was sent twice has a link that works in its last copy.
"""

import logging
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format

from labeling.cohorts.models import Invitation

logger = logging.getLogger(__name__)

IN_A_RUN = 50  # mails; the next run sends the next


def send_waiting() -> None:
    waiting = list(Invitation.objects.to_be_mailed().order_by("pk").values_list("pk", flat=True)[:IN_A_RUN])
    if not waiting:
        return
    try:
        with get_connection() as server:
            for pk in waiting:
                send(pk, server)
    except OSError as error:  # of which smtplib's errors are
        logger.warning("The mail server did not take invitations, which wait: %s", type(error).__name__)


@transaction.atomic
def send(pk: int, server: BaseEmailBackend) -> None:
    """Once, however many workers are at it."""
    held = Invitation.objects.to_be_mailed().select_for_update(of=("self",), skip_locked=True).filter(pk=pk)
    invitation = held.select_related("invited_by").first()
    if invitation is None:
        return
    context = {
        "inviter": invitation.invited_by.name,
        "link": f"{settings.BASE_URL}{reverse('invitation', args=[invitation.renew()])}",
        "day": date_format(invitation.expires_at, "j M Y"),
    }
    subject = render_to_string("projects/mail/invitation_subject.txt", context).strip()
    body = render_to_string("projects/mail/invitation_message.txt", context)
    try:
        EmailMessage(subject, body, to=[invitation.email], connection=server).send()
    except SMTPRecipientsRefused:
        invitation.mail = Invitation.Mail.REFUSED
    else:
        invitation.mail = Invitation.Mail.SENT
    invitation.save(update_fields=["mail"])
