// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "daemon/agent_status.hpp"

namespace forkmend::daemon {

// The control socket speaks one JSON object a line: a request, then its reply, as often as the
// client likes. Everything here is pure and bounded; see README.md for the words.

inline constexpr std::size_t kMaxControlRequest = 4096;                  ///< bytes, line end too
inline constexpr std::size_t kMaxControlReply = std::size_t{64} << 20U;  ///< bytes

enum class ControlCommand {
  status,  ///< what the agent sees: for everybody who may connect
  reload,  ///< read configuration and policy anew
  notice,  ///< pause, resume or ack was written to the state directory: look now
};

struct ControlRequest {
  ControlCommand command = ControlCommand::status;
  std::string says;  ///< of notice: what was done, for the agent's log; at most 400 bytes
  bool operator==(const ControlRequest&) const = default;
};

enum class ControlCode {
  ok,
  invalid,   ///< not a request
  denied,    ///< this user may only read the status
  rejected,  ///< a reload with a bad file: nothing was applied
  busy,      ///< too many clients
};

struct ControlReply {
  ControlCode code = ControlCode::ok;
  std::vector<std::string> says;
  std::optional<AgentStatus> status;
  bool operator==(const ControlReply&) const = default;
};

/// One line without its line end. Errors: too_large; parse, with what was expected.
[[nodiscard]] Result<ControlRequest> parse_request(std::string_view line);
[[nodiscard]] Result<ControlReply> parse_reply(std::string_view line);

/// With the line end.
[[nodiscard]] std::string to_line(const ControlRequest& request);
[[nodiscard]] std::string to_line(const ControlReply& reply);

}  // namespace forkmend::daemon
