"""The environment as settings.py reads it."""

import environ
from environ.fileaware_mapping import FileAwareMapping


class SecretFiles(FileAwareMapping):
    """NAME from the environment, or the content of the file that NAME_FILE names, without its final line break."""

    def __getitem__(self, key: str) -> str:
        """Return the value; KeyError where neither name is set, OSError where the file cannot be read."""
        value: str = super().__getitem__(key)
        return value.rstrip("\r\n")


class Environment(environ.Env):
    """django-environ's typed readers over SecretFiles."""

    ENVIRON = SecretFiles()
