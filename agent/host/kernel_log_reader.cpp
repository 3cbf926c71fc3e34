// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/kernel_log_reader.hpp"

#include <iterator>
#include <utility>
#include <vector>

#include "host/kernel_event.hpp"

namespace forkmend::host {

Result<SharedList<KernelMessage>> KernelLogReader::read(const Root& root) {
  if (!device_.is_open()) {
    auto opened = open_kernel_log(root);
    if (!opened) return opened.error();
    device_ = std::move(*opened);
    known_ = {};
  }
  std::vector<KernelMessage> fresh;
  const auto done = read_kernel_records(device_, [&fresh](KernelMessage message) {
    if (parse_kernel_event(message.text)) fresh.push_back(std::move(message));
  });
  if (!done) {
    device_ = Descriptor();
    return done.error();
  }
  if (fresh.empty()) return known_;
  std::vector<KernelMessage> all = known_.items();
  all.insert(all.end(), std::make_move_iterator(fresh.begin()),
             std::make_move_iterator(fresh.end()));
  if (all.size() > kKernelLogLimit) {
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kKernelLogLimit));
  }
  known_ = std::move(all);
  return known_;
}

}  // namespace forkmend::host
