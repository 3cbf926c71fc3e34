// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// How often is the forecast right? Makes processes near the boundaries of the kernel's rules, asks,
// forks, and compares. Changes this host while it runs: needs root and FORKMEND_DISPOSABLE_HOST=1.
//
// Two processes: the trials run in a child, and its parent holds the guard of the host, so that a
// crash or a kill of the trials leaves nothing behind. When the parent is killed, the child stops
// and mends.
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <iostream>

#include "trial.hpp"

namespace {

using namespace forkmend::bench;

volatile std::sig_atomic_t stop = 0;
volatile std::sig_atomic_t worker = 0;

struct Options {
  int trials = 2000;
  int servers = 10;
  std::uint64_t seed = 1;
};

constexpr double kMostUndecidedPercent = 2;

void note_stop(int /*signal*/) {
  stop = 1;
  if (worker > 0) kill(worker, SIGTERM);
}

void handle_stops() {
  struct sigaction action{};
  action.sa_handler = note_stop;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

struct Counts {
  int not_possible = 0;
  int disturbed = 0;

  void add(Made made) {
    not_possible += made == Made::not_possible ? 1 : 0;
    disturbed += made == Made::disturbed ? 1 : 0;
  }
};

int report(const Scoreboard& board, const Counts& counts, const Options& options) {
  utsname system{};
  uname(&system);
  std::cout << "kernel " << system.release << ", seed " << options.seed << "\n\n"
            << board.table() << "\n"
            << board.trials() << " forecasts with a fork each, " << board.wrong() << " wrong, "
            << board.undecided_percent() << " % undecided (without mode 2's counter error); "
            << counts.disturbed << " disturbed and " << counts.not_possible
            << " not possible here, not counted\n";
  const bool good = board.wrong() == 0 && board.undecided_percent() <= kMostUndecidedPercent &&
                    board.trials() >= options.trials / 2;
  return good ? 0 : 1;
}

/// A disturbed one is made again: on a busy machine those near a boundary would never count.
void try_until_made(const Setup& setup, HostKnobs& knobs, Scoreboard& board, Counts& counts) {
  constexpr int kMostTries = 12;
  for (int i = 0; i < kMostTries && stop == 0; ++i) {
    const Made made = run_trial(setup, knobs, board);
    counts.add(made);
    if (made != Made::disturbed) return;
  }
}

int run_trials(HostKnobs& knobs, const Options& options) {
  Random random(options.seed);
  Scoreboard board;
  Counts counts;
  const HostSize host = host_size(knobs);
  std::string broken;
  try {
    for (int i = 0; i < options.trials && stop == 0; ++i) {
      try_until_made(random_setup(random, host), knobs, board, counts);
    }
    for (int i = 0; i < options.servers && stop == 0; ++i) {
      counts.add(run_server_trial(random, knobs, board));
    }
  } catch (const std::exception& error) {
    // Another test of the host that starts meanwhile mends what it takes for leftovers: ours.
    broken = error.what();
  }
  const int code = report(board, counts, options);
  if (broken.empty()) return code;
  std::cerr << "forecast-accuracy: ended early: " << broken << '\n';
  return 2;
}

[[noreturn]] void work(HostKnobs& knobs, const Options& options, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int code = 2;
  try {
    code = run_trials(knobs, options);
    if (getppid() != parent) forkmend::testing::HostGuard mend;
  } catch (const std::exception& error) {
    std::cerr << "forecast-accuracy: " << error.what() << '\n';
  }
  std::cout << std::flush;
  _exit(code);
}

int supervise(const Options& options) {
  forkmend::testing::HostGuard guard;
  HostKnobs knobs(guard);
  handle_stops();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) work(knobs, options, parent);
  worker = child;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("How often is the forecast right? Changes this host while it runs.");
  Options options;
  app.add_option("--trials", options.trials, "processes that are made")
      ->check(CLI::Range(1, 100000));
  app.add_option("--servers", options.servers, "real servers besides")->check(CLI::Range(0, 1000));
  app.add_option("--seed", options.seed, "of what is made");
  CLI11_PARSE(app, argc, argv);
  try {
    return supervise(options);
  } catch (const std::exception& error) {
    std::cerr << "forecast-accuracy: " << error.what() << '\n';
    return 2;
  }
}
