"""Measures the cluster beside one machine, with the release programs over real servers on this machine.

The same PDFs go in three times: by `pagemill ingest` on one machine, by a planner and one worker, by a planner and two workers.
Every run has the same share of the machine: a worker, or the one-machine program, gets a quarter of its processor time, by a
control group, so that two of them leave the servers a half; where no control group can be made, half of the cores, pinned, which
they then share with the servers. Threads and processes are as many as cores in the share. CPU seconds are those of a process and of all that it started, from its start to the end of its work.
Meilisearch is a server that answers as it does; its processor time, and that of the other servers, is shown apart.
"""

import argparse
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from measuring import descendants

PR_SET_CHILD_SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")
READY_WITHIN = 120
TARGET_SPEEDUP, TARGET_OVERHEAD = 1.9, 0.10


def cpu_seconds(root: int) -> float:
    """Processor time of a process and of all that it started, those that have ended and were waited for included."""
    total = 0
    for process in descendants(root):
        with contextlib.suppress(OSError):
            fields = Path("/proc", str(process), "stat").read_text().rsplit(")", 1)[1].split()
            total += sum(int(ticks) for ticks in fields[11:15])
    return total / TICKS


def copies(folder: Path, number: int, to: Path) -> None:
    """Copies that differ: a comment after the end of a PDF changes its bytes and nothing that is read."""
    for file in sorted(folder.glob("*.pdf")):
        for copy in range(number):
            (to / f"{file.stem}-{copy:04}.pdf").write_bytes(file.read_bytes() + f"\n% copy {copy}\n".encode())


class Share:
    """A part of the machine that a program and all that it starts may use."""

    def __init__(self, name: str, cores: list[int], of_cores: float):
        self.cores, self.threads = cores, max(1, int(of_cores))
        self.group = control_group(f"pagemill-bench-{os.getpid()}-{name}", of_cores)

    def begin(self) -> list[str]:
        """What stands before a command."""
        if self.group:
            return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self.group / "cgroup.procs")]
        return ["taskset", "--cpu-list", ",".join(map(str, self.cores))]

    def end(self) -> None:
        if self.group:
            with contextlib.suppress(OSError):
                self.group.rmdir()


def control_group(name: str, of_cores: float) -> Path | None:
    """A new control group, of either version, that gets so many cores' time; None where none can be made."""
    period = 100_000
    quota = int(of_cores * period)
    second, first = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/cpu")
    try:
        if first.is_dir():
            group = first / name
            group.mkdir()
            (group / "cpu.cfs_period_us").write_text(str(period))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            group = second / name
            group.mkdir()
            (group / "cpu.max").write_text(f"{quota} {period}")
    except OSError:
        with contextlib.suppress(OSError):
            group.rmdir()
        return None
    return group


