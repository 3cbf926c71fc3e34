// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

namespace forkmend::daemon {

/// Gives back what only the beginning, or a look, has needed: freed heap, and unwritten pages of
/// the program and its libraries, which the kernel maps again from its cache when they are wanted.
void give_back_memory();

}  // namespace forkmend::daemon
