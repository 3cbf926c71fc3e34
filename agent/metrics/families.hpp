// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "metrics/exposition.hpp"

/// Every metric of forkmend: of the agent, and of `forkmend audit --format prometheus`. Rules and
/// dashboards in packaging/ are held to these names by tests. The label of a server is `server`:
/// Prometheus keeps `instance` for what it scrapes.
namespace forkmend::metrics {

inline constexpr Family kBuildInfo{"forkmend_build_info", MetricType::gauge,
                                   "Always 1; its label says which version runs."};
inline constexpr Family kMode{"forkmend_agent_mode", MetricType::gauge,
                              "1 for what the policy lets the agent do."};
inline constexpr Family kPaused{"forkmend_paused", MetricType::gauge,
                                "1 while a person or the stop file keeps forkmend from changes."};
inline constexpr Family kBreakerOpen{
    "forkmend_breaker_open", MetricType::gauge,
    "1 after too many incidents: nothing is changed until one is acknowledged."};

inline constexpr Family kRemedyDemoted{
    "forkmend_remedy_demoted_tries", MetricType::gauge,
    "Tries without lasting success, of a remedy that goes behind others for it."};

inline constexpr Family kServerInfo{"forkmend_server_info", MetricType::gauge,
                                    "Always 1; what kind of server it is."};
inline constexpr Family kServerReachable{"forkmend_server_reachable", MetricType::gauge,
                                         "Whether the server answered the last time it was asked."};
inline constexpr Family kLastPoll{"forkmend_last_poll_timestamp_seconds", MetricType::gauge,
                                  "When the server answered last."};
inline constexpr Family kSaveState{"forkmend_save_state", MetricType::gauge,
                                   "1 for how the saves of the server stand."};
inline constexpr Family kLastGoodSave{
    "forkmend_last_good_save_timestamp_seconds", MetricType::gauge,
    "When the last save ended well; the start of the server where it has made none."};
inline constexpr Family kRiskSeconds{
    "forkmend_data_at_risk_seconds", MetricType::gauge,
    "How long changes have been held in memory alone: no save and no AOF has them."};
inline constexpr Family kRiskChanges{"forkmend_data_at_risk_changes", MetricType::gauge,
                                     "Changes that are held in memory alone."};
inline constexpr Family kForkForecast{
    "forkmend_fork_forecast", MetricType::gauge,
    "1 for what the kernel would answer to the next fork of the server."};
inline constexpr Family kHeadroomBytes{
    "forkmend_fork_headroom_bytes", MetricType::gauge,
    "How much larger a fork may be before this rule of the kernel refuses; negative: missing."};
inline constexpr Family kHeadroomTasks{
    "forkmend_fork_headroom_tasks", MetricType::gauge,
    "How many more tasks this rule of the kernel admits; negative: missing."};
inline constexpr Family kCurrentIncident{
    "forkmend_current_incident", MetricType::gauge,
    "1 while saves of the server fail; the state says how far mending has come."};

inline constexpr Family kSaveFailures{"forkmend_save_failures_total", MetricType::counter,
                                      "Failures that were looked at, by kind and cause."};
inline constexpr Family kFailuresNoticed{"forkmend_failures_noticed_total", MetricType::counter,
                                         "Failures by the source that told of them first."};
inline constexpr Family kIncidents{"forkmend_incidents_total", MetricType::counter,
                                   "Incidents by the state that they came to."};
inline constexpr Family kRemedies{"forkmend_remedies_total", MetricType::counter,
                                  "Remedies that were tried, by outcome."};
inline constexpr Family kVerification{
    "forkmend_verification_duration_seconds", MetricType::histogram,
    "From the trigger of a save that is to prove a remedy until the answer."};
inline constexpr Family kNotifications{"forkmend_notifications_total", MetricType::counter,
                                       "Messages to people and programs, by what came of them."};
inline constexpr Family kNotificationQueue{"forkmend_notification_queue_messages",
                                           MetricType::gauge,
                                           "Messages that wait to be delivered."};

inline constexpr Family kCpu{"process_cpu_seconds_total", MetricType::counter,
                             "User and system time of the agent."};
inline constexpr Family kResident{"process_resident_memory_bytes", MetricType::gauge,
                                  "Resident memory of the agent."};
inline constexpr Family kVirtual{"process_virtual_memory_bytes", MetricType::gauge,
                                 "Virtual memory of the agent."};
inline constexpr Family kOpenFiles{"process_open_fds", MetricType::gauge,
                                   "Open file descriptors of the agent."};
inline constexpr Family kMaxFiles{"process_max_fds", MetricType::gauge,
                                  "How many file descriptors the agent may have open."};
inline constexpr Family kStartTime{"process_start_time_seconds", MetricType::gauge,
                                   "When the agent was started."};

inline constexpr Family kAuditFinding{"forkmend_audit_finding", MetricType::gauge,
                                      "0 ok, 1 warning, 2 critical, 3 unknown."};
inline constexpr Family kAuditTime{"forkmend_audit_timestamp_seconds", MetricType::gauge,
                                   "When the audit ran."};

}  // namespace forkmend::metrics
