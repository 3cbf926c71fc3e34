// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "integration/json_schema.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "support/lab/program.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

void expect_valid(const std::string& name, const std::string& document) {
  const TempDir dir;
  write_tree(dir.path(), {{"/document.json", document}});
  const char* schema = std::getenv("FORKMEND_SCHEMA");
  ASSERT_NE(schema, nullptr);
  const auto result = run_program(
      {"python3", std::string(schema) + "/validate.py", (dir.path() / "document.json").string()});
  EXPECT_EQ(result.exit_code, 0) << name << ": " << result.out << result.err << "\n" << document;
}

}  // namespace forkmend::testing
