import os
import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.embedded import EmbeddedError, Home, database_url, redis_url
from apps.embedded import home as homes
from apps.embedded.home import LONGEST_RUN, PROJECT


def test_the_home_stands_beside_manage_py_unless_it_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("AFTERLAUNCH_HOME")
    assert Home.default().path == PROJECT / ".afterlaunch"
    monkeypatch.setenv("AFTERLAUNCH_HOME", "somewhere")
    monkeypatch.chdir(tmp_path)
    assert Home.at(None).path == tmp_path / "somewhere"
    assert homes.path("media", "x") == tmp_path / "somewhere" / "media" / "x"


@pytest.mark.parametrize("name", ["plain", "with space", "ümläut", "q?a&b=c#d%41"])
def test_the_addresses_follow_from_the_path_and_start_nothing(tmp_path, name):
    home = Home.at(tmp_path / name)
    parts = urlsplit(database_url(home))
    assert (parts.scheme, parts.username, parts.path) == (
        "postgresql",
        "afterlaunch",
        "/afterlaunch",
    )
    assert parse_qs(parts.query) == {"host": [str(home.run)]}
    assert urlsplit(redis_url(home)).scheme == "redis+socket"
    assert not home.path.exists()


@given(st.text("aä/", max_size=180))
def test_a_socket_fits_wherever_the_home_is(name):
    home = Home(Path("/srv") / f"x{name}")
    assert len(os.fsencode(home.run)) <= LONGEST_RUN
    assert len(os.fsencode(home.run / ".s.PGSQL.5432.lock")) <= 103


def test_a_long_temporary_folder_is_no_obstacle(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/tmp/" + "y" * 100)
    home = Home.at(tmp_path / ("z" * 100))
    assert home.run.parent == Path("/tmp")
    assert home.run != Home.at(tmp_path / ("w" * 100)).run


def test_folders_are_closed_to_others(tmp_path):
    home = Home.at(tmp_path / "home")
    home.make()
    home.make()
    assert [stat.S_IMODE(place.stat().st_mode) for place in (home.path, home.run, home.log)] == [
        0o700,
        0o700,
        0o700,
    ]


def test_a_run_folder_of_somebody_else_is_refused(monkeypatch, tmp_path):
    home = Home.at(tmp_path / "home")
    home.make()
    os.chown(home.run, 12345, 12345)
    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        home.make()


def test_a_link_in_place_of_the_run_folder_is_refused(tmp_path):
    home = Home.at(tmp_path / "home")
    home.path.mkdir()
    (tmp_path / "trap").mkdir()
    home.run.symlink_to(tmp_path / "trap")
    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        home.make()


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match=r"cannot be used.*AFTERLAUNCH_HOME"):
        Home.at(tmp_path / "file" / "home").make()


def test_only_a_home_is_cleared(tmp_path):
    home = Home.at(tmp_path / "home")
    home.clear()
    home.make()
    (home.path / "media").mkdir()
    home.clear()
    assert not home.path.exists()
    (tmp_path / "letters").mkdir()
    with pytest.raises(EmbeddedError, match="left alone"):
        Home.at(tmp_path / "letters").clear()
    assert (tmp_path / "letters").exists()
