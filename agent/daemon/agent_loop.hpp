// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Private to the agent: the loop that everything of it runs in.
//
//   poll, server log, journald, kernel log, cgroups, process exit, headroom, discovery
//      └─> EventQueue (one place for each server) ─> look ─> handle_failure, one at a time
//
// Each source is a coroutine of its own, and each server has its own socket, so that one that hangs
// keeps nobody waiting. All of them are stopped by cancelling; looks and repairs are not,
// they are asked to stop between two steps and waited for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "daemon/agent.hpp"
#include "daemon/bell.hpp"
#include "daemon/cgroup_follower.hpp"
#include "daemon/due_queue.hpp"
#include "daemon/event_meaning.hpp"
#include "daemon/event_queue.hpp"
#include "daemon/file_watch.hpp"
#include "daemon/handler.hpp"
#include "daemon/headroom_pace.hpp"
#include "daemon/host_wide.hpp"
#include "daemon/journal_follower.hpp"
#include "daemon/kernel_follower.hpp"
#include "daemon/log_follower.hpp"
#include "daemon/pace.hpp"
#include "daemon/saves_seen.hpp"
#include "daemon/task_group.hpp"
#include "daemon/watch.hpp"
#include "redis/connection.hpp"
#include "redis/discovery.hpp"
#include "redis/persistence.hpp"
#include "redis/poll_socket.hpp"

namespace forkmend::daemon {

enum class PollPhase {
  idle,        ///< waits until it is due
  asked,       ///< the socket has the request
  connecting,  ///< a coroutine polls it by a connection
};

/// How the polls of one server stand.
struct Poll {
  PollPhase phase = PollPhase::idle;
  bool hurried = false;  ///< something asks for one that begins from now on
  bool soon = false;     ///< the one under way was asked for
  std::chrono::nanoseconds due{0};
  std::chrono::nanoseconds asked_at{0};
  std::optional<redis::PollSocket> socket;
  std::unique_ptr<redis::Connection> connection;  ///< kept with TLS alone
  TaskGroup::TaskId task = 0;                     ///< the coroutine, if one runs
};

/// One server while it is watched.
struct Instance {
  std::string endpoint;  ///< its name here; mostly its URL
  std::string key;       ///< as a stranger
  redis::ConnectionOptions options;
  std::int64_t pid = 0;  ///< 0: not of this host
  std::uint64_t start_time = 0;
  Boxed<KernelSubject> subject;  ///< of this host alone

  InstanceState* shown = nullptr;  ///< of AgentState, where it stays as long as it is watched
  Poll poll;
  InstanceWatch watch;
  SavesSeen saves;
  PollPace pace;
  Boxed<HeadroomPace> headroom_pace;  ///< of this host alone

  LookPace look_pace;
  bool busy = false;           ///< it is being looked at or mended
  std::string verdict;         ///< what the last look concluded, to tell news from nothing
  Boxed<Event> hint;           ///< what was seen when the look found nothing yet
  Boxed<Detection> detection;  ///< of an incident whose cause is being found out
  std::chrono::nanoseconds next_look{0};    ///< one without an event
  std::chrono::nanoseconds next_exact{0};   ///< when a cheap refusal may ask for a look again
  std::chrono::nanoseconds next_unsure{0};  ///< when a cheap "unknown" may
  bool log_is_followed = false;

