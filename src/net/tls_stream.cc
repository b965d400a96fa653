#include "net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <new>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "net/await.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A client that sends records without content must not keep the loop from its other work.
constexpr std::size_t kMaxRawBytesPerRead = std::size_t{128} * 1024;
constexpr std::size_t kMaxRawBytesOfStranger = std::size_t{16} * 1024;  // about 1 ms of empty ones

/// The handshake's end in words, by OpenSSL's reason.
Error WordsFor(unsigned long code) {
  const char* text = ERR_reason_error_string(code);
  const std::string reason = text == nullptr ? "failed" : text;
  switch (ERR_GET_REASON(code)) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
      return {ErrorCode::kUnauthorized,
              "TLS: the client does not accept the certificate (" + reason + ")"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_UNKNOWN_PROTOCOL:
      return {ErrorCode::kUnsupported, "TLS: the client offers no TLS 1.2 or newer"};
    case SSL_R_NO_SHARED_CIPHER:
      return {ErrorCode::kUnsupported, "TLS: no cipher in common with the client"};
    default:
      return {ErrorCode::kMalformed, "TLS: " + reason};
  }
}

}  // namespace

TlsStream::TlsStream(tcp::socket socket, std::shared_ptr<const TlsServer> server,
                     OnMemory on_memory)
    : ByteStream(std::move(socket)), server_(std::move(server)), on_memory_(std::move(on_memory)) {}

TlsStream::~TlsStream() = default;

const BIO_METHOD* TlsStream::SocketMethod() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_read_ex(method, Receive);
    BIO_meth_set_write_ex(method, Send);
    BIO_meth_set_ctrl(
        method, [](BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1L : 0L; });
    return method;
  }();
  return kMethod;
}

int TlsStream::Receive(BIO* bio, char* data, std::size_t size, std::size_t* received) {
  BIO_clear_retry_flags(bio);
  const Transfer transfer = static_cast<TlsStream*>(BIO_get_data(bio))->ReceiveFor(bio, data, size);
  *received = transfer.size;
  return transfer.error ? 0 : 1;
}

ByteStream::Transfer TlsStream::ReceiveFor(BIO* bio, char* data, std::size_t size) {
  if (const std::size_t taken = TakeOfHello(data, size); taken > 0)
    return {.error = {}, .size = taken};
  if (budget_ == 0) {
    BIO_set_retry_read(bio);
    return {.error = asio::error::would_block};
  }
  Transfer transfer = ReceiveNow(socket().native_handle(), data, std::min(size, budget_));
  if (transfer.error == asio::error::would_block) {
    BIO_set_retry_read(bio);
  } else if (transfer.error) {
    broken_ = transfer.error;
  }
  if (transfer.error) return transfer;
  budget_ -= transfer.size;
  raw_bytes_ += transfer.size;
  if (!shaken_ && raw_bytes_ > kMaxHandshakeBytes) {
    refused_ = Fail(ErrorCode::kLimitExceeded, "the handshake is too long");
    transfer = {.error = asio::error::connection_aborted};
  } else if (shaken_ && stranger_ && raw_bytes_ > kMaxStrangerBytes) {
    broken_ = asio::error::message_size;
    transfer = {.error = broken_};
  }
  return transfer;
}

/// The bytes that were there before OpenSSL was.
std::size_t TlsStream::TakeOfHello(char* data, std::size_t size) {
  const ByteView rest = begin_.bytes().subspan(given_);
  const std::size_t taken = std::min(size, rest.size());
  if (taken == 0) return 0;
  std::copy_n(rest.begin(), taken, data);
  given_ += taken;
  if (taken < rest.size()) return taken;
  begin_.Forget();
  given_ = 0;
  return taken;
}

int TlsStream::Send(BIO* bio, const char* data, std::size_t size, std::size_t* sent) {
  BIO_clear_retry_flags(bio);
  auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  const Transfer transfer = SendNow(self.socket().native_handle(), data, size);
  if (transfer.error == asio::error::would_block) {
    BIO_set_retry_write(bio);
  } else if (transfer.error) {
    self.broken_ = transfer.error;
  }
  *sent = transfer.size;
  return transfer.error ? 0 : 1;
}

asio::awaitable<Result<void>> TlsStream::Handshake(StepThrottle& throttle, std::string source,
                                                   std::function<void()> on_begun) {
  using Rank = StepThrottle::Rank;
  StepThrottle::Waiter turn(throttle, std::move(source));
  Rank rank = Rank::kFirst;
  while (true) {
    const auto [cancelled] = co_await socket().async_wait(read_waits_for_, kAwait);
    if (cancelled) co_return Fail(ErrorCode::kClosed, "TLS: " + cancelled.message());
    const auto step = co_await turn.Begin(std::exchange(rank, Rank::kFirst));
    if (!step || !is_open()) co_return Fail(ErrorCode::kClosed, "TLS: given up before its turn");
    const bool begins = !ssl_;
    const Progress progress = Shake();
    if (progress == Progress::kFailed) co_return HandshakeFailure();
    const bool begun = begins && ssl_;
    if (begun) on_begun();  // it speaks TLS
    if (progress == Progress::kShaken) co_return Result<void>{};
    // When it answers it goes on before those who have not shown that, once.
    if (begun) rank = Rank::kBegun;
  }
}

