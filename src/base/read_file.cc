#include "base/read_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace ingress {
namespace {

std::string Words(int error) { return std::generic_category().message(error); }

std::unexpected<Error> CannotOpen(int error) {
  ErrorCode code = ErrorCode::kInternal;
  if (error == ENOENT) code = ErrorCode::kNotFound;
  if (error == EACCES) code = ErrorCode::kUnauthorized;
  return Fail(code, "cannot open: " + Words(error));
}

/// Whether there is something to read before `deadline`, or the end.
bool AwaitInput(int fd, TimePoint deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd waited{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&waited, 1, static_cast<int>(std::max<decltype(left)>(left, 0))) > 0;
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, std::size_t most,
                             std::chrono::milliseconds within) {
  // Without O_NONBLOCK a pipe that nobody writes to would never be open.
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return CannotOpen(errno);
  const TimePoint deadline = Clock::now() + within;
  std::string text(most + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(file.get(), text.data() + size, text.size() - size);
    if (count == 0) break;
    if (count > 0) {
      size += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      if (!AwaitInput(file.get(), deadline)) {
        return Fail(ErrorCode::kTimeout, "a pipe that does not end; name a file");
      }
    } else if (errno != EINTR) {
      return Fail(ErrorCode::kInternal, "cannot read: " + Words(errno));
    }
  }
  if (size > most) {
    return Fail(ErrorCode::kLimitExceeded, "above " + std::to_string(most) + " bytes");
  }
  text.resize(size);
  return text;
}

}  // namespace ingress