  std::vector<TaskGroup::TaskId> tasks;
  bool gone = false;
};
using InstancePtr = std::shared_ptr<Instance>;

/// Errors: parse, when the text holds none of the fields.
[[nodiscard]] Result<redis::Persistence> read_poll(std::string_view text);

/// How many servers are met side by side: each has its deadline, and looks at the host while others
/// wait for their answers.
inline constexpr std::size_t kMostMeetings = 16;

/// The longest wait before a server that could not be met is tried again.
inline constexpr std::chrono::seconds kLongestRetry{60};

/// "812/44102": a pid may be used again, with its start time it is one process.
[[nodiscard]] std::string process_key(std::int64_t pid, std::uint64_t start_time);

class AgentLoop {
 public:
  AgentLoop(const boost::asio::any_io_executor& executor, const host::Root& root,
            std::shared_ptr<AgentOptions> options);
  AgentLoop(const AgentLoop&) = delete;
  AgentLoop& operator=(const AgentLoop&) = delete;

  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  /// One that is being met, or could not be reached.
  struct Stranger {
    bool meeting = false;
    std::chrono::nanoseconds wait{0};
    std::chrono::nanoseconds again_at{0};  ///< boot time
  };

  // agent_loop.cpp: begin, end, and who is attended to next
  void start();
  [[nodiscard]] boost::asio::awaitable<void> wait_for_stop();
  [[nodiscard]] boost::asio::awaitable<void> dispatch();
  void attend(Event event);
  void take_event(Event event);
  [[nodiscard]] std::optional<std::chrono::nanoseconds> ready_at(const std::string& endpoint) const;
  void set_source(EventSource source, const Result<void>& state);
  void on_kernel_event(const host::KernelEvent& event, const host::KernelMessage& message);
  [[nodiscard]] InstancePtr find(const std::string& endpoint) const;
  [[nodiscard]] AgentState& state() { return *state_; }
  [[nodiscard]] InstanceState& shown(const std::string& endpoint) {
    return state().instances[endpoint];
  }

  // discover.cpp: which servers there are
  [[nodiscard]] boost::asio::awaitable<void> discover();
  void search();
  void search_named(const std::vector<redis::ConnectionOptions>& servers);
  void search_found();
  [[nodiscard]] std::set<std::string> strangers() const;
  [[nodiscard]] bool may_meet(const std::string& key) const;
  void leave(const InstancePtr& instance, const std::string& because);

  // housekeeping.cpp: what is done whether something happens or not
  void keep_house(std::chrono::nanoseconds now);
  void forget_old();
  [[nodiscard]] bool forget_files();
  [[nodiscard]] boost::asio::awaitable<void> end_leases();

  // meet.cpp: those that are new
  [[nodiscard]] boost::asio::awaitable<void> turn_to_meet();
  void meeting_is_over();
  [[nodiscard]] engine::TargetRequest how_to_look() const;
  [[nodiscard]] boost::asio::awaitable<void> meet_named(redis::ConnectionOptions named);
  [[nodiscard]] boost::asio::awaitable<void> meet_found(host::Root root, redis::FoundServer server);
  [[nodiscard]] boost::asio::awaitable<void> met(std::string key, engine::ServerLook look);
  [[nodiscard]] std::string name_for(const engine::ServerLook& look) const;
  void not_met(const std::string& key, const engine::ServerLook& look);

  // follow.cpp: the sources of one server
  void begin_watching(const InstancePtr& instance, const engine::ObservedInstance& seen);
  void follow_log(const InstancePtr& instance, const engine::ObservedInstance& seen);
  void follow_cgroups(const InstancePtr& instance);
  void follow_exit(const InstancePtr& instance);
  [[nodiscard]] boost::asio::awaitable<void> watch_exit(InstancePtr instance, Descriptor process);

  // poller.cpp: when, and what the answers mean
  [[nodiscard]] boost::asio::awaitable<void> poll_all();
  void begin_polling(const InstancePtr& instance);
  void plan_poll(const InstancePtr& instance, std::chrono::nanoseconds at);
  void put_on_time(const InstancePtr& instance, std::chrono::nanoseconds due);
  void poll_soon(const InstancePtr& instance);
  void begin_poll(const InstancePtr& instance, std::chrono::nanoseconds now);
  void connect_and_poll(const InstancePtr& instance);
  [[nodiscard]] bool collect_poll(const InstancePtr& instance, std::chrono::nanoseconds now);
  void collect_polls(std::chrono::nanoseconds now);
  void poll_failed(const InstancePtr& instance, const Error& error);
  void poll_is_over(const InstancePtr& instance, const Result<redis::Persistence>& seen);
  void take_poll(const InstancePtr& instance, const redis::Persistence& polled, Now now);
  void credit_heals(const InstancePtr& instance, engine::SaveTime save, Now now);
  [[nodiscard]] std::chrono::nanoseconds until_next_poll(std::chrono::nanoseconds now) const;
  // poll_by_connection.cpp
  [[nodiscard]] boost::asio::awaitable<Result<redis::Persistence>> ask(InstancePtr instance);
  [[nodiscard]] boost::asio::awaitable<void> poll_by_connection(InstancePtr instance);

