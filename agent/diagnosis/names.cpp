// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/diagnosis.hpp"

namespace forkmend::diagnosis {

std::string_view to_string(FailureKind kind) {
  switch (kind) {
    case FailureKind::rdb_save:
      return "rdb-save";
    case FailureKind::aof_rewrite:
      return "aof-rewrite";
    case FailureKind::replica_sync:
      return "replica-sync";
    case FailureKind::aof_write:
      return "aof-write";
  }
  return "?";
}

std::string_view to_string(FailureStage stage) {
  switch (stage) {
    case FailureStage::fork:
      return "fork";
    case FailureStage::child_exit:
      return "child-exit";
    case FailureStage::child_signal:
      return "child-signal";
    case FailureStage::write:
      return "write";
    case FailureStage::hung:
      return "hung";
    case FailureStage::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(Confidence confidence) {
  switch (confidence) {
    case Confidence::proven:
      return "proven";
    case Confidence::likely:
      return "likely";
    case Confidence::possible:
      return "possible";
  }
  return "possible";
}

}  // namespace forkmend::diagnosis
