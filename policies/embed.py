#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the forkmend authors
"""Turns the default policy into a C++ source: embed.py POLICY SOURCE"""
import sys
from pathlib import Path

policy = Path(sys.argv[1]).read_text(encoding="utf-8")
delimiter = "policy"
assert f"){delimiter}\"" not in policy, "the policy holds the delimiter of the raw string"
Path(sys.argv[2]).write_text(f"""// Generated from {Path(sys.argv[1]).name} by embed.py.
#include "policy/policy.hpp"

namespace forkmend::policy {{

std::string_view default_policy_text() {{
  return R"{delimiter}({policy}){delimiter}";
}}

}}  // namespace forkmend::policy
""", encoding="utf-8")
