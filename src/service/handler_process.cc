#include "service/handler_process.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <utility>

#include "net/deadline.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kHelloWithin = 10s;  // a loaded machine takes long to link a program

bool IsLogLine(std::string_view line) {
  // Our own lines begin with the year of their time stamp, or are a JSON object.
  return !line.empty() && (line.front() == '{' || (line.size() > 24 && line[4] == '-' &&
                                                   line[10] == 'T' && line[23] == 'Z'));
}

}  // namespace

asio::awaitable<Result<std::unique_ptr<HandlerProcess>>> HandlerProcess::Start(
    asio::any_io_executor executor, Options options) {
  ipc::ChildProcess::SpawnOptions spawn;
  if (!options.environment.empty()) spawn.environment = std::move(options.environment);
  spawn.on_output_line = [logger = options.logger](std::string_view line) {
    if (IsLogLine(line)) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    } else {
      logger.Warn("handler output", {{"line", line}});
    }
  };
  auto child = ipc::ChildProcess::Spawn(executor, std::move(spawn));
  if (!child) co_return Wrap("handler process", child.error());
  auto process = std::make_unique<HandlerProcess>(std::move(*child), executor);
  auto hello = co_await net::WithDeadline(kHelloWithin, process->channel().Receive(),
                                          "hello of the handler");
  if (!hello) co_return Wrap("handler process", hello.error());
  if (!hello->has_hello() || hello->hello().version() != ipc::kProtocolVersion) {
    co_return Fail(ErrorCode::kInternal,
                   "handler process: it is of another build; was the program replaced while the "
                   "service runs?");
  }
  co_return process;
}

HandlerProcess::HandlerProcess(std::unique_ptr<ipc::ChildProcess> child,
                               const asio::any_io_executor& executor)
    : child_(std::move(child)), channel_(executor, child_->TakeSocket()) {}

bool HandlerProcess::IsRunnable() const {
  // proc(5): the state follows the command name, which is in parentheses and may hold anything.
  std::ifstream stat("/proc/" + std::to_string(pid()) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return false;
  const std::size_t end = line.rfind(')');
  return end != std::string::npos && end + 2 < line.size() && line[end + 2] == 'R';
}

}  // namespace ingress::service
