"""What an owner types about the mailbox that replies come to."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.delivery.mail_forms import host_name, kept_password, one_line
from requests_app.models import MailSettings

GOES_WITH_THE_PASSWORD = ("imap_host", "imap_port", "imap_tls", "imap_user")


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """Reading: the server, its folders, and whose word about a sender counts."""

    imap_password = kept_password()

    class Meta:
        model = MailSettings
        fields = (
            "imap_host",
            "imap_port",
            "imap_tls",
            "imap_user",
            "imap_password",
            "imap_folder",
            "imap_done_folder",
            "imap_sent_folder",
            "authserv_id",
        )
        labels: ClassVar = {
            "imap_host": gettext_lazy("Mail server (IMAP)"),
            "imap_port": gettext_lazy("Port"),
            "imap_tls": gettext_lazy("Encryption"),
            "imap_user": gettext_lazy("User name"),
            "imap_folder": gettext_lazy("Folder to read"),
            "imap_done_folder": gettext_lazy("Folder for what has been read (optional)"),
            "imap_sent_folder": gettext_lazy("Folder of sent mail (optional)"),
            "authserv_id": gettext_lazy("Name of your server in Authentication-Results (optional)"),
        }
        help_texts: ClassVar = {
            "imap_host": gettext_lazy("Such as imap.example.org. Leave it empty to read no mailbox."),
            "imap_port": gettext_lazy("Mostly 993 with TLS from the first byte, or 143 with STARTTLS."),
            "imap_tls": gettext_lazy(
                "The server’s certificate is checked. Without encryption, anybody on the way can read the password."
            ),
            "imap_user": gettext_lazy(
                "Often the whole address of the mailbox that takes replies. Bounces come to the sender’s address: let "
                "that be the same mailbox, or forward it there."
            ),
            "imap_folder": gettext_lazy("Mostly INBOX. It is read once a minute; mail stays unread if it was."),
            "imap_done_folder": gettext_lazy("Mail is moved there once it is kept here. Empty: it stays where it is."),
            "imap_sent_folder": gettext_lazy(
                "Such as Sent. When nobody knows whether a mail went out, it is looked for there. Useful where the "
                "server itself keeps a copy of what it sends."
            ),
            "authserv_id": gettext_lazy(
                "As it stands first in that header of a mail in your mailbox, such as mx.example.org. What it says "
                "about senders is then trusted. Empty: Optout checks signatures itself."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_password = bool(self.instance.imap_password)

    def clean_imap_host(self) -> str:
        return host_name(self.cleaned_data["imap_host"])

    def clean_imap_user(self) -> str:
        return one_line(self.cleaned_data["imap_user"])

    def clean_imap_password(self) -> str:
        return one_line(self.cleaned_data["imap_password"])

    def clean_imap_folder(self) -> str:
        return one_line(self.cleaned_data["imap_folder"]) or "INBOX"

    def clean_imap_done_folder(self) -> str:
        return one_line(self.cleaned_data["imap_done_folder"])

    def clean_imap_sent_folder(self) -> str:
        return one_line(self.cleaned_data["imap_sent_folder"])

    def clean_authserv_id(self) -> str:
        return one_line(self.cleaned_data["authserv_id"]).lower()

    def clean(self) -> None:
        """Ask for what belongs together, and for the password where it would go somewhere else than before."""
        given = self.cleaned_data
        if given.get("imap_host") and not given.get("imap_user") and "imap_user" not in self.errors:
            self.add_error("imap_user", _("Without it no mailbox can be opened."))
        if given.get("imap_done_folder") and given.get("imap_done_folder") == given.get("imap_folder"):
            self.add_error("imap_done_folder", _("That is the folder that is read. Give another, or none."))
        moved = any(name in self.changed_data for name in GOES_WITH_THE_PASSWORD)
        if not given.get("imap_host") or given.get("imap_password"):
            return
        if not self.has_password:
            self.add_error("imap_password", _("Type the password of the mailbox."))
        elif moved:
            self.add_error(
                "imap_password", _("Type the password again: the saved one goes to no other server or user.")
            )
