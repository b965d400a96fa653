#include "ipc/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>
#include <fstream>
#include <string>

#include "ipc/channel.h"
#include "ipc/testing/test_loop.h"

namespace ingress::ipc {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ChildProcessTest : public ::testing::Test {
 protected:
  /// `script` for /bin/sh; its output goes to lines_.
  std::unique_ptr<ChildProcess> Shell(std::string script, std::vector<std::string> environment = {
                                                              "PATH=/usr/bin:/bin"}) {
    ChildProcess::SpawnOptions options;
    options.path = "/bin/sh";
    options.args = {"-c", std::move(script)};
    options.environment = std::move(environment);
    options.on_output_line = [this](std::string_view line) { lines_.emplace_back(line); };
    auto child = ChildProcess::Spawn(loop_.executor(), std::move(options));
    EXPECT_TRUE(child) << child.error().context;
    return child ? std::move(*child) : nullptr;
  }

  testing::TestLoop loop_;
  std::vector<std::string> lines_;
};

bool Exists(int pid) { return kill(pid, 0) == 0; }

TEST_F(ChildProcessTest, SaysHowAChildEnded) {
  const struct {
    const char* script;
    const char* description;
    bool ok;
  } cases[] = {
      {"exit 0", "exited with code 0", true},
      {"exit 3", "exited with code 3", false},
      {"ulimit -c 0; kill -SEGV $$", "killed by signal 11 (SIGSEGV)", false},
      {"kill -KILL $$", "killed by signal 9 (SIGKILL)", false},
      {"kill -TERM $$", "killed by signal 15 (SIGTERM)", false},
  };
  for (const auto& c : cases) {
    const auto child = Shell(c.script);
    const ExitStatus status = loop_.Await(child->Wait());
    EXPECT_EQ(status.Describe(), c.description);
    EXPECT_EQ(status.ok(), c.ok);
    EXPECT_FALSE(Exists(child->pid())) << "a zombie stays";
    ASSERT_TRUE(child->exit_status());
    EXPECT_EQ(loop_.Await(child->Wait()).Describe(), c.description);
  }
}

TEST_F(ChildProcessTest, DescribesWhatHasNoName) {
  EXPECT_EQ(ExitStatus{}.Describe(), "ended in an unknown way");
  const ExitStatus aborted{
      .kind = ExitStatus::Kind::kSignalled, .value = SIGABRT, .core_dumped = true};
  EXPECT_EQ(aborted.Describe(), "killed by signal 6 (SIGABRT), core dumped");
}

TEST_F(ChildProcessTest, GivesTheChildItsSocketAndNoOtherDescriptor) {
  const UniqueFd leak_low(open("/dev/null", O_RDONLY));  // without O_CLOEXEC
  const UniqueFd leak_high(fcntl(leak_low.get(), F_DUPFD, 200));
  ASSERT_TRUE(leak_high);
  const auto child = Shell("ls /proc/$$/fd; true");
  EXPECT_TRUE(loop_.Await(child->Wait()).ok());
  EXPECT_THAT(lines_, ElementsAre("0", "1", "2", "3"));
}

TEST_F(ChildProcessTest, ConnectsTheChildsDescriptorThreeWithOurSocket) {
  const auto child = Shell("exec cat <&3 >&3");
  Channel<ToHandler, ToHandler> echo(loop_.executor(), child->TakeSocket());
  ToHandler message;
  message.mutable_stop()->set_reason("there and back");
  ASSERT_TRUE(loop_.Await(echo.Send(message)));
  const auto received = loop_.Await(echo.Receive());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->stop().reason(), "there and back");
  child->Kill();
  EXPECT_EQ(loop_.Await(echo.Receive()).error().code, ErrorCode::kClosed);
  EXPECT_EQ(loop_.Await(child->Wait()).Describe(), "killed by signal 9 (SIGKILL)");
}

