#include "rtmp/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "net/event.h"
#include "net/task_scope.h"
#include "rtmp/session.h"

namespace ingress::rtmp {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadBufferSize = std::size_t{64} * 1024;
constexpr std::size_t kStrangerReadSize = 4096;  // in a step, until a key is accepted
/// What a stranger may send on while it is told why it has to go.
constexpr std::size_t kMaxStrangerLinger = std::size_t{256} * 1024;
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
  Impl(std::unique_ptr<net::ByteStream> stream, const Peer& peer, PublishSink& sink,
       net::StepThrottle& throttle, ConnectionLimits limits)
      : stream_(std::move(stream)),
        peer_(peer.name),
        sink_(sink),
        read_turn_(throttle, peer.address),
        deadline_turn_(throttle, peer.address),
        session_(limits, Clock::now()),
        drained_(!stream_->may_hold_input()) {
    ResizeBuffer(kStrangerReadSize);
  }

  asio::awaitable<Result<void>> Run();
  void Close(std::string_view code, std::string_view description);
  void Abort();
  void SetBatchInterval(std::chrono::milliseconds interval);

 private:
  using Transfer = net::ByteStream::Transfer;
  using Step = net::StepThrottle::Step;

  asio::awaitable<void> ReadUntilStopped();
  asio::awaitable<void> ReadAsStranger();
  asio::awaitable<void> ReadAsEncoder();
  asio::awaitable<Transfer> ReadInTurn(std::optional<Step>& step);
  asio::awaitable<Transfer> Read();
  asio::awaitable<Transfer> ReadGathered();
  void ApplyBatchInterval();
  asio::awaitable<void> WatchDeadlines();
  void OnDeadline();
  asio::awaitable<void> Decide(PublishRequest request);
  error_code WriteNow();
  asio::awaitable<void> Flush();
  asio::awaitable<void> Linger();
  void CloseStream();
  void Take(const Transfer& transfer);
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
  net::StepThrottle::Waiter read_turn_;  // of a stranger, as is the next
  net::StepThrottle::Waiter deadline_turn_;
  Session session_;
  bool drained_;                     // the stream has no more input until it says so
  net::TaskScope* scope_ = nullptr;  // of Run(), while it runs
  net::Event deadline_moved_;
  TimePoint armed_until_ = TimePoint::max();
  std::chrono::milliseconds batch_interval_{0};   // at which media is read
  std::chrono::milliseconds wanted_interval_{0};  // from the next read on
  bool more_gathered_ = false;                    // than one read takes
  net::Event changed_;                            // a decision, a write that is over, the end
  std::unique_ptr<std::uint8_t[]> buffer_;  // left uninitialised: idle connections touch no pages
  std::size_t buffer_size_ = 0;
  Bytes unwritten_;          // of what the session has said
  std::size_t written_ = 0;  // of that
  bool writing_ = false;
  bool delivering_ = false;
  bool stopping_ = false;
  bool lingers_ = true;  // see Refusal
  bool ended_ = false;   // Run() is done, the watcher goes
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
  deadline_turn_.Cancel();
  co_await scope.Join();  // a decision may still come, and with it the end of what it accepted
  scope_ = nullptr;
  co_return outcome_;
}

asio::awaitable<void> Connection::Impl::ReadUntilStopped() {
  while (!stopping_) {
    if (!session_.wants_input()) {
      co_await changed_.WaitUntil(TimePoint::max());
    } else if (session_.key_accepted()) {
      co_await ReadAsEncoder();
    } else {
      co_await ReadAsStranger();
    }
  }
}

/// One read, and all that comes of it: a step.
asio::awaitable<void> Connection::Impl::ReadAsStranger() {
  std::optional<Step> step;
  Take(co_await ReadInTurn(step));
}

asio::awaitable<net::ByteStream::Transfer> Connection::Impl::ReadInTurn(std::optional<Step>& step) {
  if (drained_) {
    if (const error_code error = co_await stream_->AwaitInput()) co_return Transfer{.error = error};
  }
  auto turn = co_await read_turn_.Begin();
  if (!turn) co_return Transfer{.error = asio::error::operation_aborted};
  step.emplace(std::move(*turn));
  const Transfer transfer = stream_->ReadNow(buffer());
  drained_ = transfer.size < buffer_size_;
  co_return transfer;
}

/// Whoever sends faster than we read must not keep the thread.
asio::awaitable<void> Connection::Impl::ReadAsEncoder() {
  const Transfer transfer = co_await Read();
  Take(transfer);
  if (transfer.size == buffer_size_) co_await asio::post(stream_->executor(), asio::use_awaitable);
}

