"""Ours against others, side by side:  race.py WORKER SCALAR FANN|- [options]

Every side is a process that keeps its data and waits; the race asks one at a time to run some
steps and takes the seconds that it answers.  All start from the same files.  Before any timing,
every side's loss after the same updates is compared with that of plain NumPy in double.

--survey N races N networks of random shapes instead, and lists them from the least ahead on.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from report import write_reports, write_survey
from workloads import BY_NAME, SEED, WORKLOADS, random_workloads, write_files

HERE = Path(__file__).resolve().parent
PEERS = ["numpy", "torch", "torch-compiled", "jax", "scikit-learn", "scalar", "fann"]
# Peers whose library cannot do the same arithmetic.
UNABLE = {
    "fann": {"mnist": "no relu, no softmax", "wide": "no relu", "mini": "no relu, no Adam",
             "few": "no batches"},
    "scalar": {"mnist": "no softmax", "wide": "one thread would take minutes",
               "mini": "no softmax, no Adam", "few": "one thread would take minutes"},
    "scikit-learn": {"xor4": "no mse after sigmoid", "xor4M": "no mse after sigmoid"},
}
# What narrows or widens the kernels of a library is the processor's business here.
UNSET = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A side that cannot take part, and why."""


class Absence(Failure):
    """A side that was never to take part here, and why."""


