"""The steps of the benchmark of the sweep, each in a process of its own: python -m tests.bench.sweep_steps STEP."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optout.settings")
    django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from requests_app.drafting.working_days import calendar_of
from requests_app.models import OptOutRequest, Organisation, Procedure, Reminder, Workspace
from requests_app.tracking.ledger import fire_due
from tests.bench.sweep_sql import FILL_REQUESTS, FILL_STREAMS, MAKE_DUE, PLAIN
from tests.drafting.requests import load_vendor

ORGANISATIONS, WORKSPACES = 20, 25
Result = dict[str, Any]


def fill(number: str) -> Result:
    """Make the tables and so many requests that were sent a while ago, none of them due."""
    call_command("migrate", verbosity=0)
    vendor = load_vendor("slack")
    organisations = Organisation.objects.bulk_create(
        Organisation(name=f"Organisation {key}", slug=f"organisation-{key}", country="DE", time_zone="Europe/Berlin")
        for key in range(ORGANISATIONS)
    )
    Workspace.objects.bulk_create(
        Workspace(organisation=organisation, vendor=vendor, name=f"Team {key}")
        for organisation in organisations
        for key in range(WORKSPACES)
    )
    version = Procedure.objects.get(slug="global-models").versions.get()
    values = {"number": int(number), "procedure": version.procedure_id, "version": version.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        # What is made here is right: checking each reference of a million rows would only take time.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(FILL_STREAMS, values)
        cursor.execute(FILL_REQUESTS, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {"requests": OptOutRequest.objects.count()}


def make_due(number: str) -> Result:
    """Let so many requests become due whose clock has fired nothing yet."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE_DUE, [int(number)])
        made = cursor.rowcount
        cursor.execute("VACUUM ANALYZE requests_app_optoutrequest")
        cursor.execute("CHECKPOINT")
    return {"due": made}


def ours() -> Result:
    """Sweep as the clock does."""
    now = timezone.now()
    # A worker has been running for a while: what is loaded once is loaded.
    calendar_of(Organisation.objects.all()[0]).is_working(now.date())
    before = _megabytes()
    started = time.perf_counter()
    swept = fire_due(now)
    return {
        "seconds": time.perf_counter() - started,
        "fired": swept.fired.total(),
        "megabytes": _megabytes() - before,
    }


def plain() -> Result:
    """Do the same in plain SQL."""
    now = timezone.now()
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in PLAIN:
            cursor.execute(statement, {"now": now})
        fired = cursor.rowcount
    return {"seconds": time.perf_counter() - started, "fired": fired}


def twice() -> Result:
    """Count the requests that were reminded of the same more than once."""
    kinds = Reminder.objects.values("request", "clock_event", "kind").distinct().count()
    return {"twice": Reminder.objects.count() - kinds}


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


STEPS: dict[str, Callable[..., Result]] = {step.__name__: step for step in (fill, make_due, ours, plain, twice)}

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
