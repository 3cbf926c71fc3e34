// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Servers under write load that are injured at random while the agent heals, and is killed at
// random itself. Each injury must come to an end that the agent can name; and when all is over
// nothing is left of what forkmend did. FORKMEND_CRASH=long: 20 servers and 30 minutes.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>

#include "base/units.hpp"
#include "crash/fix_on_server.hpp"
#include "crash/run_table.hpp"
#include "crash/soak_agent.hpp"
#include "crash/soak_server.hpp"

namespace forkmend::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

struct SoakForm {
  int servers = 4;
  seconds injuring{24};
  seconds killing{12};      ///< of it, from its beginning: what lives then is measured
  milliseconds apart{700};  ///< between two injuries
  seconds lives{3};         ///< of the agent while it is killed, on average
};

SoakForm form() {
  if (!every_moment()) return {};
  return {.servers = 20,
          .injuring = seconds(1800),
          .killing = seconds(1500),
          .apart = milliseconds(2000),
          .lives = seconds(20)};
}

unsigned seed() {
  const char* given = std::getenv("FORKMEND_SOAK_SEED");
  return given != nullptr ? static_cast<unsigned>(std::atol(given)) : std::random_device{}();
}

class Soak {
 public:
  explicit Soak(unsigned seed) : chance_(seed) {
    for (int i = 0; i < form_.servers; ++i) {
      servers_.push_back(std::make_unique<SoakServer>());
      urls_.push_back(servers_.back()->url());
    }
    agent_ = std::make_unique<SoakAgent>(urls_);
    agent_->start();
  }

  void run() {
    wait_for_the_agent();
    begin_ = Clock::now();
    next_kill_ = begin_ + form_.lives;
    while (since_begin() < form_.injuring) {
      kill_agent_sometimes();
      injure_sometimes();
      attend();
      measure_once();
    }
    wait_for_the_rest();
  }

  void expect_every_end() const {
    for (const auto& server : servers_) {
      EXPECT_TRUE(server->is_well()) << server->url() << ", " << to_string(server->injury())
                                     << " at " << format_time(server->injured_at()) << ": "
                                     << boost::json::serialize(agent_->entry(server->url()));
    }
    for (const auto& [how, count] : ends_) std::printf("%5d  %s\n", count, how.c_str());
    std::printf("%5d  the agent was killed\n", kills_);
  }

  void expect_flat() const {
    ASSERT_GT(resident_, 0) << "the last agent did not live long enough to be measured";
    EXPECT_LT(agent_->resident_kib(), resident_ + 8192);
    // A poll and a look of each server may be under way at either moment.
    EXPECT_LE(agent_->descriptors(), descriptors_ + 2 * form_.servers);
  }

  /// What forkmend changed is taken back.
  void expect_no_drift() {
    EXPECT_EQ(agent_->stop(), 0) << agent_->log();
    const auto undone = agent_->run({"rollback", "--all"});
    EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
    const auto again = agent_->run({"rollback", "--all"});
    EXPECT_NE(again.out.find("Nothing to undo"), std::string::npos) << again.out << again.err;
    for (const auto& server : servers_) {
      if (!server->is_well()) continue;  // told already, and perhaps stopped
      EXPECT_EQ(server->drift(), "");
    }
  }

  [[nodiscard]] bool met_all() const {
    return ends_.size() >= kInjuries && (kills_ > 0 || every_moment());
  }

 private:
  [[nodiscard]] Clock::duration since_begin() const { return Clock::now() - begin_; }

  void kill_agent_sometimes() {
    if (since_begin() > form_.killing || Clock::now() < next_kill_) return;
    agent_->kill_now();
    agent_->start();
    ++kills_;
    std::uniform_int_distribution<long> life(200, 2 * milliseconds(form_.lives).count());
    next_kill_ = Clock::now() + milliseconds(life(chance_));
    last_start_ = Clock::now();
  }

  void injure_sometimes() {
    if (Clock::now() < next_injury_) return;
    std::vector<SoakServer*> well;
    for (const auto& server : servers_) {
      if (server->is_well()) well.push_back(server.get());
    }
    if (well.empty()) return;
    SoakServer* chosen = well[chance_() % well.size()];
    chosen->injure(static_cast<Injury>(next_kind_++ % kInjuries));
    next_injury_ = Clock::now() + form_.apart;
  }

  /// One round over the servers: some load, and what has become of an injury.
  void attend() {
    const boost::json::object history = agent_->history();
    for (const auto& server : servers_) {
      server->load();
      if (server->is_well()) continue;
      const std::string end = end_of(*server, history);
      if (end.empty()) continue;
      if (end != "healed") server->repair();
      if (!works_again(*server)) continue;
      ++ends_[to_string(server->injury()) + ": " + end];
      server->recovered();
    }
  }

