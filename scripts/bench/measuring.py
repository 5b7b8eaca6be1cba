"""What a command costs: CPU seconds and memory of it and of all that it starts.

In: a command. Out: its wall and CPU seconds, peak memory, exit code and output. CPU seconds are those of the process and of
its descendants (orphans are inherited by this process, see `adopt_orphans`, and then waited for). Memory is the sum of the
proportional set sizes of all of them, sampled; its peak is given.
"""

import ctypes
import os
import resource
import subprocess
import threading
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.1


def adopt_orphans() -> None:
    """Call once before `measure`: what a measured command leaves behind becomes a child of this process."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(root: int) -> list[int]:
    """The process itself, first, and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            parent = int(stat.rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(entry))
    found, queue = [], [root]
    while queue:
        process = queue.pop()
        found.append(process)
        queue.extend(children.get(process, []))
    return found


def memory_bytes(root: int, without_root: bool = False) -> int:
    """Sum of the proportional set sizes of a process and its descendants, or of the descendants alone."""
    total = 0
    for process in descendants(root)[1 if without_root else 0:]:
        try:
            for line in Path("/proc", str(process), "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


def measure(command: list[str], environment: dict[str, str], runner: bool = False) -> dict:
    """Runs a command to its end. With `runner`, the command only runs the measured program: its own memory is left out.

    Returns wall and cpu (seconds), peak (bytes), code, output and errors (text)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(SAMPLE_SECONDS):
            peak = max(peak, memory_bytes(process.pid, runner))

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, errors = process.communicate()
    wall = time.monotonic() - start
    done.set()
    watcher.join()
    while True:  # what it left behind ends with it and is ours to wait for
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "peak": peak, "code": process.returncode,
            "output": output.decode("utf8", "replace"), "errors": errors.decode("utf8", "replace")}
