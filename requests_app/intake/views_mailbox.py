"""The page on which an owner sets up the mailbox that replies come to, and reads it at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import access
from requests_app.delivery.mail_setup import change_mail, mail_of
from requests_app.delivery.mailbox_form import MailboxForm
from requests_app.intake.polling import Polled, poll
from requests_app.people.reauthentication import confirm_identity


@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_settings(request: HttpRequest, organisation: str) -> HttpResponse:
    """Show and change which mailbox is read."""
    membership = access.owner(request, organisation)
    # Asked before anything is typed: what is typed would be lost on the way.
    confirm_identity(request)
    form = MailboxForm(request.POST or None, instance=mail_of(membership))
    if request.method == "POST" and form.is_valid():
        change_mail(membership, form.cleaned_data)
        messages.success(request, _("The mailbox has been saved. Now read it."))
        return redirect("mailbox_settings", organisation)
    context = {"form": form, "saved": mail_of(membership)}
    return render(request, "intake/mailbox.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def read_mailbox(request: HttpRequest, organisation: str) -> HttpResponse:
    """Read the mailbox now and say what the server answered, in its own words, and how many mails came."""
    membership = access.owner(request, organisation)
    confirm_identity(request)
    mail = mail_of(membership)
    if membership.organisation.is_demo:
        messages.error(request, _("This is demo data: no mailbox is read."))
    elif not mail.imap_host:
        messages.error(request, _("Save a mailbox first."))
    else:
        _say(request, poll(mail))
    return redirect("mailbox_settings", organisation)


def _say(request: HttpRequest, polled: Polled) -> None:
    if polled.trouble:
        messages.error(request, _("The mailbox cannot be read. It was said: %(answer)s") % {"answer": polled.trouble})
        return
    words = ngettext(
        "The server let us in, and %(number)s new mail was taken in.",
        "The server let us in, and %(number)s new mails were taken in.",
        polled.new,
    )
    messages.success(request, words % {"number": polled.new})
