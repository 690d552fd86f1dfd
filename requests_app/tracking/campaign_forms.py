"""What people type about a campaign: its name and note, and what its drafts have in common."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.catalogue.words import GROUNDS, LANGUAGES
from requests_app.models import Organisation, User
from requests_app.tracking.campaigns import CampaignValues
from requests_app.tracking.forms import members_of


class CampaignForm(forms.Form):
    """Name and note."""

    name = forms.CharField(
        max_length=80, label=_("Name"), help_text=_("How your colleagues will know it, such as: Slack, autumn 2026.")
    )
    note = forms.CharField(
        max_length=5000,
        required=False,
        label=_("Note (optional)"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why it is done, or who decided it. Only your organisation sees it."),
    )


class NewCampaignForm(CampaignForm):
    """A new campaign; what is left empty is as for a single request."""

    responsible = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        label=_("Responsible"),
        empty_label=_("Whoever is responsible for the workspace"),
        help_text=_("Who follows the requests up. Nobody there: you."),
    )
    ground = forms.ChoiceField(
        required=False,
        label=_("Ground"),
        choices=[("", _("What fits each procedure best")), *GROUNDS.items()],
        help_text=_("A procedure that the ground does not fit gets the one that fits it best."),
    )
    locale = forms.ChoiceField(
        required=False,
        label=_("Language"),
        choices=[("", _("Your organisation’s language")), *LANGUAGES.items()],
        help_text=_("In which the requests are written."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responsible"].queryset = members_of(organisation)  # type: ignore[attr-defined]
        self.order_fields(["name", "responsible", "ground", "locale", "note"])

    def values(self) -> CampaignValues:
        """Return what was typed; call it on a valid form."""
        return CampaignValues(**self.cleaned_data)
