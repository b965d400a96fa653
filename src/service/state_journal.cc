#include "service/state_journal.h"

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace ingress::service {
namespace {

constexpr std::uintmax_t kMaxEntryBytes = 1 << 20;
constexpr std::size_t kMaxEntries = 10'000;

}  // namespace

StateJournal::StateJournal(std::filesystem::path directory, observability::Logger logger)
    : directory_(std::move(directory)), logger_(std::move(logger)) {
  if (directory_.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (!error) {
    std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, error);
  }
  if (error) Complain("no directory for the states of sessions", error.message());
}

StateJournal::~StateJournal() {
  std::error_code not_empty;
  if (!directory_.empty()) std::filesystem::remove(directory_, not_empty);
}

void StateJournal::Write(const std::string& ingress_id, const ::livekit::IngressState& state) {
  if (directory_.empty()) return;
  ipc::JournalEntry entry;
  entry.set_ingress_id(ingress_id);
  *entry.mutable_state() = state;
  // Renamed into place, so that a file is whole or not there.
  const std::filesystem::path path = directory_ / state.resource_id();
  const std::filesystem::path fresh = directory_ / ("." + state.resource_id());
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << entry.SerializeAsString();
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(fresh, path, error);
  if (!file || error) Complain("cannot keep a session's state", path.string());
}

void StateJournal::Remove(const std::string& resource_id) {
  if (directory_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove(directory_ / resource_id, ignored);
}

std::vector<ipc::JournalEntry> StateJournal::Load() {
  std::vector<ipc::JournalEntry> entries;
  if (directory_.empty()) return entries;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory_, error)) {
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

void StateJournal::Complain(const std::string& what, const std::string& why) {
  if (!complained_) logger_.Warn(what, {{"error", why}});
  complained_ = true;
}

}  // namespace ingress::service
