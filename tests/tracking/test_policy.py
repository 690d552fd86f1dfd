from requests_app.models import Action, Event, FollowUpPolicy, Membership, OptOutRequest, ReminderKind
from requests_app.tracking.clock import settle_stale
from requests_app.tracking.policy import LETTER, NAMES, SETTING, Policy, merge, policy_of
from requests_app.tracking.policy_changes import Scope, inherited, remove_policy, save_policy
from tests.drafting.requests import find
from tests.world import AcmeTestCase

ADDRESS = "/o/acme/settings/follow-ups/"
NOTHING = dict.fromkeys(NAMES)


class PolicyTestCase(AcmeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.olga = Membership.objects.select_related("organisation", "user").get(user=self.owner)
        self.client.force_login(self.owner)


class MergeTests(PolicyTestCase):
    def test_the_narrowest_that_says_something_counts(self) -> None:
        make = FollowUpPolicy.objects.create
        make(organisation=self.acme, first_follow_up_days=1, second_follow_up_days=1, escalation_days=1)
        make(organisation=self.acme, vendor=self.slack, first_follow_up_days=2, second_follow_up_days=2)
        make(organisation=self.acme, procedure=self.shared_procedure, first_follow_up_days=0, automatic=True)
        make(organisation=self.other, first_follow_up_days=9)
        found = policy_of(self.submitted)
        assert (found.first_follow_up_days, found.second_follow_up_days, found.escalation_days) == (0, 2, 1)
        assert (found.give_up_days, found.automatic) == (LETTER.give_up_days, True)

    def test_without_any_the_defaults_hold(self) -> None:
        assert policy_of(self.submitted) == LETTER == Policy()
        assert merge([], SETTING).reverify_months == 6

    def test_one_query_is_enough(self) -> None:
        found = OptOutRequest.objects.select_related("procedure", "version").get(pk=self.submitted.pk)
        with self.assertNumQueries(1):
            policy_of(found)


class ChangeTests(PolicyTestCase):
    def test_it_writes_an_event_and_winds_the_clocks_that_it_concerns(self) -> None:
        settle_stale()
        scope = Scope(vendor=self.slack)
        save_policy(self.olga, scope, NOTHING | {"acknowledgement_days": 0})
        event = Event.objects.filter(action=Action.SETTINGS_CHANGED).order_by("-recorded_at", "-sequence")[0]
        assert event.detail["acknowledgement_days"] == {"from": None, "to": 0}
        assert event.detail["follow_ups"] == "slack" or event.detail["follow_ups"].startswith("Slack")
        assert OptOutRequest.objects.get(pk=self.submitted.pk).clock_stale
        settle_stale()
        assert OptOutRequest.objects.get(pk=self.submitted.pk).next_action == ReminderKind.OVERDUE

    def test_the_same_again_writes_nothing(self) -> None:
        save_policy(self.olga, Scope(), NOTHING | {"give_up_days": 7})
        before = Event.objects.count()
        save_policy(self.olga, Scope(), NOTHING | {"give_up_days": 7})
        assert Event.objects.count() == before

    def test_what_is_removed_holds_no_more(self) -> None:
        policy = save_policy(self.olga, Scope(procedure=self.shared_procedure), NOTHING | {"give_up_days": 7})
        save_policy(self.olga, Scope(vendor=self.slack), NOTHING | {"give_up_days": 8})
        remove_policy(self.olga, policy)
        assert policy_of(self.submitted).give_up_days == 8
        assert inherited(self.acme, Scope(procedure=self.shared_procedure)).give_up_days == 8


class PageTests(PolicyTestCase):
    def test_it_says_that_the_defaults_are_optouts_own(self) -> None:
        page = self.client.get(ADDRESS)
        self.assertContains(page, "no law and no vendor sets them")
        self.assertContains(page, 'placeholder="30"')

    def test_what_holds_for_everything_is_saved(self) -> None:
        self.assertRedirects(self.client.post(ADDRESS, {"escalation_days": "4", "automatic": "yes"}), ADDRESS)
        found = policy_of(self.submitted)
        assert (found.escalation_days, found.automatic) == (4, True)
        self.assertContains(self.client.get(ADDRESS), 'value="4"')

    def test_a_number_that_cannot_be_is_refused_and_kept(self) -> None:
        page = self.client.post(ADDRESS, {"escalation_days": "4000"})
        self.assertContains(page, 'value="4000"', status_code=422)
        assert policy_of(self.submitted) == LETTER

    def test_a_procedure_gets_days_of_its_own_and_loses_them(self) -> None:
        self.assertContains(self.client.get(f"{ADDRESS}new/"), f"procedure-{self.shared_procedure.pk}")
        page = self.client.post(f"{ADDRESS}new/", {"scope": f"procedure-{self.shared_procedure.pk}"}, follow=True)
        self.assertContains(page, "For this procedure of Slack")
        policy = FollowUpPolicy.objects.get(procedure=self.shared_procedure)
        own = f"{ADDRESS}{policy.pk}/"
        self.assertRedirects(self.client.post(own, {"first_follow_up_days": "0", "automatic": "no"}), ADDRESS)
        assert (policy_of(self.submitted).first_follow_up_days, policy_of(self.submitted).automatic) == (0, False)
        self.assertContains(self.client.get(ADDRESS), own)
        self.client.post(own, {"action": "remove"})
        assert policy_of(self.submitted) == LETTER

    def test_a_setting_is_only_checked_again(self) -> None:
        setting = find("zoom/ai-companion-admin")
        page = self.client.get(f"{ADDRESS}{save_policy(self.olga, Scope(procedure=setting), NOTHING).pk}/")
        self.assertContains(page, "nobody to follow up with")
        self.assertContains(page, 'placeholder="6"')
        self.assertNotContains(page, "Second follow-up")

    def test_only_what_is_in_use_can_be_chosen(self) -> None:
        self.assertNotContains(self.client.get(f"{ADDRESS}new/"), "Zoom")
        page = self.client.post(f"{ADDRESS}new/", {"scope": "vendor-0"})
        self.assertContains(page, "Select a valid choice", status_code=422)