class Servers:
    def __init__(self, program: str, folder: Path, rounds: int):
        self.process = subprocess.Popen([program, str(folder), str(rounds)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.at: dict[str, str] = {}
        for line in self.process.stdout:
            if line.strip() == "READY":
                return
            name, _, value = line.strip().partition("=")
            self.at[name] = value
        sys.exit("the servers did not start")

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Bench:
    def __init__(self, options: argparse.Namespace, servers: Servers, scratch: Path):
        self.programs, self.servers, self.scratch = Path(options.programs), servers, scratch
        cores = sorted(os.sched_getaffinity(0))
        half = max(1, len(cores) // 2)
        self.cores = len(cores)
        self.shares = [Share(str(number), pinned, len(cores) / 4)
                       for number, pinned in enumerate([cores[:half], cores[half:2 * half] or cores[:half]])]

    def end(self) -> None:
        for share in self.shares:
            share.end()

    def is_quota(self) -> bool:
        return all(share.group for share in self.shares)

    def shared(self) -> str:
        at, threads = self.servers.at, self.shares[0].threads
        return (f"[s3]\nendpoint = '{at['S3']}'\nregion = '{at['REGION']}'\ncredentials_file = '{at['CREDENTIALS']}'\n"
                f"[readers]\nprocesses = {threads}\n[recognizers]\nprocesses = {threads}\n"
                f"[embedder]\nthreads = {threads}\n[log]\nlevel = 'error'\n")

    def write(self, name: str, text: str) -> Path:
        file = self.scratch / name
        file.write_text(text)
        return file

    def start(self, program: str, config: Path, share: Share | None, arguments: list[str] | None = None,
              **more) -> subprocess.Popen:
        command = [*(share.begin() if share else []), str(self.programs / program), "--config", str(config), *(arguments or [])]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, **more)

    def one_machine(self) -> dict:
        config = self.write("machine.toml", f"data_dir = '{self.scratch / 'data'}'\n" + self.shared())
        began, server_cpu = time.monotonic(), cpu_seconds(self.servers.process.pid)
        before = os.times()
        run = self.start("pagemill", config, self.shares[0], ["ingest", self.servers.at["SOURCE"], "--json"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        output = run.communicate()[0]
        if run.returncode not in (0, 3):
            sys.exit(f"pagemill ingest ended with {run.returncode}")
        self.wait_for_orphans()
        after, summary = os.times(), json.loads(output)
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        counts = summary["counts"]
        return {"pages": counts["pages"], "ocr_pages": counts["ocr_pages"], "documents": counts["indexed"],
                "set_aside": summary["set_aside"], "seconds": time.monotonic() - began, "cpu_seconds": cpu,
                "index_cpu_seconds": summary["cpu_seconds"].get("index", 0.0),
                "server_cpu_seconds": cpu_seconds(self.servers.process.pid) - server_cpu}

    def wait_for_orphans(self) -> None:
        """What a program left behind ends with it, is ours to wait for, and counts."""
        for process in descendants(os.getpid())[1:]:
            if process not in descendants(self.servers.process.pid):
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(process, 0)

    def cluster(self, number: int, workers: int) -> dict:
        at = self.servers.at
        common = (f"[catalog]\nurl = '{at[f'DATABASE_{number}']}'\n[[sources.allowed]]\nprefix = '{at['SOURCE']}/'\n"
                  f"[meilisearch]\nurls = ['{at['MEILISEARCH']}']\nindex = 'round{number}'\n"
                  f"[artifacts]\nurl = 's3://artifacts-{number}/documents'\n")
        kafka = (f"[kafka]\nbrokers = '{at['KAFKA']}'\ntasks_topic = 'tasks{number}'\n"
                 f"large_tasks_topic = 'large{number}'\ndead_letter_topic = 'dead{number}'\ngroup = 'workers{number}'\n"
                 "partitions = 8\n")
        s3 = self.shared().split("[readers]")[0]
        planner = self.write("planner.toml", "[ops]\naddress = '127.0.0.1:18611'\n" + kafka + s3
                             + common.split("[meilisearch]")[0])
        operator = self.write("operator.toml", common + self.shared())
        worker = [self.write(f"worker{w}.toml", f"[ops]\naddress = '127.0.0.1:{18620 + w}'\n" + kafka + common
                             + self.shared()) for w in range(workers)]
        running = [self.start("pagemill-planner", planner, None)]
        running += [self.start("pagemill-worker", file, self.shares[w]) for w, file in enumerate(worker)]
        try:
            for port in [18611, *(18620 + w for w in range(workers))]:
                ready(port)
            server_cpu = cpu_seconds(self.servers.process.pid)
            self.operate(operator, ["job", "start", at["SOURCE"]])
            ended = self.operate(operator, ["job", "status", "--watch", "--json"]).splitlines()[-1]
            cpu = [cpu_seconds(process.pid) for process in running]
            server_cpu = cpu_seconds(self.servers.process.pid) - server_cpu
        finally:
            for process in running:
                process.send_signal(signal.SIGTERM)
            codes = [process.wait() for process in running]
        told = json.loads(ended)
        if told["job"]["state"] != "done" or any(codes):
            sys.exit(f"the job is {told['job']['state']}, the programs ended with {codes}")
        totals = told["counts"]["totals"]
        return {"pages": totals["pages"], "ocr_pages": totals["ocr_pages"], "documents": totals["indexed"],
                "set_aside": totals["failed"],
                "seconds": (told["job"]["updated_ms"] - told["job"]["created_ms"]) / 1000,
                "planner_cpu_seconds": cpu[0], "worker_cpu_seconds": cpu[1:], "cpu_seconds": sum(cpu),
                "server_cpu_seconds": server_cpu}

    def operate(self, config: Path, arguments: list[str]) -> str:
        run = self.start("pagemill", config, None, arguments, stdout=subprocess.PIPE, text=True)
        output = run.communicate()[0]
        if run.returncode not in (0, 3):
            sys.exit(f"pagemill {' '.join(arguments)} ended with {run.returncode}")
        return output


def ready(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).status == 200:
                return
        time.sleep(0.2)
    sys.exit(f"nothing is ready on port {port} after {READY_WITHIN} s")


def show(report: dict) -> None:
    one, first, second = report["one_machine"], report["one_worker"], report["two_workers"]
    print(f"{one['documents']} documents, {one['pages']} pages ({one['ocr_pages']} by OCR), {one['set_aside']} set aside; "
          f"{report['cores']} cores, {report['share']} for each worker\n")
    print(f"{'':34}{'CPU s':>9}{'CPU s/page':>12}{'wall s':>9}{'pages/s':>9}{'servers CPU s':>15}")

    def row(name: str, run: dict) -> None:
        print(f"{name:34}{run['cpu_seconds']:9.1f}{run['cpu_seconds'] / run['pages']:12.4f}{run['seconds']:9.1f}"
              f"{run['pages'] / run['seconds']:9.2f}{run['server_cpu_seconds']:15.1f}")

    row("one machine", one)
    print(f"{'  of it: writing its own index':34}{one['index_cpu_seconds']:9.1f}{one['index_cpu_seconds'] / one['pages']:12.4f}")
    for name, run in (("planner and one worker", first), ("planner and two workers", second)):
        row(name, run)
        print(f"{'  of it: the planner':34}{run['planner_cpu_seconds']:9.1f}{run['planner_cpu_seconds'] / run['pages']:12.4f}")
    claims = report["claims"]
    print(f"\nTwo workers do {claims['speedup']:.2f} times the pages per second of one (wanted: {TARGET_SPEEDUP} where the cores "
          f"allow it{'' if report['servers_apart'] else '; here the servers share them with the workers'}).")
    print(f"The cluster path costs {claims['overhead']:+.1%} CPU per page against one machine (wanted: at most "
          f"{TARGET_OVERHEAD:.0%});\n  {claims['overhead_without_index']:+.1%} against one machine without the writing of its own "
          "index, which in a cluster is Meilisearch's work.")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("programs", "servers", "folder"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("--copies", type=int, default=10)
    arguments.add_argument("--json")
    options = arguments.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="pagemill-bench-") as folder:
        scratch = Path(folder)
        (scratch / "pdfs").mkdir()
        copies(Path(options.folder), options.copies, scratch / "pdfs")
        print("starting the servers", file=sys.stderr)
        servers = Servers(options.servers, scratch / "pdfs", 2)
        bench = Bench(options, servers, scratch)
        try:
            print("one machine", file=sys.stderr)
            one = bench.one_machine()
            print("one worker", file=sys.stderr)
            first = bench.cluster(0, 1)
            print("two workers", file=sys.stderr)
            second = bench.cluster(1, 2)
        finally:
            servers.stop()
            bench.end()
    if len({run["pages"] for run in (one, first, second)}) != 1:
        sys.exit(f"the runs differ in what they read: {one} {first} {second}")

    def per_page(run: dict) -> float:
        return run["cpu_seconds"] / run["pages"]

    without_index = (one["cpu_seconds"] - one["index_cpu_seconds"]) / one["pages"]
    report = {"cores": bench.cores, "servers_apart": bench.is_quota(),
              "share": f"{bench.cores / 4:g} cores' time" if bench.is_quota() else f"{len(bench.shares[0].cores)} cores",
              "one_machine": one, "one_worker": first,
              "two_workers": second, "claims": {
                  "speedup": first["seconds"] / second["seconds"],
                  "overhead": per_page(first) / per_page(one) - 1,
                  "overhead_without_index": per_page(first) / without_index - 1}}
    show(report)
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=2) + "\n")


main()
