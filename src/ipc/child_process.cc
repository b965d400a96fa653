#include "ipc/child_process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "base/stack_trace.h"
#include "ipc/spawn.h"
#include "net/deadline.h"
#include "net/event.h"

namespace ingress::ipc {
namespace {

namespace asio = boost::asio;

// Read at most of what is left in a dead child's pipe: a grandchild may go on filling it.
constexpr std::size_t kMaxLastOutput = std::size_t{1} << 20;  // bytes

Error SystemError(const char* step) {
  return {ErrorCode::kInternal, std::string("spawn: ") + step + ": " + std::strerror(errno)};
}

ExitStatus StatusOf(const siginfo_t& info) {
  switch (info.si_code) {
    case CLD_EXITED:
      return {.kind = ExitStatus::Kind::kExited, .value = info.si_status};
    case CLD_KILLED:
    case CLD_DUMPED:
      return {.kind = ExitStatus::Kind::kSignalled,
              .value = info.si_status,
              .core_dumped = info.si_code == CLD_DUMPED};
    default:
      return {};
  }
}

}  // namespace

std::string ExitStatus::Describe() const {
  if (kind == Kind::kExited) return "exited with code " + std::to_string(value);
  if (kind == Kind::kUnknown) return "ended in an unknown way";
  std::string text = "killed by signal " + std::to_string(value);
  if (const char* name = sigabbrev_np(value)) text += std::string(" (SIG") + name + ")";
  if (core_dumped) text += ", core dumped";
  return text;
}

/// Outlives the ChildProcess until its last handler has run.
class ChildProcess::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const asio::any_io_executor& executor, SpawnedProcess process, SpawnOptions options)
      : pid_(process.pid),
        pidfd_(executor, process.pidfd.Release()),
        output_(executor),
        on_output_line_(std::move(options.on_output_line)),
        lines_(options.output_limits, [this](std::string_view line) { GiveLine(line); }) {}

  void Start(UniqueFd socket, UniqueFd output) {
    socket_ = std::move(socket);
    if (output) {
      output_.assign(output.Release());
      ReadOutput();
    }
    AwaitExit();
  }

  /// The owner is gone: the child must not outlive it. One that is not dead at once, because it is
  /// freeing its memory or waits for a disk, is reaped when it is.
  void Abandon() {
    if (finished_) return;
    abandoned_ = true;
    boost::system::error_code ignored;
    output_.close(ignored);
    Signal(SIGKILL);
    if (Reap()) End();
  }

  void Signal(int number) {
    if (status_) return;
    syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), number, nullptr, 0);
  }

  static asio::awaitable<ExitStatus> AwaitEnd(std::shared_ptr<Impl> self) {
    co_await self->ended_.WaitUntilTrue([&self] { return self->finished_; });
    co_return *self->status_;
  }

  int pid() const { return pid_; }
  const std::optional<ExitStatus>& status() const { return status_; }
  UniqueFd TakeSocket() { return std::move(socket_); }

 private:
  void GiveLine(std::string_view line) {
    if (on_output_line_ && !abandoned_) on_output_line_(line);
  }

  void ReadOutput() {
    reading_ = true;
    output_.async_read_some(
        asio::buffer(chunk_),
        [self = shared_from_this()](const boost::system::error_code& ec, std::size_t size) {
          self->reading_ = false;
          self->OnOutput(ec, size);
        });
  }

  void OnOutput(const boost::system::error_code& ec, std::size_t size) {
    if (finished_ || abandoned_) return;
    if (!ec) lines_.Receive({chunk_.data(), size}, Clock::now());
    if (status_) {
      DeliverLastOutput();
    } else if (!ec) {
      ReadOutput();
    }
  }

  /// The completion of a wait is a hint. Asio keeps an event that is under way in the record of its
  /// descriptor, and gives the record of a descriptor that was just closed to the next one that is
  /// opened: a pidfd made in that very turn gets an event that was another's.
  void AwaitExit() {
    pidfd_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& ec) {
                        if (ec || self->finished_) return;
                        if (self->Reap()) {
                          self->OnExit();
                        } else {
                          self->AwaitExit();
                        }
                      });
  }

  /// Bytes that a read has taken from the pipe are delivered by its completion, which may still be
  /// under way: what is left in the pipe comes after it.
  void OnExit() {
    if (!reading_ || abandoned_) return DeliverLastOutput();
    boost::system::error_code ignored;
    output_.cancel(ignored);
  }

  void DeliverLastOutput() {
    if (output_.is_open()) DrainOutput();
    End();
  }

  /// False while the child lives. Never waits.
  bool Reap() {
    siginfo_t info{};
    const int result =
        waitid(P_PIDFD, static_cast<id_t>(pidfd_.native_handle()), &info, WEXITED | WNOHANG);
    // Asio made the pidfd non-blocking, so EAGAIN says the same as a pid of 0.
    if (result == 0 ? info.si_pid == 0 : errno == EAGAIN || errno == EINTR) return false;
    status_ = result == 0 ? StatusOf(info) : ExitStatus{};
    return true;
  }

  /// A crash explains itself in the last lines; they are in the pipe by now.
  void DrainOutput() {
    boost::system::error_code ec;
    output_.non_blocking(true, ec);
    for (std::size_t total = 0; !ec && total < kMaxLastOutput;) {
      const std::size_t size = output_.read_some(asio::buffer(chunk_), ec);
      if (ec) break;
      lines_.Receive({chunk_.data(), size}, Clock::now());
      total += size;
    }
    lines_.Finish(Clock::now());
  }

  void End() {
    finished_ = true;
    boost::system::error_code ignored;
    pidfd_.close(ignored);
    output_.close(ignored);
    ended_.Notify();
  }

  int pid_;
  asio::posix::stream_descriptor pidfd_;
  asio::posix::stream_descriptor output_;
  net::Event ended_;
  std::function<void(std::string_view)> on_output_line_;
  LineFilter lines_;
  Bytes chunk_ = Bytes(4096);
  UniqueFd socket_;
  std::optional<ExitStatus> status_;
  bool reading_ = false;    // a read of output_ has not completed
  bool finished_ = false;   // status_ is set and the output was delivered
  bool abandoned_ = false;  // nobody wants to know more than the status
};

