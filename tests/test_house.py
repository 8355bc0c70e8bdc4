"""The house holds its own rules: floors, rooms, names, lists, templates, requirements."""

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps as registry
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, get_resolver
from django.utils.module_loading import import_string
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from apps.accounts.rules import MATRIX
from config import inbound, projections, schedule

ROOT = Path(__file__).parents[1]
APPS = ROOT / "apps"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
HOUSE = [config for config in registry.get_app_configs() if config.name.startswith("apps.")]
MODULES = sorted(path for path in APPS.rglob("*.py") if "migrations" not in path.parts)
FORBIDDEN = {"signals", "services", "service", "utils", "util", "helpers", "common", "core", "misc"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def floors() -> dict[str, int]:
    """App → floor, the ground floor being 0; as the import contract draws them."""
    (contract,) = (
        each for each in PROJECT["tool"]["importlinter"]["contracts"] if each["id"] == "floors"
    )
    return {
        app.strip(" ()"): height
        for height, layer in enumerate(reversed(contract["layers"]))
        for app in layer.split("|")
    }


# --- floors and rooms -----------------------------------------------------------------------------


def test_imports_keep_their_contracts(capsys):
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def relations() -> Iterator[tuple[str, str, str]]:
    """Every field that leads from one app of the house to another."""
    for config in HOUSE:
        for model in config.get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if (field.auto_created and not field.concrete) or field.related_model is None:
                    continue
                target = field.related_model._meta.app_config
                if target.name.startswith("apps.") and target.label != config.label:
                    yield f"{model._meta.label}.{field.name}", config.label, target.label


def test_foreign_keys_point_down():
    height = floors()
    found = list(relations())
    assert found
    wrong = [field for field, app, target in found if height[target] >= height[app]]
    assert wrong == []


def test_every_app_stands_on_a_floor():
    assert {config.label for config in HOUSE} <= floors().keys()
    assert [config.name for config in HOUSE] == settings.HOUSE


def test_the_floors_in_the_document_are_those_of_the_contract():
    drawn = (ROOT / "docs" / "house.md").read_text()
    for config in HOUSE:
        assert re.search(rf"\b{config.label}\b", drawn), f"{config.label} is not in docs/house.md"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_a_name_that_says_something(path):
    assert FORBIDDEN.isdisjoint({*path.relative_to(APPS).parts, path.stem})


@pytest.mark.parametrize("config", HOUSE, ids=lambda config: config.label)
def test_an_app_says_what_it_is_for(config):
    words = inspect.getdoc(config.module)
    assert words and words[0].isupper()
    for model in config.get_models():
        if not model.__name__.endswith("Event") or not hasattr(model, "pgh_tracked_model"):
            assert not model.__doc__.startswith(f"{model.__name__}("), f"{model} says nothing"


def undocumented(path: Path) -> bool:
    tree = ast.parse(path.read_text())
    shell = path.name == "apps.py" or "commands" in path.parts or not tree.body
    return not shell and ast.get_docstring(tree) is None


def test_a_module_says_what_it_holds():
    assert [name_of(path) for path in MODULES if undocumented(path)] == []


def test_nothing_happens_behind_a_save():
    """No signal handlers, and no `save` that does more than save."""
    guilty = []
    for path in MODULES:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and "signals" in (node.module or ""):
                guilty.append(f"{name_of(path)}: imports {node.module}")
            if isinstance(node, ast.FunctionDef) and node.name == "save":
                guilty.append(f"{name_of(path)}: has a save()")
    assert guilty == []


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", schedule.SCHEDULE)
def test_a_periodic_job_can_run_at_its_slot(name):
    every, path, catch_up = schedule.SCHEDULE[name]
    assert every > 0 and catch_up in {"all", "last", "none"}
    inspect.signature(import_string(path)).bind(at=None)


@pytest.mark.parametrize("name", schedule.DRAINS)
def test_a_drain_knows_what_is_due_and_who_does_it(name):
    due, task = schedule.DRAINS[name]
    inspect.signature(import_string(due)).bind()
    assert import_string(task).name in current_app.tasks


def test_a_task_takes_no_arguments():
    ours = [task for name, task in current_app.tasks.items() if name.startswith("apps.")]
    assert ours
    for task in ours:
        assert not inspect.signature(task.run).parameters, f"{task.name} takes arguments"


@pytest.mark.parametrize("kind", projections.PROJECTIONS)
def test_a_projection_takes_the_ids_of_what_changed(kind):
    for path in projections.PROJECTIONS[kind]:
        inspect.signature(import_string(path)).bind([1])


def test_a_reader_of_events_takes_the_event():
    for reader in inbound.INBOUND.values():
        inspect.signature(import_string(reader)).bind(None)


def test_every_command_says_what_it_does():
    for name, app in get_commands().items():
        if isinstance(app, str) and app.startswith("apps."):
            assert load_command_class(app, name).help, f"{name} has no help"


# --- doors ----------------------------------------------------------------------------------------

OWN_AFFAIRS = {"person", "search", "start"}  # views that show a person what is their own
OWN_ROWS = {  # and single ones, which look at whose row it is
    "jobs",
    "job",
    "job-cancel",
    "job-go-on",
    "notifications",
    "notifications-read",
}


def portal_views() -> Iterator[tuple[str, object]]:
    def walk(patterns):
        for pattern in patterns:
            if not isinstance(pattern, URLPattern):
                yield from walk(pattern.url_patterns)
            elif pattern.callback.__module__.startswith("apps.portal.views"):
                yield pattern.name, pattern.callback

    yield from walk(get_resolver().url_patterns)


def test_a_page_names_who_may_open_it():
    """By a permission of the matrix, unless it shows a person only what is their own."""
    found = dict(portal_views())
    assert found.keys() >= OWN_ROWS
    open_to_all = {
        name
        for name, view in found.items()
        if not hasattr(view, "permission") and view.__module__.split(".")[3] not in OWN_AFFAIRS
    }
    assert open_to_all == OWN_ROWS
    named = {view.permission for view in found.values() if hasattr(view, "permission")}
    assert named <= MATRIX.keys()


# --- templates ------------------------------------------------------------------------------------

VOID = {"input", "br", "img", "hr", "meta", "link", "source", "use", "wbr", "rect", "line", "path"}
PARTS = sorted((ROOT / "templates").rglob("_*.html"))


class Roots(HTMLParser):
    """Counts the elements at the top, and whether each has an id."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[tuple[str, bool]] = []

    def handle_starttag(self, tag, attrs):
        if self.depth == 0:
            self.roots.append((tag, "id" in dict(attrs)))
        if tag not in VOID:
            self.depth += 1

    def handle_startendtag(self, tag, attrs):
        if self.depth == 0:
            self.roots.append((tag, "id" in dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.depth -= 1


@pytest.mark.parametrize("path", PARTS, ids=name_of)
def test_a_part_that_travels_alone_has_one_root_with_an_id(path):
    source = re.sub(r"{%.*?%}|{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    roots = Roots()
    roots.feed(source)
    assert len(roots.roots) == 1, f"{name_of(path)} has the roots {roots.roots}"
    assert roots.roots[0][1], f"the root of {name_of(path)} has no id"


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_holds_nothing_that_the_policy_blocks(path):
    source = path.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", source)


# --- what is shipped ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=name_of)
def test_requirements_are_pinned_with_hashes_and_name_no_place(path):
    text = path.read_text()
    assert "://" not in text and " @ " not in text
    assert not re.search(r"^-", text, re.MULTILINE)  # no option: it could name a place
    pins = re.findall(r"^([A-Za-z0-9_.\[\]-]+)==", text, re.MULTILINE)
    assert pins and text.count("--hash=sha256:") >= len(pins)