TEST_F(ChildProcessTest, GivesTheChildOnlyTheEnvironmentNamed) {
  ChildProcess::SpawnOptions options;
  setenv("LIVEKIT_API_SECRET", "do not tell", 1);
  setenv("LC_ALL", "C", 1);
  options.environment = ReducedEnvironment();
  options.path = "/usr/bin/env";
  options.args = {};
  options.on_output_line = [this](std::string_view line) { lines_.emplace_back(line); };
  const auto child = ChildProcess::Spawn(loop_.executor(), std::move(options));
  ASSERT_TRUE(child);
  EXPECT_TRUE(loop_.Await((*child)->Wait()).ok());
  EXPECT_THAT(lines_, ::testing::Contains("LC_ALL=C"));
  EXPECT_THAT(lines_, ::testing::Not(::testing::Contains(HasSubstr("do not tell"))));
}

TEST_F(ChildProcessTest, DeliversOutputLineByLineUpToTheLastWord) {
  const auto child = Shell("echo out; echo err >&2; printf 'no line end'");
  loop_.Await(child->Wait());
  EXPECT_THAT(lines_, ElementsAre("out", "err", "no line end"));
}

TEST_F(ChildProcessTest, DoesNotWaitForAGrandchildThatHoldsTheOutput) {
  const auto child = Shell("sleep 1000 & echo $!");
  EXPECT_TRUE(loop_.Await(child->Wait()).ok());
  ASSERT_EQ(lines_.size(), 1U);
  kill(std::stoi(lines_[0]), SIGKILL);
}

TEST_F(ChildProcessTest, DeliversAllThatAChildWroteBeforeItWasSeenToEnd) {
  // More than one read takes, so that a read is under way when the end is noticed.
  constexpr int kLines = 60;
  const std::string filler(300, 'x');
  const auto child = Shell("i=0; while [ $i -lt " + std::to_string(kLines) + " ]; do echo \"$i " +
                           filler + "\"; i=$((i+1)); done");
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child->pid()), &info, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(loop_.Await(child->Wait()).ok());
  ASSERT_EQ(lines_.size(), static_cast<std::size_t>(kLines));
  for (int i = 0; i < kLines; ++i) {
    EXPECT_EQ(lines_.at(static_cast<std::size_t>(i)), std::to_string(i) + " " + filler);
  }
}

TEST_F(ChildProcessTest, GivesTheChildDefaultSignalsAndARaisedOomScore) {
  const auto previous = std::signal(SIGPIPE, SIG_IGN);
  sigset_t usr1;
  sigset_t old_mask;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, &old_mask);
  const auto child = Shell(
      "while read -r name value; do case $name in SigBlk:|SigIgn:) echo $name $value;; esac; done "
      "</proc/$$/status; read -r score </proc/$$/oom_score_adj; echo $score");
  pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
  std::signal(SIGPIPE, previous);
  EXPECT_TRUE(loop_.Await(child->Wait()).ok());
  EXPECT_THAT(lines_, ElementsAre("SigBlk: 0000000000000000", "SigIgn: 0000000000000000", "500"));
  std::ifstream own("/proc/self/oom_score_adj");
  int own_score = -1;
  own >> own_score;
  EXPECT_NE(own_score, 500);
}

TEST_F(ChildProcessTest, TerminatesWithSigterm) {
  const auto child =
      Shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done");
  while (lines_.empty()) loop_.io().run_one();
  EXPECT_EQ(loop_.Await(child->Terminate(10s)).Describe(), "exited with code 7");
  EXPECT_THAT(lines_, ElementsAre("ready", "bye"));
  EXPECT_EQ(loop_.Await(child->Terminate(10s)).Describe(), "exited with code 7");
}

TEST_F(ChildProcessTest, KillsAChildThatIgnoresSigterm) {
  const auto child = Shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  while (lines_.empty()) loop_.io().run_one();
  EXPECT_EQ(loop_.Await(child->Terminate(50ms)).Describe(), "killed by signal 9 (SIGKILL)");
}

