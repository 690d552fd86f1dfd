"""Every kind of setting that the catalogue may hold, and the family that writes its files."""

from requests_app.drafting.settings import apple, aws, documents, environment, registry
from requests_app.drafting.settings.families import Family

FAMILIES = {
    "registry": Family("registry", registry.files, registry.commands),
    "mdm_csp": Family("mdm_csp", documents.mdm_sheet),
    "macos_preference": Family("macos_preference", apple.profile_files, apple.defaults_commands),
    "ios_managed_config": Family("ios_managed_config", apple.managed_app_files),
    "environment_variable": Family("environment_variable", environment.files, environment.commands),
    "cloud_policy": Family("cloud_policy", documents.cloud_policy_sheet),
    "aws_organizations_policy": Family("aws_organizations_policy", aws.policy_files, aws.policy_commands),
    "aws_cli": Family("aws_cli", aws.cli_files, aws.cli_commands),
    "api_property": Family("api", documents.properties),
    "api_parameter": Family("api", documents.parameters),
    "sql": Family("script", documents.sql),
    "powershell": Family("script", documents.powershell),
    "shell": Family("script", documents.shell),
    "json_policy": Family("document", documents.json_policies),
    "snippet": Family("document", documents.snippets),
}
