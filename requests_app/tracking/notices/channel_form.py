"""The form of a channel."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.models import ChannelKind, NoticeKind, NotificationChannel
from requests_app.tracking.notices.guarded import Refused, check_url


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """A new channel, or one that is there, whose address is not shown."""

    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "off"}),
        help_text=_(
            "As Slack, Teams (Workflows) or the receiver gives it; it begins with https://. Whoever knows it can post "
            "there, so it is encrypted and not shown again."
        ),
    )
    events = forms.MultipleChoiceField(
        label=_("Post when"),
        choices=NoticeKind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What comes together is posted together, about two minutes later."),
    )

    class Meta:
        model = NotificationChannel
        fields = ("kind", "name", "url", "events")
        labels: ClassVar = {"kind": _("Kind"), "name": _("Name")}
        help_texts: ClassVar = {
            "kind": _("Mattermost and Rocket.Chat take what Slack takes. A webhook is signed (Standard Webhooks)."),
            "name": _("As people call it, such as #privacy."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.saved = str(self.instance.url)
        self.fields["kind"].choices = ChannelKind.choices  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["kind"]
            self.fields["url"].required = False
            self.fields["url"].help_text = _("Empty: the one that is saved stays. It is not shown.")
            self.initial["url"] = ""

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        if not url:
            return self.saved
        try:
            check_url(url)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return url
