// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "integration/server_remedy.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "base/text.hpp"
#include "engine/mend.hpp"
#include "engine/recorded_changes.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

redis::ConnectionOptions connection_to(const RedisServer& server) {
  redis::ConnectionOptions options;
  options.endpoint = redis::parse_url(server.url())->endpoint;
  return options;
}

void give(const std::filesystem::path& path) {
  const auto user = ordinary_user();
  if (user && chown(path.c_str(), *user, *user) != 0) throw std::runtime_error("chown");
}

}  // namespace

ServerRemedy::ServerRemedy(const std::string& conf, std::vector<std::string> arguments)
    : arguments_(std::move(arguments)) {
  write_tree(dir_.path(), {{"/redis.conf", conf}});
  give(dir_.path());
  give(conf_path());
  server_ = start();
  journal_ = journal_with_incident((dir_.path() / "state").string());
  actuator_ = std::make_unique<engine::LiveActuator>(host::Root(),
                                                     engine::lookup_in({connection_to(*server_)}));
}

std::unique_ptr<RedisServer> ServerRemedy::start() const {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = arguments_;
  // The file has to be the first argument; what follows overrides it.
  options.prefix = {"sh", "-c", "exec \"$0\" " + conf_path() + " \"$@\""};
  return std::make_unique<RedisServer>(options);
}

std::unique_ptr<RedisServer> ServerRemedy::restarted() const {
  return start();
}

std::string ServerRemedy::conf() const {
  return read_file(conf_path());
}

void ServerRemedy::pretend(std::string_view fact, FactValue value) {
  pretended_.insert_or_assign(std::string(fact), std::move(value));
}

std::string ServerRemedy::settings() const {
  return server_->call({"CONFIG", "GET", "*"});
}

std::string ServerRemedy::setting(const std::string& name) const {
  const std::string answer = server_->call({"CONFIG", "GET", name});
  return answer.size() > name.size() ? answer.substr(name.size() + 1) : "";
}

engine::ObservedInstance ServerRemedy::observed() const {
  auto seen = await(engine::observe(host::Root(), connection_to(*server_)));
  if (!seen) throw std::runtime_error(seen.error().message);
  return std::move(*seen);
}

FactSet ServerRemedy::facts() const {
  return observed().observation.facts;
}

std::string ServerRemedy::moved(const engine::Plan& plan) const {
  return join(await(engine::what_moved(host::Root(), plan, observed())), "\n");
}

remediations::PlanResult ServerRemedy::plan(const std::string& remedy, const Settings& settings,
                                            const std::string& cause) const {
  const remediations::RemediationSpec* spec = remediations::find_remediation(remedy);
  if (spec == nullptr) throw std::runtime_error("no remedy " + remedy);
  auto parameters = policy::default_parameters(spec->parameters);
  for (const auto& [name, value] : settings) parameters.set(name, value);
  const FactSet seen = facts().with(pretended_);
  const auto forecast = forecast::forecast_fork(seen);
  const host::Root root;
  const diagnosis::Cause blamed{cause, diagnosis::Confidence::proven, {}};
  return spec->plan({.facts = seen,
                     .forecast = forecast,
                     .cause = cause.empty() ? nullptr : &blamed,
                     .parameters = parameters,
                     .root = root,
                     .keep_strict_overcommit = false});  // the test names the remedy
}

remediations::Proposal ServerRemedy::proposal(const std::string& remedy, const Settings& settings,
                                              const std::string& cause) const {
  auto result = plan(remedy, settings, cause);
  if (auto* refusal = std::get_if<remediations::Refusal>(&result)) {
    ADD_FAILURE() << remedy << " refused: " << refusal->because;
    return {};
  }
  return std::get<remediations::Proposal>(std::move(result));
}

std::string ServerRemedy::apply(const std::vector<remediations::Step>& steps) {
  for (const remediations::Step& step : steps) {
    auto change = await(engine::apply_step(journal_.get(), actuator_.get(), change_of(step)));
    if (!change) return change.error().message;
    done_.push_back(*change);
    if (change->state != engine::ChangeState::applied) return change->comment;
  }
  return {};
}

std::string ServerRemedy::undo() {
  std::string left;
  for (const auto& change : done_ | std::views::reverse) {
    if (change.state == engine::ChangeState::failed) continue;
    const auto item = await(engine::undo_step(journal_.get(), actuator_.get(), change));
    if (item.result != engine::ChangeState::undone) left += item.says + "\n";
  }
  done_.clear();
  return left;
}

std::string ServerRemedy::paste(const std::string& line, std::optional<uid_t> user) {
  ProgramOptions options;
  options.run_as = user;
  const auto result = run_program({"/bin/sh", "-c", line}, options);
  EXPECT_EQ(result.exit_code, 0) << line << "\n" << result.err;
  EXPECT_EQ(result.out.find("ERR"), std::string::npos) << line << "\n" << result.out;
  return result.out;
}

}  // namespace forkmend::testing
