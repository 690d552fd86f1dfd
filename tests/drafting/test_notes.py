from datetime import date

from django.conf import settings
from django.test import SimpleTestCase

from requests_app.catalogue.files import find_procedure
from requests_app.drafting.notes import notes_for

TODAY = date(2026, 11, 24)


def notes(name: str, today: date = TODAY) -> str:
    return "\n".join(notes_for(find_procedure(name, settings.CATALOGUE_DIR), today))


class NotesTests(SimpleTestCase):
    def test_they_name_the_other_ways_and_the_subjects_that_are_also_published(self) -> None:
        assert "Also possible by: email, form" in notes("zoom/privacy-letter")
        assert "Slack Global model opt-out request." in notes("slack/global-models")
        assert "the case subject must include this text" in notes("salesforce/global-models-case")
        assert "About the recipient: forms sit behind" in notes("clearview/privacy-request")

    def test_they_give_the_default_by_plan_and_the_rule_by_region(self) -> None:
        assert "Default by plan: Free/Standard/Premium: always on, cannot be changed" in notes(
            "atlassian/metadata-contribution"
        )
        assert "By region, available in: EU/EEA, UK" in notes("meta/ai-objection-form")

    def test_they_give_times_and_dates(self) -> None:
        assert "Time: within 30 days of submission (the vendor's commitment)" in notes("intercom/fin-training")
        assert "Date: 2025-05-26: Objections by this date" in notes("meta/ai-objection-form")
        assert "Since: 2026-08-17" in notes("atlassian/inapp-data-contribution")

    def test_what_has_no_source_is_marked(self) -> None:
        assert "Without a source: portal is understood to confirm" in notes("openai/privacy-portal")

    def test_old_sources_are_named_by_their_day(self) -> None:
        assert "Sources last read on" not in notes("slack/global-models")
        assert "Sources last read on 2026-11-21" in notes("slack/global-models", date(2027, 6, 1))
