"""The watch sees what it is there to see: a browser test that cannot fail proves nothing."""

import pytest

from tests.e2e.accessibility import assert_accessible
from tests.e2e.base import BrowserTestCase
from tests.people import new_person


class WatchTests(BrowserTestCase):
    def test_it_sees_what_the_policy_forbids(self) -> None:
        self.open("/accounts/login/").evaluate("document.body.append(document.createElement('script'))")
        assert not self.watch.faults
        self.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
        self.page.wait_for_timeout(50)
        assert any("policy: style-src" in fault for fault in self.watch.faults)
        self.watch.faults.clear()

    def test_it_sees_a_request_to_another_host(self) -> None:
        self.open("/accounts/login/")
        self.page.evaluate("fetch('http://example.org/').catch(() => null)")
        assert self.watch.faults
        self.watch.faults.clear()

    def test_it_sees_an_error_of_a_script(self) -> None:
        self.open("/accounts/login/").evaluate("setTimeout(() => { throw new Error('boom') })")
        self.page.wait_for_timeout(50)
        assert any("boom" in fault for fault in self.watch.faults)
        self.watch.faults.clear()

    def test_it_sees_a_page_that_is_not_there(self) -> None:
        self.open("/nowhere/")
        assert any("status 404" in fault for fault in self.watch.faults)
        self.watch.faults.clear()


class AccessibilityTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(new_person("Nora"))
        self.open("/")

    def test_it_finds_nothing_wrong_with_a_plain_page(self) -> None:
        assert_accessible(self.page)

    def test_it_sees_what_axe_finds(self) -> None:
        self.page.evaluate("document.querySelector('main').append(new Image())")
        with pytest.raises(AssertionError, match="image-alt"):
            assert_accessible(self.page)

    def test_it_sees_a_page_that_scrolls_sideways(self) -> None:
        self.page.evaluate("document.querySelector('main').append('x'.repeat(500))")
        with pytest.raises(AssertionError, match="scrolls sideways"):
            assert_accessible(self.page)
