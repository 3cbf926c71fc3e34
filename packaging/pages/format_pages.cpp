// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/fact_catalog.hpp"
#include "base/text.hpp"
#include "markdown.hpp"
#include "page.hpp"
#include "remediations/remediation.hpp"
#include "remediations/spec_sheet.hpp"
#include "roff.hpp"

namespace forkmend::pages {

namespace {

void add_remedies(Roff& page) {
  page.section("remedies");
  for (const auto* spec : remediations::registry()) {
    page.subsection(spec->id);
    page.verbatim(remediations::describe(*spec));
  }
}

void add_facts(Roff& page) {
  page.section("facts");
  page.paragraph(
      "redis.NAME is any field of INFO, redis.config.NAME any setting of the server. \"*\" stands "
      "for one part of a name.");
  for (const FactInfo& fact : fact_catalog()) {
    page.term(fact.name, std::string(fact.meaning) + " (" + std::string(fact.unit) + ")");
  }
}

/// policies/README.md up to what only concerns those who work on forkmend.
std::string_view for_users(std::string_view reference) {
  return reference.substr(0, reference.find("## Adding a policy"));
}

}  // namespace

Page policy_page(std::string_view reference) {
  Roff page("forkmend-policy", "5", "what forkmend may do on a host");
  page.section("description");
  add_markdown(page, for_users(reference));
  add_remedies(page);
  add_facts(page);
  page.section("see also");
  page.paragraph("forkmend(1), forkmend-policy(1), forkmend-remedies(1), forkmend.toml(5)");
  return {"man/forkmend-policy.5", page.text()};
}

Page configuration_page(std::string_view installed_file) {
  Roff page("forkmend.toml", "5", "configuration of forkmend");
  page.section("synopsis");
  page.verbatim("/etc/forkmend/forkmend.toml\n/etc/forkmend/forkmend.d/*.toml");
  page.section("description");
  page.paragraph(
      "Read by the agent when it starts and when it is reloaded (systemctl reload forkmend), and "
      "by "
      "every command. Files of forkmend.d come after it, in the order of their names. An unknown "
      "key "
      "or a wrong value is an error that names file, line and what was expected; an agent that "
      "runs "
      "keeps what it has. As root, a file that others can write is refused.");
  page.section("the file as installed");
  page.verbatim(installed_file);
  page.section("see also");
  page.paragraph("forkmend(1), forkmend-agent(1), forkmend-policy(5)");
  return {"man/forkmend.toml.5", page.text()};
}

}  // namespace forkmend::pages
