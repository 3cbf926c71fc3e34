// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
