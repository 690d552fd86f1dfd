"""AWS Organizations: policy documents, and the commands that create them."""

import json
import shlex
from collections.abc import Sequence

from requests_app.drafting.settings.comments import comment, header
from requests_app.drafting.settings.families import Commands
from requests_app.drafting.settings.request import Setting, SettingsFile, SettingsRequest
from requests_app.drafting.settings.text_files import json_file, shell_file

_ROOT = "<root-id>"
_RESTRICTS_CHILDREN = '"@@operators_allowed_for_child_policies"'


def policy_files(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return one JSON file for each document, keys and values in exactly the vendor's case.

    policy.json is the name that the commands of the catalogue read.
    """
    documents = [setting["document"] for setting in settings]
    return [json_file(_policy_name(document, number), document) for number, document in enumerate(documents)]


def _policy_name(document: object, number: int) -> str:
    if number == 0:
        return "policy.json"
    return "policy-restricted.json" if _RESTRICTS_CHILDREN in json.dumps(document) else f"policy-{number + 1}.json"


def policy_commands(request: SettingsRequest, settings: Sequence[Setting]) -> Commands:
    """Return attaching, reading the effective policy and detaching: AWS CLI, `aws organizations`.

    POLICY_ID and ACCOUNT_ID stay to be filled in: AWS gives the first only once the policy exists.
    """
    kind = shlex.quote(settings[0]["type"])
    target = shlex.quote(request.placeholders[_ROOT]) if _ROOT in request.placeholders else "ROOT_ID"
    return Commands(
        apply=(f"aws organizations attach-policy --policy-id POLICY_ID --target-id {target}",),
        verify=(f"aws organizations describe-effective-policy --policy-type {kind} --target-id ACCOUNT_ID",),
        undo=(
            f"aws organizations detach-policy --policy-id POLICY_ID --target-id {target}",
            "aws organizations delete-policy --policy-id POLICY_ID",
        ),
    )


def cli_files(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the catalogue's commands as a script for a POSIX shell, values quoted."""
    lines = ["#!/bin/sh", *comment("#", header(request)), "", *cli_commands(request, settings).apply]
    return [shell_file("commands.sh", lines)]


def cli_commands(request: SettingsRequest, settings: Sequence[Setting]) -> Commands:
    """Return the commands of the script."""
    return Commands(apply=tuple(_complete(setting, request) for setting in settings))


def _complete(setting: Setting, request: SettingsRequest) -> str:
    """Return the command with the description that `create-policy` asks for and the source left out.

    AWS CLI Command Reference, organizations create-policy: --description has no default.
    """
    found, filled = setting["command"], setting["filled"]
    if "aws organizations create-policy " not in found or "--description" in found:
        return str(filled)
    return f"{filled} --description {shlex.quote(request.title)}"