TEST_F(ChildProcessTest, KillsAndReapsWhenDestroyed) {
  auto child = Shell("exec sleep 1000");
  const auto waiting = loop_.Start(child->Wait());
  loop_.io().poll();
  const int pid = child->pid();
  ASSERT_TRUE(Exists(pid));
  child.reset();
  EXPECT_EQ(loop_.Await(waiting).Describe(), "killed by signal 9 (SIGKILL)");
  EXPECT_FALSE(Exists(pid));
}

/// A byte that waits to be read by a registered descriptor.
struct Readable {
  explicit Readable(const boost::asio::any_io_executor& executor) : socket(executor) {
    std::array<int, 2> pair{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    socket.assign(pair[0]);
    peer = UniqueFd(pair[1]);
  }

  void MakeReady() const { EXPECT_EQ(write(peer.get(), "x", 1), 1); }

  boost::asio::posix::stream_descriptor socket;
  UniqueFd peer;
  char byte = 0;
};

TEST_F(ChildProcessTest, TakesNoOtherDescriptorsEventForTheEndOfTheChild) {
  // Two descriptors become readable in one turn of the reactor. The first one's handler closes the
  // second, whose event is under way, and starts a child: Asio gives the pidfd the record of the
  // closed descriptor and with it that event.
  Readable first(loop_.executor());
  Readable second(loop_.executor());
  std::unique_ptr<ChildProcess> child;
  first.socket.async_read_some(boost::asio::buffer(&first.byte, 1), [&](auto, auto) {
    second.socket.close();
    child = Shell("exec sleep 1000");
  });
  second.socket.async_read_some(boost::asio::buffer(&second.byte, 1), [](auto, auto) {});
  loop_.io().poll();
  first.MakeReady();
  second.MakeReady();
  loop_.io().poll();
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->exit_status());
  EXPECT_TRUE(Exists(child->pid()));

  child->Kill();
  EXPECT_EQ(loop_.Await(child->Wait()).Describe(), "killed by signal 9 (SIGKILL)");
}

TEST_F(ChildProcessTest, SaysWhyAProgramCannotBeStarted) {
  ChildProcess::SpawnOptions options;
  options.path = "/nowhere/ingress";
  const auto child = ChildProcess::Spawn(loop_.executor(), std::move(options));
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kInternal);
  EXPECT_EQ(child.error().context, "spawn: exec /nowhere/ingress: No such file or directory");
  loop_.io().restart();
  EXPECT_GE(loop_.io().run_for(20s), 0U);        // until the child that failed is reaped
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // ECHILD: nothing was left behind
}

/// In a process of its own: spawns a child, tells its pid, and dies without cleaning up.
[[noreturn]] void SpawnAndDie(int report, int go) {
  boost::asio::io_context io;
  ChildProcess::SpawnOptions options;
  options.path = "/bin/sleep";
  options.args = {"1000"};
  const auto child = ChildProcess::Spawn(io.get_executor(), std::move(options));
  const int pid = child ? (*child)->pid() : -1;
  char byte = 0;
  if (write(report, &pid, sizeof(pid)) != sizeof(pid) || read(go, &byte, 1) < 0) _exit(1);
  _exit(0);
}

TEST_F(ChildProcessTest, LetsNoChildOutliveItsParent) {
  std::array<int, 2> report{};
  std::array<int, 2> go{};
  ASSERT_EQ(pipe2(report.data(), O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(go.data(), O_CLOEXEC), 0);
  const pid_t parent = fork();
  if (parent == 0) SpawnAndDie(report[1], go[0]);
  int pid = -1;
  ASSERT_EQ(read(report[0], &pid, sizeof(pid)), static_cast<ssize_t>(sizeof(pid)));
  ASSERT_GT(pid, 0);
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  ASSERT_TRUE(pidfd);

  pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&ended, 1, 0), 0) << "the child ended too early";
  ASSERT_EQ(write(go[1], "x", 1), 1);
  EXPECT_EQ(waitpid(parent, nullptr, 0), parent);
  EXPECT_EQ(poll(&ended, 1, 20'000), 1) << "the child outlived its parent";
  for (const int fd : {report[0], report[1], go[0], go[1]}) close(fd);
}

}  // namespace
}  // namespace ingress::ipc
