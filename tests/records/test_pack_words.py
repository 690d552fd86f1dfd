"""How the index of a pack says what its list was narrowed to."""

from django.utils import timezone

from requests_app.models import Campaign
from requests_app.records.pack_words import chosen_by
from requests_app.tracking.filters import NAMES, Filters
from requests_app.tracking.needs import NEEDS
from tests.world import AcmeTestCase


class ChosenByTests(AcmeTestCase):
    def said(self, **given: str) -> list[tuple[str, str]]:
        return chosen_by(self.acme, Filters(given, self.owner.pk))

    def test_every_filter_is_said_in_words(self) -> None:
        campaign = Campaign.objects.create(organisation=self.acme, name="Everywhere", created_at=timezone.now())
        given = {
            "q": "slack", "needs": "follow_up", "status": "closed", "outcome": "confirmed", "answer": "overdue",
            "due_before": "2026-12-01", "sent_from": "2026-01-01", "sent_until": "2026-11-30", "snoozed": "no",
            "vendor": str(self.submitted.workspace.vendor_id), "workspace": str(self.submitted.workspace_id),
            "procedure": str(self.submitted.procedure_id), "campaign": str(campaign.pk), "channel": "email",
            "responsible": "nobody", "only": "1-2", "sort": "due",
        }  # fmt: skip
        assert set(given) == set(NAMES)
        said = self.said(**given)
        assert len(said) == len(NAMES)
        for pair in (
            ("Campaign", "Everywhere"),
            ("Vendor", self.submitted.workspace.vendor.name),
            ("Workspace", self.submitted.workspace.name),
            ("Status", "Closed"),
            ("Outcome", "Confirmed"),
            ("Channel", "E-mail"),
            ("Responsible", "Nobody"),
            ("Needs", "Follow-up to send"),
            ("Ticked one by one", "2 requests"),
            ("Answer", "Overdue"),
            ("Put off", "Not put off"),
            ("Answer due", "Only requests that an answer is due for"),
        ):
            assert pair in said

    def test_no_need_is_said_by_the_word_of_the_address(self) -> None:
        for need in NEEDS:
            assert "_" not in self.said(needs=need)[0][1]

    def test_whoever_reads_the_pack_learns_who_me_is(self) -> None:
        assert self.said(needs="me") == [("Needs", str(self.owner))]
        assert self.said(responsible="me") == [("Responsible", str(self.owner))]

    def test_an_order_that_leaves_nothing_out_is_not_mentioned(self) -> None:
        assert self.said(sort="old") == self.said() == []
