from django.test import SimpleTestCase

from requests_app.intake.suggestions import suggestion_of

PHRASES = {
    "We have now completed your request.": "completed",
    "Your opt-out request has been processed.": "completed",
    "Your workspace has been opted out.": "completed",
    "Data sharing is now disabled for your tenant.": "completed",
    "Ihr Widerspruch wurde umgesetzt.": "completed",
    "Votre demande a été traitée.": "completed",
    "Please send us proof of authority first.": "proof",
    "Before we can proceed we need to verify your identity.": "proof",
    "Bitte senden Sie uns eine Vollmacht.": "proof",
    "We cannot opt out individual users.": "cannot",
    "Unfortunately we are unable to process this.": "cannot",
    "We can't confirm that this has been completed.": "cannot",
    "Leider können wir Ihrem Wunsch nicht entsprechen.": "cannot",
    "This setting is not available on your plan.": "plan",
    "This requires an Enterprise plan.": "plan",
    "Thank you for writing. We will look into it.": "",
    "": "",
}


class SuggestionTests(SimpleTestCase):
    def test_phrases_suggest_what_a_person_decides(self) -> None:
        for text, name in PHRASES.items():
            with self.subTest(text):
                assert suggestion_of("reply", text).get("name", "") == name

    def test_a_program_that_answers_has_done_nothing(self) -> None:
        assert suggestion_of("auto_reply", "Your request has been completed.")["status"] == "acknowledged"
        assert suggestion_of("bounce", "We cannot deliver it.")["status"] == "action_needed"

    def test_long_text_takes_no_time(self) -> None:
        assert suggestion_of("reply", "können wir leider " * 20_000) == {}
