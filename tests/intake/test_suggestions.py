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
    # Turned round, awaited, asked
    "The request has not been completed yet.": "",
    "Your opt-out cannot be completed.": "cannot",
    "It could not be processed.": "cannot",
    "We will write to you once your request has been completed.": "",
    "We will let you know as soon as your workspace has been opted out": "",
    "Can you confirm that the request has been processed?": "",
    "We do not need proof of authority.": "",
    "No proof of identity is required.": "",
    "Ihr Widerspruch wurde noch nicht umgesetzt.": "",
    "Sobald die Freigabe für Ihre Organisation deaktiviert ist und wurde umgesetzt": "",
    "Ihr Antrag kann leider nicht bearbeitet werden.": "cannot",
    "Votre demande n'a pas été traitée.": "",
    "Votre demande ne peut être acceptée.": "cannot",
    "Nous avons désactivé le partage de vos données.": "completed",
    "As of today we will not use your data to train models.": "completed",
    "We will no longer process your data for this.": "completed",
    "We will not do that.": "cannot",
    "We have opted out your workspace. We cannot delete what was used before.": "partly",
    "Thank you. There is no news. Your request has been completed.": "completed",
    "We have received your request and will look into it.": "received",
    "Ihre Anfrage ist bei uns eingegangen.": "received",
    "Nous avons bien reçu votre demande.": "received",
    "We have not received your request.": "",
}


class SuggestionTests(SimpleTestCase):
    def test_phrases_suggest_what_a_person_decides(self) -> None:
        for text, name in PHRASES.items():
            with self.subTest(text):
                assert suggestion_of("reply", text).get("name", "") == name

    def test_a_program_that_answers_has_done_nothing(self) -> None:
        assert suggestion_of("auto_reply", "Your request has been completed.")["status"] == "acknowledged"
        assert suggestion_of("bounce", "We cannot deliver it.")["status"] == "action_needed"

    def test_an_absence_says_nothing_about_the_request(self) -> None:
        for text in ("I am out of the office until Monday.", "Ich bin im Urlaub.", "Je suis en congés."):
            assert suggestion_of("auto_reply", text) == {}

    def test_it_quotes_the_words_that_suggest_it(self) -> None:
        assert (
            suggestion_of("reply", "Hello. Your request\nhas been completed.")["words"] == "request has been completed"
        )

    def test_long_text_takes_no_time(self) -> None:
        assert suggestion_of("reply", "können wir leider " * 20_000) == {}
