#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the forkmend authors
"""Holds the source to its layout: areas include only what lies below them, files stay small, every
file has its licence line, every folder says what lives in it."""

import os
import pathlib
import re
import sys

# Each area with the areas it may include. The order of the list is the order of the layers.
BELOW = {
    "base": [],
    "host": ["base"],
    "redis": ["base", "host"],
    "forecast": ["base"],
    "diagnosis": ["base", "host", "redis", "forecast"],
    "policy": ["base"],
    "settings": ["base", "host", "redis", "policy"],
    "remediations": ["base", "host", "redis", "forecast", "diagnosis", "policy"],
    "engine": ["base", "host", "redis", "forecast", "diagnosis", "policy", "remediations"],
    "metrics": ["base", "host", "redis"],
    "notify": ["base", "host", "redis", "engine"],
    "daemon": ["base", "host", "redis", "forecast", "diagnosis", "policy", "remediations", "engine",
               "settings", "metrics", "notify"],
    "cli": ["base", "host", "redis", "forecast", "diagnosis", "policy", "remediations", "engine",
            "settings", "metrics", "notify", "daemon"],
}
LIMITS = {"source": 300, "test": 400}
INCLUDE = re.compile(r'^#include "([a-z_]+)/', re.MULTILINE)


def area_of(path):
    if path.parts[0] == "agent" and len(path.parts) > 2:
        return path.parts[1]
    return "remediations" if path.parts[0] == "remediations" else None


def problems_of(path):
    text = path.read_text(encoding="utf-8")
    if "SPDX-License-Identifier: MIT" not in text.split("\n", 1)[0]:
        yield f"{path}: the first line is not the licence"
    lines = text.count("\n")
    limit = LIMITS["test" if path.parts[0] == "tests" else "source"]
    if lines > limit:
        yield f"{path}: {lines} lines; split it at {limit}"
    area = area_of(path)
    if area is None:
        return
    for included in INCLUDE.findall(text):
        if included in BELOW and included != area and included not in BELOW[area]:
            yield f"{path}: {area} must not include {included}"


def main():
    os.chdir(pathlib.Path(__file__).resolve().parents[2])
    problems = []
    for place in ("agent", "remediations", "tests"):
        for path in sorted(pathlib.Path(place).rglob("*.[ch]pp")):
            problems += problems_of(path)
    folders = [f"agent/{area}" for area in BELOW if area != "remediations"]
    folders += ["agent", "remediations", "policies", "packaging", "tests"]
    problems += [f"{folder}: no README.md" for folder in folders
                 if not pathlib.Path(folder, "README.md").is_file()]
    print("\n".join(problems) if problems else "layers, sizes, licences and READMEs are in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
