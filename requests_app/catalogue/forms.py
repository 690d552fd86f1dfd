"""The forms of an organisation's own vendors and procedures: what is typed, and its help."""

from datetime import date
from typing import Any

from babel import Locale
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from requests_app.catalogue import words
from requests_app.catalogue.fields import country_codes, standard_fields
from requests_app.models.languages import in_language

LONG, SHORT = 5000, 300
MOST_PARTS = 20
GIVE_ONE_EACH = _("One on each line.")


def text(label: Any, help_text: Any, *, required: bool = True, most: int = SHORT, **more: Any) -> forms.CharField:
    """Return a field of one line."""
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=most, **more)


def lines(label: Any, help_text: Any, *, required: bool = False, rows: int = 3) -> forms.CharField:
    """Return a field of several lines."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=LONG, widget=widget)


def day(label: Any, help_text: Any, **more: Any) -> forms.DateField:
    """Return a field for a date."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, widget=widget, **more)


def choice(label: Any, help_text: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, help_text=help_text, choices=choices, **more)


def countries() -> list[tuple[str, str]]:
    """Return the countries by name, in the language of whoever reads the page."""
    names = Locale.parse(get_language() or "en", sep="-").territories
    known = sorted(((code, names.get(code, code)) for code in country_codes()), key=lambda country: country[1])
    return [("", "---------"), *known]


def field_choices() -> list[tuple[str, str]]:
    """Return the shared fields by label, with the name that a wording uses."""
    return [(field.name, f"{in_language(field.label)} ({field.name})") for field in standard_fields()]


