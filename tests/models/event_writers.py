"""A process of its own that writes events from several threads; test_event_concurrency starts it.

Reads one JSON object from standard input: database (settings of the connection), streams (their ids), threads, and
events (per thread). Prints the report of verifying everything, made after the threads have ended.
"""

import dataclasses
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django


def main(job: dict[str, Any]) -> None:
    """Point Django at the job's database, write, verify."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optout.settings")
    django.setup()
    from django.db import connections  # noqa: PLC0415  # models can be imported only once Django is set up

    from requests_app.records.chain import verify_everything  # noqa: PLC0415

    connections.settings["default"].update(job["database"])
    if job["threads"]:
        with ThreadPoolExecutor(job["threads"]) as pool:
            for future in [pool.submit(write, job["streams"], job["events"]) for _ in range(job["threads"])]:
                future.result()
    json.dump(dataclasses.asdict(verify_everything()), sys.stdout)


def write(streams: list[str], events: int) -> None:
    """Append events, to each stream in turn."""
    from django.db import connection  # noqa: PLC0415

    from requests_app.models import EventStream  # noqa: PLC0415
    from tests.models.events import write_event  # noqa: PLC0415

    for number in range(events):
        stream = EventStream.objects.get(pk=streams[number % len(streams)])
        write_event(stream, personal={"name": "Jane"})
    connection.close()


if __name__ == "__main__":
    main(json.load(sys.stdin))
