#include "service/state_journal.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "net/deadline.h"
#include "net/elsewhere.h"

namespace ingress::service {
namespace {

constexpr std::uintmax_t kMaxEntryBytes = 1 << 20;
constexpr std::size_t kMaxEntries = 10'000;
constexpr std::chrono::seconds kLoadWithin{5};

}  // namespace

/// What the disk's thread works on.
class StateJournal::Folder {
 public:
  Folder(std::filesystem::path path, observability::Logger logger)
      : path_(std::move(path)), logger_(std::move(logger)) {}

  void Make() {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (!error) std::filesystem::permissions(path_, std::filesystem::perms::owner_all, error);
    if (error) Complain("no directory for the states of sessions", error.message());
  }

  void RemoveIfEmpty() {
    std::error_code not_empty;
    std::filesystem::remove(path_, not_empty);
  }

  /// Renamed into place, so that a file is whole or not there.
  void Write(const std::string& name, const std::string& bytes) {
    const std::filesystem::path fresh = path_ / ("." + name);
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << bytes;
    file.close();
    std::error_code error;
    if (file) std::filesystem::rename(fresh, path_ / name, error);
    if (!file || error) Complain("cannot keep a session's state", (path_ / name).string());
  }

  void Remove(const std::string& name) {
    std::error_code ignored;
    std::filesystem::remove(path_ / name, ignored);
  }

  std::vector<ipc::JournalEntry> Load() {
    std::vector<ipc::JournalEntry> entries;
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
  const std::filesystem::path path_;
  const observability::Logger logger_;
  std::atomic<bool> complained_ = false;
};

StateJournal::StateJournal(std::filesystem::path directory, observability::Logger logger) {
  if (directory.empty()) return;
  folder_ = std::make_shared<Folder>(std::move(directory), std::move(logger));
  disk_.Run([folder = folder_] { folder->Make(); });
}

StateJournal::~StateJournal() {
  if (folder_) disk_.Run([folder = folder_] { folder->RemoveIfEmpty(); });
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
