"""Style and script as written, served under names that change with their content."""

from __future__ import annotations

from pathlib import Path

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Hashed(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True  # an import inside a module names the hashed file too


def newest(folder: Path) -> float:
    return max((place.stat().st_mtime for place in folder.rglob("*") if place.is_file()), default=0)


def collect(assets: Path, target: Path) -> None:
    """Make the hashed files anew when an asset is newer than they are, or another version of the program made them."""
    from django.core.management import call_command

    import shuke

    mark, wanted = target / "made-of", f"{shuke.__version__} {newest(assets)}"
    if not mark.exists() or mark.read_text() != wanted:
        # Of the htmx wheel only htmx itself is ours to serve: its extensions name modules that are not there.
        call_command(
            "collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=["ext", "django_htmx/ext/*", "*-4*"]
        )
        mark.write_text(wanted)
