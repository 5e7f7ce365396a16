"""Periodic work of the projects slice."""

from labeling.celery import app
from labeling.projects import invitation_mail


@app.task(name="labeling.mail_invitations", shared=False)
def mail_invitations() -> None:
    invitation_mail.send_waiting()
