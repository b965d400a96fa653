#include "rtmp/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cstddef>
#include <utility>

#include "net/event.h"
#include "net/task_scope.h"
#include "rtmp/session.h"

namespace ingress::rtmp {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadBufferSize = std::size_t{64} * 1024;
constexpr std::size_t kStrangerReadSize = 4096;  // until a key is accepted
/// The most that may gather between two batches.
constexpr int kGathered = 32 * 1024;            // bytes
constexpr std::chrono::seconds kCloseLimit{1};  // for the last write and the peer's own close

}  // namespace

/// Three coroutines share the session, all on the connection's executor: Run() reads,
/// WatchDeadlines() waits for the next deadline, Decide() waits for the sink. Whoever makes output
/// calls Flush(). Stop() makes Run() leave its loop; from then on the one deadline is that of
/// closing.
class Connection::Impl {
 public:
  Impl(std::unique_ptr<net::ByteStream> stream, std::string peer, PublishSink& sink,
       ConnectionLimits limits)
      : stream_(std::move(stream)),
        peer_(std::move(peer)),
        sink_(sink),
        session_(limits, Clock::now()) {
    ResizeBuffer(kStrangerReadSize);
  }

  asio::awaitable<Result<void>> Run();
  void Close(std::string_view code, std::string_view description);
  void Abort();
  void SetBatchInterval(std::chrono::milliseconds interval);

 private:
  using Transfer = net::ByteStream::Transfer;

  asio::awaitable<void> ReadUntilStopped();
  asio::awaitable<Transfer> Read();
  asio::awaitable<Transfer> ReadGathered();
  void ApplyBatchInterval();
  asio::awaitable<void> WatchDeadlines();
  asio::awaitable<void> Decide(PublishRequest request);
  asio::awaitable<void> Flush();
  asio::awaitable<void> Linger();
  void DeliverEvents();
  void Deliver(PublishRequest request);
  void Deliver(MediaMessage message) { sink_.OnMedia(std::move(message)); }
  void Deliver(ProtocolNotice notice) { sink_.OnNotice(std::move(notice)); }
  void Deliver(PublishEnd end) { sink_.OnEnd(std::move(end)); }
  void Stop(Result<void> outcome);
  void ReportBuffered();
  void ResizeBuffer(std::size_t size);
  std::optional<TimePoint> NextDeadline() const;
  void RearmDeadline();

  asio::mutable_buffer buffer() { return asio::buffer(buffer_.get(), buffer_size_); }

  std::unique_ptr<net::ByteStream> stream_;
  std::string peer_;
  PublishSink& sink_;
  Session session_;
  net::TaskScope* scope_ = nullptr;  // of Run(), while it runs
  net::Event deadline_moved_;
  TimePoint armed_until_ = TimePoint::max();
  std::chrono::milliseconds batch_interval_{0};   // at which media is read
  std::chrono::milliseconds wanted_interval_{0};  // from the next read on
  bool more_gathered_ = false;                    // than one read takes
  net::Event changed_;                            // a decision, a write that is over, the end
  std::unique_ptr<std::uint8_t[]> buffer_;  // left uninitialised: idle connections touch no pages
  std::size_t buffer_size_ = 0;
  std::size_t in_write_ = 0;  // bytes
  bool writing_ = false;
  bool delivering_ = false;
  bool stopping_ = false;
  bool ended_ = false;  // Run() is done, the watcher goes
  Result<void> outcome_;
  TimePoint close_deadline_;
};

asio::awaitable<Result<void>> Connection::Impl::Run() {
  net::TaskScope scope(stream_->executor());
  scope_ = &scope;
  scope.Spawn(WatchDeadlines());

  if (!stopping_) co_await ReadUntilStopped();
  DeliverEvents();
  co_await Flush();
  co_await changed_.WaitUntilTrue([this] { return !writing_; });
  co_await Linger();

  ended_ = true;
  deadline_moved_.Notify();
  co_await scope.Join();  // a decision may still come, and with it the end of what it accepted
  scope_ = nullptr;
  co_return outcome_;
}

