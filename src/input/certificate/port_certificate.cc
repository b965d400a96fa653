#include "input/certificate/port_certificate.h"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/helper_thread.h"
#include "base/read_file.h"
#include "net/deadline.h"
#include "net/elsewhere.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kMaxFile = std::size_t{1024} * 1024;
constexpr auto kLookEvery = 2s;  // and a change is used after two looks
constexpr auto kWithin = 5s;     // for the disk

FileStamp StampOf(const std::string& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return {};
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = found.st_size,
          .modified = found.st_mtim.tv_sec * kNanoseconds + found.st_mtim.tv_nsec};
}

/// Text that is wiped when it goes, because it may be a key.
class Wiped {
 public:
  explicit Wiped(std::string text) : text_(std::move(text)) {}
  ~Wiped() { OPENSSL_cleanse(text_.data(), text_.size()); }
  Wiped(Wiped&& other) noexcept : text_(std::exchange(other.text_, {})) {}
  Wiped& operator=(Wiped&&) = delete;
  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

Result<Wiped> ReadWiped(const std::string& path) {
  Result<std::string> text = ReadFile(path, kMaxFile);
  if (!text) return Wrap(path, text.error());
  return Wiped(std::move(*text));
}

}  // namespace

CertificateValidity ValidityOf(const net::TlsServer& server) {
  return {.from = server.not_before(), .until = server.not_after()};
}

/// What one reading of the files has brought.
struct PortCertificate::Read {
  Stamps stamps;
  Result<std::shared_ptr<const net::TlsServer>> server;
};

PortCertificate::PortCertificate(Files files, std::string port, prometheus::Gauge& valid_until,
                                 const observability::Logger& logger)
    : files_(std::move(files)),
      port_(std::move(port)),
      logger_(logger),
      valid_until_(valid_until) {}

std::string PortCertificate::OldOneStays() const {
  return "the new certificate of the " + port_ + " is not used, the old one stays";
}

PortCertificate::Stamps PortCertificate::Look(const Files& files) {
  return {StampOf(files.certificate), StampOf(files.key)};
}

Result<std::shared_ptr<const net::TlsServer>> PortCertificate::ReadFiles(const Files& files) {
  const auto certificate = ReadWiped(files.certificate);
  if (!certificate) return std::unexpected(certificate.error());
  const auto key = ReadWiped(files.key);
  if (!key) return std::unexpected(key.error());
  auto server = net::TlsServer::Make(certificate->text(), key->text());
  if (!server) return Wrap(files.certificate + " and " + files.key, std::move(server.error()));
  return server;
}

PortCertificate::Read PortCertificate::ReadAll(const Files& files) {
  // Looked at first: what changes meanwhile is another change.
  const Stamps stamps = Look(files);
  return {.stamps = stamps, .server = ReadFiles(files)};
}

Result<void> PortCertificate::Use(const Read& read) {
  waiting_.reset();
  if (!read.server) return std::unexpected(read.server.error());
  const auto& fresh = *read.server;
  if (!server_) {
    Show(fresh);
    return {};
  }
  const std::string why = WhyKeep(ValidityOf(*server_), ValidityOf(*fresh), WallClock::now());
  if (why.empty()) {
    Show(fresh);
    return {};
  }
  waiting_ = fresh;
  const bool later = fresh->not_before() > WallClock::now();
  logger_.Warn(OldOneStays(),
               {{"file", files_.certificate},
                {"error", "the new one is " + why},
                {"validUntil", DateOf(server_->not_after())},
                {"remedy", later ? "set this node's clock by NTP if that day has come; the new one "
                                   "is used from then on"
                                 : "put a certificate there that is valid now"}});
  return {};
}

void PortCertificate::Show(std::shared_ptr<const net::TlsServer> server) {
  server_ = std::move(server);
  const auto until = server_->not_after();
  valid_until_.Set(static_cast<double>(WallClock::to_time_t(until)));
  const std::string wrong = WhyNotValid(ValidityOf(*server_), WallClock::now());
  if (wrong.empty()) {
    logger_.Info("certificate of the " + port_ + " read",
                 {{"file", files_.certificate}, {"validUntil", DateOf(until)}});
  } else {
    logger_.Warn("the certificate of the " + port_ + " is " + wrong + ", encoders may refuse it",
                 {{"file", files_.certificate},
                  {"validUntil", DateOf(until)},
                  {"remedy", "put a certificate there that is valid now"}});
  }
}

/// The one whose day had not come.
void PortCertificate::ShowWhatWaits() {
  if (!waiting_ || !WhyNotValid(ValidityOf(*waiting_), WallClock::now()).empty()) return;
  Show(std::exchange(waiting_, nullptr));
}

asio::awaitable<Result<void>> PortCertificate::Load() {
  auto read = co_await net::WithDeadline(
      kWithin, net::Elsewhere(FileThread(), [files = files_] { return ReadAll(files); }), "read");
  if (!read) co_return std::unexpected(read.error());
  change_.OnRead(read->stamps);
  co_return Use(*read);
}

asio::awaitable<void> PortCertificate::Watch() {
  while (!stopping_) {
    co_await stop_.WaitFor(kLookEvery);
    if (stopping_) co_return;
    ShowWhatWaits();
    // A disk that hangs is looked at no more often than it answers.
    const auto stamps = co_await net::WithDeadline(
        kWithin, net::Elsewhere(FileThread(), [files = files_] { return Look(files); }), "look");
    if (!stopping_ && stamps && change_.Due(*stamps)) co_await Reload();
  }
}

asio::awaitable<void> PortCertificate::Reload() {
  const Result<void> loaded = co_await Load();
  if (loaded || stopping_) co_return;
  logger_.Warn(OldOneStays(),
               {{"error", loaded.error()},
                {"validUntil", DateOf(server_->not_after())},
                {"remedy", "put a certificate with its chain and its own key there, both in PEM"}});
}

void PortCertificate::Stop() {
  stopping_ = true;
  stop_.Notify();
}

}  // namespace ingress::input
