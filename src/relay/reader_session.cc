#include "relay/reader_session.h"

#include <array>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <string_view>
#include <utility>

#include "flv/stream_writer.h"
#include "net/address_group.h"
#include "net/await.h"
#include "net/deadline.h"
#include "net/task_scope.h"
#include "relay/request.h"

namespace ingress::relay {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using net::kAwait;

constexpr std::size_t kMaxRequestHeader = 8 * 1024;  // bytes
constexpr std::size_t kBatchBytes = 64 * 1024;       // of payload in one gathering write

// A reader has no more to say once it has asked; who sends more than this is cut.
constexpr std::size_t kMaxStrayBytes = 64 * 1024;

// How long a reader may take to see the end and close, so that no reset destroys the last bytes.
constexpr std::chrono::seconds kLinger{2};

constexpr std::string_view kStreamHead =
    " 200 OK\r\nContent-Type: video/x-flv\r\nCache-Control: no-store\r\nConnection: close\r\n";

std::string StatusOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kTimeout:
      return "408 Request Timeout";
    case ErrorCode::kLimitExceeded:
      return "431 Request Header Fields Too Large";
    case ErrorCode::kNotFound:
      return "404 Not Found";
    default:
      return "400 Bad Request";
  }
}

/// Waits until `socket` takes bytes again.
asio::awaitable<Result<void>> AwaitWritable(asio::ip::tcp::socket& socket) {
  const auto [ec] = co_await socket.async_wait(asio::ip::tcp::socket::wait_write, kAwait);
  if (ec) co_return Fail(ErrorCode::kClosed, ec.message());
  co_return Result<void>{};
}

asio::awaitable<Result<void>> WriteText(asio::ip::tcp::socket& socket, std::string text) {
  const auto [ec, size] = co_await asio::async_write(socket, asio::buffer(text), kAwait);
  if (ec) co_return Fail(ErrorCode::kClosed, ec.message());
  co_return Result<void>{};
}

}  // namespace

struct ReaderSession::Head {
  http::verb method = http::verb::unknown;
  std::string target;
  bool chunked = true;  // HTTP/1.1
};

ReaderSession::ReaderSession(asio::ip::tcp::socket socket, std::shared_ptr<Registry> registry,
                             Deadlines deadlines, net::StepThrottle* throttle,
                             std::function<void()> on_token)
    : socket_(std::move(socket)),
      registry_(std::move(registry)),
      deadlines_(deadlines),
      throttle_(throttle),
      on_token_(std::move(on_token)) {}

asio::awaitable<void> ReaderSession::Run() {
  Result<Head> head = co_await net::WithDeadline(deadlines_.request, ReadHead(), "request");
  if (head) {
    co_await Answer(std::move(*head));
  } else if (head.error().code != ErrorCode::kClosed) {
    co_await Refuse(StatusOf(head.error()));
  }
  Close();
}

void ReaderSession::Close() {
  if (closed_) return;
  closed_ = true;
  changed_.Notify();
  if (feed_goes_on_) feed_goes_on_->Notify();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<Result<ReaderSession::Head>> ReaderSession::ReadHead() {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMaxRequestHeader);
  boost::beast::flat_buffer buffer(2 * kMaxRequestHeader);
  const auto [ec, size] = co_await http::async_read_header(socket_, buffer, parser, kAwait);
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    co_return Fail(ErrorCode::kLimitExceeded, "request header");
  }
  if (ec.category() == http::make_error_code(http::error::bad_method).category() &&
      ec != http::error::end_of_stream && ec != http::error::partial_message) {
    co_return Fail(ErrorCode::kMalformed, "request: " + ec.message());
  }
  if (ec) co_return Fail(ErrorCode::kClosed, "request: " + ec.message());
  Head head{.method = parser.get().method(),
            .target = std::string(parser.get().target()),
            .chunked = parser.get().version() >= 11};
  co_return head;
}

asio::awaitable<void> ReaderSession::Answer(Head head) {
  const Result<Request> request = ParseTarget(head.target);
  if (!request) co_return co_await Refuse(StatusOf(request.error()));
  if (head.method != http::verb::get) co_return co_await Refuse("405 Method Not Allowed");

  const std::shared_ptr<FeedState> feed = registry_->Find(request->resource_id);
  if (!feed) co_return co_await Refuse("404 Not Found");
  if (!TokenMatches(request->token, feed->token())) co_return co_await Refuse("403 Forbidden");
  on_token_();

  // What ended is kept for the handler that has not come yet, not told again to others. Where
  // more may follow, the handler waits for it.
  const Generation& generation = *feed->generation();
  const bool kept = generation.buffer.main_unclaimed() && !request->tap;
  const bool waits = feed->paused() && !request->tap;
  if (generation.ended && !kept && !waits) co_return co_await Refuse("404 Not Found");
  co_await Stream(feed, !request->tap, head.chunked);
}

/// Many of those who have no token ask, or are late, in one moment.
asio::awaitable<void> ReaderSession::AwaitTurn() {
  if (throttle_ == nullptr) co_return;
  boost::system::error_code gone;
  const auto remote = socket_.remote_endpoint(gone);
  if (gone) co_return;
  net::StepThrottle::Waiter turn(*throttle_, net::AddressGroup(remote.address()));
  co_await turn.Begin();
}

asio::awaitable<void> ReaderSession::Refuse(std::string status) {
  co_await AwaitTurn();
  std::string reply = "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n";
  if (status.starts_with("405")) reply += "Allow: GET\r\n";
  reply += "\r\n";
  const Result<void> written =
      co_await net::WithDeadline(deadlines_.write, WriteText(socket_, std::move(reply)), "reply");
  if (!written || closed_) co_return;
  net::TaskScope scope(socket_.get_executor());
  scope.Spawn(WatchPeer());
  co_await Linger();
  Close();
  co_await scope.Join();
}

