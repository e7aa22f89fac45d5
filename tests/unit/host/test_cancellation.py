"""Requests to stop a call are files, and none outlives the call it was meant for."""

from pathlib import Path

import pytest

from wasidb.runtime.cancellation import CANCEL_NAME, Cancellation


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / CANCEL_NAME


def test_request_is_a_file_until_it_is_withdrawn(file: Path) -> None:
    cancellation = Cancellation(file.parent)
    assert not file.exists()
    cancellation.request()
    assert cancellation.is_requested
    assert file.exists()
    cancellation.withdraw()
    assert not cancellation.is_requested
    assert not file.exists()


def test_withdrawn_without_a_request(file: Path) -> None:
    Cancellation(file.parent).withdraw()


def test_request_after_the_folder_has_gone(file: Path) -> None:
    Cancellation(file.parent / "gone").request()
