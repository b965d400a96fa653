#include "net/deadline.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <stdexcept>

#include "net/await.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kSoon = 5ms;   // tests wait for it
constexpr auto kNever = 24h;  // tests never do

// Notes that a coroutine's frame is gone.
struct Witness {
  bool* gone;
  ~Witness() { *gone = true; }
};

asio::awaitable<int> Answer(int value) { co_return value; }

asio::awaitable<std::unique_ptr<int>> AnswerMoveOnly() { co_return std::make_unique<int>(7); }

asio::awaitable<int> Throw() {
  throw std::runtime_error("task broke");
  co_return 0;
}

asio::awaitable<int> WaitQuietly(bool& gone) {
  const Witness witness{&gone};
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, kNever);
  co_await timer.async_wait(kAwait);
  co_return 1;
}

asio::awaitable<int> WaitThrowing(bool& gone) {
  const Witness witness{&gone};
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, kNever);
  co_await timer.async_wait(asio::use_awaitable);
  co_return 1;
}

// Cancellation arrives in the first wait; the second must not block the deadline for ever.
asio::awaitable<int> WaitTwice(bool& gone) {
  co_await WaitQuietly(gone);
  co_return co_await WaitQuietly(gone);
}

asio::awaitable<Result<int>> Succeed() { co_return 5; }
asio::awaitable<Result<int>> FailItself() { co_return Fail(ErrorCode::kClosed, "peer left"); }
asio::awaitable<Result<void>> NeverDone(bool& gone) {
  co_await WaitQuietly(gone);
  co_return Result<void>{};
}

class DeadlineTest : public testing::Test {
 protected:
  // Runs `task` to its end and gives its result, or rethrows what it threw.
  template <typename T>
  T Run(asio::awaitable<T> task) {
    std::optional<T> result;
    std::exception_ptr thrown;
    asio::co_spawn(context_, std::move(task), [&](const std::exception_ptr& error, T value) {
      thrown = error;
      result = std::move(value);
    });
    context_.run();
    context_.restart();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
  }

  asio::io_context context_;
};

TEST_F(DeadlineTest, GivesTheValueOfATaskThatIsInTime) {
  EXPECT_EQ(Run(TryFor(kNever, Answer(42))), 42);
  EXPECT_EQ(*Run(TryFor(kNever, AnswerMoveOnly())).value(), 7);
}

TEST_F(DeadlineTest, IsEmptyWhenTimeRanOutAndTheTaskHasEndedByThen) {
  bool gone = false;
  EXPECT_FALSE(Run(TryFor(kSoon, WaitQuietly(gone))).has_value());
  EXPECT_TRUE(gone);
}

TEST_F(DeadlineTest, DropsTheExceptionThatItsCancellationCauses) {
  bool gone = false;
  EXPECT_FALSE(Run(TryFor(kSoon, WaitThrowing(gone))).has_value());
  EXPECT_TRUE(gone);
  EXPECT_FALSE(Run(TryFor(kSoon, WaitTwice(gone))).has_value());
}

TEST_F(DeadlineTest, PassesOnWhatTheTaskThrows) {
  EXPECT_THROW(Run(TryFor(kNever, Throw())), std::runtime_error);
}

TEST_F(DeadlineTest, TakesADeadlineThatIsAlreadyOver) {
  bool gone = false;
  EXPECT_FALSE(Run(TryFor(-1s, WaitQuietly(gone))).has_value());
  EXPECT_TRUE(gone);
}

TEST_F(DeadlineTest, NestedDeadlinesEndWithTheNearer) {
  bool gone = false;
  const auto outer_far = Run(TryFor(kNever, TryFor(kSoon, WaitQuietly(gone))));
  ASSERT_TRUE(outer_far.has_value());
  EXPECT_FALSE(outer_far->has_value());
  EXPECT_FALSE(Run(TryFor(kSoon, TryFor(kNever, WaitQuietly(gone)))).has_value());
}

TEST_F(DeadlineTest, ACancelledCallerEndsTheTask) {
  bool gone = false;
  bool done = false;
  asio::cancellation_signal signal;
  asio::co_spawn(context_, TryFor(kNever, WaitThrowing(gone)),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](const std::exception_ptr& error, std::optional<int>) {
                       done = true;
                       EXPECT_TRUE(error);  // what the task threw when it was cancelled
                     }));
  context_.poll();
  EXPECT_FALSE(done);
  signal.emit(asio::cancellation_type::terminal);
  context_.run();
  EXPECT_TRUE(done);
  EXPECT_TRUE(gone);
}

TEST_F(DeadlineTest, ACancelledCallerThatStillGetsAValueSeesIt) {
  bool gone = false;
  std::optional<int> value;
  asio::cancellation_signal signal;
  asio::co_spawn(context_, TryFor(kNever, WaitQuietly(gone)),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](const std::exception_ptr&, std::optional<int> result) {
                       value = result;
                     }));
  context_.poll();
  signal.emit(asio::cancellation_type::terminal);
  context_.run();
  EXPECT_EQ(value, 1);
}

asio::awaitable<std::size_t> ReadOne(asio::ip::tcp::socket& socket) {
  char byte = 0;
  auto [error, size] = co_await socket.async_read_some(asio::buffer(&byte, 1), kAwait);
  co_return size;
}

TEST_F(DeadlineTest, CancelsASocketReadAndLeavesTheSocketUsable) {
  using asio::ip::tcp;
  tcp::acceptor acceptor(context_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  tcp::socket client(context_);
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  EXPECT_FALSE(Run(TryFor(kSoon, ReadOne(client))).has_value());
  asio::write(server, asio::buffer("x", 1));
  EXPECT_EQ(Run(TryFor(kNever, ReadOne(client))), 1u);
}

TEST_F(DeadlineTest, SpeaksInResults) {
  EXPECT_EQ(Run(WithDeadline(kNever, Succeed(), "step")).value(), 5);
  const auto failed = Run(WithDeadline(kNever, FailItself(), "step"));
  EXPECT_EQ(failed.error().context, "peer left");
  bool gone = false;
  const auto late = Run(WithDeadline(kSoon, NeverDone(gone), "redis connect"));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(late.error().context, "redis connect: not done within 5 ms");
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace ingress::net
