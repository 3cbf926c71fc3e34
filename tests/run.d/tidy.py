#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the forkmend authors
"""Runs clang-tidy over every source file of a build directory; findings end with exit code 1.

Most of clang-tidy's time goes into the headers of the standard library and Boost, once a file. So
neighbours are checked as one translation unit. Where two of them cannot stand in one (both have a
static function of the same name), the group is halved until its parts compile.

Without names: what is shipped; with FORKMEND_TIDY_TESTS=1 the tests too, which takes twice as long.

    tests/run.d/tidy.py BUILD-DIR [FILE...]
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

GROUP = 20
TIDY = "clang-tidy-19"
OURS = ("agent/", "remediations/", "tests/")
# A group includes its members: they are headers to clang-tidy, and including them is on purpose.
HEADER_FILTER = r"(agent|remediations|tests)/.*\.[ch]pp$"
GROUP_CHECKS = "-bugprone-suspicious-include"


def compile_commands(build):
    """Source file below the root -> (directory, arguments without output and dependency files)."""
    root = pathlib.Path.cwd()
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        text = re.sub(r" (-o|-MQ|-MF) \S+| -MD", "", entry["command"])
        arguments = shlex.split(text.replace("ccache ", ""))
        arguments = [a for a in arguments if a not in ("-c", entry["file"])]
        for source in sources_of(pathlib.Path(entry["directory"], entry["file"])):
            name = str(source.relative_to(root)) if source.is_relative_to(root) else ""
            # The fuzzers compile sources a second time.
            if name.startswith(OURS) and not (name in commands and "fuzz" in entry["output"]):
                commands[name] = (entry["directory"], arguments)
    return commands


def sources_of(compiled):
    """What a compiled file is made of: itself, or the members of meson's unity file."""
    files = [str(compiled)]
    if re.search(r"-unity\d+\.cpp$", compiled.name):
        files = re.findall(r"#include\s*[<\"](.+)[>\"]", compiled.read_text())
    return [pathlib.Path(os.path.normpath(file)) for file in files]


def group_neighbours(commands, names):
    """Lists of files of one folder that are compiled with the same arguments."""
    neighbours = {}
    for name in sorted(names):
        directory, arguments = commands[name]
        key = (os.path.dirname(name), directory, *arguments)
        neighbours.setdefault(key, []).append(name)
    return [
        files[i : i + GROUP] for files in neighbours.values() for i in range(0, len(files), GROUP)
    ]


def units_of(files):
    """Texts of one translation unit of these files, to be tried in turn. Each remedy has a probe()
    and a plan(), so remedies are read each in a namespace of its own, after the headers of all."""
    includes = [f'#include "{os.path.abspath(name)}"\n' for name in files]
    yield "".join(includes)
    if os.path.dirname(files[0]) == "remediations":
        lines = [line for name in files for line in pathlib.Path(name).read_text().splitlines(True)]
        text = "".join(line for line in dict.fromkeys(lines) if line.startswith("#include"))
        for name, include in zip(files, includes):
            apart = f"remediations remediations::of_{pathlib.Path(name).stem}"
            text += f"#define {apart}\n{include}#undef remediations\n"
        yield text


def stands(unit, directory, arguments):
    """Does this translation unit compile?"""
    compiled = subprocess.run(
        [*arguments, "-fsyntax-only", "-w", str(unit)], cwd=directory, capture_output=True
    )
    return compiled.returncode == 0


def check(commands, files, scratch):
    """Findings of clang-tidy in these files, as text; empty when there are none."""
    directory, arguments = commands[files[0]]
    unit = pathlib.Path(scratch, files[0].replace("/", "_") + f"-{len(files)}.cpp")
    for text in units_of(files):
        unit.write_text(text)
        if len(files) == 1 or stands(unit, directory, arguments):
            break
    else:
        half = len(files) // 2
        return check(commands, files[:half], scratch) + check(commands, files[half:], scratch)
    run = subprocess.run(
        [
            TIDY,
            "--quiet",
            f"--config-file={os.path.abspath('.clang-tidy')}",
            f"--header-filter={HEADER_FILTER}",
            f"--checks={GROUP_CHECKS}",
            str(unit),
            "--",
            *arguments[1:],
        ],
        cwd=directory,
        capture_output=True,
        text=True,
    )
    if run.returncode == 0:
        return ""
    return run.stdout + (run.stderr if "error:" not in run.stdout else "")


def main():
    build = pathlib.Path(sys.argv[1])
    commands = compile_commands(build)
    tests_too = os.environ.get("FORKMEND_TIDY_TESTS") == "1"
    names = sys.argv[2:] or [n for n in commands if tests_too or not n.startswith("tests/")]
    unknown = [name for name in names if name not in commands]
    if unknown or not names:
        sys.exit(f"tidy: {build} does not compile {' '.join(unknown) or 'anything'}")
    found = False
    with tempfile.TemporaryDirectory() as scratch:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            groups = group_neighbours(commands, names)
            for text in pool.map(lambda files: check(commands, files, scratch), groups):
                if text:
                    found = True
                    print(text, flush=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
