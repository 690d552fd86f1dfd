"""A catalogue of a few real procedures, a workspace at each vendor, and requests drafted for them."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings

from requests_app.catalogue.files import procedures_of
from requests_app.catalogue.load import NO_VERSION, content_hash, save_procedure
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.catalogue.strict_yaml import read_yaml
from requests_app.drafting.requests import start_request
from requests_app.models import Membership, OptOutRequest, Organisation, Procedure, Vendor, Workspace
from tests.people import PeopleTestCase

IDENTIFIERS = {"workspace_url": "https://acme.slack.com"}
LOADED = datetime(2026, 11, 20, tzinfo=UTC)


def load_vendor(slug: str) -> Vendor:
    """Bring one vendor of the shipped catalogue into the database."""
    document: dict[str, Any] = read_yaml(settings.CATALOGUE_DIR / f"{slug}.yaml")
    vendor, _ = Vendor.objects.get_or_create(
        slug=slug,
        organisation=None,
        defaults={
            "name": document["name"],
            "website": document["website"],
            "content": {key: value for key, value in document.items() if key != "procedures"},
            "content_hash": content_hash({}),
        },
    )
    for snapshot in procedures_of(document):
        save_procedure(vendor, snapshot, None, NO_VERSION, LOADED)
    return vendor


def new_version(procedure: Procedure, **optout: Any) -> None:
    """Give the procedure another version, as a load of a changed catalogue does."""
    latest = procedure.versions.order_by("-number")[0]
    content = {**latest.content, "optout": {**latest.content["optout"], **optout}}
    save_procedure(procedure.vendor, Snapshot(content), procedure, (latest.number, latest.content_hash), LOADED)


def find(name: str) -> Procedure:
    """Return the procedure of that full name."""
    vendor, _, slug = name.partition("/")
    return Procedure.objects.select_related("vendor").get(vendor__slug=vendor, slug=slug)


def new_workspace(organisation: Organisation, vendor: Vendor, name: str = "Main", **more: Any) -> Workspace:
    return Workspace.objects.create(organisation=organisation, vendor=vendor, name=name, **more)


class RequestsTestCase(PeopleTestCase):
    """Acme runs a Slack workspace, whose address is known."""

    slack: ClassVar[Vendor]
    workspace: ClassVar[Workspace]
    procedure: ClassVar[Procedure]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.slack = load_vendor("slack")
        cls.workspace = new_workspace(cls.acme, cls.slack, identifiers=IDENTIFIERS)
        cls.procedure = find("slack/global-models")

    def by(self, user: Any = None) -> Membership:
        """Return the membership of the person, or of the admin."""
        return self.membership(user or self.admin)

    def draft(self, **more: Any) -> OptOutRequest:
        """Return a draft of the procedure for Slack, in which nothing is missing."""
        return start_request(self.by(), self.workspace, self.procedure, **more)

    def draft_for(self, name: str, **identifiers: str) -> OptOutRequest:
        """Return a draft of another procedure, for a workspace of its own."""
        vendor = Vendor.objects.filter(slug=name.partition("/")[0]).first() or load_vendor(name.partition("/")[0])
        workspace = new_workspace(self.acme, vendor, name="Other", identifiers=identifiers)
        return start_request(self.by(), workspace, find(name))
