#!/usr/bin/env python3
"""Holds the licences and origins of all dependencies against deny.toml.

    scripts/licences.py [MANIFEST ...]        default: Cargo.toml and fuzz/Cargo.toml

Reads `cargo metadata` and the tables [licenses] and [sources] of deny.toml, which cargo-deny reads the same way; nothing has to be
installed for it. A licence expression (SPDX, and the older "A/B") holds where every AND and one side of each OR is allowed.
Ends with 1 and a line for each crate that does not hold. Never looks at advisories: their database is on a code host."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def holds(expression: str, allowed: set[str]) -> bool:
    """Whether an expression can be satisfied with allowed licences. An unreadable one does not hold."""
    tokens = re.findall(r"\(|\)|[^\s()]+", re.sub(r"\s*/\s*", " OR ", expression))
    place = 0

    def peek() -> str | None:
        return tokens[place] if place < len(tokens) else None

    def take() -> str:
        nonlocal place
        place += 1
        return tokens[place - 1] if place <= len(tokens) else ""

    def one() -> bool:
        if peek() == "(":
            take()
            inside = either()
            return take() == ")" and inside
        name = take()
        if peek() == "WITH":
            name = f"{name} {take()} {take()}"
        return name in allowed

    def both() -> bool:
        found = one()
        while peek() == "AND":
            take()
            found = one() and found
        return found

    def either() -> bool:
        found = both()
        while peek() == "OR":
            take()
            found = both() or found
        return found

    found = either()
    return found and place == len(tokens)


def packages(manifest: Path, target: str) -> list[dict]:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target, "--manifest-path", str(manifest)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"cargo metadata failed for {manifest}:\n{done.stderr}")
    return json.loads(done.stdout)["packages"]


def complaints(package: dict, rules: dict) -> list[str]:
    licences = rules["licenses"]
    stated = {c["crate"]: c["expression"] for c in licences.get("clarify", [])}
    extra = {name for e in licences.get("exceptions", []) if e["crate"] == package["name"] for name in e["allow"]}
    expression = package["license"] or stated.get(package["name"])
    name, found = f"{package['name']} {package['version']}", []
    if package["source"] not in (None, REGISTRY):
        found.append(f"{name} comes from {package['source']}; take it from the registry")
    if package["source"] is None and package["publish"] == []:
        return found  # our own
    if expression is None:
        found.append(f"{name} names no licence; read its sources and add it to [[licenses.clarify]] in deny.toml")
    elif not holds(expression, set(licences["allow"]) | extra):
        found.append(f"{name} is under {expression}, which deny.toml does not allow; use another crate, or allow it with a reason")
    return found


def main() -> None:
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    manifests = [Path(a) for a in sys.argv[1:]] or [ROOT / "Cargo.toml", ROOT / "fuzz" / "Cargo.toml"]
    broken = []
    for manifest in manifests:
        for target in rules["graph"]["targets"]:
            listed = packages(manifest, target)
            broken += [c for package in listed for c in complaints(package, rules)]
            print(f"{manifest}: {len(listed)} packages for {target}")
    for line in sorted(set(broken)):
        print(f"  {line}", file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