class Side:
    """A worker process."""

    def __init__(self, name, command, threads):
        env = {k: v for k, v in os.environ.items() if k not in UNSET}
        env |= {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads),
                "PYTHONPATH": str(HERE), "JAX_PLATFORMS": "cpu"}
        cpus = sorted(os.sched_getaffinity(0))[:threads]
        self.name = name
        self.process = subprocess.Popen(
            command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        self.version = self.answer().removeprefix("ready").strip()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            lines = [l for l in self.process.stderr.read().splitlines() if l.strip()]
            raise Failure(lines[-1] if lines else f"it ended with {self.process.returncode}")
        return line

    def reset(self):
        self.say("reset")

    def run(self, steps):
        """Seconds and loss; the process is at rest before and after."""
        seconds, loss = map(float, self.say(f"run {steps}").split())
        self.rest()
        return seconds, loss

    def say(self, words):
        try:
            print(words, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass
        return self.answer()

    def ticks(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def rest(self):
        """Waits until its threads no longer spin, a second at most."""
        for _ in range(33):
            before = self.ticks()
            time.sleep(0.03)
            if self.ticks() == before:
                return

    def megabytes(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1000
        return None

    def close(self):
        self.process.kill()
        self.process.wait()


def command_of(name, work, folder, options, precision):
    if name == "backgemm":
        return [options.worker, folder, precision, str(options.threads), str(work.rows),
                ",".join(map(str, work.layers)), work.hidden, work.output, work.loss,
                work.optimizer, repr(work.lr), str(work.batch), str(SEED)]
    if name == "fann" and options.fann == "-":
        raise Absence("not installed (Debian: libfann-dev)")
    if name in ("fann", "scalar"):
        return [getattr(options, name), folder, str(work.rows), ",".join(map(str, work.layers)),
                work.hidden, work.output, repr(work.lr)]
    return [sys.executable, str(HERE / "worker.py"), name, folder, str(options.threads), precision]


def open_side(name, work, folder, options, precision):
    reason = UNABLE.get(name, {}).get(work.name)
    if reason:
        raise Absence(reason)
    if name in ("fann", "scalar") and precision == "f64":
        raise Absence("built for float32")
    return Side(name, command_of(name, work, folder, options, precision), options.threads)


# ------------------------------------------------------------------------- the same loss

def tolerance(work, want, precision):
    """A sum over k inputs or m rows is off by some sqrt(k) or sqrt(m) roundings: the loss itself,
    and with every update's gradient what the updates have changed.  Mini-batches may lose as much
    as the loss is large."""
    start, end = want
    unit = float(np.finfo({"f32": np.float32, "f64": np.float64}[precision]).eps)
    changed = abs(end) if work.batch else abs(end - start)
    longest = max(work.layers[:-1] + [work.batch or work.rows])
    return unit * longest**0.5 * (abs(end) + work.check_steps * changed)


def reference(work, folder, options):
    """Loss at the start and after the check's updates, by NumPy in double."""
    side = Side("numpy", command_of("numpy", work, folder, options, "f64"), options.threads)
    try:
        start = side.run(1)[1]
        side.reset()
        return start, side.run(work.check_steps // work.updates())[1]
    finally:
        side.close()


def check(side, work, want, precision):
    start, end = want
    side.reset()
    loss = side.run(work.check_steps // work.updates())[1]
    allowed = tolerance(work, want, precision)
    if not work.batch and abs(end - start) < 20 * allowed:
        raise Absence(f"{work.check_steps} updates change the loss too little to show anything")
    if not abs(loss - end) <= allowed:
        raise Failure(f"its loss after {work.check_steps} updates is {loss:.9g}, not {end:.9g}")
    return abs(loss - end) / abs(end)


# ------------------------------------------------------------------------------ timing

def steps_for(side, seconds):
    """Steps that take about so long."""
    steps = 1
    while True:
        took = side.run(steps)[0]
        if took >= seconds / 2 or steps >= 1 << 24:
            return max(1, round(steps * seconds / max(took, 1e-9)))
        steps *= 2 if took > seconds / 20 else 8


def median_interval(values):
    """Median and its 95 % interval by the bootstrap, 2,000 times, seeded."""
    draws = np.random.default_rng(SEED).choice(values, (2000, len(values)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return {"median": float(np.median(values)), "low": float(low), "high": float(high)}


def race(ours, peer, options):
    """A B B A ...: seconds a step of both, pair by pair."""
    steps = {side: steps_for(side, options.seconds) for side in (ours, peer)}
    pairs = []
    for i in range(options.pairs):
        order = (ours, peer) if i % 2 == 0 else (peer, ours)
        took = {side: side.run(steps[side])[0] / steps[side] for side in order}
        pairs.append((took[ours], took[peer]))
    return pairs


def run_peer(name, work, folder, options, precision, ours, want):
    peer = None
    try:
        peer = open_side(name, work, folder, options, precision)
        off = check(peer, work, want, precision)
        pairs = np.array(race(ours, peer, options))
        return {"version": peer.version, "seconds": float(np.median(pairs[:, 1])),
                "ratio": median_interval(pairs[:, 1] / pairs[:, 0]), "loss_off": off,
                "megabytes": peer.megabytes(), "ours": list(pairs[:, 0])}
    except Failure as failure:
        return {"skipped" if isinstance(failure, Absence) else "failed": str(failure)}
    finally:
        if peer:
            peer.close()


def run_workload(work, precision, options):
    folder = str(options.out / "data" / (work.name if work in WORKLOADS else "survey"))
    write_files(work, folder)
    want = reference(work, folder, options)
    ours = open_side("backgemm", work, folder, options, precision)
    try:
        return run_beside(ours, work, folder, options, precision, want)
    finally:
        ours.close()


def run_beside(ours, work, folder, options, precision, want):
    result = {"workload": work.name, "layers": work.layers, "rows": work.rows,
              "batch": work.batch, "precision": precision, "threads": options.threads,
              "peers": {}}
    off = check(ours, work, want, precision)
    for name in options.peers:
        print(f"{work.name} {precision}: {name} ...", end=" ", file=sys.stderr, flush=True)
        peer = run_peer(name, work, folder, options, precision, ours, want)
        result["peers"][name] = peer
        print(peer.get("skipped") or peer.get("failed") or
              "{median:.2f} times our time [{low:.2f}, {high:.2f}]".format(**peer["ratio"]),
              file=sys.stderr)
    times = [t for p in result["peers"].values() for t in p.pop("ours", [])]
    seconds = float(np.median(times)) if times else None
    result["backgemm"] = {"version": ours.version, "seconds": seconds, "loss_off": off,
                          "gflops": work.flops() / seconds * 1e-9 if seconds else None,
                          "megabytes": ours.megabytes()}
    return result


def survey(options):
    """A network on which ours fails ends it; one that shows nothing is said to be left out."""
    results = []
    for work in random_workloads(options.survey, options.seed):
        try:
            results.append(run_workload(work, options.precision, options))
        except Absence as reason:
            print(f"{work.name}: left out, {reason}", file=sys.stderr)
        except Failure as failure:
            sys.exit(f"{work.name}: {failure}")
    write_survey(results, options.out / "survey.txt")
    print((options.out / "survey.txt").read_text(), end="")


def words(text):
    return [word for word in text.split(",") if word]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worker")
    parser.add_argument("scalar", help="the plain C worker")
    parser.add_argument("fann", help="FANN's worker, or - without it")
    parser.add_argument("--workloads", type=words, default=list(BY_NAME))
    parser.add_argument("--peers", type=words, help="default: all, for a survey torch,jax")
    parser.add_argument("--survey", type=int, default=0, metavar="N", help="random networks")
    parser.add_argument("--seed", type=int, default=SEED, help="of a survey")
    parser.add_argument("--precision", choices=["f32", "f64"], default="f32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=15, help="of runs, A B B A ...")
    parser.add_argument("--seconds", type=float, default=0.1, help="about that long a run")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    parser.add_argument("--picture", type=Path, help="an SVG file, drawn by gnuplot")
    options = parser.parse_args()
    options.peers = options.peers or (["torch", "jax"] if options.survey else PEERS)
    unknown = [w for w in options.workloads if w not in BY_NAME] + \
        [p for p in options.peers if p not in PEERS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; workloads {', '.join(BY_NAME)}; "
                     f"peers {', '.join(PEERS)}")
    options.out.mkdir(parents=True, exist_ok=True)
    if options.survey:
        survey(options)
        return
    kept = options.out / "peers.json"
    results = json.loads(kept.read_text())["results"] if kept.exists() else []
    for work in WORKLOADS:
        if work.name not in options.workloads:
            continue
        try:
            new = run_workload(work, options.precision, options)
        except Failure as failure:
            sys.exit(f"{work.name}: {failure}")
        results = merge(results, new)
        write_reports(results, options.out, options.picture)
    print((options.out / "peers.txt").read_text(), end="")


def merge(results, new):
    """A new line takes the place of the old one; peers that were not asked stay, if ours took part
    under the same settings."""
    key = lambda r: (r["precision"], list(BY_NAME).index(r["workload"]), r["threads"])
    for old in results:
        if key(old) == key(new):
            new["peers"] = old["peers"] | new["peers"]
    return sorted([r for r in results if key(r) != key(new)] + [new], key=key)


if __name__ == "__main__":
    main()
