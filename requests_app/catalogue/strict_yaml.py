"""YAML as the catalogue's files use it: 1.2 booleans, dates left as text, no repeated key, no alias."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml


class CatalogueSyntaxError(ValueError):
    """A file that is no YAML, or YAML that would be read in a way its writer did not mean."""


class _Loader(yaml.CSafeLoader):
    """PyYAML reads YAML 1.1, where `on`, `no` and a bare date are not text; the catalogue wants them as text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _value in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise CatalogueSyntaxError(f"line {key_node.start_mark.line + 1}: a key must be plain text")
            if key_node.value in seen:
                raise CatalogueSyntaxError(f"line {key_node.start_mark.line + 1}: “{key_node.value}” stands here twice")
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))


def read_yaml(path: Path) -> Any:
    """Return the document in the file as plain dicts, lists, strings, integers, booleans and None.

    Raises CatalogueSyntaxError, saying the line, when it cannot be read; OSError when the file cannot.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.CSafeLoader)):
            raise CatalogueSyntaxError("aliases (*name) are not allowed: a small file could grow without bound")
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader by descent
    except UnicodeDecodeError as error:
        raise CatalogueSyntaxError(f"not UTF-8: {error}") from error
    except yaml.YAMLError as error:
        raise CatalogueSyntaxError(f"not YAML: {error}") from error
