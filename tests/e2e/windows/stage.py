# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Shows scenes and reports what is wrong: ``python -m tests.e2e.windows.stage LANGUAGE WORLD``.

One JSON object a line, in and out. ``--letters 2`` makes letters of twice the size,
``--high-contrast`` wears the colours of the manager's own option.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QProgressBar, QWidget
from tests.e2e.windows import measure
from tests.e2e.windows.bad import BAD
from tests.e2e.windows.contrast import LEAST, contrast, contrast_of_pixels, over
from tests.e2e.windows.palettes import wear
from tests.e2e.windows.places import Place
from tests.e2e.windows.scenes import SCENES, Scene, prepare

from caducee.desktop.manager.app import contrasted

PATIENCE = 20.0
_SAMPLE = 7
"""One in so many pixels is looked at where the colours of a picture are counted."""


class Stage(QObject):
    """Does what is asked, in Qt's thread."""

    asked = Signal(str)

    def __init__(self, place: Place, scenes: Mapping[str, Scene]) -> None:
        super().__init__()
        self._place = place
        self._scenes = scenes
        self._light = QApplication.palette()
        self._scene: Scene | None = None
        self._window: QWidget | None = None
        self.asked.connect(self._answer)
        self._does: dict[str, Callable[..., dict[str, Any]]] = {
            "show": self._show,
            "act": self._act,
            "close": self._close,
            "size": self._size,
            "picture": self._picture,
            "measure": self._measure,
            "contrast": self._contrast,
            "focus": self._focus,
            "palette": self._palette,
        }

    def read(self) -> None:
        """Take lines until the end of input."""
        for line in sys.stdin:
            self.asked.emit(line)
        self.asked.emit("")

    def _answer(self, line: str) -> None:
        if not line:
            QApplication.quit()
            return
        asked = json.loads(line)
        try:
            output = self._does[asked.pop("do")](**asked)
        except Exception as error:
            output = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(output) + "\n")
        sys.stdout.flush()

    # What can be asked

    def _show(self, scene: str) -> dict[str, Any]:
        self._close()
        self._scene = self._scenes[scene]
        self._window = self._scene.make(self._place)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        self._settle()
        for act in self._scene.then:
            act(self._window)
            self._settle(done=act is self._scene.then[-1])
        _scene, window = self._on_stage()
        return {"title": window.windowTitle()}

    def _act(self, name: str) -> dict[str, Any]:
        scene, window = self._on_stage()
        scene.acts[name](window)
        self._settle()
        return {"title": window.windowTitle()}

    def _close(self) -> dict[str, Any]:
        if self._scene is not None and self._window is not None:
            if (question := QApplication.activeModalWidget()) is not None:
                question.close()
            self._scene.end(self._window)
            self._window.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self._scene = self._window = None
        return {}

    def _size(self, width: int, height: int) -> dict[str, Any]:
        _scene, window = self._on_stage()
        window.resize(width, height)
        self._settle(done=True)
        return {}

    def _picture(self, path: str | None) -> dict[str, Any]:
        """Make a picture and return the number of its colours; keep it where a path says."""
        _scene, window = self._on_stage()
        picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        if path:
            picture.save(path, quality=0)  # as small as can be
        return {"colours": len(set(memoryview(picture.constBits()).cast("I")[::_SAMPLE]))}

    def _palette(self, name: str) -> dict[str, Any]:
        wear(name, self._light)
        self._settle()
        pairs = [
            f"contrast: {pair} {ratio:.2f}"
            for pair, ink, paper in measure.palette_pairs()
            if (ratio := contrast(over(ink, paper), paper)) < LEAST
        ]
        return {"findings": pairs}

    def _measure(self) -> dict[str, Any]:
        _scene, window = self._on_stage()
        looks = (measure.cut_texts, measure.outside, measure.overlaps, measure.sideways)
        return {"findings": [output for look in looks for output in look(window)]}

    def _contrast(self) -> dict[str, Any]:
        _scene, window = self._on_stage()
        picture = window.grab().toImage()
        share = picture.devicePixelRatio()
        found = []
        for name, box in measure.boxes_of_text(window):
            grown = type(box)(box.topLeft() * share, box.size() * share)
            if box.isEmpty():
                continue
            ratio = contrast_of_pixels(picture, grown)
            if ratio < LEAST:
                found.append(f"contrast: {name}: {ratio:.2f}")
        return {"findings": found}

    def _focus(self) -> dict[str, Any]:
        """Go round by Tab; tell where the focus looks as it does without it."""
        _scene, window = self._on_stage()
        stops: dict[QWidget, QRect] = {}
        looks = [self._photograph()]
        while len(stops) < 80:
            key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(QApplication.focusWidget() or window, key)
            now = QApplication.focusWidget()
            if now is None or now in stops:
                break
            looks.append(self._photograph())
            stops[now] = QRect(now.mapTo(window, QPoint(0, 0)), now.size())
        if len(stops) < 2:
            return {"findings": []}
        looks.append(looks[1])
        found = [
            f"focus: {measure.name_of(item)} shows none"
            for place, (item, box) in enumerate(stops.items(), 1)
            if not _differs(box, looks[place - 1 : place + 2])
        ]
        return {"findings": found}

    def _photograph(self) -> QImage:
        _scene, window = self._on_stage()
        for _ in range(3):
            QApplication.processEvents()
        return window.grab().toImage()

    # How

    def _on_stage(self) -> tuple[Scene, QWidget]:
        assert self._scene is not None and self._window is not None
        return self._scene, QApplication.activeModalWidget() or self._window

    def _settle(self, done: bool = False) -> None:
        """Let the window come to rest: what it waits for is there, and nothing moves."""
        if self._scene is None or self._window is None:
            return
        ready = (self._scene.done if done else None) or self._scene.ready
        end = time.monotonic() + PATIENCE
        quiet = 0
        while quiet < 5:
            QApplication.processEvents()
            time.sleep(0.01)
            at_rest = ready(self._window) and not self._busy()
            quiet = quiet + 1 if at_rest else 0
            if time.monotonic() > end:
                raise TimeoutError(f"{self._scene.name} does not come to rest")

    def _busy(self) -> bool:
        assert self._window is not None
        bars = self._window.findChildren(QProgressBar)
        return any(bar.isVisible() and bar.objectName() != "time" for bar in bars)


def _differs(box: QRect, looks: list[QImage]) -> bool:
    """Tell whether the middle one of three pictures differs from both others in a box."""
    share = looks[0].devicePixelRatio()
    box = box.adjusted(-3, -3, 3, 3)
    grown = QRect(box.topLeft() * share, box.size() * share)
    before, now, after = (look.copy(grown) for look in looks)
    return now not in (before, after)


def main(more: Mapping[str, Scene] = BAD) -> int:
    """Serve until the end of input; ``more``: scenes beside the usual ones."""
    parser = argparse.ArgumentParser()
    parser.add_argument("language")
    parser.add_argument("world", type=Path)
    parser.add_argument("--letters", type=float, default=1.0)
    parser.add_argument("--high-contrast", action="store_true")
    chosen = parser.parse_args()
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    if chosen.high_contrast:
        application.setStyle("Fusion")
        application.setPalette(contrasted())
    prepare(application, chosen.language)
    if chosen.letters != 1.0:
        font = application.font()
        font.setPointSizeF(font.pointSizeF() * chosen.letters)
        application.setFont(font)
    stage = Stage(Place(chosen.world, chosen.language), {**SCENES, **more})
    QTimer.singleShot(0, lambda: threading.Thread(target=stage.read, daemon=True).start())
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