asio::awaitable<void> ReaderSession::Stream(std::shared_ptr<FeedState> feed, bool may_be_main,
                                            bool chunked) {
  net::TaskScope scope(socket_.get_executor());
  scope.Spawn(WatchPeer());
  const Result<void> written = co_await WriteAll(feed, may_be_main, chunked);
  if (written) co_await Linger();
  Close();
  co_await scope.Join();
}

asio::awaitable<Result<void>> ReaderSession::WriteAll(std::shared_ptr<FeedState> feed,
                                                      bool may_be_main, bool chunked) {
  std::shared_ptr<Generation> generation = feed->generation();
  std::optional<Buffer::ReaderId> reader;
  const auto attach = [&] {
    reader = generation->buffer.Attach(may_be_main);
    generation->listeners.insert(this);
  };
  const bool waits = generation->ended && !generation->buffer.main_unclaimed();
  if (!waits) attach();
  Result<void> written = co_await WriteHead(chunked);
  if (waits && written) {
    written = co_await AwaitGeneration(*feed);
    if (feed->generation() == generation) {
      BodyBatch end(chunked);
      end.AssignEnd();
      if (written) written = co_await Write(end);
      co_return written;
    }
    generation = feed->generation();
    attach();
  }
  if (written) written = co_await WriteBody(generation, *reader, chunked);
  generation->listeners.erase(this);
  generation->buffer.Detach(*reader);
  co_return written;
}

/// Returns when the encoder is back, or nobody waits for it any more.
asio::awaitable<Result<void>> ReaderSession::AwaitGeneration(FeedState& feed) {
  feed_goes_on_ = feed.resumed;
  co_await feed_goes_on_->WaitUntilTrue([&] { return !feed.paused() || closed_; });
  feed_goes_on_.reset();
  if (closed_) co_return Fail(ErrorCode::kClosed, "reader left");
  co_return Result<void>{};
}

asio::awaitable<Result<void>> ReaderSession::WriteHead(bool chunked) {
  boost::system::error_code ec;
  socket_.non_blocking(true, ec);
  std::string head = (chunked ? "HTTP/1.1" : "HTTP/1.0") + std::string(kStreamHead);
  head += chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n";
  Result<void> written =
      co_await net::WithDeadline(deadlines_.write, WriteText(socket_, std::move(head)), "head");
  if (!written) co_return written;
  BodyBatch batch(chunked);
  batch.Assign(flv::kFileHeader, {});
  co_return co_await Write(batch);
}

asio::awaitable<Result<void>> ReaderSession::WriteBody(std::shared_ptr<Generation> generation,
                                                       Buffer::ReaderId reader, bool chunked) {
  Body body{.generation = std::move(generation), .reader = reader, .batch = BodyBatch(chunked)};
  Result<void> written;
  while (written) {
    if (!body.batch.done() || Fill(body)) {
      written = co_await Write(body.batch);
    } else if (body.generation->ended) {
      body.batch.AssignEnd();
      co_return co_await Write(body.batch);
    } else {
      body.batch.Clear();  // lets go of the last payloads
      waiting_ = &body;
      co_await changed_.WaitUntil(TimePoint::max());
      waiting_ = nullptr;
      if (closed_) co_return Fail(ErrorCode::kClosed, "reader left");
    }
  }
  co_return written;
}

/// Writes right here what the kernel takes: the way of a tag through the service ends within the
/// read that brought it. What is left, errors and the end are for WriteBody().
void ReaderSession::OnReadable() {
  if (waiting_ == nullptr || closed_) return;
  while (waiting_->batch.done() && Fill(*waiting_)) {
    while (!waiting_->batch.done() && !WriteSome(waiting_->batch)) {
    }
  }
  if (!waiting_->batch.done() || waiting_->generation->ended) changed_.Notify();
}

/// Puts the next tags into the batch, if there are any.
bool ReaderSession::Fill(Body& body) {
  std::vector<SharedTag> tags =
      body.generation->buffer.Take(body.reader, kBatchBytes, BodyBatch::kMaxTags);
  if (tags.empty()) return false;
  body.batch.Assign({}, std::move(tags));
  return true;
}

boost::system::error_code ReaderSession::WriteSome(BodyBatch& batch) {
  boost::system::error_code ec;
  const std::size_t size = socket_.write_some(batch.remaining(), ec);
  if (!ec) batch.Consume(size);
  return ec;
}

asio::awaitable<Result<void>> ReaderSession::Write(BodyBatch& batch) {
  while (!batch.done()) {
    if (closed_) co_return Fail(ErrorCode::kClosed, "reader left");
    const boost::system::error_code ec = WriteSome(batch);
    if (!ec) continue;
    if (ec != asio::error::would_block) co_return Fail(ErrorCode::kClosed, ec.message());
    const Result<void> writable =
        co_await net::WithDeadline(deadlines_.write, AwaitWritable(socket_), "write to reader");
    if (!writable) co_return writable;
  }
  co_return Result<void>{};
}

/// Notices that the peer has gone even while there is nothing to write.
asio::awaitable<void> ReaderSession::WatchPeer() {
  std::array<std::uint8_t, 512> stray;
  std::size_t total = 0;
  while (!closed_ && total < kMaxStrayBytes) {
    const auto [ec, size] = co_await socket_.async_read_some(asio::buffer(stray), kAwait);
    if (ec) break;
    total += size;
  }
  Close();
}

asio::awaitable<void> ReaderSession::Linger() {
  if (closed_) co_return;
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  co_await changed_.WaitFor(kLinger);
}

}  // namespace ingress::relay