Result<std::unique_ptr<ChildProcess>> ChildProcess::Spawn(const asio::any_io_executor& executor,
                                                          SpawnOptions options) {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return std::unexpected(SystemError("socketpair"));
  }
  UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);

  UniqueFd output_read;
  UniqueFd output_write;
  if (options.on_output_line) {
    if (pipe2(pair.data(), O_CLOEXEC) != 0) return std::unexpected(SystemError("pipe"));
    output_read = UniqueFd(pair[0]);
    output_write = UniqueFd(pair[1]);
  }

  SpawnRequest request{.path = options.path,
                       .arguments = {options.name},
                       .environment = options.environment,
                       .socket = theirs.get(),
                       .output = output_write.get(),
                       .oom_score_adj = options.oom_score_adj};
  request.arguments.insert(request.arguments.end(), options.args.begin(), options.args.end());
  Result<SpawnedProcess> process = ipc::Spawn(request);
  if (!process) return std::unexpected(std::move(process.error()));

  std::optional<Error> failure = std::move(process->failure);
  auto impl = std::make_shared<Impl>(executor, std::move(*process), std::move(options));
  impl->Start(std::move(ours), std::move(output_read));
  if (failure) {
    impl->Abandon();
    return std::unexpected(std::move(*failure));
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(impl)));
}

ChildProcess::ChildProcess(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ChildProcess::~ChildProcess() { impl_->Abandon(); }

UniqueFd ChildProcess::TakeSocket() { return impl_->TakeSocket(); }

int ChildProcess::pid() const { return impl_->pid(); }

const std::optional<ExitStatus>& ChildProcess::exit_status() const { return impl_->status(); }

asio::awaitable<ExitStatus> ChildProcess::Wait() { return Impl::AwaitEnd(impl_); }

asio::awaitable<ExitStatus> ChildProcess::Terminate(std::chrono::milliseconds grace) {
  const std::shared_ptr<Impl> impl = impl_;  // the owner may destroy us while we wait
  impl->Signal(SIGTERM);
  std::optional<ExitStatus> status = co_await net::TryFor(grace, Impl::AwaitEnd(impl));
  if (status) co_return *status;
  impl->Signal(SIGKILL);
  co_return co_await Impl::AwaitEnd(impl);
}

void ChildProcess::RequestStack() { impl_->Signal(kStackSignal); }

void ChildProcess::Kill() { impl_->Signal(SIGKILL); }

}  // namespace ingress::ipc
