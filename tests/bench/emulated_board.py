"""A board's memory and work, on an emulated Cortex-M3: from reset to the fifth fix."""

from _pytest.outcomes import Skipped

from support.board_job import FIXES, HEAPS, measure

TITLES = {"frozen": "all frozen", "firmware": ".mpy in ROMFS"}


def rows():
    table = []
    for name, heap in HEAPS.items():
        title = TITLES[name]
        try:
            job = measure(name)
        except Skipped as reason:
            return [("emulated board", "skipped", "", str(reason))]
        said = job.run.said
        if job.run.decoded != job.wanted:
            raise SystemExit(f"the run on {name}.elf is not perfect: {job.run}")
        note = f"{FIXES} fixes, CoAPS, of a heap of {heap // 1024} KiB"
        table += [
            (f"image, {title}", job.image_bytes, "B", "MicroPython included"),
            (f"heap after boot, {title}", said["heap_at_boot"], "B", ""),
            (f"heap when imported, {title}", said["heap_imported"], "B", ""),
            (f"heap at most, {title}", said["heap_peak"], "B", note),
            (f"instructions, {title}", job.instructions, "", note),
        ]
    return table
