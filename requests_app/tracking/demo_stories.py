"""What happened to the made-up requests of the demo: pure data, days counted back from today."""

from dataclasses import dataclass

from requests_app.models import Outcome, Status


@dataclass(frozen=True)
class Step:
    """Something that was recorded so many days ago."""

    days_ago: int
    status: Status
    outcome: Outcome | None = None
    note: str = ""


@dataclass(frozen=True)
class Story:
    """One request: when it was drafted and handed over (None: still a draft), and what came of it."""

    drafted: int
    sent: int | None = None
    steps: tuple[Step, ...] = ()
    note: str = ""
    values_missing: bool = False


ACKNOWLEDGED, ACTION_NEEDED, CLOSED = Status.ACKNOWLEDGED, Status.ACTION_NEEDED, Status.CLOSED

# Taken in turn by the procedures of the chosen vendors. None leaves the opt-out open.
STORIES: tuple[Story | None, ...] = (
    Story(88, 87, (Step(80, ACKNOWLEDGED, note="Ticket opened on their side."), Step(66, CLOSED, Outcome.CONFIRMED))),
    Story(2, values_missing=True, note="Ask IT for the missing identifier."),
    Story(6, 5),
    None,
    Story(60, 58, note="No acknowledgement so far. Write again next week."),
    Story(25, 24, (Step(20, ACKNOWLEDGED, note="They answer within a month, says the automatic reply."),)),
    Story(18, 17, (Step(9, ACTION_NEEDED, note="They ask for proof that we own the workspace."),)),
    Story(1),
    Story(120, 118, (Step(90, CLOSED, Outcome.REFUSED, note="Only with an enterprise contract, they say."),)),
    None,
    Story(75, 74, (Step(50, CLOSED, Outcome.PARTLY_CONFIRMED, note="Telemetry goes on until the next release."),)),
    Story(140, 139, (Step(95, CLOSED, Outcome.NO_REPLY, note="Three e-mails, no answer."),)),
    Story(40, 39, (Step(35, CLOSED, Outcome.NOT_APPLICABLE, note="The feature is not part of our plan."),)),
    Story(30, None, (Step(28, CLOSED, Outcome.WITHDRAWN, note="Covered by the parent company's request."),)),
    Story(100, 99, (Step(70, CLOSED, Outcome.CONFIRMED, note="Confirmed in writing."),)),
    None,
)

# What became of the campaign's requests, one for each of its workspaces; all drafted on one day.
CAMPAIGN_STORIES = (
    Story(24, 23, (Step(21, ACKNOWLEDGED), Step(10, CLOSED, Outcome.CONFIRMED, note="Confirmed in writing."))),
    Story(24, 23, (Step(12, CLOSED, Outcome.CONFIRMED, note="Confirmed in writing."),)),
    Story(24, 23, (Step(20, ACKNOWLEDGED, note="They answer within a month, says the automatic reply."),)),
    Story(24, 5),
    Story(24),
    Story(24, values_missing=True, note="Nobody knows yet who owns this workspace."),
)

# Well-known vendors first, so that the demo shows what people look for; others fill up to the number.
VENDORS = (
    "slack", "microsoft", "zoom", "openai", "google", "anthropic", "github", "notion", "atlassian", "figma",
    "grammarly", "linkedin", "dropbox", "adobe", "salesforce", "zendesk", "hubspot", "asana", "otter", "aws", "canva",
    "miro", "docusign", "box", "intercom",
)  # fmt: skip
NUMBER_OF_VENDORS = 25
