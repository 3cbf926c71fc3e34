// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace forkmend::engine {

/// A JSON string; {"hex": "..."} when the text is not UTF-8.
[[nodiscard]] boost::json::value text_to_json(std::string_view text);
[[nodiscard]] Result<std::string> text_from_json(const boost::json::value& value);

/// Reads the members of one object and keeps the first mistake, so that a reader is a list of
/// fields with one check at its end. An absent member leaves the field as it is.
class JsonFields {
 public:
  explicit JsonFields(const boost::json::value& value);

  void read(std::string_view key, std::string& out);
  void read(std::string_view key, std::optional<std::string>& out);  ///< null is nullopt
  void read(std::string_view key, std::int64_t& out);
  void read(std::string_view key, std::uint64_t& out);
  void read(std::string_view key, bool& out);
  /// The same, but an absent member is a mistake.
  void require(std::string_view key, std::string& out);

  /// nullptr when absent.
  [[nodiscard]] const boost::json::value* find(std::string_view key) const;
  void fail(std::string_view key, std::string_view expected);
  void take(const Result<void>& outcome);
  [[nodiscard]] Result<void> outcome() const;

 private:
  const boost::json::object* object_ = nullptr;
  std::optional<Error> mistake_;
};

}  // namespace forkmend::engine
