"""Keys of another organisation's rows in what a form sends: they are as if they were made up."""

from requests_app.models import FollowUpPolicy, JobItem, OptOutRequest, Role
from tests.world import AcmeTestCase


class ForeignKeysTests(AcmeTestCase):
    def setUp(self) -> None:
        membership = self.outsider.memberships.select_related("organisation").get()
        membership.role = Role.OWNER
        membership.save()
        self.home = f"/o/{membership.organisation.slug}"
        self.client.force_login(self.outsider)

    def rows(self) -> list[object]:
        return list(OptOutRequest.objects.order_by("pk").values())

    def test_many_requests_at_once_are_ones_own(self) -> None:
        before = self.rows()
        every = "&".join(f"row={row.pk}" for row in OptOutRequest.objects.all())
        for chosen in (every, "all=1&query=", f"all=1&query=workspace%3D{self.workspace.pk}"):
            for act in ({"act": "snooze", "until": "2099-01-01"}, {"act": "assign", "responsible": ""}):
                response = self.client.post(f"{self.home}/requests/many/?{chosen}", act | {"count": len(before)})
                self.assertRedirects(response, f"{self.home}/requests/", fetch_redirect_response=False)
        assert self.rows() == before
        assert JobItem.objects.exclude(job=self.job).count() == 0

    def test_a_change_is_reviewed_of_ones_own(self) -> None:
        before = self.rows()
        for decision in ("act", "keep"):
            given = {"row": [row.pk for row in OptOutRequest.objects.all()], "version": 1, "decision": decision}
            self.client.post(f"{self.home}/changed/review/", given)
        assert self.rows() == before

    def test_follow_ups_are_chosen_for_vendors_one_can_see(self) -> None:
        for name, key in (("vendor", self.private_vendor.pk), ("procedure", self.private_procedure.pk)):
            response = self.client.post(
                f"{self.home}/settings/follow-ups/new/?{name}={key}",
                {name: key, "first_follow_up_days": 3, "automatic": "true"},
            )
            assert response.status_code in (200, 404, 422)
        assert list(FollowUpPolicy.objects.all()) == [self.policy]

    def test_a_list_filtered_by_others_is_empty(self) -> None:
        for name, key in (
            ("workspace", self.workspace.pk),
            ("vendor", self.slack.pk),
            ("procedure", self.shared_procedure.pk),
            ("responsible", self.owner.pk),
            ("q", self.submitted.reference),
        ):
            page = self.client.get(f"{self.home}/requests/", {name: key}).content.decode()
            assert f"/requests/{self.submitted.pk}/" not in page