asio::awaitable<void> Connection::Impl::ReadUntilStopped() {
  while (!stopping_) {
    if (!session_.wants_input()) {
      co_await changed_.WaitUntil(TimePoint::max());
      continue;
    }
    const auto [error, size] = co_await Read();
    if (stopping_) co_return;
    if (error == asio::error::would_block) continue;  // nothing has gathered
    if (error == asio::error::message_size) {
      Stop(Fail(ErrorCode::kLimitExceeded, "too many encrypted bytes before a publish"));
      co_return;
    }
    if (error) {
      const bool orderly = error == asio::error::eof;
      Stop(session_.OnDisconnected(orderly ? std::string() : error.message()));
      co_return;
    }
    auto received = session_.Receive({buffer_.get(), size}, Clock::now());
    if (!received || session_.finished()) Stop(std::move(received));
    DeliverEvents();
    sink_.OnReadDone();
    RearmDeadline();
    // A peer that never reads must not keep us from reading its media.
    if (session_.has_output() && !writing_) scope_->Spawn(Flush());
    ReportBuffered();
  }
}

asio::awaitable<net::ByteStream::Transfer> Connection::Impl::Read() {
  if (session_.key_accepted() && buffer_size_ < kReadBufferSize) {
    ResizeBuffer(kReadBufferSize);
    stream_->LiftLimit();
  }
  if (batch_interval_ != wanted_interval_) ApplyBatchInterval();
  if (batch_interval_.count() > 0) co_return co_await ReadGathered();
  co_return co_await stream_->Read(buffer());
}

void Connection::Impl::SetBatchInterval(std::chrono::milliseconds interval) {
  wanted_interval_ = interval;
  changed_.Notify();
}

void Connection::Impl::ApplyBatchInterval() {
  const bool gathers = wanted_interval_.count() > 0;
  // Without it each segment that arrives wakes the thread, whether somebody reads or not.
  if (gathers != batch_interval_.count() > 0) stream_->SetReadWatermark(gathers ? kGathered : 1);
  batch_interval_ = wanted_interval_;
  sink_.OnBatchInterval(batch_interval_);
}

/// Reads what there is at the next multiple of the batch interval. All connections read at the same
/// times, so that the thread wakes up once for all of them.
asio::awaitable<net::ByteStream::Transfer> Connection::Impl::ReadGathered() {
  if (!more_gathered_) {
    const auto now = Clock::now().time_since_epoch();
    const TimePoint next(now - now % batch_interval_ + batch_interval_);
    while (!stopping_ && wanted_interval_ == batch_interval_ && Clock::now() < next) {
      co_await changed_.WaitUntil(next);
    }
  }
  const Transfer transfer = stream_->ReadNow(buffer());
  more_gathered_ = transfer.size == buffer_size_;
  co_return transfer;
}

asio::awaitable<void> Connection::Impl::WatchDeadlines() {
  while (!ended_) {
    armed_until_ = NextDeadline().value_or(TimePoint::max());
    co_await deadline_moved_.WaitUntil(armed_until_);
    const TimePoint now = Clock::now();
    if (ended_) co_return;
    if (stopping_) {
      // Also ends a write that the peer does not let go through.
      if (now >= close_deadline_) stream_->Close();
      if (!stream_->is_open()) co_return;
      continue;
    }
    auto outcome = session_.OnDeadline(now);
    if (!outcome || session_.finished()) Stop(std::move(outcome));
  }
}

asio::awaitable<void> Connection::Impl::Decide(PublishRequest request) {
  const auto decision = co_await sink_.OnPublish(std::move(request));
  if (decision) {
    session_.AcceptPublish(Clock::now());
    // What was put aside meanwhile.
    if (auto received = session_.Receive({}, Clock::now()); !received || session_.finished()) {
      Stop(std::move(received));
    }
  } else {
    session_.RefusePublish(decision.error());
    if (session_.finished()) Stop({});
  }
  changed_.Notify();
  DeliverEvents();
  RearmDeadline();
  co_await Flush();
}

