"""The components of the service with their states, and a list of incidents (1nce_os_2.md, 3.6).

    performance = Performance(cells, troubles, wall_ms)
    performance.components()                    # [Component("2G/3G Network", "AVAILABLE", "")]
    performance.incidents()                     # newest first

A simulated world has its outages on demand: cells lose coverage, endpoints get trouble. Incidents
are those since the start, as trouble and coverage are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from nce_sim.endpoints.troubles import Trouble, Troubles
from nce_sim.network.cell import Cell

AVAILABLE, DEGRADED, OUTAGE = STATES = ("AVAILABLE", "DEGRADED", "OUTAGE")
_MOST_INCIDENTS = 100
# [D/F] Their names and order; "1NCE OS" is ours [U].
_NETWORKS = {
    "2G/3G Network": ("2G", "3G"),
    "4G/LTE Network": ("LTE", "LTE-M"),
    "NB-IoT Network": ("NB-IoT",),
}
_STEADY = ("OpenVPN", "Data Streams")  # nothing in the simulation makes them fail
_API, _OS = "Management API", "1NCE OS"
_ENDPOINT_OF_API = "api"
_KINDS = {"error": "refuses requests", "silence": "does not answer", "slow": "answers late"}


@dataclass(frozen=True)
class Component:
    """One component now."""

    name: str
    state: str
    information: str = ""


@dataclass(frozen=True)
class Incident:
    """A time in which a component was not available; the state is the worst of it."""

    component: str
    state: str
    information: str
    began_ms: int
    ended_ms: int | None = None


class Performance:
    """Looks at the world, and remembers what was wrong."""

    def __init__(
        self, cells: Sequence[Cell], troubles: Troubles, wall_ms: Callable[[], int]
    ) -> None:
        self._cells, self._troubles, self._wall_ms = cells, troubles, wall_ms
        self._open: dict[str, Incident] = {}
        self._over: deque[Incident] = deque(maxlen=_MOST_INCIDENTS)
        self._watched = 0
        troubles.watch(self._look)
        self._look()

    def components(self) -> list[Component]:
        """All components, in the order of the page."""
        self._look()
        return list(self._components())

    def incidents(self) -> list[Incident]:
        """What was or is wrong, the newest first."""
        self._look()
        found = [*self._open.values(), *self._over]
        return sorted(found, key=lambda one: -one.began_ms)[:_MOST_INCIDENTS]

    # -- inside ----------------------------------------------------------------------------

    def _look(self) -> None:
        """Compare with the last look."""
        for cell in self._cells[self._watched :]:  # some come after the start
            cell.watch(lambda _: self._look())
        self._watched = len(self._cells)
        now_ms = self._wall_ms()
        for component in self._components():
            name, state, text = component.name, component.state, component.information
            known = self._open.get(name)
            if state == AVAILABLE:
                if known is not None:
                    self._over.append(replace(self._open.pop(name), ended_ms=now_ms))
            elif known is None:
                self._open[name] = Incident(name, state, text, now_ms)
            elif STATES.index(state) >= STATES.index(known.state):
                # One incident, told as the worst that it was.
                self._open[name] = replace(known, state=state, information=text)

    def _components(self) -> Iterator[Component]:
        for name, rats in _NETWORKS.items():
            yield self._network(name, [cell for cell in self._cells if cell.rat in rats])
        yield Component(_STEADY[0], AVAILABLE)
        yield self._endpoints(_API, lambda endpoint: endpoint == _ENDPOINT_OF_API)
        yield Component(_STEADY[1], AVAILABLE)
        yield self._endpoints(_OS, lambda endpoint: endpoint != _ENDPOINT_OF_API)

    def _network(self, name: str, cells: Sequence[Cell]) -> Component:
        if not cells:
            return Component(name, AVAILABLE, "No cell of this world is one of these.")
        gone = sum(not cell.is_in_coverage for cell in cells)
        if not gone:
            return Component(name, AVAILABLE)
        text = f"{gone} of {len(cells)} cells without coverage"
        return Component(name, OUTAGE if gone == len(cells) else DEGRADED, text)

    def _endpoints(self, name: str, concerns: Callable[[str], bool]) -> Component:
        troubles = [one for one in self._troubles if concerns(one.endpoint)]
        if not troubles:
            return Component(name, AVAILABLE)
        is_down = any(one.kind == "down" for one in troubles)
        text = ", ".join(dict.fromkeys(map(_told, troubles)))
        return Component(name, OUTAGE if is_down else DEGRADED, text)


def _told(trouble: Trouble) -> str:
    return f"{trouble.endpoint} {_KINDS.get(trouble.kind, 'is down')}"
