// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/read_proof_limits.hpp"

#include <string>

#include "policy/parameter_value.hpp"

namespace forkmend::policy {

namespace {

constexpr std::string_view kOff = "off";
constexpr IntegerRange kChanges = {1, 1'000'000'000, " or \"off\""};
constexpr IntegerRange kPercent = {1, 100, " or \"off\""};
constexpr DurationRange kTime = {std::chrono::milliseconds(1), std::chrono::hours(1),
                                 " or \"off\""};

/// The limits of one table, key by key.
class LimitReader {
 public:
  LimitReader(const Node& table, std::string_view place, Issues& issues)
      : reader_(table, place, issues), issues_(issues) {}

  void count(std::string_view key, std::optional<std::int64_t>& limit) {
    if (node_of(key, limit) == nullptr) return;
    if (const auto value = reader_.integer(key, kChanges)) limit = value;
  }

  void duration(std::string_view key, std::optional<std::chrono::milliseconds>& limit) {
    if (node_of(key, limit) == nullptr) return;
    if (const auto value = reader_.duration(key, kTime)) limit = value;
  }

  void percent(std::string_view key, std::optional<std::int64_t>& limit) {
    const Node* node = node_of(key, limit);
    if (node == nullptr) return;
    const auto value = node->kind == Node::Kind::integer ? std::optional(node->integer)
                                                         : parse_percent(node->text);
    if (value && *value >= kPercent.minimum && *value <= kPercent.maximum) {
      limit = value;
      return;
    }
    issues_.add(node->at, {std::string(key) + " is " + describe(*node),
                           "a percentage from \"1%\" to \"100%\"" + std::string(kPercent.also)});
  }

  void end() const { reader_.reject_unknown_keys(); }

 private:
  /// nullptr: there is nothing to read any more.
  template <class T>
  const Node* node_of(std::string_view key, std::optional<T>& limit) {
    const Node* node = reader_.find(key);
    const bool off = node != nullptr && node->kind == Node::Kind::text && node->text == kOff;
    if (off) limit.reset();
    return off ? nullptr : node;
  }

  TableReader reader_;
  Issues& issues_;
};

const Node* limits_of(TableReader& rails, std::string_view key, std::string_view such,
                      Issues& issues) {
  const Node* node = rails.find(key);
  if (node == nullptr || node->kind == Node::Kind::table) return node;
  issues.add(node->at,
             {std::string(key) + " is " + describe(*node), "a table such as " + std::string(such)});
  return nullptr;
}

}  // namespace

PutOffAbove read_put_off_above(TableReader& rails, Issues& issues) {
  PutOffAbove limits;
  const Node* node = limits_of(rails, "put_off_above", "{ changes_per_second = 50000 }", issues);
  if (node == nullptr) return limits;
  LimitReader reader(*node, "in put_off_above", issues);
  reader.count("changes_per_second", limits.changes_per_second);
  reader.duration("fork_time", limits.fork_time);
  reader.percent("copied_of_free", limits.copied_of_free);
  reader.end();
  return limits;
}

AbortAbove read_abort_above(TableReader& rails, Issues& issues) {
  AbortAbove limits;
  const Node* node = limits_of(rails, "abort_above", "{ copied_of_free = \"90%\" }", issues);
  if (node == nullptr) return limits;
  LimitReader reader(*node, "in abort_above", issues);
  reader.percent("copied_of_free", limits.copied_of_free);
  reader.duration("answer_time", limits.answer_time);
  reader.percent("memory_pressure", limits.memory_pressure);
  reader.percent("io_pressure", limits.io_pressure);
  reader.end();
  return limits;
}

}  // namespace forkmend::policy
