"""Fuzz one target with atheris, guided by coverage: see README.md beside this file.

python tests/fuzz/fuzz.py dtls_client -max_total_time=120 build/fuzz/dtls_client
"""

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent
# A program of its own, in whatever environment has atheris.
sys.path.insert(0, str(HERE.parents[1] / "sdk"))

with atheris.instrument_imports(include=["nce"]):
    # What the SDK loads only when it is needed would not be followed otherwise.
    import nce.coap.bodies
    import nce.coap.failures
    import nce.coap.observers
    import nce.dtls.advice
    import nce.dtls.aes
    import nce.dtls.cbc
    import nce.dtls.ccm
    import nce.dtls.gcm
    import nce.dtls.negotiation  # noqa: F401
    from targets import TARGETS


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        raise SystemExit(f"fuzz.py TARGET [options of libFuzzer]; targets: {', '.join(TARGETS)}")
    name = sys.argv.pop(1)
    # New inputs go to the first folder named; the kept ones are read beside them.
    atheris.Setup([*sys.argv, str(HERE / "corpus" / name)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
