#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "ipc/child_process.h"

namespace ingress::transcoder {

/// A transcoder process as its client holds it; its destructor kills a process that still lives.
class Child {
 public:
  virtual ~Child() = default;

  /// Our end of the socketpair, once.
  virtual UniqueFd TakeSocket() = 0;

  /// Returns when the process has ended. Any number of calls.
  virtual boost::asio::awaitable<ipc::ExitStatus> Wait() = 0;

  /// Ends the process at once; nothing happens when it has ended.
  virtual void Kill() = 0;
};

/// Starts a transcoder process. Errors: kInternal.
using Spawner = std::function<Result<std::unique_ptr<Child>>()>;

/// Gives the spawner of this program's own transcoder processes. `subject`: what they work for, for
/// ps.
Spawner ChildSpawner(boost::asio::any_io_executor executor, std::string subject);

}  // namespace ingress::transcoder
