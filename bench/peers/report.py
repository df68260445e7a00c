"""Tables and picture of a race's results."""

import json
import platform
import shutil
import subprocess
from pathlib import Path
from textwrap import fill

ORDER = ["numpy", "torch", "torch-compiled", "jax", "scikit-learn", "scalar", "fann"]
TITLES = {"numpy": "NumPy", "torch": "PyTorch", "torch-compiled": "torch.compile",
          "jax": "JAX jit", "scikit-learn": "scikit-learn",
          "scalar": "plain C", "fann": "FANN"}
# The rows of the README's tables.
LABELS = {"xor4": "XOR\\n4 rows", "xor4M": "XOR\\n4,194,304 rows",
          "parity16": "16-64-64-1\\n65,536 rows", "mnist": "784-512-256-10\\n8,192 rows",
          "wide": "1024 × 5\\n4,096 rows", "mini": "784-128-10\\nan epoch",
          "few": "1024 × 3\\nan epoch"}
COLOURS = ["#4c78a8", "#d62728", "#f2a6a6", "#59a14f", "#edc948", "#8c8c8c", "#b07aa1"]
TICKS = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]
WIDE = 0.1


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def time_text(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size or unit == "us":
            return f"{seconds / size:.3g} {unit}"


def digits(value):
    return 0 if value >= 100 else 1 if value >= 10 else 2


def ratio_text(peer, interval):
    """The median, marked with ~ when its interval is wide, or with the interval."""
    if "ratio" not in peer:
        return "failed" if "failed" in peer else "-"
    r = peer["ratio"]
    n = digits(r["median"])
    if interval:
        return f"{r['median']:.{n}f} [{r['low']:.{n}f}, {r['high']:.{n}f}]"
    noisy = r["high"] - r["low"] > WIDE * r["median"]
    return f"{'~' if noisy else ''}{r['median']:.{n}f}"


def title(result):
    name = result["workload"] + (" f64" if result["precision"] == "f64" else "")
    return name


def columns(results):
    return [p for p in ORDER if any(p in r["peers"] for r in results)]


def text_table(results, interval):
    peers = columns(results)
    head = ["", "backgemm"] + [TITLES[p] for p in peers]
    rows = [[title(r), time_text(r["backgemm"]["seconds"])] +
            [ratio_text(r["peers"].get(p, {}), interval) for p in peers]
            for r in results if r["backgemm"]["seconds"]]
    return head, rows


def notes(results):
    """Who was left out or failed, and why: never silently."""
    found = {}
    for r in results:
        for name, peer in r["peers"].items():
            why = peer.get("skipped") or peer.get("failed")
            if why:
                word = "failed" if "failed" in peer else "left out"
                found.setdefault(f"{TITLES[name]} {word}: {why}", []).append(title(r))
    return [f"{note} ({', '.join(names)})" for note, names in found.items()]


def preamble(results):
    versions = {}
    for r in results:
        versions["backgemm"] = r["backgemm"]["version"]
        for name, peer in r["peers"].items():
            if "version" in peer and name != "torch-compiled":
                versions[TITLES[name]] = peer["version"]
    threads = sorted({r["threads"] for r in results})
    epochs = any(r["batch"] for r in results)
    return [f"{processor()}, {', '.join(map(str, threads))} threads; " +
            ", ".join(f"{name} {version}" for name, version in versions.items()),
            f"backgemm: time of a step{' (mini: of an epoch)' if epochs else ''}.  Others: "
            "multiples of it, median of paired runs."]


def write_text(results, path):
    head, rows = text_table(results, interval=False)
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    words = preamble(results) + [f"~: the 95 % interval is wider than {100 * WIDE:.0f} %."]
    lines = [fill(line, 80) for line in words] + [""]
    for row in [head] + rows:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    lines += [""] + [fill(note, 80) for note in notes(results)]
    path.write_text("\n".join(lines).rstrip() + "\n")


def write_survey(results, path):
    """A line each, the least ratio first."""
    best = lambda r: min((p["ratio"]["median"] for p in r["peers"].values() if "ratio" in p),
                         default=float("inf"))
    results = sorted(results, key=best)
    head, rows = text_table(results, interval=True)
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    lines = [fill(line, 80) for line in preamble(results)] + [""]
    for row in [head] + rows:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    for name in columns(results):
        ratios = sorted(r["peers"][name]["ratio"]["median"] for r in results
                        if "ratio" in r["peers"].get(name, {}))
        if ratios:
            lines += ["", f"{TITLES[name]}: {sum(x > 1 for x in ratios)} of {len(ratios)} slower "
                      f"than backgemm; from {ratios[0]:.2f} times our time, median "
                      f"{ratios[len(ratios) // 2]:.2f}, to {ratios[-1]:.3g}"]
    path.write_text("\n".join(lines + [""] + notes(results)).rstrip() + "\n")


def write_markdown(results, path):
    head, rows = text_table(results, interval=True)
    lines = preamble(results) + ["In brackets the 95 % interval.", ""]
    lines += ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    path.write_text("\n".join(lines + [""] + [f"- {n}" for n in notes(results)]).rstrip() + "\n")


def draw(results, machine, out, picture):
    """Bars of the float32 workloads: how many times our time the others take.  A bar begins at 1
    and goes down where we are slower."""
    shown = [r for r in results if r["precision"] == "f32"]
    peers = [p for p in ORDER if any("ratio" in r["peers"].get(p, {}) for r in shown)]
    if not peers:
        return
    data = out / "peers.dat"
    with data.open("w") as f:
        for r in shown:
            cells = [r["peers"].get(p, {}).get("ratio", {}).get("median", "nan") for p in peers]
            print(f'"{LABELS[r["workload"]]}"', *cells, file=f)
    bars = ", ".join(f"'{data}' using (log10(${i + 2})):xtic(1) title '{TITLES[p]}' "
                     f"lc rgb '{COLOURS[ORDER.index(p)]}'" for i, p in enumerate(peers))
    ticks = ", ".join(f"'{t:,}' log10({t})" for t in TICKS)
    ratios = [r["peers"][p]["ratio"]["median"] for r in shown for p in peers
              if "ratio" in r["peers"].get(p, {})]
    threads = " or ".join(str(t) for t in sorted({r["threads"] for r in shown}))
    script = f"""
set encoding utf8
set terminal svg size 820,400 dynamic font 'sans-serif,12' background 'white'
set output '{picture}'
set title "{machine}, {threads} threads; above 1, backgemm is faster" noenhanced
set style data histogram
set style histogram clustered gap 1
set style fill solid border rgb 'white'
set boxwidth 1
set yrange [log10({0.9 * min(ratios) if min(ratios) < 1 else 1}):log10({1.5 * max(ratios)})]
set ytics ({ticks})
set bmargin 3.5
set xtics nomirror scale 0
set grid y lc rgb '#dddddd'
set ylabel "a step's time, backgemm's = 1"
set key top right
set arrow from graph 0,first 0 to graph 1,first 0 nohead lw 1.5 lc rgb 'black' front
plot {bars}
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def write_reports(results, out, picture):
    (out / "peers.json").write_text(json.dumps({"processor": processor(), "results": results},
                                               indent=1))
    write_text(results, out / "peers.txt")
    write_markdown(results, out / "peers.md")
    if picture and shutil.which("gnuplot"):
        draw(results, processor(), out, picture)
