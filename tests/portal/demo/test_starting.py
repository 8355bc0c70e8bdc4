"""What keeps a demo from starting is said in one sentence."""

from apps.portal.management.commands import demo


def test_what_a_server_said_last_is_said_in_one_line():
    assert demo.why(OSError("The socket is gone.\nIs it running?")) == "The socket is gone"


def test_a_full_disk_is_named_as_such(monkeypatch, tmp_path):
    monkeypatch.setenv("AFTERLAUNCH_HOME", str(tmp_path / "not" / "made"))
    monkeypatch.setattr(demo, "SCARCE", 2**40)
    assert demo.why(OSError("gone")).endswith(f"MB are left on the disk of {tmp_path}/not/made")
