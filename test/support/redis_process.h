#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ingress::test {

/// A TCP port on loopback that nobody listens on now.
inline std::uint16_t FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool found = bind(probe, generic, size) == 0 && getsockname(probe, generic, &size) == 0;
  close(probe);
  return found ? ntohs(address.sin_port) : 0;
}

/// A real redis-server (from the PATH) on loopback, without persistence. Dies with its owner.
class RedisProcess {
 public:
  /// `password`: of the default user; empty for none.
  explicit RedisProcess(std::string password = {}) : password_(std::move(password)) { Start(); }
  ~RedisProcess() { Kill(); }
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  /// Runs it, again on the same port if there was one, and waits until it serves. Another port is
  /// tried when somebody was faster.
  void Start() {
    for (int attempt = 0; attempt < 5 && pid_ <= 0; ++attempt) {
      if (port_ == 0) port_ = FreePort();
      Spawn();
      if (AwaitReady()) return;
      Kill();
      if (!started_once_) port_ = 0;
    }
  }

  /// Ends it at once, connections and all.
  void Kill() { End(SIGKILL); }

  /// Stops it from running without closing its connections, and lets it run again.
  void Freeze() const { kill(pid_, SIGSTOP); }
  void Thaw() const { kill(pid_, SIGCONT); }

  /// Sends one inline command on a connection of its own; whether the answer was no error.
  bool Command(const std::string& line) const {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(port_);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string text = line + "\r\n";
    char first = '-';
    const bool answered =
        connect(connection, reinterpret_cast<sockaddr*>(&peer), sizeof(peer)) == 0 &&
        write(connection, text.data(), text.size()) > 0 && read(connection, &first, 1) == 1;
    close(connection);
    return answered && first != '-';
  }

  bool running() const { return pid_ > 0; }
  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void Spawn() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
    std::vector<std::string> words{
        "redis-server", "--bind", "127.0.0.1",    "--port", std::to_string(port_),
        "--save",       "",       "--appendonly", "no"};
    if (!password_.empty()) words.insert(words.end(), {"--requirepass", password_});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], STDOUT_FILENO);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
  }

  bool AwaitReady() {
    std::string log;
    std::array<char, 1024> chunk{};
    while (!log.contains("Ready to accept connections")) {
      const ssize_t size = read(output_, chunk.data(), chunk.size());
      if (size <= 0) return false;
      log.append(chunk.data(), static_cast<std::size_t>(size));
    }
    started_once_ = true;
    return true;
  }

  void End(int signal_number) {
    if (pid_ <= 0) return;
    kill(pid_, signal_number);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
    close(output_);
  }

  std::string password_;
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
  int output_ = -1;  // its log; small enough to stay in the pipe
  bool started_once_ = false;
};

}  // namespace ingress::test
