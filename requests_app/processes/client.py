"""The parent's side: one child per process, started when first needed."""

import os
import threading
from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from requests_app.processes.child import Child, Limits

AnyChild = TypeVar("AnyChild", bound=Child)
Result = TypeVar("Result")


class Client(Generic[AnyChild]):
    """Works through one child at a time; a child that failed, died or is worn out is replaced at the next call.

    Safe to use from several threads, which wait for each other.
    """

    child: Callable[[Limits, tuple[str, ...] | None], AnyChild]
    # After these the child goes on: it gave an answer.
    harmless: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self, limits: Limits = Limits(), command: tuple[str, ...] | None = None) -> None:  # noqa: B008 frozen
        self._limits = limits
        self._command = command
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._child: AnyChild | None = None
        self._pid = os.getpid()

    @property
    def is_busy(self) -> bool:
        """Whether a thread of this process is being answered just now."""
        return self._pid == os.getpid() and self._lock.locked()

    def call(self, work: Callable[[AnyChild], Result]) -> Result:
        """Return what the work returns that is given the child. Raises what it raises, and ChildUnavailable."""
        self.leave_to_the_parent()
        with self._lock:
            child = self._child or self.child(self._limits, self._command)
            self._child = None
            try:
                result = work(child)
            except self.harmless:
                self._keep(child)
                raise
            except BaseException:
                # Also after KeyboardInterrupt: an answer that is still to come must not be taken for the next one.
                child.close()
                raise
            self._keep(child)
            return result

    def _keep(self, child: AnyChild) -> None:
        """Keep the child for the next call, unless it was asked as often as it may be."""
        if child.calls < self._limits.calls:
            self._child = child
        else:
            child.close()

    def leave_to_the_parent(self) -> None:
        """After a fork: leave to the parent the child, whose pipes both now hold, and the lock, perhaps locked."""
        if self._pid == os.getpid():
            return
        if self._child:
            self._child.leave()
        self._forget()

    def close(self) -> None:
        """End the child, if there is one; the next call starts another."""
        self.leave_to_the_parent()
        with self._lock:
            child, self._child = self._child, None
        if child:
            child.close()