/// Writes all output, in order. While one coroutine writes, the others leave their output to it.
asio::awaitable<void> Connection::Impl::Flush() {
  if (writing_) co_return;
  writing_ = true;
  while (session_.has_output() && stream_->is_open()) {
    const Bytes output = session_.TakeOutput();
    in_write_ = output.size();
    const error_code error = co_await stream_->Write(asio::buffer(output));
    in_write_ = 0;
    if (!error) continue;
    if (!stopping_) Stop(session_.OnDisconnected(error.message()));
    break;
  }
  writing_ = false;
  changed_.Notify();
  ReportBuffered();
}

void Connection::Impl::ReportBuffered() {
  if (!session_.key_accepted()) sink_.OnBuffered(session_.buffered_bytes() + in_write_);
}

void Connection::Impl::ResizeBuffer(std::size_t size) {
  buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(size);
  buffer_size_ = size;
}

/// Sends our end and waits a moment for the peer's. Closing with unread input would send a reset,
/// and that can overtake the onStatus which tells the encoder what was wrong.
asio::awaitable<void> Connection::Impl::Linger() {
  error_code error = stream_->EndWriting();
  while (!error && stream_->is_open()) error = (co_await stream_->Read(buffer())).error;
  stream_->Close();
}

void Connection::Impl::DeliverEvents() {
  if (delivering_) return;  // the sink called back in; the outer loop goes on
  delivering_ = true;
  for (auto events = session_.TakeEvents(); !events.empty(); events = session_.TakeEvents()) {
    for (Event& event : events) {
      std::visit([this](auto& content) { Deliver(std::move(content)); }, event);
    }
  }
  delivering_ = false;
}

void Connection::Impl::Deliver(PublishRequest request) {
  if (session_.finished()) {  // a protocol error right behind the request
    session_.RefusePublish({});
    return;
  }
  request.peer = peer_;
  scope_->Spawn(Decide(std::move(request)));
}

void Connection::Impl::Stop(Result<void> outcome) {
  if (stopping_) return;
  stopping_ = true;
  outcome_ = std::move(outcome);
  close_deadline_ = Clock::now() + kCloseLimit;
  stream_->CancelRead();
  changed_.Notify();
  RearmDeadline();
  sink_.OnClosing();
}

std::optional<TimePoint> Connection::Impl::NextDeadline() const {
  return stopping_ ? close_deadline_ : session_.NextDeadline();
}

/// Later deadlines are found when the old one has passed; only an earlier one needs the timer.
void Connection::Impl::RearmDeadline() {
  const auto deadline = NextDeadline();
  if (deadline && *deadline < armed_until_) deadline_moved_.Notify();
}

void Connection::Impl::Close(std::string_view code, std::string_view description) {
  session_.Close(code, description);
  Stop({});
}

/// With a reset, so that neither unsent bytes nor the state of a closed connection stay with us.
void Connection::Impl::Abort() {
  Close("NetConnection.Connect.Closed", "The server has no place left.");
  stream_->Abort();
  changed_.Notify();
}

Connection::Connection(std::unique_ptr<net::ByteStream> stream, std::string peer, PublishSink& sink,
                       ConnectionLimits limits)
    : impl_(std::make_shared<Impl>(std::move(stream), std::move(peer), sink, limits)) {}

Connection::~Connection() = default;

// NOLINTNEXTLINE(misc-coroutine-hostile-raii): the coroutine shares ownership on purpose
asio::awaitable<Result<void>> Connection::Run() {
  const auto impl = impl_;
  co_return co_await impl->Run();
}

void Connection::Close(std::string_view code, std::string_view description) {
  impl_->Close(code, description);
}

void Connection::Abort() { impl_->Abort(); }

void Connection::SetBatchInterval(std::chrono::milliseconds interval) {
  impl_->SetBatchInterval(interval);
}

}  // namespace ingress::rtmp
