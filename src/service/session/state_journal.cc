#include "service/session/state_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/unique_fd.h"
#include "net/deadline.h"
#include "net/elsewhere.h"

namespace ingress::service {
namespace {

constexpr std::uintmax_t kMaxEntryBytes = 1 << 20;
constexpr std::size_t kMaxEntries = 10'000;
constexpr std::chrono::seconds kLoadWithin{5};
constexpr int kClaims =
    10;  // one more for each process that ends, and removes the folder, meanwhile

std::error_code LastError() { return {errno, std::system_category()}; }

std::error_code Save(const std::filesystem::path& path, std::string_view bytes) {
  UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return LastError();
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0) return LastError();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return close(file.Release()) == 0 ? std::error_code() : LastError();
}

}  // namespace

/// What the disk's thread works on.
class StateJournal::Folder {
 public:
  Folder(std::filesystem::path path, observability::Logger logger)
      : path_(std::move(path)), logger_(std::move(logger)) {}

  /// Makes the folder where it is missing and locks it. False when it is another process's, now or
  /// at an earlier call, or cannot be used.
  bool Claim() {
    if (refused_) return false;
    if (Held()) return true;
    for (int i = 0; i < kClaims; ++i) {
      if (const std::error_code error = Lock()) {
        Refuse(error);
        return false;
      }
      if (Held()) return true;
    }
    return false;
  }

  void Leave() {
    if (Held()) {
      std::error_code not_empty;
      std::filesystem::remove(path_, not_empty);
    }
    lock_.Reset();
  }

  /// Renamed into place, so that a file is whole or not there.
  void Write(const std::string& name, const std::string& bytes) {
    if (!Claim()) return;
    const std::filesystem::path fresh = path_ / ("." + name);
    std::error_code error = Save(fresh, bytes);
    if (!error) std::filesystem::rename(fresh, path_ / name, error);
    if (!error) return;
    Complain("cannot keep a session's state", (path_ / name).string() + ": " + error.message());
    std::error_code ignored;
    std::filesystem::remove(fresh, ignored);
  }

  void Remove(const std::string& name) {
    if (!Held()) return;
    std::error_code ignored;
    std::filesystem::remove(path_ / name, ignored);
  }

  std::vector<ipc::JournalEntry> Load() {
    std::vector<ipc::JournalEntry> entries;
    if (!Claim()) return entries;
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(path_, error)) {
      if (entries.size() >= kMaxEntries) break;
      if (!file.is_regular_file(error) || file.file_size(error) > kMaxEntryBytes) continue;
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(stream), {});
      ipc::JournalEntry entry;
      const bool whole = entry.ParseFromString(bytes) && !entry.ingress_id().empty() &&
                         file.path().filename() == entry.state().resource_id();
      if (whole) entries.push_back(std::move(entry));
    }
    return entries;
  }

  void Complain(const std::string& what, const std::string& why) {
    if (!complained_.exchange(true)) logger_.Warn(what, {{"error", why}});
  }

 private:
  /// Whether what we have locked is what the path names: somebody may have removed the folder.
  bool Held() const {
    struct stat locked{};
    struct stat named{};
    return lock_ && fstat(lock_.get(), &locked) == 0 && stat(path_.c_str(), &named) == 0 &&
           locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
  }

  /// The folder itself is what is locked: a file in it would keep it from being removed. No error
  /// when the folder vanishes meanwhile.
  std::error_code Lock() {
    lock_.Reset();
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error) return error;
    // Closed in handlers, which may outlive this process and must not keep its lock.
    UniqueFd opened(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return errno == ENOENT ? std::error_code() : LastError();
    if (flock(opened.get(), LOCK_EX | LOCK_NB) != 0) return LastError();
    if (fchmod(opened.get(), S_IRWXU) != 0) return LastError();
    lock_ = std::move(opened);
    return {};
  }

  void Refuse(const std::error_code& error) {
    if (error != std::errc::operation_would_block) {
      Complain("no directory for the states of sessions", path_.string() + ": " + error.message());
      return;
    }
    refused_ = true;
    logger_.Error("another process uses this state directory; states of sessions are not kept",
                  {{"directory", path_.string()},
                   {"remedy", "give each ingress a STATE_DIRECTORY of its own"}});
  }

  const std::filesystem::path path_;
  const observability::Logger logger_;
  UniqueFd lock_;
  bool refused_ = false;  // for good: who has the folder tells what is in it
  std::atomic<bool> complained_ = false;
};

StateJournal::StateJournal(std::filesystem::path directory, observability::Logger logger) {
  if (directory.empty()) return;
  folder_ = std::make_shared<Folder>(std::move(directory), std::move(logger));
  disk_.Run([folder = folder_] { folder->Claim(); });
}

StateJournal::~StateJournal() {
  if (folder_) disk_.Run([folder = folder_] { folder->Leave(); });
}

void StateJournal::Write(const std::string& ingress_id, const ::livekit::IngressState& state) {
  if (!folder_) return;
  ipc::JournalEntry entry;
  entry.set_ingress_id(ingress_id);
  *entry.mutable_state() = state;
  const bool taken = disk_.Run([folder = folder_, name = state.resource_id(),
                                bytes = entry.SerializeAsString()] { folder->Write(name, bytes); });
  if (!taken) folder_->Complain("cannot keep a session's state", "too much waits for the disk");
}

void StateJournal::Remove(const std::string& resource_id) {
  if (!folder_) return;
  disk_.Run([folder = folder_, resource_id] { folder->Remove(resource_id); });
}

boost::asio::awaitable<std::vector<ipc::JournalEntry>> StateJournal::Load() {
  if (!folder_) co_return std::vector<ipc::JournalEntry>{};
  auto entries = co_await net::WithDeadline(
      kLoadWithin, net::Elsewhere(disk_, [folder = folder_] { return folder->Load(); }), "read");
  if (!entries) folder_->Complain("cannot read the states of sessions", entries.error().context);
  co_return entries ? std::move(*entries) : std::vector<ipc::JournalEntry>{};
}

}  // namespace ingress::service
