"""The forms in which an owner decides when Optout follows up."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from requests_app.access import visible_procedures
from requests_app.models import FollowUpPolicy, Organisation
from requests_app.models.languages import in_language
from requests_app.tracking.policy import NAMES, Policy
from requests_app.tracking.policy_changes import Scope

AUTOMATIC = (("", _("As it is otherwise")), ("no", _("Wait for approval")), ("yes", _("Go by themselves")))


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """Waits in working days. An empty field shows what holds then; 0 leaves the step out."""

    automatic = forms.TypedChoiceField(
        label=_("Follow-ups to the vendor"),
        required=False,
        choices=AUTOMATIC,
        coerce=lambda word: word == "yes",
        empty_value=None,
        help_text=_(
            "Whether a follow-up that Optout has written is sent at once, or only after somebody approved it. "
            "By themselves only where the mail settings allow it, too."
        ),
    )

    class Meta:
        model = FollowUpPolicy
        fields = NAMES
        labels: ClassVar = {
            "acknowledgement_days": _("Check that it arrived"),
            "first_follow_up_days": _("First follow-up"),
            "second_follow_up_days": _("Second follow-up"),
            "escalation_days": _("Escalation"),
            "give_up_days": _("Decide whether to go on"),
            "reverify_months": _("Check that it still holds"),
        }
        help_texts: ClassVar = {
            "acknowledgement_days": _("Working days after sending, while nobody has acknowledged the request."),
            "first_follow_up_days": _("Working days after the day by which the answer was due."),
            "second_follow_up_days": _("Working days after the first follow-up."),
            "escalation_days": _("Working days after the second follow-up: to the privacy officer or legal address."),
            "give_up_days": _("Working days after the escalation: Optout asks you and writes to nobody."),
            "reverify_months": _("Months after it was confirmed. A setting may have been switched back."),
        }

    def __init__(self, *args: Any, inherited: Policy, is_written: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAMES[:-1]:
            self.fields[name].widget.attrs["placeholder"] = str(getattr(inherited, name))
        self._name_choices(inherited)
        if not is_written:  # nobody follows up with oneself
            self.fields = {"reverify_months": self.fields["reverify_months"]}

    def values(self) -> dict[str, Any]:
        """Return what was chosen, None for what is inherited or not asked."""
        return {name: self.cleaned_data.get(name) for name in NAMES}

    def _name_choices(self, inherited: Policy) -> None:
        now = gettext("Go by themselves") if inherited.automatic else gettext("Wait for approval")
        first = gettext("As it is otherwise: {choice}").format(choice=now)
        self.fields["automatic"].choices = [("", first), *AUTOMATIC[1:]]  # type: ignore[attr-defined]
        if self.instance.automatic is not None:
            self.initial["automatic"] = "yes" if self.instance.automatic else "no"


class ScopeForm(forms.Form):
    """For which vendor or procedure a policy of its own is chosen."""

    scope = forms.ChoiceField(
        label=_("Vendor or procedure"),
        help_text=_("Those of your workspaces. What is chosen for a procedure goes before what holds for its vendor."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scopes = scopes_of(organisation)
        self.fields["scope"].choices = [  # type: ignore[attr-defined]
            (key, words) for key, (words, _scope) in self.scopes.items()
        ]

    @property
    def chosen(self) -> Scope:
        """What was chosen."""
        return self.scopes[self.cleaned_data["scope"]][1]


def scopes_of(organisation: Organisation) -> dict[str, tuple[str, Scope]]:
    """Return by its key what a policy can be chosen for, in words: each vendor in use, then each of its procedures."""
    in_use = organisation.workspaces.values("vendor")
    procedures = visible_procedures(organisation).filter(vendor__in=in_use, retired_at=None)
    found: dict[str, tuple[str, Scope]] = {}
    for procedure in procedures.defer("search_text", "vendor__content").order_by("vendor__name", "vendor_id", "pk"):
        vendor = procedure.vendor
        every = gettext("{vendor}: every procedure").format(vendor=vendor.short_name)
        found.setdefault(f"vendor-{vendor.pk}", (every, Scope(vendor=vendor)))
        title = f"{vendor.short_name}: {in_language(procedure.title)}"
        found[f"procedure-{procedure.pk}"] = (title, Scope(procedure=procedure))
    return found
