"""Test cases with a server, a browser and nothing allowed to go wrong in it."""

import os
from typing import Any, ClassVar, Literal
from unittest import mock

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, LiveServerTestCase
from playwright.sync_api import Browser, BrowserContext, Page

from requests_app.models import User
from tests.database import HistoryTransactionTestCase
from tests.e2e.chromium import running_chromium
from tests.e2e.watch import Watch


def the_product_alone(handler: Any) -> WSGIHandler:
    """Return the product without Django's handlers of static and media files: it serves its own."""
    product: WSGIHandler = handler.application
    return product


@pytest.mark.own_database
@pytest.mark.browser
class BrowserTestCase(HistoryTransactionTestCase, LiveServerTestCase):
    """Has `page` in a context of its own; fails when anything in the browser went wrong on the way."""

    browser: ClassVar[Browser]
    static_handler = staticmethod(the_product_alone)

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        # Playwright keeps an event loop in this thread, in which Django sees a danger that is none here.
        cls.enterClassContext(mock.patch.dict(os.environ, {"DJANGO_ALLOW_ASYNC_UNSAFE": "true"}))
        cls.browser = cls.enterClassContext(running_chromium())

    def setUp(self) -> None:
        super().setUp()
        self.context = self.new_context()
        self.watch = Watch(self.context)
        self.addCleanup(self.check_faults)
        self.page = self.context.new_page()

    def new_context(self, scheme: Literal["light", "dark"] = "light") -> BrowserContext:
        """Return a browser as it is on the first day: no cookies, no cache."""
        context = self.browser.new_context(
            base_url=self.live_server_url,
            viewport={"width": 1280, "height": 800},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(10_000)
        self.addCleanup(context.close)
        return context

    def check_faults(self) -> None:
        assert not self.watch.faults, "\n".join(self.watch.faults)

    def sign_in(self, user: User) -> None:
        """Give the browser a session of this person, who has just given the password of all test people."""
        client = Client()
        client.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.live_server_url}]
        )

    def open(self, address: str) -> Page:
        """Open the address and return the page."""
        self.page.goto(address)
        return self.page
