"""Steps of the test with a real worker, each in a process of its own: python -m tests.tracking.worker_steps STEP."""

import datetime
import json
import sys
from collections.abc import Callable
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.db.models import F
from django.utils import timezone

from requests_app.delivery.outbox import queue_message
from requests_app.drafting.requests import start_request
from requests_app.models import (
    FollowUpPolicy,
    MailSettings,
    Membership,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    Reminder,
    Role,
    Tls,
    User,
)
from tests.drafting.requests import IDENTIFIERS, find, load_vendor, new_workspace


def send(port: str) -> None:
    """Queue a request whose follow-ups go by themselves; it is due at once."""
    acme = Organisation.objects.create(
        name="Acme GmbH",
        slug="acme",
        country="DE",
        postal_address="Musterstraße 1\n10115 Berlin",
        time_zone="Europe/Berlin",
        signatory_name="Jane Doe",
        signatory_role="Owner",
        signatory_email="jane.doe@example.org",
        setup_done=True,
    )
    user = User.objects.create_user("adam@example.org", name="Adam")
    adam = Membership.objects.create(organisation=acme, user=user, role=Role.ADMIN)
    MailSettings.objects.create(
        organisation=acme,
        smtp_host="127.0.0.1",
        smtp_port=int(port),
        smtp_tls=Tls.NONE,
        from_address="optout@example.org",
        automatic_follow_ups=True,
    )
    FollowUpPolicy.objects.create(organisation=acme, automatic=True)
    workspace = new_workspace(acme, load_vendor("slack"), identifiers=IDENTIFIERS)
    queue_message(adam, start_request(adam, workspace, find("slack/global-models")))
    OutgoingMail.objects.update(due_at=timezone.now())


def go_on(days: str) -> None:
    """Let so many days pass, by moving everything that happened back."""
    passed = datetime.timedelta(days=int(days))
    OutgoingMail.objects.update(queued_at=F("queued_at") - passed)
    for reminder in Reminder.objects.all():
        Reminder.objects.filter(pk=reminder.pk).update(fired_at=reminder.fired_at - passed)
    for row in OptOutRequest.objects.all():
        assert row.submitted_on
        assert row.clock_started_on
        row.submitted_on, row.clock_started_on = row.submitted_on - passed, row.clock_started_on - passed
        row.clock_stale = True
        row.save(update_fields=["submitted_on", "clock_started_on", "clock_stale"])


def tell() -> dict[str, Any]:
    """Return what has come to pass."""
    return {
        "kinds": list(Reminder.objects.order_by("pk").values_list("kind", flat=True)),
        "mails": list(OutgoingMail.objects.order_by("pk").values_list("state", "is_automatic")),
        "started": OptOutRequest.objects.filter(clock_started_on__isnull=False, clock_stale=False).count(),
    }


STEPS: dict[str, Callable[..., Any]] = {"send": send, "go_on": go_on, "tell": tell}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
