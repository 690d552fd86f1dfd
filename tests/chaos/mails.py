"""The mails that the chaos programs send, and what the database says of them afterwards."""

from datetime import timedelta

from django.utils import timezone

from requests_app.delivery.claims import ABANDONED_AFTER, give_up_abandoned
from requests_app.delivery.outbox import queue_message
from requests_app.delivery.reconcile import reconcile
from requests_app.drafting.requests import start_request
from requests_app.models import MailSettings, Membership, Organisation, OutgoingMail, Role, SendState, Tls, User
from tests.drafting.requests import IDENTIFIERS, find, load_vendor, new_workspace
from tests.intake.imap_server import PASSWORD, USER, Dovecot


def queue_mails(number: int, port: int) -> None:
    """Queue so many requests of an organisation that sends through that port, all of them due."""
    acme = Organisation.objects.create(
        name="Acme GmbH",
        slug="acme",
        postal_address="Musterstraße 1",
        country="DE",
        signatory_name="Jane Doe",
        signatory_role="Owner",
        signatory_email="jane.doe@example.org",
    )
    MailSettings.objects.create(
        organisation=acme,
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_tls=Tls.NONE,
        from_address="optout@example.org",
        reply_address="replies@example.org",
    )
    user = User.objects.create_user("adam@example.org", None, name="Adam")
    member = Membership.objects.create(organisation=acme, user=user, role=Role.ADMIN)
    workspace = new_workspace(acme, load_vendor("slack"), identifiers=IDENTIFIERS)
    procedure = find("slack/global-models")
    for _ in range(number):
        queue_message(member, start_request(member, workspace, procedure))
    OutgoingMail.objects.update(due_at=timezone.now() - timedelta(minutes=1))


def remaining() -> bool:
    """Return whether a worker still has something to do: what is young and `sending` may yet end."""
    young = timezone.now() - timedelta(seconds=10)
    rows = OutgoingMail.objects.all()
    return (
        rows.filter(state=SendState.QUEUED).exists()
        or rows.filter(state=SendState.SENDING, claimed_at__gt=young).exists()
    )


def states_by_id() -> dict[str, str]:
    """Give up what killed workers left, as the clock does when the time has come, and return all states."""
    give_up_abandoned(timezone.now() + ABANDONED_AFTER)
    return dict(OutgoingMail.objects.values_list("mail_id", "state"))


def reconciled(taken: list[bytes]) -> tuple[int, int]:
    """Put what arrived into a real Sent folder, look up what is in doubt, and return how much was found and is left."""
    server = Dovecot()
    try:
        with server.client() as client:
            client.create("Sent")
            for content in taken:
                client.append("Sent", "", "", content)
        mail = MailSettings.objects.select_related("organisation").get()
        mail.imap_host, mail.imap_port, mail.imap_tls = "127.0.0.1", server.port, Tls.NONE
        mail.imap_user, mail.imap_password, mail.imap_sent_folder = USER, PASSWORD, "Sent"
        mail.save()
        found = reconcile(mail).found
    finally:
        server.stop()
    return found, OutgoingMail.objects.filter(state=SendState.UNKNOWN).count()
