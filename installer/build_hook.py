"""Hatchling build hook: compiles the text catalogues, so a wheel and an editable install both carry them."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> None:
    """Write a .mo beside every .po below ``root``."""
    for source in root.rglob("*.po"):
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parts[-3])
        with source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue)


class CatalogueHook(BuildHookInterface):
    """Runs before both kinds of wheel."""

    def initialize(self, version: str, build_data: dict) -> None:  # noqa: ARG002 - the hook's signature
        compile_catalogues(Path(self.root) / "daemon")
