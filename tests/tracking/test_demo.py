import io
import re

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone

from requests_app.drafting.requests import problems_of
from requests_app.intake.bulk import file_stored
from requests_app.intake.storing import store_mail
from requests_app.models import (
    Campaign,
    Event,
    EventPersonalValue,
    Evidence,
    InboundKind,
    InboundMail,
    MailSettings,
    Membership,
    Message,
    NotificationChannel,
    OptOutRequest,
    Organisation,
    Outcome,
    Status,
    User,
    Vendor,
    Waits,
    Way,
    Workspace,
)
from requests_app.records.chain import verify_organisation
from tests.drafting.requests import load_vendor

VENDORS = ("slack", "microsoft", "zoom", "google", "openai", "adobe", "atlassian")


def demo(*arguments: str) -> str:
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


class DemoTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        for slug in VENDORS:
            load_vendor(slug)
        cls.said = demo()
        cls.organisation = Organisation.objects.get(slug="demo")

    said: str
    organisation: Organisation

    def test_it_can_never_send(self) -> None:
        assert self.organisation.is_demo

    def test_it_prints_a_password_that_opens_it(self) -> None:
        found = re.search(r"Sign in as (\S+) with the password (\S+)", self.said)
        assert found
        assert self.client.login(username=found[1], email=found[1], password=found[2])
        self.assertContains(self.client.get("/o/demo/"), "Demo data: nothing can be sent")

    def test_each_vendor_has_a_workspace_and_each_status_a_request(self) -> None:
        rows = Workspace.objects.filter(organisation=self.organisation)
        assert rows.values("vendor").distinct().order_by("vendor").count() == len(VENDORS)
        requests = OptOutRequest.objects.filter(organisation=self.organisation)
        assert set(requests.values_list("status", flat=True)) == set(Status.values)
        assert set(requests.exclude(outcome="").values_list("outcome", flat=True)) == set(Outcome.values)

    def test_there_are_drafts_with_something_missing_and_overdue_answers(self) -> None:
        drafts = OptOutRequest.objects.filter(status=Status.DRAFT).select_related("version", "organisation")
        assert any(problems_of(draft, "text") for draft in drafts)
        assert OptOutRequest.objects.filter(status=Status.SUBMITTED, answer_by__lt=self.organisation.today()).exists()

    def test_a_campaign_asked_for_several_workspaces_of_one_vendor(self) -> None:
        campaign = Campaign.objects.get(organisation=self.organisation)
        assert campaign.requests.values("workspace").distinct().count() == 6
        assert {"draft", "closed"} < set(campaign.requests.values_list("status", flat=True))
        assert campaign.jobs.get().state == "done"

    def test_vendors_wrote_back(self) -> None:
        mails = InboundMail.objects.filter(organisation=self.organisation)
        kinds = [InboundKind.AUTO_REPLY, InboundKind.BOUNCE, *[InboundKind.REPLY] * 3]
        assert sorted(mails.values_list("kind", flat=True)) == kinds
        waits = {Waits.BOUNCED, Waits.HELD, Waits.UNCERTAIN}
        assert set(mails.exclude(waits="").values_list("waits", flat=True)) == waits
        assert {"completed", "proof"} < {mail.suggestion["name"] for mail in mails if mail.suggestion}

    def test_its_history_is_whole(self) -> None:
        assert Event.objects.filter(stream__organisation=self.organisation).count() > 30
        assert verify_organisation(self.organisation).fault is None

    def test_a_second_time_says_that_it_exists(self) -> None:
        assert "The demo exists" in demo()
        assert Organisation.objects.count() == 1

    def test_deleting_it_leaves_events_that_nobody_can_open_and_room_for_another(self) -> None:
        files = [str(row.file) for row in Evidence.objects.all()]
        assert files
        assert all(map(default_storage.exists, files))
        MailSettings.objects.create(organisation=self.organisation)
        NotificationChannel.objects.create(
            organisation=self.organisation, kind="slack", name="Ops", created_at=timezone.now()
        )
        first = InboundMail.objects.order_by("pk")[0]
        store_mail(bytes(first.raw), Way.PIPE, organisation=self.organisation)
        file_stored()
        demo("--delete")
        assert not any(map(default_storage.exists, files))
        gone = (OptOutRequest, Workspace, Message, Evidence, Membership, EventPersonalValue, User, InboundMail)
        for model in (*gone, MailSettings, NotificationChannel):
            assert not model.objects.exists()
        assert Event.objects.exists()
        self.organisation.refresh_from_db()
        assert verify_organisation(self.organisation).fault is None
        assert self.organisation.slug.startswith("deleted-demo-")
        assert "The demo is ready" in demo()

    def test_what_is_no_demo_is_never_deleted(self) -> None:
        Organisation.objects.filter(pk=self.organisation.pk).update(is_demo=False)
        with pytest.raises(CommandError, match="There is no demo"):
            demo("--delete")


class RefusedTests(TestCase):
    def test_an_empty_catalogue_is_named(self) -> None:
        with pytest.raises(CommandError, match="load_catalogue"):
            demo()

    def test_somebody_elses_organisation_is_left_alone(self) -> None:
        Vendor.objects.create(slug="v", name="V", website="https://example.com", content={})
        Organisation.objects.create(name="Demo AG", slug="demo")
        with pytest.raises(CommandError, match="already"):
            demo()
