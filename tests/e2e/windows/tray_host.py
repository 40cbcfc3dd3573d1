# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The panel of a desktop: shows icons (StatusNotifierItem) and notices, by the D-Bus alone.

Run by the system's python3, which has GLib; one JSON object a line, in and out.
"""

import json
import sys
from typing import Any

from gi.repository import Gio, GLib

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
NOTICES = "org.freedesktop.Notifications"

INTERFACES = """
<node>
  <interface name="org.kde.StatusNotifierWatcher">
    <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
    <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
    <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
    <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
    <property name="ProtocolVersion" type="i" access="read"/>
    <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
    <signal name="StatusNotifierHostRegistered"/>
  </interface>
  <interface name="org.freedesktop.Notifications">
    <method name="Notify">
      <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
      <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
      <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
      <arg type="u" direction="out"/>
    </method>
    <method name="CloseNotification"><arg type="u" direction="in"/></method>
    <method name="GetCapabilities"><arg type="as" direction="out"/></method>
    <method name="GetServerInformation">
      <arg type="s" direction="out"/><arg type="s" direction="out"/>
      <arg type="s" direction="out"/><arg type="s" direction="out"/>
    </method>
  </interface>
</node>
"""


class Panel:
    """Everything in one process and one thread."""

    def __init__(self) -> None:
        self.loop = GLib.MainLoop()
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.items: list[str] = []
        self.notices: list[dict[str, str]] = []
        node = Gio.DBusNodeInfo.new_for_xml(INTERFACES)
        watcher, notices = node.interfaces
        self.bus.register_object("/StatusNotifierWatcher", watcher, self.called, self.asked, None)
        self.bus.register_object(
            "/org/freedesktop/Notifications", notices, self.called, self.asked, None
        )
        self.owned = [
            Gio.bus_own_name_on_connection(self.bus, name, Gio.BusNameOwnerFlags.NONE, None, None)
            for name in (WATCHER, NOTICES)
        ]

    # What programs call

    def called(self, *call: Any) -> None:
        _bus, sender, _path, _interface, method, arguments, invocation = call
        values = arguments.unpack()
        answer = None
        if method == "RegisterStatusNotifierItem":
            self.items.append(values[0] if values[0].startswith(":") else sender)
        elif method == "Notify":
            self.notices.append({"title": values[3], "text": values[4]})
            answer = GLib.Variant("(u)", (len(self.notices),))
        elif method == "GetCapabilities":
            answer = GLib.Variant("(as)", (["body"],))
        elif method == "GetServerInformation":
            answer = GLib.Variant("(ssss)", ("panel", "tests", "1", "1.2"))
        invocation.return_value(answer)

    def asked(self, *question: Any) -> Any:
        name = question[4]
        return {
            "RegisteredStatusNotifierItems": GLib.Variant("as", self.items),
            "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
            "ProtocolVersion": GLib.Variant("i", 0),
        }[name]

    # What the test asks

    def call(self, path: str, interface: str, method: str, arguments: Any = None) -> Any:
        """Call the newest icon; what it calls meanwhile is answered."""
        came: list[Any] = []
        self.bus.call(
            *(self.items[-1], path, interface, method, arguments, None, 0, 20_000, None),
            lambda bus, result: came.append(result),
        )
        while not came:
            GLib.MainContext.default().iteration(True)
        return self.bus.call_finish(came[0]).unpack()

    def item(self) -> dict[str, Any]:
        """Return what the newest icon says of itself."""
        if not self.items:
            return {"there": False}
        (found,) = self.call(
            "/StatusNotifierItem",
            "org.freedesktop.DBus.Properties",
            "GetAll",
            GLib.Variant("(s)", (ITEM,)),
        )
        return {
            "there": True,
            "tooltip": found.get("ToolTip", ("", [], "", ""))[2],
            "pixels": sorted(entry[0] for entry in found.get("IconPixmap", [])),
            "menu": found.get("Menu", ""),
        }

    def layout(self) -> list[tuple[int, dict[str, Any]]]:
        path = self.item()["menu"]
        arguments = GLib.Variant("(iias)", (0, -1, []))
        _revision, (_id, _properties, children) = self.call(path, MENU, "GetLayout", arguments)
        return [(child[0], child[1]) for child in children]

    def menu(self) -> dict[str, Any]:
        """Return the lines of the menu that are shown."""
        shown = [item for _number, item in self.layout() if item.get("visible", True)]
        return {
            "lines": [item.get("label", "").replace("_", "") for item in shown],
            "enabled": [item.get("enabled", True) for item in shown],
        }

    def choose(self, label: str) -> dict[str, Any]:
        """Choose a line of the menu."""
        for number, item in self.layout():
            if item.get("label", "").replace("_", "") == label:
                event = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0))
                self.call(self.item()["menu"], MENU, "Event", event)
                return {}
        return {"error": f"no line {label!r}"}

    def activate(self) -> dict[str, Any]:
        """Click on the icon."""
        place = GLib.Variant("(ii)", (1, 1))
        self.call("/StatusNotifierItem", ITEM, "Activate", place)
        return {}

    def leave(self) -> dict[str, Any]:
        """Go away, as a panel that crashes."""
        Gio.bus_unown_name(self.owned[0])
        return {}

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        do = asked.pop("do")
        if do == "notices":
            return {"notices": self.notices}
        found: dict[str, Any] = getattr(self, do)(**asked)
        return found

    def read(self, channel: Any, _condition: Any) -> bool:
        line = sys.stdin.readline()
        if not line:
            self.loop.quit()
            return False
        try:
            output = self.answer(json.loads(line))
        except Exception as error:
            output = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(output) + "\n")
        sys.stdout.flush()
        return True


if __name__ == "__main__":
    panel = Panel()
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, panel.read)
    panel.loop.run()
