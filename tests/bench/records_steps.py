"""The measured part of the benchmark of records, in a process of its own: prints the seconds as JSON."""

import io
import json
import logging
import sys

import django
from django.core.management import call_command


def main() -> None:
    """Seal a record without and one with a picture, in turn with bare WeasyPrint on the same pages."""
    django.setup()
    logging.disable(logging.WARNING)
    call_command("migrate", verbosity=0, stdout=io.StringIO())
    # After Django is set up, and only here: these need models.
    from tests.bench.records import timed  # noqa: PLC0415
    from tests.bench.records_ways import requests, ways  # noqa: PLC0415

    found = {name: timed(ways(one)) for name, one in requests().items()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
