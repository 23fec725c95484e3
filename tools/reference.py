#!/usr/bin/env python3
"""Writes what every command's --help says as one Markdown page on stdout.

    reference.py MEDGRAFT > docs/commands.md
"""
import re
import subprocess
import sys

medgraft = sys.argv[1]


def help_of(*command):
    done = subprocess.run([medgraft, *command, "--help"], capture_output=True, text=True,
                          check=True)
    return done.stdout.rstrip()


def commands_in(text):
    """The names that a list of commands, `  name   what it does`, begins with."""
    block = text.split("\n\n")[1]
    return re.findall(r"^  (\w+) +\S", block, re.M)


def show(*command):
    text = help_of(*command)
    print(f"\n## medgraft {' '.join(command)}\n```\n{text}\n```" if command
          else f"```\n{text}\n```")
    if text.startswith("usage:"):
        for name in commands_in(text):
            show(*command, name)


print("# Commands\nWhat `--help` prints, for every command. Written by `make docs`.\n")
show()
