"""The models are what the column definitions say, and the migrations are what the models say."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tongtu.hub.records import generate, models
from tongtu.hub.records.columns import field_name, is_lifecycle
from tongtu.registry.columns import nouns

FOLDER = Path(models.__file__).parent


def test_committed_models_are_the_generated_ones(tmp_path: Path) -> None:
    import subprocess
    import sys

    generate.write(tmp_path)
    config = Path(__file__).parents[2] / "pyproject.toml"
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", "--config", config, tmp_path], check=True)
    made = {p.name: p.read_text(encoding="utf-8") for p in tmp_path.glob("*.py")}
    kept = {p.name: p.read_text(encoding="utf-8") for p in FOLDER.glob("*.py")}
    assert made == kept, "run scripts/models and commit what it writes"


def test_every_column_of_every_noun_is_stored() -> None:
    assert set(models.MODELS) == set(nouns())
    for name, noun in nouns().items():
        fields = {f.name for f in models.MODELS[name]._meta.get_fields()}
        wanted = {field_name(c) for c in noun.columns if not is_lifecycle(c)}
        assert wanted <= fields, name


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)
    assert "No changes" in said.getvalue()