/// One go at the handshake. OpenSSL's error queue stays.
TlsStream::Progress TlsStream::Shake() {
  if (!begin_.whole()) {
    if (const Progress hello = TakeHello(); hello != Progress::kShaken) return hello;
  }
  if (!ssl_) Begin();
  budget_ = kMaxRawBytesOfStranger;
  ERR_clear_error();
  const int result = SSL_accept(ssl_.get());
  if (result == 1) {
    shaken_ = true;
    raw_bytes_ = 0;
    on_memory_(kIdleMemory);
    return Progress::kShaken;
  }
  const int error = SSL_get_error(ssl_.get(), result);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return Progress::kFailed;
  read_waits_for_ = error == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write;
  return Progress::kWaits;
}

void TlsStream::Begin() {
  ssl_ = server_->NewConnection();
  server_.reset();
  BIO* bio = ssl_ ? BIO_new(SocketMethod()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it
  on_memory_(kHandshakeMemory);
}

/// Reads of the ClientHello what there is; kShaken: it is whole. A client that stalls within it
/// costs no more than what it has said.
TlsStream::Progress TlsStream::TakeHello() {
  const Transfer transfer = ReceiveHello();
  if (transfer.error && transfer.error != asio::error::would_block) broken_ = transfer.error;
  if (broken_ || !refused_) return Progress::kFailed;
  return begin_.whole() ? Progress::kShaken : Progress::kWaits;
}

ByteStream::Transfer TlsStream::ReceiveHello() {
  std::array<std::uint8_t, 4096> buffer;  // NOLINT(*-member-init): written by the socket
  const Transfer transfer = ReceiveNow(socket().native_handle(), buffer.data(), buffer.size());
  if (transfer.error) return transfer;
  raw_bytes_ += transfer.size;
  refused_ = begin_.Add(ByteView(buffer).first(transfer.size));
  on_memory_(begin_.memory());
  return transfer;
}

std::unexpected<Error> TlsStream::HandshakeFailure() {
  if (!refused_) return Wrap("TLS", refused_.error());
  if (broken_ == asio::error::eof && !begin_.first_byte()) {
    return Fail(ErrorCode::kClosed, std::string(kClosedWithoutAWord));
  }
  if (broken_) {
    return Fail(ErrorCode::kClosed,
                broken_ == asio::error::eof
                    ? "TLS: closed during the handshake; the client may not accept the certificate"
                    : "TLS: " + broken_.message());
  }
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  return std::unexpected(WordsFor(code));
}

ByteStream::Transfer TlsStream::ReadNow(asio::mutable_buffer buffer) {
  if (read_end_) return {.error = read_end_};
  budget_ = stranger_ ? kMaxRawBytesOfStranger : kMaxRawBytesPerRead;
  std::size_t total = 0;
  while (total < buffer.size()) {  // a record is less than that
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), static_cast<char*>(buffer.data()) + total,
                                   buffer.size() - total, &size);
    total += size;
    if (result == 1) continue;
    const error_code error = ErrorAfter(result, read_waits_for_);
    if (error != asio::error::would_block) read_end_ = error;
    if (total == 0) return {.error = error};
    break;  // the next read finds it again
  }
  return {.error = {}, .size = total};
}

/// Why a read or write of OpenSSL's has not gone on; would_block when waiting helps.
error_code TlsStream::ErrorAfter(int result, Wait& waits_for) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      waits_for = tcp::socket::wait_read;
      return asio::error::would_block;
    case SSL_ERROR_WANT_WRITE:
      waits_for = tcp::socket::wait_write;
      return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return asio::error::eof;
    default:
      break;
  }
  if (broken_) return broken_;
  const auto code = static_cast<int>(ERR_get_error());
  ERR_clear_error();
  if (code == 0) return asio::error::connection_aborted;
  return {code, asio::error::get_ssl_category()};
}

ByteStream::Transfer TlsStream::WriteNow(asio::const_buffer bytes) {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
  if (result == 1) return {.error = {}, .size = size};
  return {.error = ErrorAfter(result, write_waits_for_)};
}

void TlsStream::RenewLimit() {
  if (shaken_) raw_bytes_ = 0;
}

error_code TlsStream::EndWriting() {
  if (!broken_ && shaken_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // close_notify, where the socket takes it now
    ERR_clear_error();
  }
  error_code error;
  socket().shutdown(tcp::socket::shutdown_send, error);
  return error;
}

}  // namespace ingress::net
