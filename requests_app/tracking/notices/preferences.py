"""How a member wants to be told, and how that is saved."""

import datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from requests_app.models import Digest, Membership, NoticeSettings, Role
from requests_app.models.notify import AT_ONCE, settings_of
from requests_app.people.choices import time_zones

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """What one person hears of one organisation, and when."""

    digest = forms.ChoiceField(
        label=_("Digest"),
        choices=Digest.choices,
        help_text=_("One mail at 07:30 with what needs you. On a day on which nothing does, none comes."),
    )
    weekday = forms.TypedChoiceField(
        label=_("Day of a weekly digest"), choices=WEEKDAYS, coerce=int, help_text=_("A daily one comes every day.")
    )
    at_once = forms.MultipleChoiceField(
        label=_("Tell me at once when"),
        required=False,
        choices=[(kind.value, kind.label) for kind in AT_ONCE],
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Of requests that you are responsible for, or that nobody is. What comes together is told in one mail."
        ),
    )
    time_zone = forms.ChoiceField(
        label=_("Your time zone"), required=False, help_text=_("The digest and the quiet hours go by it.")
    )
    language = forms.ChoiceField(
        label=_("Language of these mails"),
        required=False,
        choices=[("", _("As your pages, or as the organisation")), *settings.LANGUAGES],
        help_text=_("Only of what Optout writes to you; requests have their own."),
    )

    class Meta:
        model = NoticeSettings
        fields = ("digest", "weekday", "at_once", "quiet_from", "quiet_to", "time_zone", "language", "checkpoints")
        labels: ClassVar = {
            "checkpoints": _("Send me the signed checkpoints of our history"),
            "quiet_from": _("Quiet hours from"),
            "quiet_to": _("Quiet hours to"),
        }
        help_texts: ClassVar = {
            "checkpoints": _(
                "At most once a week. Keep these mails: they show whether anybody has written history anew since."
            ),
            "quiet_from": _("No mail comes from this time on. Empty: at any time."),
            "quiet_to": _("What waited comes then. It may be on the next morning."),
        }
        widgets: ClassVar = {
            name: forms.TimeInput(format="%H:%M", attrs={"type": "time"}) for name in ("quiet_from", "quiet_to")
        }

    def __init__(self, *args: Any, organisation_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = _("As the organisation: %(zone)s") % {"zone": organisation_zone.replace("_", " ")}
        if not self.instance.membership.may(Role.OWNER):
            del self.fields["checkpoints"]
        self.fields["time_zone"].choices = [("", usual), *time_zones()]  # type: ignore[attr-defined]

    def clean(self) -> None:
        """Ask for the other end of quiet hours."""
        given = self.cleaned_data
        ends = ("quiet_from", "quiet_to")
        missing = [name for name in ends if not given.get(name) and name not in self.errors]
        if len(missing) == 1 and not any(name in self.errors for name in ends):
            self.add_error(missing[0], _("Give both times, or none."))
        elif not missing and given.get("quiet_from") == given.get("quiet_to"):
            self.add_error("quiet_to", _("Choose another time than the first, or leave both empty."))


def save_preferences(row: NoticeSettings, now: datetime.datetime) -> None:
    """Save them; the next digest comes when they say, and never one that was due before."""
    row.next_digest_at = row.digest_after(now)
    row.save()


def end_all(membership: Membership, now: datetime.datetime) -> None:
    """Send this member no digest, notice or checkpoint any more."""
    row = settings_of(membership, now)
    row.digest, row.at_once, row.checkpoints = Digest.OFF, [], False
    save_preferences(row, now)