  /// How the agent says that it ended; "": not yet.
  [[nodiscard]] std::string end_of(const SoakServer& server, const boost::json::object& history) {
    if (told_.contains(server.url())) return told_.at(server.url());
    const auto entry = agent_->entry(server.url());
    if (entry.empty()) return {};
    const std::string end = is_of_the_process(server.injury()) ? seen_again(server, entry)
                                                               : handled(server, entry, history);
    if (!end.empty()) told_[server.url()] = end;
    return end;
  }

  static bool is_of_the_process(Injury injury) {
    return injury == Injury::stops_answering || injury == Injury::dies;
  }

  static std::string seen_again(const SoakServer& server, const boost::json::object& entry) {
    const bool same = entry.at("pid").to_number<std::int64_t>() == server.pid();
    const std::string state(entry.at("state").as_string());
    if (server.injury() == Injury::stops_answering) {
      return state == "unreachable" ? "seen that it does not answer" : "";
    }
    return same && state != "unreachable" ? "the new one is watched" : "";
  }

  static std::string handled(const SoakServer& server, const boost::json::object& entry,
                             const boost::json::object& history) {
    const std::string recorded = recorded_end(server, history);
    if (!recorded.empty()) return recorded;
    const std::string state(entry.at("incident_state").as_string());
    const bool refused = state == "nothing-to-do" || state == "told" || state == "blocked";
    if (entry.at("state").as_string() != "failing" || !refused) return {};
    return "refused (" + state + ", " + std::string(entry.at("cause").as_string()) + ")";
  }

  /// The state of a closed incident of that server that began after the injury.
  static std::string recorded_end(const SoakServer& server, const boost::json::object& history) {
    const boost::json::value* incidents = history.if_contains("incidents");
    if (incidents == nullptr) return {};
    std::string end;
    for (const boost::json::value& value : incidents->as_array()) {
      const auto& incident = value.as_object();
      if (incident.at("instance").as_string() != server.url()) continue;
      const auto opened = parse_time(std::string(incident.at("opened").as_string()));
      if (!opened || *opened < server.injured_at() || incident.at("closed").is_null()) continue;
      end = std::string(incident.at("state").as_string());
    }
    // Undone after the agent was killed: the next save meets the injury anew.
    if (end == "rolled-back") server.save();
    return end == "rolled-back" ? "" : end;
  }

  /// It is well when its saves work and the agent sees it: the next injury begins from there.
  [[nodiscard]] bool works_again(const SoakServer& server) {
    const auto entry = agent_->entry(server.url());
    if (entry.empty() || entry.at("state").as_string() != "ok") return false;
    if (server.last_save() != "ok") return false;
    told_.erase(server.url());
    return true;
  }

  void wait_for_the_agent() const {
    const auto deadline = Clock::now() + seconds(30);
    while (agent_->entry(urls_.back()).empty()) {
      if (Clock::now() > deadline) throw std::runtime_error("no agent: " + agent_->log());
    }
  }

  void wait_for_the_rest() {
    const auto deadline = Clock::now() + seconds(60);
    const auto well = [](const auto& server) { return server->is_well(); };
    while (!std::ranges::all_of(servers_, well) && Clock::now() < deadline) attend();
  }

  /// Once the last agent has met its servers.
  void measure_once() {
    if (resident_ > 0 || since_begin() < form_.killing + form_.lives) return;
    resident_ = agent_->resident_kib();
    descriptors_ = agent_->descriptors();
  }

  SoakForm form_ = form();
  std::minstd_rand chance_;
  std::vector<std::unique_ptr<SoakServer>> servers_;
  std::vector<std::string> urls_;
  std::unique_ptr<SoakAgent> agent_;
  Clock::time_point begin_;
  Clock::time_point next_kill_;
  Clock::time_point last_start_;
  Clock::time_point next_injury_;
  int next_kind_ = 0;
  int kills_ = 0;
  long resident_ = 0;
  int descriptors_ = 0;
  std::map<std::string, int> ends_;
  std::map<std::string, std::string> told_;  ///< by server, while it is not well yet
};

TEST(Soak, EveryInjuryComesToAnEndAndNothingIsLeft) {
  const OrdinaryPlace place;
  const unsigned chosen = seed();
  SCOPED_TRACE("FORKMEND_SOAK_SEED=" + std::to_string(chosen));
  Soak soak(chosen);
  soak.run();
  soak.expect_every_end();
  EXPECT_TRUE(soak.met_all());
  soak.expect_flat();
  soak.expect_no_drift();
}

}  // namespace
}  // namespace forkmend::testing