void Connection::Impl::Take(const Transfer& transfer) {
  const auto& [error, size] = transfer;
  if (stopping_ || error == asio::error::would_block || error == asio::error::operation_aborted) {
    return;
  }
  if (error == asio::error::message_size) {
    return Stop(Fail(ErrorCode::kLimitExceeded, "too many encrypted bytes before a publish"));
  }
  if (error) {
    const bool orderly = error == asio::error::eof;
    return Stop(session_.OnDisconnected(orderly ? std::string() : error.message()));
  }
  auto received = session_.Receive({buffer_.get(), size}, Clock::now());
  if (!received || session_.finished()) Stop(std::move(received));
  DeliverEvents();
  sink_.OnReadDone();
  RearmDeadline();
  // A peer that never reads must not keep us from reading its media.
  if (!writing_ && WriteNow()) scope_->Spawn(Flush());
  ReportBuffered();
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
  while (!ended_ && (!stopping_ || stream_->is_open())) {
    armed_until_ = NextDeadline().value_or(TimePoint::max());
    co_await deadline_moved_.WaitUntil(armed_until_);
    if (ended_ || Clock::now() < NextDeadline().value_or(TimePoint::max())) continue;
    if (session_.key_accepted()) {
      OnDeadline();
      continue;
    }
    // Strangers that have come together are late together.
    const auto step = co_await deadline_turn_.Begin();
    if (step && !ended_) OnDeadline();
  }
}

/// Without effect when the deadline has moved.
void Connection::Impl::OnDeadline() {
  const TimePoint now = Clock::now();
  if (stopping_) {
    // Also ends a write that the peer does not let go through.
    if (now >= close_deadline_) CloseStream();
    return;
  }
  auto outcome = session_.OnDeadline(now);
  if (!outcome || session_.finished()) Stop(std::move(outcome));
}

asio::awaitable<void> Connection::Impl::Decide(PublishRequest request) {
  const auto decision = co_await sink_.OnPublish(std::move(request));
  if (decision) {
    session_.AcceptPublish(Clock::now());
    // From here on it reads as an encoder.
    stream_->CancelRead();
    read_turn_.Cancel();
    // What was put aside meanwhile.
    if (auto received = session_.Receive({}, Clock::now()); !received || session_.finished()) {
      Stop(std::move(received));
    }
  } else {
    lingers_ = decision.error().linger;
    session_.RefusePublish(decision.error());
    if (session_.finished()) Stop({});
  }
  changed_.Notify();
  DeliverEvents();
  RearmDeadline();
  co_await Flush();
}

/// Writes output, in order, as far as that goes without waiting. An error is would_block, or the
/// end.
error_code Connection::Impl::WriteNow() {
  while (stream_->is_open()) {
    if (written_ == unwritten_.size()) {
      written_ = 0;
      unwritten_ = session_.TakeOutput();
      if (unwritten_.empty()) break;
    }
    const Transfer transfer = stream_->WriteNow(asio::buffer(unwritten_) + written_);
    if (transfer.error) return transfer.error;
    written_ += transfer.size;
  }
  return {};
}

/// Writes all output. While one coroutine does that, the others leave their output to it.
asio::awaitable<void> Connection::Impl::Flush() {
  if (writing_) co_return;
  writing_ = true;
  error_code error = WriteNow();
  while (error == asio::error::would_block) {
    error = co_await stream_->AwaitOutput();
    if (!error) error = WriteNow();
  }
  if (error && !stopping_) Stop(session_.OnDisconnected(error.message()));
  writing_ = false;
  changed_.Notify();
  ReportBuffered();
}

void Connection::Impl::ReportBuffered() {
  if (!session_.key_accepted()) sink_.OnBuffered(session_.buffered_bytes() + unwritten_.capacity());
}

void Connection::Impl::ResizeBuffer(std::size_t size) {
  buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(size);
  buffer_size_ = size;
}

/// Sends our end and waits a moment for the peer's. Closing with unread input would send a reset,
/// and that can overtake the onStatus which tells the encoder what was wrong. A stranger that goes
/// on and on does not listen.
asio::awaitable<void> Connection::Impl::Linger() {
  const bool stranger = !session_.key_accepted();
  std::size_t left = stranger ? kMaxStrangerLinger : std::numeric_limits<std::size_t>::max();
  error_code error = stream_->EndWriting();
  while (!error && lingers_ && left > 0 && stream_->is_open()) {
    std::optional<Step> step;
    const Transfer transfer =
        stranger ? co_await ReadInTurn(step) : co_await stream_->Read(buffer());
    if (transfer.error != asio::error::would_block) error = transfer.error;
    left -= std::min(left, transfer.size);
  }
  CloseStream();
}

/// Ends all that waits for the stream.
void Connection::Impl::CloseStream() {
  stream_->Close();
  read_turn_.Cancel();
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
  read_turn_.Cancel();
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
  read_turn_.Cancel();
  changed_.Notify();
}

Connection::Connection(std::unique_ptr<net::ByteStream> stream, const Peer& peer, PublishSink& sink,
                       net::StepThrottle& throttle, ConnectionLimits limits)
    : impl_(std::make_shared<Impl>(std::move(stream), peer, sink, throttle, limits)) {}

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
