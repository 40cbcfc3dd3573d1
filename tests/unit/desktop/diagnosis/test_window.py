# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window of the diagnosis: live while a check hangs, stopped at once, by keyboard alone."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QFont, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot
from tests.unit.diagnosis.faults import FAULTS
from tests.unit.diagnosis.slow import PATIENCE, Place
from tests.unit.diagnosis.world import NOW, healthy

from caducee.base.clock import FixedClock
from caducee.base.i18n import use_language
from caducee.desktop.diagnosis.cure import Cures
from caducee.desktop.diagnosis.panel import DiagnosisPanel
from caducee.desktop.diagnosis.save import FORMS
from caducee.desktop.diagnosis.view import Phase
from caducee.desktop.diagnosis.window import DiagnosisWindow
from caducee.desktop.pin_dialog import PinDialog
from caducee.diagnosis.bundle import bundle
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.session import DiagnosisOptions

MILLISECONDS = int(PATIENCE * 1000)

type Show = Callable[..., DiagnosisWindow]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return tmp_path


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Opens the window of a made-up machine; with ``run`` a whole diagnosis has been made."""
    places: list[Place] = []

    def make(*breaks: str, slow: bool = False, run: bool = True) -> DiagnosisWindow:
        place = Place(*(FAULTS[name][0] for name in breaks), slow=slow)
        places.append(place)
        panel = DiagnosisPanel(
            DiagnosisOptions(), make=place.job, cures=Cures(root=False, pkexec="")
        )
        window = DiagnosisWindow(DiagnosisOptions(), panel=panel)
        window.place = place  # type: ignore[attr-defined]
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        if run:
            window.panel.begin()
            if not slow:
                finished(qtbot, window)
        return window

    yield make
    for place in places:
        if hasattr(place.probes, "answer"):
            place.slow.answer.set()
        for job in place.jobs:
            assert job.join(PATIENCE)


def finished(qtbot: QtBot, window: DiagnosisWindow) -> None:
    qtbot.waitUntil(lambda: not window.panel.view.running, timeout=MILLISECONDS)


def place_of(window: DiagnosisWindow) -> Place:
    place: Place = window.place  # type: ignore[attr-defined]
    return place


def asked(qtbot: QtBot, window: DiagnosisWindow) -> None:
    """Wait until the slow check is under way, and the window has heard of it."""
    qtbot.waitUntil(place_of(window).slow.asked.is_set, timeout=MILLISECONDS)
    qtbot.waitUntil(lambda: text(window, "headline").endswith("drivers"), timeout=MILLISECONDS)


def part[T: QWidget](window: DiagnosisWindow, kind: type[T], name: str) -> T:
    found = window.findChild(kind, name)
    assert isinstance(found, kind)
    return found


def text(window: DiagnosisWindow, name: str) -> str:
    label = part(window, QLabel, name)
    return label.text() if label.isVisible() else ""


def tree(window: DiagnosisWindow) -> QTreeWidget:
    return part(window, QTreeWidget, "checks")


def lines(window: DiagnosisWindow) -> list[tuple[str, str]]:
    items = map(tree(window).topLevelItem, range(tree(window).topLevelItemCount()))
    return [(item.text(0), item.text(1)) for item in items if item is not None]


SAMPLE = sorted(FAULTS)[::9]


@pytest.mark.parametrize("name", SAMPLE)
def test_the_first_cause_stands_on_top_with_consequence_and_cure(show: Show, name: str) -> None:
    window = show(name)
    first = window.panel.view.first
    assert first is not None and first.code == f"diag.{FAULTS[name][1]}"
    assert text(window, "first cause") == f"{first.word}: {first.cause}"
    assert first.consequence in text(window, "first consequence")
    assert first.advice in text(window, "first cure")
    assert first.code in text(window, "first cure")
    assert part(window, QLabel, "first icon").accessibleName() == first.word
    current = tree(window).currentItem()
    assert current is not None and current.text(1) == first.cause
    assert text(window, "other cause") == ""


def test_each_check_has_a_picture_and_a_word(show: Show) -> None:
    window = show("pcscd was killed")
    assert [title for title, _ in lines(window)] == [check.title for check in CHECKS]
    words = {word for _, word in lines(window)}
    assert {"OK", "error", "skipped because of: PC/SC: service"} <= words
    for at in range(tree(window).topLevelItemCount()):
        item = tree(window).topLevelItem(at)
        assert item is not None and not item.icon(0).isNull()


def test_nothing_wrong_is_said_in_one_line_and_no_box_stands_there(show: Show) -> None:
    window = show()
    assert text(window, "headline") == "No problem found."
    assert text(window, "first cause") == text(window, "other cause") == ""


def test_the_window_lives_while_a_check_takes_its_time(qtbot: QtBot, show: Show) -> None:
    window = show("the disk is full", slow=True)
    threads: list[bool] = []
    asked(qtbot, window)
    QTimer.singleShot(0, lambda: threads.append(True))
    qtbot.waitUntil(lambda: bool(threads), timeout=MILLISECONDS)
    assert window.panel.halt.isEnabled() and not window.panel.again.isEnabled()
    assert 0 < window.panel._bar.value() < 100
    assert dict(lines(window))["Readers and their drivers"] == "running"
    assert "full" in text(window, "first cause")  # what is known is shown already
    place_of(window).slow.answer.set()
    finished(qtbot, window)
    assert window.panel.view.phase is Phase.DONE
    assert place_of(window).sessions[0].closed == "diagnosis"
    assert threading.current_thread().name != "diagnosis"


@pytest.mark.parametrize("how", ["button", "escape"])
def test_it_is_stopped_at_once_and_can_look_again(qtbot: QtBot, show: Show, how: str) -> None:
    window = show("the disk is full", slow=True)
    asked(qtbot, window)
    if how == "button":
        qtbot.keyClick(window.panel.halt, Qt.Key.Key_Space)
    else:
        qtbot.keyClick(tree(window), Qt.Key.Key_Escape)
    assert window.panel.view.phase is Phase.STOPPED  # the check itself still hangs
    assert "Interrupted" in text(window, "headline")
    assert "full" in text(window, "first cause")
    assert dict(lines(window))["Readers and their drivers"] == "interrupted"
    assert not window.panel.can_save
    place_of(window).slow.answer.set()
    assert place_of(window).jobs[0].join(PATIENCE)
    QApplication.processEvents()
    assert window.panel.view.phase is Phase.STOPPED  # and nothing it says later is heard
    qtbot.keyClick(window.panel.again, Qt.Key.Key_Space)
    finished(qtbot, window)
    assert str(window.panel.view.phase) == "done"
    assert window.panel.can_save


def test_a_window_that_is_closed_stops_what_runs(qtbot: QtBot, show: Show) -> None:
    window = show(slow=True)
    asked(qtbot, window)
    window.close()
    assert place_of(window).jobs[0]._cancel.cancelled
    place_of(window).slow.answer.set()
    assert place_of(window).jobs[0].join(PATIENCE)


def test_by_keyboard_alone_everything_is_reached_and_each_finding_shown(
    qtbot: QtBot, show: Show
) -> None:
    window = show("the cache cannot be written", "the code is blocked")
    window.activateWindow()
    tree(window).setFocus()
    reached = []
    for _ in range(12):
        focus = window.focusWidget()
        assert isinstance(focus, QWidget)
        reached.append(focus.objectName())
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert {"checks", "again", "copy", "save", "open"} <= set(reached)
    qtbot.keyClick(tree(window), Qt.Key.Key_Home)
    for _ in range(40):
        if text(window, "other cause"):
            break
        qtbot.keyClick(tree(window), Qt.Key.Key_Down)
    assert "cache" in text(window, "other cause")
    assert "blocked" in text(window, "first cause")


def test_the_code_is_asked_by_the_window_for_codes_and_forgotten_afterwards(
    qtbot: QtBot, show: Show
) -> None:
    window = show(run=False)
    qtbot.keyClick(window.panel.coder, Qt.Key.Key_Space)
    (dialog,) = window.panel.findChildren(PinDialog)
    edit = dialog.findChild(QLineEdit, "old")
    assert isinstance(edit, QLineEdit)
    qtbot.keyClicks(edit, "1234")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(place_of(window).sessions), timeout=MILLISECONDS)
    finished(qtbot, window)
    session = place_of(window).sessions[0]
    qtbot.waitUntil(lambda: bool(session.closed), timeout=MILLISECONDS)
    code = session._options.code
    assert code is not None and session.had_code
    assert code.reveal() in (b"", bytes(4))  # wiped
    assert window.panel._options.code is None
    assert not dialog.isVisible()


def test_the_first_button_says_now_and_later_again(qtbot: QtBot, show: Show) -> None:
    window = show(run=False)
    assert window.panel.again.text() == "Run &now"
    qtbot.keyClick(window.panel.again, Qt.Key.Key_Space)
    finished(qtbot, window)
    assert window.panel.again.text() == "Try a&gain"


def test_a_screen_reader_hears_a_name_for_every_part_and_every_line(show: Show) -> None:
    window = show("the code is blocked")
    for entry in window.findChildren(QWidget):
        if entry.focusPolicy() & Qt.FocusPolicy.TabFocus and entry.isVisible():
            interface = QAccessible.queryAccessibleInterface(entry)
            assert interface.text(QAccessible.Text.Name), entry.objectName()
    item = tree(window).topLevelItem(0)
    assert item is not None
    output = item.data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert output == f"{CHECKS[0].title}: OK"


def test_texts_from_outside_are_no_html(show: Show) -> None:
    window = show("the code is blocked")
    for label in window.findChildren(QLabel):
        if label.text():
            assert label.textFormat() is Qt.TextFormat.PlainText


def test_a_cure_is_applied_by_its_button_and_undone_by_the_same(
    qtbot: QtBot, show: Show, home: Path
) -> None:
    folder = home / ".cache/caducee/cards"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    window = show("others can write to the cache")
    button = part(window, QPushButton, "first button")
    assert button.isEnabled()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Applied" in text(window, "said"), timeout=MILLISECONDS)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert button.text().startswith("&Undo")
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Undone" in text(window, "said"), timeout=MILLISECONDS)
    assert folder.stat().st_mode & 0o777 == 0o777


def test_a_cure_that_needs_root_says_so_and_how(show: Show) -> None:
    window = show("pcscd was killed")
    button = part(window, QPushButton, "first button")
    assert "requires administrator rights" in button.text() and not button.isEnabled()
    assert "caducee diag --apply pcscd-start" in text(window, "first hint")


def test_a_cure_that_fails_says_why(qtbot: QtBot, show: Show, home: Path) -> None:
    window = show("others can write to the cache")  # and the folder is absent
    qtbot.keyClick(part(window, QPushButton, "first button"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "diag.cure_failed" in text(window, "said"), timeout=MILLISECONDS)
    assert part(window, QPushButton, "first button").isEnabled()


def test_everything_is_copied_as_text(qtbot: QtBot, show: Show) -> None:
    window = show("the code is blocked")
    qtbot.keyClick(window.panel.copier, Qt.Key.Key_Space)
    copied = QGuiApplication.clipboard().text()
    assert "\n\nError: " in copied and "[diag.code_blocked]" in copied
    assert "PIN and PUK status" in copied


def test_a_report_is_saved_and_the_window_of_another_machine_reports_the_same(
    qtbot: QtBot, show: Show, tmp_path: Path
) -> None:
    window = show("the code is blocked")
    path = tmp_path / "report.jsonl"
    window.panel.save(FORMS[0], path)
    qtbot.waitUntil(path.exists, timeout=MILLISECONDS)
    qtbot.waitUntil(lambda: str(path) in text(window, "said"), timeout=MILLISECONDS)
    other = show()
    other.panel.open_bundle(path)
    finished(qtbot, other)
    assert other.panel.view.first == window.panel.view.first
    assert text(other, "heading") == "Report from another computer: report.jsonl"


def test_a_cure_for_another_machine_is_not_offered_here(
    qtbot: QtBot, show: Show, tmp_path: Path
) -> None:
    answers = healthy()
    FAULTS["others can write to the cache"][0](answers)
    path = tmp_path / "r.jsonl"
    path.write_bytes(bundle(answers, (), FixedClock(NOW)))
    window = show(run=False)
    window.panel.open_bundle(path)
    finished(qtbot, window)
    assert text(window, "first cause")
    assert not part(window, QPushButton, "first button").isVisible()


def test_a_file_that_is_no_report_is_reported(qtbot: QtBot, show: Show, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("nothing\n")
    window = show(run=False)
    window.panel.open_bundle(path)
    finished(qtbot, window)
    assert window.panel.view.phase is Phase.FAILED
    assert "diag.report_damaged" in text(window, "first cure")


@pytest.fixture
def large() -> Iterator[None]:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    before = application.font()
    font = QFont(before)
    font.setPointSizeF(before.pointSizeF() * 2)
    application.setFont(font)
    yield
    application.setFont(before)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["the code is blocked", "pcscd was killed"])
def test_letters_of_twice_the_size_are_not_cut(
    qtbot: QtBot, show: Show, language: str, name: str
) -> None:
    with use_language(language):
        window = show(name)
        screen = window.screen().availableGeometry()
        assert window.width() <= screen.width() and window.height() <= screen.height()
        QApplication.processEvents()
        for entry in window.findChildren(QLabel):
            if entry.isVisible() and entry.text():
                assert entry.height() >= entry.heightForWidth(entry.width()), entry.text()
        for button in window.findChildren(QPushButton):
            if button.isVisible():
                assert button.width() >= button.sizeHint().width(), button.text()
        checks = tree(window)
        for at in range(checks.topLevelItemCount()):
            item = checks.topLevelItem(at)
            assert item is not None
            for column in (0, 1):
                index = checks.indexFromItem(item, column)
                place = checks.visualRect(index)
                room = checks.fontMetrics().boundingRect(
                    0, 0, place.width() - 8, 9999, Qt.TextFlag.TextWordWrap, item.text(column)
                )
                assert place.height() >= room.height(), item.text(column)


def test_it_speaks_french(qtbot: QtBot, show: Show) -> None:
    with use_language("fr"):
        window = show("the code is blocked")
        assert window.windowTitle() == "Diagnostic de la carte et du poste"
        assert text(window, "first cause").startswith("Erreur\u00a0: ")
        assert text(window, "first consequence").startswith("Conséquence\u00a0: ")
        assert "en ordre" in dict(lines(window)).values()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_key_stands_for_two_things(show: Show, language: str) -> None:
    with use_language(language):
        window = show("others can write to the cache")
        menus = [action.text() for action in window.menuBar().actions()]
        buttons = [
            button.text() for button in window.findChildren(QPushButton) if button.isVisible()
        ]
        inside = [action.text() for action in window.menuBar().actions()[0].menu().actions()]  # type: ignore[attr-defined]
    for lines in ([*menus, *buttons], inside):
        keys = [line[line.index("&") + 1].lower() for line in lines if "&" in line]
        assert len(keys) == len(set(keys)), lines
