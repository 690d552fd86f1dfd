"""Forms of accounts, the set-up, the organisation and its members."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from requests_app.models import Membership, Organisation, Role, User, Vendor
from requests_app.people.accounts import has_account
from requests_app.people.choices import LANGUAGES, countries, holiday_countries, holiday_regions, time_zones, week
from requests_app.people.password import NewPasswordField, check_password


class NameForm(forms.Form):
    """A new account whose e-mail address is given: that of the invitation."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        help_text=_("Colleagues see it, and requests that you write are signed with it unless you change it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = NewPasswordField()

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = email

    def clean(self) -> None:
        check_password(self, self.address)


class AccountForm(NameForm):
    """A new account with an e-mail address of one's own choice."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    field_order = ("name", "email", "password")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if has_account(email):
            raise forms.ValidationError(_("There is an account with this address. Sign in with it instead."))
        return email

    def clean(self) -> None:
        check_password(self, self.cleaned_data.get("email", ""))


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """What a person may change about her or his own account."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser asks for")), *settings.LANGUAGES],
        help_text=_("Of these pages. The language of a request is chosen with the request."),
    )
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=(("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))),
        help_text=_("Light, dark, or whatever this device is set to."),
    )

    class Meta:
        model = User
        fields = ("name", "language", "theme", "single_keys")
        labels: ClassVar = {"name": _("Name"), "single_keys": _("Single keys")}
        help_texts: ClassVar = {
            "name": _("As colleagues see it."),
            "single_keys": _("One key does something, such as / for search. Turn it off if you dictate text."),
        }
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """The organisation as its letters show it."""

    country = forms.ChoiceField(
        label=_("Country"), choices=countries, help_text=_("Decides which law a request refers to and the paper size.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, help_text=_("Deadlines and dates are counted in it.")
    )
    language = forms.ChoiceField(
        label=_("Language of requests"), choices=LANGUAGES, help_text=_("The usual one; each request may have another.")
    )

    class Meta:
        model = Organisation
        fields: ClassVar[tuple[str, ...]] = (
            "name",
            "postal_address",
            "country",
            "time_zone",
            "language",
            "signatory_name",
            "signatory_role",
            "signatory_email",
        )
        labels: ClassVar = {
            "name": _("Name"),
            "postal_address": _("Postal address"),
            "signatory_name": _("Who signs"),
            "signatory_role": _("Position"),
            "signatory_email": _("E-mail address of who signs"),
        }
        help_texts: ClassVar = {
            "name": _("The legal name, as your vendors have it in the contract."),
            "postal_address": _("As it stands on an envelope, without the name. Letters need it."),
            "signatory_name": _("The person in whose name requests are written."),
            "signatory_role": _("Such as Workspace Owner or Head of IT. Some vendors answer owners only."),
            "signatory_email": _("Vendors reply to it."),
        }
        widgets: ClassVar = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "postal_address": forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
            "signatory_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "signatory_role": forms.TextInput(attrs={"autocomplete": "organization-title"}),
            "signatory_email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def facts(self) -> list[tuple[str, str]]:
        """Return label and value of each field, as somebody reads them who may not change them."""
        return [(str(bound.label), readable(bound)) for bound in self]


class OrganisationSettingsForm(OrganisationForm):
    """The organisation with the calendar by which its deadlines are counted; the set-up does not ask for it."""

    working_days = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        coerce=int,
        choices=week,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The day by which an answer is due is one of them, and so is each reminder."),
    )
    holiday_country = forms.ChoiceField(
        label=_("Public holidays"),
        required=False,
        choices=holiday_countries,
        help_text=_("Whose public holidays are days off, too."),
    )

    class Meta(OrganisationForm.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *OrganisationForm.Meta.fields,
            "working_days",
            "holiday_country",
            "holiday_region",
        )
        labels: ClassVar = {**OrganisationForm.Meta.labels, "holiday_region": _("Part of that country")}
        help_texts: ClassVar = {
            **OrganisationForm.Meta.help_texts,
            "holiday_region": _("For its own holidays, such as BY for Bavaria or CA for California; may stay empty."),
        }

    def clean_holiday_region(self) -> str:
        """Return the part of the country whose holidays count. Raises ValidationError with those that are known."""
        region = str(self.cleaned_data["holiday_region"]).strip().upper()
        country = self.cleaned_data.get("holiday_country") or self.cleaned_data.get("country", "")
        known = {name.upper(): name for name in holiday_regions().get(country, [])}
        if not region or region in known:
            return known.get(region, "")
        if not known:
            raise forms.ValidationError(_("No part of that country has holidays of its own here. Leave it empty."))
        raise forms.ValidationError(_("Choose one of these, or leave it empty: %s.") % ", ".join(known.values()))


def readable(bound: forms.BoundField) -> str:
    """Return the value of a field in words."""
    value = bound.value() or ""
    offered: dict[str, str] = {str(key): str(label) for key, label in getattr(bound.field, "choices", ())}
    values = value if isinstance(value, list) else [value]
    return ", ".join(offered.get(str(one), str(one)) for one in values)


class VendorChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Calls vendors as people do."""

    def label_from_instance(self, obj: Model) -> str:
        """Return the vendor's short name."""
        return str(getattr(obj, "short_name", obj))


class VendorsForm(forms.Form):
    """The vendors to start with."""

    vendors = VendorChoices(
        queryset=Vendor.objects.filter(organisation=None, retired_at=None).order_by("name"),
        required=False,
        label=_("Vendors"),
        widget=forms.CheckboxSelectMultiple,
    )


class RoleForm(forms.Form):
    """One of the three roles."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.ADMIN,
        help_text=_(
            "An owner changes people and settings, too. An admin does the daily work. An auditor reads and exports."
        ),
    )


class InvitationForm(RoleForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Only somebody who signs in with this address can use the link."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("email", "role")

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if self.membership.organisation.memberships.filter(user__email__iexact=email).exists():
            raise forms.ValidationError(_("This person is a member already. The list shows the role."))
        return email
