"""The filters of the list's address that name a campaign or a period."""

import datetime

from django.utils import timezone

from requests_app.models import Campaign, OptOutRequest, Status
from requests_app.records.pack_words import chosen_by
from requests_app.tracking.filters import Filters, requests_for
from requests_app.tracking.saved_views import normalised
from tests.tracking.rows import make_request, make_workspace
from tests.world import AcmeTestCase


class CampaignFilterTests(AcmeTestCase):
    def setUp(self) -> None:
        self.everywhere = Campaign.objects.create(
            organisation=self.acme, name="Slack everywhere", created_by=self.owner, created_at=timezone.now()
        )
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(campaign=self.everywhere)
        self.client.force_login(self.owner)
        self.url = f"/o/{self.acme.slug}/requests/"

    def found(self, **given: str) -> list[int]:
        return list(requests_for(self.acme, Filters(given)).values_list("pk", flat=True))

    def test_a_campaign_leaves_its_requests(self) -> None:
        assert self.found(campaign=str(self.everywhere.pk)) == [self.submitted.pk]
        assert self.found(campaign=str(self.everywhere.pk), status=Status.DRAFT) == []
        assert self.found(campaign="999999") == []

    def test_it_is_kept_in_views_and_exports(self) -> None:
        query = f"campaign={self.everywhere.pk}&sent_from=2026-01-01&sent_until=2026-12-31&junk=1"
        kept = f"sent_from=2026-01-01&sent_until=2026-12-31&campaign={self.everywhere.pk}"
        assert normalised(query, self.owner.pk) == kept

    def test_the_page_names_the_campaign(self) -> None:
        page = self.client.get(self.url, {"campaign": self.everywhere.pk}).content.decode()
        assert "Of the campaign Slack everywhere" in page
        assert f'<option value="{self.everywhere.pk}" selected>Slack everywhere</option>' in page

    def test_a_campaign_of_another_organisation_finds_nothing_and_is_not_named(self) -> None:
        other = self.outsider.memberships.get().organisation
        theirs = Campaign.objects.create(organisation=other, name="Their secret", created_at=timezone.now())
        page = self.client.get(self.url, {"campaign": theirs.pk}).content.decode()
        assert "Their secret" not in page
        assert "No request fits" in page

    def test_an_older_campaign_can_still_be_chosen(self) -> None:
        now = timezone.now()
        Campaign.objects.bulk_create(
            Campaign(organisation=self.acme, name=f"Later {number}", created_at=now) for number in range(60)
        )
        page = self.client.get(self.url, {"campaign": self.everywhere.pk}).content.decode()
        assert "selected>Slack everywhere</option>" in page
        assert page.count(">Later ") == 50


class PeriodFilterTests(AcmeTestCase):
    def found(self, **given: str) -> list[int]:
        return list(requests_for(self.acme, Filters(given)).values_list("pk", flat=True))

    def test_both_days_belong_to_the_period(self) -> None:
        day = datetime.date(2026, 3, 31)
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(submitted_on=day)
        assert self.found(sent_from="2026-03-31", sent_until="2026-03-31") == [self.submitted.pk]
        assert self.submitted.pk not in self.found(sent_from="2026-04-01")
        assert self.submitted.pk not in self.found(sent_until="2026-03-30")

    def test_what_was_never_handed_over_is_in_no_period(self) -> None:
        assert self.draft.pk not in self.found(sent_from="1900-01-01")
        assert self.draft.pk in self.found()

    def test_by_what_is_no_day_nothing_is_found(self) -> None:
        assert self.found(sent_from="yesterday") == self.found(sent_until="2026-13-01") == []
        assert Filters({"sent_from": "yesterday"}).query == "sent_from=%3F"

    def test_the_page_shows_the_period(self) -> None:
        self.client.force_login(self.owner)
        page = self.client.get(f"/o/{self.acme.slug}/requests/", {"sent_from": "2026-01-01"}).content.decode()
        assert 'name="sent_from" value="2026-01-01"' in page
        assert '<details class="col-12" open>' in page


class TickedFilterTests(AcmeTestCase):
    def found(self, only: str) -> list[int]:
        return list(requests_for(self.acme, Filters({"only": only})).values_list("pk", flat=True))

    def test_the_ticked_ones_are_left_those_of_others_are_not(self) -> None:
        theirs = make_request(make_workspace(self.other, self.slack), self.shared_procedure)
        keys = [self.draft.pk, theirs.pk, self.submitted.pk]
        assert self.found("-".join(map(str, keys))) == sorted([self.draft.pk, self.submitted.pk], reverse=True)
        assert normalised(f"only={self.draft.pk}-{self.submitted.pk}&sort=old", self.owner.pk).startswith("only=")

    def test_what_cannot_be_read_finds_nothing(self) -> None:
        for text in (
            f"{self.draft.pk}-x",
            "-",
            f"{self.draft.pk}-",
            f"{2**63}",
            "-".join(["1"] * 101),
            "-".join(["9" * 18] * 50),
        ):
            with self.subTest(text[:20]):
                assert self.found(text) == []

    def test_a_pack_says_how_many_were_ticked(self) -> None:
        words = chosen_by(self.acme, Filters({"only": f"{self.draft.pk}-{self.submitted.pk}"}))
        assert words == [("Ticked one by one", "2 requests")]
