"""The older onboarding: a SIM gets a certificate and a key for AWS IoT Core, known by its address.

    onboarding = Onboarding(storage, random, wall_ms)
    onboarded = onboarding.onboard(iccid, work)
    onboarded.as_json(), onboarded.as_csv()

A device gets the same certificate again each time. The fields are those of 1NCE's blueprints
(pycom, nodejs) and of its self-hosted onboarding.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sqlalchemy import insert, select

from nce_sim.services.onboarding.pair import Pair
from nce_sim.services.onboarding.settings import OnboardingSettings
from nce_sim.services.onboarding.tables import ONBOARDED, ONBOARDING_CA
from nce_sim.storage import Storage, Work

_ADD_CA = insert(ONBOARDING_CA)
_ADD = insert(ONBOARDED)


@dataclass(frozen=True)
class Onboarded:
    """All that a device needs to connect to AWS IoT Core."""

    iccid: str
    endpoint: str
    root_ca_url: str
    root_ca: str
    pair: Pair

    def as_json(self) -> str:
        """The answer to most clients."""
        body = {
            "amazonRootCaUrl": self.root_ca_url,
            "certificate": self.pair.certificate,
            "privateKey": self.pair.private_key,
            "iccid": self.iccid,
            "iotCoreEndpointUrl": self.endpoint,
        }
        return json.dumps(body)

    def as_csv(self) -> str:
        """The answer to a client that accepts text/csv: one line, everything in quotes."""
        fields = (
            self.iccid,
            self.endpoint,
            self.root_ca_url,
            self.root_ca,
            self.pair.certificate,
            self.pair.private_key,
        )
        line = io.StringIO()
        writer = csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="")
        writer.writerow(text.replace("\n", "\\n") for text in fields)
        return line.getvalue()


class Onboarding:
    """The certificates of all devices."""

    def __init__(
        self,
        storage: Storage,
        random: Random,
        wall_ms: Callable[[], int],
        settings: OnboardingSettings | None = None,
    ) -> None:
        self._storage = storage
        self._random = random
        self._wall_ms = wall_ms
        self._settings = settings or OnboardingSettings()
        rows = storage.read(select(ONBOARDING_CA))
        self._ca = Pair(rows[0].certificate, rows[0].private_key) if rows else None
        self._pairs: dict[str, Pair] = {}

    @property
    def root_ca(self) -> str | None:
        """The certificate of the CA, for a broker's trust; None before the first onboarding."""
        return None if self._ca is None else self._ca.certificate

    def onboard(self, iccid: str, work: Work) -> Onboarded:
        """The certificate of a device; it is made at the first call."""
        ca = self._ca or self._make_ca(work)
        pair = self._pairs.get(iccid) or self._stored(iccid) or self._make(iccid, ca, work)
        settings = self._settings
        return Onboarded(iccid, settings.endpoint, settings.root_ca_url, ca.certificate, pair)

    def _stored(self, iccid: str) -> Pair | None:
        rows = self._storage.read(select(ONBOARDED).where(ONBOARDED.c.iccid == iccid))
        return Pair(rows[0].certificate, rows[0].private_key) if rows else None

    def _make_ca(self, work: Work) -> Pair:
        # X.509 takes a twentieth of a second to import, and few worlds need it.
        from nce_sim.services.onboarding.certificates import made_ca

        ca = made_ca(self._random, self._wall_ms(), self._settings.lifetime_days)
        self._ca = ca
        work.on_rollback(lambda: setattr(self, "_ca", None))
        work.write(_ADD_CA, {"number": 1, **vars(ca)})
        return ca

    def _make(self, iccid: str, ca: Pair, work: Work) -> Pair:
        from nce_sim.services.onboarding.certificates import issued

        now_ms = self._wall_ms()
        pair = issued(ca, iccid, self._random, now_ms, self._settings.lifetime_days)
        # Until it is stored, the next request of the same batch finds it here.
        self._pairs[iccid] = pair
        work.on_rollback(lambda: self._forget(iccid))
        work.after_commit(lambda: self._forget(iccid))
        work.write(_ADD, {"iccid": iccid, **vars(pair), "created_ms": now_ms})
        return pair

    def _forget(self, iccid: str) -> None:
        self._pairs.pop(iccid, None)
