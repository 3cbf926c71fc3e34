// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/heal.hpp"

#include <utility>

#include "engine/heal_run.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

asio::awaitable<HealOutcome> heal(Plan plan, ObservedInstance instance, host::Root root,
                                  Journal* journal, Actuator* actuator, HealOptions options) {
  HealRun run(std::move(plan), std::move(instance), std::move(root), journal, actuator,
              std::move(options));
  IncidentMachine machine(run.shape());
  if (auto opened = run.open(); !opened) {
    HealOutcome outcome;
    outcome.state = HealState::cannot_record;
    outcome.problems.push_back("the journal refused: " + opened.error().message);
    co_return outcome;
  }
  Action next = machine.on(EventKind::start, read_clock());
  bool told = false;
  while (next.kind != ActionKind::finish) {
    if (!told && run.stop_requested()) {
      told = true;
      run.tell("asked to stop: nothing more is begun");
      next = machine.on(EventKind::stop, read_clock());
      continue;
    }
    const EventKind event = co_await run.carry_out(next);
    next = machine.on(event, read_clock());
  }
  co_return run.close(machine, next.result);
}

}  // namespace forkmend::engine
