"""Many rows in one transaction, and what becomes of the others where one of them cannot be dealt with."""

import logging
from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)

# Takes only these rows, or all that it finds; writes the keys of those that it has taken into the list, and does its
# work in one transaction. Returns how many it has taken.
Act = Callable[[Sequence[int] | None, list[int]], int]


def all_but_the_bad(act: Act, set_aside: Callable[[int], None]) -> int:
    """Do the act and return how many rows were taken; where it raises, do it with halves of them, down to one row.

    A row that raises alone is logged with its key, handed to `set_aside`, and counted as taken. That the database does
    not answer is no row's fault: it is raised, as is whatever happens before any row was taken.
    """
    return _attempt(act, None, set_aside)


def _attempt(act: Act, only: Sequence[int] | None, set_aside: Callable[[int], None]) -> int:
    taken: list[int] = []
    try:
        return act(only, taken)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # whatever a row holds, the rows beside it are due all the same
        if not taken:
            raise
        if len(taken) > 1:
            middle = len(taken) // 2
            return sum(_attempt(act, half, set_aside) for half in (taken[:middle], taken[middle:]))
        logger.error("Request %s is set aside, since the clock cannot deal with it.", taken[0], exc_info=error)
        set_aside(taken[0])
        return 1
