// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "policy/parameter.hpp"

namespace forkmend::testing {

/// Declarations of the tests' own: the policy area knows remedies only as data. One parameter of
/// every type is among them.
inline constexpr std::array<std::string_view, 2> kThpStates = {"never", "madvise"};
inline constexpr std::array kLimitParameters = {
    policy::ParameterSpec{.name = "raise_to",
                          .type = policy::ParameterType::size,
                          .default_value = "auto",
                          .takes_auto = true,
                          .minimum = 1 << 20},
    policy::ParameterSpec{.name = "headroom",
                          .type = policy::ParameterType::size,
                          .default_value = "64MiB",
                          .maximum = std::int64_t{1} << 40},
};
inline constexpr std::array kCountParameters = {
    policy::ParameterSpec{.name = "to",
                          .type = policy::ParameterType::integer,
                          .default_value = "auto",
                          .takes_auto = true,
                          .minimum = 1},
};
inline constexpr std::array kThpParameters = {
    policy::ParameterSpec{.name = "state",
                          .type = policy::ParameterType::choice,
                          .default_value = "madvise",
                          .choices = kThpStates},
};
inline constexpr std::array kSwapParameters = {
    policy::ParameterSpec{.name = "size",
                          .type = policy::ParameterType::size,
                          .default_value = "auto",
                          .takes_auto = true},
    policy::ParameterSpec{
        .name = "max_size", .type = policy::ParameterType::size, .default_value = "unlimited"},
};
inline constexpr std::array kHookParameters = {
    policy::ParameterSpec{.name = "command", .type = policy::ParameterType::text},
    policy::ParameterSpec{.name = "timeout",
                          .type = policy::ParameterType::duration,
                          .default_value = "30s",
                          .minimum = 1000,
                          .maximum = 600'000},
    policy::ParameterSpec{.name = "share",
                          .type = policy::ParameterType::percent,
                          .default_value = "80%",
                          .maximum = 100},
    policy::ParameterSpec{
        .name = "once", .type = policy::ParameterType::boolean, .default_value = "true"},
    policy::ParameterSpec{.name = "nice",
                          .type = policy::ParameterType::integer,
                          .default_value = "0",
                          .minimum = -20,
                          .maximum = 19},
    policy::ParameterSpec{.name = "arguments", .type = policy::ParameterType::list},
};

inline constexpr std::array kScriptParameters = {
    policy::ParameterSpec{.name = "do", .type = policy::ParameterType::list, .required = true},
};

inline constexpr std::array kRemedies = {
    policy::RemedyDeclaration{.id = "overcommit-memory", .scope = Scope::host},
    policy::RemedyDeclaration{
        .id = "overcommit-limit", .scope = Scope::host, .parameters = kLimitParameters},
    policy::RemedyDeclaration{
        .id = "nproc-limit", .scope = Scope::process, .parameters = kCountParameters},
    policy::RemedyDeclaration{
        .id = "tasks-limit", .scope = Scope::cgroup, .parameters = kCountParameters},
    policy::RemedyDeclaration{.id = "thp", .scope = Scope::host, .parameters = kThpParameters},
    policy::RemedyDeclaration{.id = "guard-replica", .scope = Scope::instance},
    policy::RemedyDeclaration{.id = "pause-aof-rewrite", .scope = Scope::instance},
    policy::RemedyDeclaration{.id = "swapfile",
                              .scope = Scope::host,
                              .risk = Risk::disruptive,
                              .parameters = kSwapParameters},
    policy::RemedyDeclaration{.id = "hook", .scope = Scope::any, .parameters = kHookParameters},
    policy::RemedyDeclaration{.id = "script", .scope = Scope::any, .parameters = kScriptParameters},
    policy::RemedyDeclaration{
        .id = "stop-writes", .scope = Scope::instance, .risk = Risk::durability},
};

}  // namespace forkmend::testing
