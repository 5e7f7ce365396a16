"""What the cohorts slice hands to the background."""

from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from django.core.mail import EmailMessage

from labeling.celery import app


@app.task(
    name="labeling.send_mail",
    shared=False,
    autoretry_for=(OSError, SMTPException),
    dont_autoretry_for=(SMTPRecipientsRefused,),
    retry_backoff=5,
    max_retries=6,
)
def send_mail(mail: dict[str, Any]) -> None:
    """Tried again for some five minutes while the mail server is away; the links in it work longer."""
    EmailMessage(**mail).send()