  // look.cpp: what an event leads to
  [[nodiscard]] boost::asio::awaitable<void> look(InstancePtr instance, Event event);
  [[nodiscard]] boost::asio::awaitable<void> take_look(InstancePtr instance, Event event,
                                                       engine::ObservedInstance seen);
  [[nodiscard]] boost::asio::awaitable<void> handle(InstancePtr instance, Notice notice,
                                                    engine::ObservedInstance seen);
  [[nodiscard]] boost::asio::awaitable<std::optional<engine::ObservedInstance>> turn_to_mend(
      InstancePtr instance, engine::ObservedInstance seen);
  // detect.cpp: the beginning of an incident
  void detect(const InstancePtr& instance, const Event& event, const std::string& info);
  void end_detection(const InstancePtr& instance);
  static void keep_hint(Instance& instance, const Event& event);
  [[nodiscard]] Notice notice_for(const InstancePtr& instance, const Event& event) const;
  void look_is_over(const InstancePtr& instance);

  // headroom.cpp: would the next fork be admitted, before anybody tries
  [[nodiscard]] boost::asio::awaitable<void> track_headroom();
  [[nodiscard]] std::vector<InstancePtr> local_instances() const;
  void refresh_headroom(const InstancePtr& instance, const host::Root& root,
                        const HeadroomSigns& signs);

  boost::asio::any_io_executor executor_;
  host::Root root_;
  std::shared_ptr<AgentOptions> options_;
  std::shared_ptr<AgentState> state_;  ///< stays the same when the options are loaded anew
  bool stopping_ = false;

  std::map<std::string, InstancePtr, std::less<>> instances_;
  std::map<std::string, Stranger> strangers_;  ///< by key: process or name
  std::chrono::nanoseconds hurry_until_{0};    ///< a server has gone: it may be back at any moment
  std::chrono::nanoseconds next_round_{0};     ///< of what is not done in a hurry
  std::chrono::nanoseconds next_forgetting_{0};
  std::chrono::nanoseconds next_giving_{0};
  std::size_t looks_ = 0;     ///< under way
  std::size_t meetings_ = 0;  ///< under way
  bool mending_ = false;
  std::uint16_t last_incident_;  ///< what tells incidents of one second apart
  HostWide host_wide_;
  EventQueue queue_;
  std::minstd_rand chance_;
  DueQueue<InstancePtr> due_;                  ///< polls; what counts is Poll::due
  std::vector<InstancePtr> asked_;             ///< whose answer is to be collected
  std::chrono::nanoseconds polls_wake_at_{0};  ///< while poll_all() sleeps
  std::vector<char> answer_;                   ///< which one buffer is for

  TaskGroup sources_;  ///< cancelled at the end
  TaskGroup work_;     ///< waited for at the end
  Bell polls_bell_;
  Bell queue_bell_;
  Bell discover_bell_;
  Bell headroom_bell_;
  Bell stop_bell_;
  boost::asio::steady_timer meet_turn_;
  boost::asio::steady_timer mend_turn_;
  FileWatch files_;
  LogFollower logs_;
  JournalFollower journal_;
  KernelFollower kernel_;
  CgroupFollower cgroups_;
};

}  // namespace forkmend::daemon
