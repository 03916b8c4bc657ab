"""Runs the portable tests on the interpreter that runs this file, without pytest.

    micropython tests/portable/run.py [name ...]

Each `test_*.py` (or `.mpy`) beside it, or those whose name holds one of the arguments, is imported
and each `test_*` function called. The last line counts them; the exit status is 1 when any failed.
"""

import os
import sys

HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."


def run(wanted, without=()):
    sys.path.insert(0, HERE)
    if sys.implementation.name == "micropython":
        import virtual_time

        virtual_time.install()
    passed = failed = 0
    for file_name in sorted(os.listdir(HERE)):
        name, _, kind = file_name.partition(".")
        if not name.startswith("test_") or kind not in ("py", "mpy"):
            continue
        if wanted and not any(word in file_name for word in wanted):
            continue
        module = __import__(name)
        for name in sorted(dir(module)):
            if not name.startswith("test_") or name in without:
                continue
            try:
                getattr(module, name)()
                passed += 1
            except Exception as error:  # noqa: BLE001 - a test may fail in any way
                failed += 1
                print("FAILED %s %s" % (file_name, name))
                if hasattr(sys, "print_exception"):
                    sys.print_exception(error)
                else:
                    import traceback  # portable: CPython has no sys.print_exception

                    traceback.print_exception(error)
    print(
        "%s %s: %d passed, %d failed"
        % (
            sys.implementation.name,
            ".".join(str(n) for n in sys.implementation.version[:3]),
            passed,
            failed,
        )
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
