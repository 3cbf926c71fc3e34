#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the forkmend authors
"""Reads one JSON document from a file and holds it to forkmend.schema.json beside this script."""

import json
import pathlib
import sys

import jsonschema

schema = json.loads(pathlib.Path(__file__).with_name("forkmend.schema.json").read_text())
document = json.loads(pathlib.Path(sys.argv[1]).read_text())
errors = list(jsonschema.Draft202012Validator(schema).iter_errors(document))
for error in errors:
    print("/".join(str(part) for part in error.absolute_path), error.message[:300])
sys.exit(1 if errors else 0)