class SourceForm(forms.Form):
    """Where something was read."""

    source_kind = choice(
        _("Kind of source"), _("Whose text it is."), list(words.SOURCE_KINDS.items()), initial="vendor_page"
    )
    source_url = text(_("Link"), _("A complete link, such as https://example.com/terms."), required=False, most=500)
    source_title = text(_("Document"), _("What it is called, if there is no link."), required=False)
    source_date = text(
        _("Date it shows"), _("As 2026-03-31 or 2026-03; empty if it shows none."), required=False, most=10
    )
    source_read = day(_("Read on"), _("The day on which you read it."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source_read"].initial = today

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.has_changed() and not (values.get("source_url") or values.get("source_title")):
            self.add_error("source_url", _("Give the link, or name the document."))
        return values


class AddressForm(SourceForm):
    """A postal address of a vendor."""

    purpose = text(_("Purpose"), _("What the address is for, such as privacy requests. Each purpose once."))
    lines = lines(_("Address"), _("As on an envelope, two to nine lines, without the vendor's name."), required=True)
    country = forms.ChoiceField(label=_("Country"), help_text=_("It decides the last line of a letter."))

    field_order = ("purpose", "lines", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries()  # type: ignore[attr-defined]


class EmailForm(SourceForm):
    """An e-mail address of a vendor."""

    address = text(_("E-mail"), _("One address, such as privacy@example.com."), most=254)
    role = text(_("Purpose"), _("What the address is for, such as privacy requests."))

    field_order = ("address", "role")


AddressFormSet = forms.formset_factory(AddressForm, extra=1, can_delete=True, max_num=MOST_PARTS)
EmailFormSet = forms.formset_factory(EmailForm, extra=1, can_delete=True, max_num=MOST_PARTS)
SourceFormSet = forms.formset_factory(SourceForm, extra=1, can_delete=True, max_num=MOST_PARTS)


class VendorForm(forms.Form):
    """A vendor of the organisation's own."""

    name = text(_("Name"), _("As you would look for it."), most=200)
    website = text(_("Website"), _("A complete link, such as https://example.com."), most=500)
    legal_names = lines(_("Legal names"), GIVE_ONE_EACH, rows=2)
    note = lines(_("Note"), _("What else people have to know, such as contacts that conflict."), rows=2)
    edition = forms.CharField(widget=forms.HiddenInput, required=False)


class ProcedureForm(forms.Form):
    """A procedure of one of those vendors."""

    title_en = text(_("Name, English"), _("A short name for lists, such as Model training."))
    title_de = text(_("Name, German"), _("Left empty, the English name is used."), required=False)
    title_fr = text(_("Name, French"), _("Left empty, the English name is used."), required=False)
    product = text(_("Product"), _("The product or plan that it is about."))
    data_use = lines(_("Use of data"), _("What the vendor uses your data for."), required=True, rows=2)
    default_state = choice(
        _("If you do nothing"),
        _("What the sources say about the default."),
        [(key, badge.text) for key, badge in words.DEFAULT_STATES.items()],
        initial="unknown",
    )
    vendor_statement = lines(_("Vendor's statement"), _("What the vendor says, in your words."), rows=2)
    quote = forms.CharField(
        label=_("Quote"),
        help_text=_("The vendor's own words, at most 400 characters. A statement needs one."),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    quote_read = day(_("Quote read on"), _("The day on which you read it."), required=False)
    confidence = choice(
        _("Confidence"), _("How sure the sources make you."), list(words.CONFIDENCE.items()), initial="medium"
    )

    channel = choice(_("Channel"), _("The way the request takes."), list(words.CHANNELS.items()))
    who_may_submit = text(_("Who may submit"), _("As the vendor names them, such as workspace owner."), required=False)
    scope_unit = choice(
        _("Repeat for each"), _("One request covers one of these."), list(words.SCOPE_UNITS.items()), initial="account"
    )
    recipient_name = text(_("Recipient"), _("The team or person whom the sources name."), required=False)
    recipient_email = text(_("Recipient's e-mail"), _("Needed for the channel E-mail."), required=False, most=254)
    recipient_url = text(_("Recipient's link"), _("The form or page, as a complete link."), required=False, most=500)
    recipient_address = forms.ChoiceField(
        label=_("Postal address"), help_text=_("Where letters go: one of the vendor's addresses."), required=False
    )
    subject_line = text(_("Prescribed subject"), _("Only if the vendor prescribes it, exactly."), required=False)
    steps = lines(_("Steps"), GIVE_ONE_EACH)
    confirmation = lines(_("Confirmation"), _("What a confirmation of the vendor looks like."), rows=2)
    effect = lines(_("Effect"), _("What changes afterwards, and whether it reaches back."), rows=2)
    retroactive = choice(
        _("Reaches back"),
        _("Whether data used before is covered."),
        list(words.RETROACTIVE.items()),
        initial="not_stated",
    )
    caveats = lines(_("Caveats"), GIVE_ONE_EACH)

    fields_asked = forms.MultipleChoiceField(
        label=_("The request asks for"),
        help_text=_("What identifies the account towards the vendor. Who signs is always asked for."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ask_en = lines(
        _("Wording, English"),
        _("The one paragraph that says what is asked. {{ account_name }} stands for what is filled in there."),
        required=True,
        rows=4,
    )
    ask_de = lines(_("Wording, German"), _("Left empty, a German request carries the English paragraph."), rows=4)
    ask_fr = lines(_("Wording, French"), _("Left empty, a French request carries the English paragraph."), rows=4)
    grounds = forms.MultipleChoiceField(
        label=_("Grounds"),
        help_text=_("On what ground you may ask; the first that applies is proposed."),
        choices=list(words.GROUNDS.items()),
        initial=["vendor_choice"],
        widget=forms.CheckboxSelectMultiple,
    )
    follow_up_days = forms.IntegerField(
        label=_("Follow up after (days)"),
        help_text=_("When a reminder is due if no answer came."),
        min_value=1,
        max_value=365,
        initial=14,
    )
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, purposes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        addresses = [("", _("None")), *((purpose, purpose) for purpose in purposes)]
        self.fields["recipient_address"].choices = addresses  # type: ignore[attr-defined]
        self.fields["fields_asked"].choices = field_choices()  # type: ignore[attr-defined]
        self.helper = _helper()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("channel") == "statement" and not values.get("quote"):
            self.add_error("quote", _("A statement rests on the vendor's own words: quote the sentence."))
        if values.get("quote") and not values.get("quote_read"):
            self.add_error("quote_read", _("Say on which day you read the quote."))
        return values


def _helper() -> FormHelper:
    """Return the layout of the form of a procedure, in the order in which people think of it."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(
        Fieldset(
            _("What the vendor does"),
            _row("title_en", "title_de", "title_fr"),
            *("product", "data_use"),
            _row("default_state", "confidence"),
            *("vendor_statement", "quote", "quote_read"),
            css_class="oo-card",
        ),
        Fieldset(
            _("How to opt out"),
            _row("channel", "scope_unit", "who_may_submit"),
            _row("recipient_name", "recipient_email"),
            _row("recipient_url", "recipient_address"),
            *("subject_line", "steps", "caveats", "confirmation", "effect", "retroactive"),
            css_class="oo-card",
        ),
        Fieldset(
            _("The request"),
            *("fields_asked", "ask_en", "ask_de", "ask_fr", "grounds", "follow_up_days", "edition"),
            css_class="oo-card",
        ),
    )
    return helper


def _row(*names: str) -> Row:
    return Row(*(Column(name, css_class="col-md") for name in names))
