import datetime
from collections import Counter
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests_app.models import DashboardFigures, OptOutRequest
from requests_app.tracking.charts import Row, chart
from requests_app.tracking.dashboard import refresh_dashboards, work_out
from requests_app.tracking.figures import spread
from tests.tracking.rows import make_procedure, make_request, make_vendor, make_workspace
from tests.world import AcmeTestCase

PAGE = "/o/acme/dashboard/"


class FiguresTests(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)
        self.procedure = make_procedure(make_vendor("quick", name="Quick (Ltd)"))
        self.place = make_workspace(self.acme, self.procedure.vendor)
        self.today = self.acme.today()

    def sent(self, days_ago: int, answered_after: int | None = None, **values: Any) -> OptOutRequest:
        day = self.today - datetime.timedelta(days=days_ago)
        answer = None if answered_after is None else day + datetime.timedelta(days=answered_after)
        return make_request(
            self.place, self.procedure, submitted_on=day, acknowledged_on=answer, **{"status": "acknowledged", **values}
        )

    def figures(self, period: str = "365") -> dict[str, Any]:
        figures: dict[str, Any] = work_out(self.acme, period).figures
        return figures

    def answers(self, period: str = "365") -> list[tuple[float, int]]:
        rows = self.figures(period)["answers"]
        return [(row["median"], row["answers"]) for row in rows if row["name"] == "Quick"]

    def test_coverage_counts_each_opt_out_of_each_workspace(self) -> None:
        row = next(row for row in self.figures()["vendors"] if row["name"] == "Quick")
        assert (row["open"], row["in_progress"], row["done"]) == (1, 0, 0)
        self.sent(5)
        row = next(row for row in self.figures()["vendors"] if row["name"] == "Quick")
        assert (row["open"], row["in_progress"], row["done"]) == (0, 1, 0)
        total = self.figures()["total"]
        channels = Counter({state: sum(row[state] for row in self.figures()["channels"]) for state in total})
        assert channels == Counter(total)

    def test_the_median_is_of_the_first_sign_of_the_vendor(self) -> None:
        for answered_after in (2, 4, 10):
            self.sent(20, answered_after)
        self.sent(20)
        self.sent(20, closed_on=self.today, status="closed", outcome="no_reply")
        assert self.answers() == [(4, 3)]
        self.sent(20, closed_on=self.today, status="closed", outcome="refused")
        assert self.answers() == [(7, 4)]

    def test_a_setting_that_people_change_themselves_is_no_answer(self) -> None:
        self.procedure.channel = "admin_setting"
        self.procedure.save()
        self.sent(20, closed_on=self.today, status="closed", outcome="confirmed")
        assert self.answers() == []

    def test_a_period_leaves_out_what_was_sent_before(self) -> None:
        self.sent(100, 3)
        assert self.answers("365") == [(3, 1)]
        assert self.answers("90") == []

    def test_open_requests_are_told_by_age(self) -> None:
        OptOutRequest.objects.all().update(submitted_on=None)
        for days in (14, 15, 91):
            self.sent(days)
        assert self.figures()["ages"] == [1, 1, 0, 0, 1]

    def test_the_middle_of_counted_values_is_found_without_writing_them_out(self) -> None:
        assert list(spread(Counter({5: 1}))) == [5]
        assert list(spread(Counter({1: 2, 9: 2}))) == [1, 9]
        assert list(spread(Counter({1: 1000, 9: 3}))) == [1]


class PageTests(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.auditor)

    def test_it_says_of_when_its_figures_are_and_works_them_out_when_asked(self) -> None:
        self.assertContains(self.client.get(PAGE), "As of")
        row = DashboardFigures.objects.get(organisation=self.acme)
        DashboardFigures.objects.update(made_at=row.made_at - datetime.timedelta(minutes=5))
        self.client.get(PAGE)
        assert DashboardFigures.objects.get().made_at < row.made_at
        self.client.post(f"{PAGE}refresh/", {"period": "365"})
        assert DashboardFigures.objects.get().made_at > row.made_at

    def test_the_clock_refreshes_what_has_changed_and_is_looked_at(self) -> None:
        self.client.get(PAGE)
        old = timezone.now() - datetime.timedelta(minutes=5)
        OptOutRequest.objects.update(updated_at=old - datetime.timedelta(days=1))
        DashboardFigures.objects.update(made_at=old)
        assert refresh_dashboards() == 0
        OptOutRequest.objects.filter(pk=self.draft.pk).update(updated_at=timezone.now())
        assert refresh_dashboards() == 1
        DashboardFigures.objects.update(made_at=old, asked_at=old - datetime.timedelta(days=3))
        assert refresh_dashboards() == 0

    def test_it_shows_charts_with_their_tables_and_no_style_attribute(self) -> None:
        page = self.client.get(PAGE)
        self.assertContains(page, '<svg class="oo-chart"')
        self.assertContains(page, "Coverage by vendor")
        self.assertNotContains(page, "style=")

    def test_an_unknown_period_is_the_usual_one(self) -> None:
        assert self.client.get(f"{PAGE}?period=%00").status_code == 200
        assert DashboardFigures.objects.get().period == "365"

    def test_an_empty_one_says_why(self) -> None:
        self.client.force_login(self.outsider)
        self.assertContains(self.client.get("/o/other/dashboard/"), "Nothing to count yet")

    def test_more_requests_take_no_more_queries(self) -> None:
        self.client.get(PAGE)
        numbers = []
        for _ in range(2):
            for _number in range(10):
                make_request(self.workspace, self.shared_procedure, status="submitted")
            work_out(self.acme, "365")
            with CaptureQueriesContext(connection) as queries:
                self.client.get(PAGE)
            numbers.append(len(queries))
        assert numbers[0] == numbers[1] <= 12

    def test_widths_come_from_the_figures(self) -> None:
        drawn = chart("x", "X", "Y", [Row("A" * 40, "", [(1, "done", "D"), (3, "open", "O")]), Row("B", "", [])])
        assert [(part.x, part.width) for part in drawn.bars[0].parts] == [("0.00%", "25.00%"), ("25.00%", "75.00%")]
        assert drawn.bars[0].label.endswith("…")
        assert drawn.bars[1].parts == []
