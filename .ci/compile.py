"""A build hook: compile the package's modules when it is installed editable.

pip compiles what it installs, but leaves an editable install to compile itself at the first start; where Python may
not write beside the sources then (PYTHONDONTWRITEBYTECODE, a read-only checkout), every start would compile again.
"""

from compileall import compile_dir
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileHook(BuildHookInterface):  # type: ignore[type-arg]  # the plugin interface is generic only to hatchling
    """Runs before an editable wheel is made."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile `dlang`, quietly; what cannot be written is left to the first start."""
        if version == "editable":
            compile_dir(Path(self.root) / "dlang", quiet=2, workers=1)
