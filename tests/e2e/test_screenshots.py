"""Pictures of the main pages for the documentation, from demo data. Made when asked for: SCREENSHOTS=1."""

import os

import pytest
from django.conf import settings
from django.core.management import call_command

from requests_app.models import Membership, Organisation, Role, Status
from tests.e2e.base import BrowserTestCase

FOLDER = settings.BASE_DIR / "docs" / "screenshots"
NAMES = ("today", "requests", "request", "edit", "hand-over", "workspace", "catalogue", "vendor", "procedure")
DARK = "today"


@pytest.mark.skipif("SCREENSHOTS" not in os.environ, reason="the pictures are made when SCREENSHOTS is set")
class ScreenshotTests(BrowserTestCase):
    def test_they_are_taken(self) -> None:
        call_command("load_catalogue", verbosity=0)
        call_command("demo", verbosity=0)
        demo = Organisation.objects.get(is_demo=True)
        owner = Membership.objects.select_related("user").filter(organisation=demo, role=Role.OWNER)[0].user
        owner.set_password("correct horse battery")
        owner.save()
        self.sign_in(owner)
        FOLDER.mkdir(exist_ok=True)
        self.complete_the_draft(demo)
        for name in NAMES:
            address = self.addresses(demo)[name]
            self.open(address)
            assert self.page.url.endswith(address), "not led elsewhere: the picture would show another page"
            self.page.screenshot(path=FOLDER / f"{name}.png")
        self.page.emulate_media(color_scheme="dark")
        self.open(self.addresses(demo)[DARK])
        self.page.screenshot(path=FOLDER / f"{DARK}-dark.png")

    def complete_the_draft(self, demo: Organisation) -> None:
        """Give Slack's draft the address that the demo leaves out, so that it can be handed over."""
        draft = demo.requests.get(workspace__vendor__slug="slack", status=Status.DRAFT)
        draft.values = {**draft.values, "workspace_url": "https://example.slack.com"}
        draft.save(update_fields=["values"])

    def addresses(self, demo: Organisation) -> dict[str, str]:
        """Return where each picture is taken."""
        start = f"/o/{demo.slug}"
        slack = demo.workspaces.get(vendor__slug="slack")
        draft = demo.requests.get(workspace=slack, status=Status.DRAFT)
        closed = demo.requests.exclude(status=Status.DRAFT).filter(workspace__vendor__slug="microsoft")[0]
        return {
            "today": f"{start}/",
            "requests": f"{start}/requests/",
            "request": f"{start}/requests/{closed.pk}/",
            "edit": f"{start}/requests/{draft.pk}/edit/",
            "hand-over": f"{start}/requests/{draft.pk}/hand-over/",
            "workspace": f"{start}/workspaces/{slack.pk}/",
            "catalogue": f"{start}/catalogue/",
            "vendor": f"{start}/catalogue/{slack.vendor_id}/",
            "procedure": f"{start}/catalogue/procedures/{draft.procedure_id}/",
        }
