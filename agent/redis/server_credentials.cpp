// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "redis/conf_file.hpp"
#include "redis/confined_read.hpp"
#include "redis/credentials.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kMaxAclFile = std::size_t{4} << 20U;

/// The default user's passwords as the server's start-up leaves them.
class DefaultUser {
 public:
  void require_password(const std::string& password) { required_ = password; }

  /// "user default RULE...": ACLLoadConfiguredUsers resets the user first, so that requirepass is
  /// forgotten. "#hash" is a password that nobody can read back.
  void apply_rules(const Directive& line) {
    has_rules_ = true;
    for (std::size_t i = 2; i < line.size(); ++i) apply(line[i]);
  }

  [[nodiscard]] std::string password() const {
    if (!has_rules_) return required_;
    return passwords_.empty() ? std::string() : passwords_.back();
  }

  void forget() {
    wipe(required_);
    for (std::string& password : passwords_) wipe(password);
  }

 private:
  void apply(const std::string& rule) {
    if (rule == "nopass" || rule == "resetpass" || rule == "reset") passwords_.clear();
    if (rule.starts_with('>')) passwords_.push_back(rule.substr(1));
    if (rule.starts_with('<')) std::erase(passwords_, rule.substr(1));
  }

  std::string required_;
  std::vector<std::string> passwords_;
  bool has_rules_ = false;
};

struct FromConf {
  DefaultUser user;
  std::string acl_file;
};

FromConf take_from(ConfFile& conf) {
  FromConf found;
  for (Directive& line : conf.directives) {
    if (line.size() == 2 && line[0] == "requirepass") found.user.require_password(line[1]);
    if (line.size() == 2 && line[0] == "aclfile") found.acl_file = line[1];
    if (line.size() > 2 && line[0] == "user" && line[1] == "default") found.user.apply_rules(line);
    for (std::string& word : line) wipe(word);
  }
  return found;
}

/// An aclfile knows no quotes: its lines are split at blanks (ACLLoadFromFile).
Result<void> take_from_acl_file(const host::Root& root, const ConfinedPath& path,
                                DefaultUser& user) {
  auto content = read_confined(root, path, kMaxAclFile);
  if (!content) return content.error().during("following aclfile");
  for (const std::string_view line : lines_of(*content)) {
    const auto parts = split_blanks(line);
    Directive words(parts.begin(), parts.end());
    if (words.size() > 2 && words[0] == "user" && words[1] == "default") user.apply_rules(words);
    for (std::string& word : words) wipe(word);
  }
  wipe(*content);
  return ok();
}

}  // namespace

Result<std::optional<Credentials>> credentials_from_server_config(const host::Root& root,
                                                                  const std::string& path) {
  const std::string doing = "reading the server's configuration " + path;
  const ConfinedPath file = confine(path);
  auto conf = read_conf_file(root, file);
  if (!conf) return conf.error().during(doing);
  FromConf found = take_from(*conf);
  std::optional<Error> incomplete = conf->incomplete;
  if (!found.acl_file.empty()) {
    const auto taken = take_from_acl_file(root, beside(file, found.acl_file), found.user);
    if (!taken && !incomplete) incomplete = taken.error();
  }
  Credentials credentials{.username = {}, .password = found.user.password()};
  found.user.forget();
  if (!credentials.password.empty()) return std::optional<Credentials>(std::move(credentials));
  if (incomplete) return incomplete->during(doing);
  return std::optional<Credentials>();
}

}  // namespace forkmend::redis
