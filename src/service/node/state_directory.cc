#include "service/node/state_directory.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>

#include "base/unique_fd.h"

namespace ingress::service {
namespace {

constexpr mode_t kOwnerOnly = S_IRWXU;
constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

std::string NameOf(uid_t user) {
  std::array<char, 4096> memory;
  passwd entry{};
  passwd* found = nullptr;
  const std::string number = std::to_string(user);
  if (getpwuid_r(user, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr) {
    return "user " + number;
  }
  return std::string(entry.pw_name) + " (user " + number + ")";
}

std::unexpected<Error> Refuse(const std::filesystem::path& directory, const std::string& cause) {
  return Fail(ErrorCode::kUnauthorized,
              "state directory " + directory.string() + " " + cause +
                  ". Give it to the service's user with mode 0700, or set STATE_DIRECTORY to a "
                  "directory that is the service's own");
}

std::unexpected<Error> CannotMake(const std::filesystem::path& directory, const std::string& why) {
  return Fail(ErrorCode::kUnavailable, "state directory " + directory.string() + ": " + why);
}

Result<void> Make(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory.parent_path(), error);
  if (error) return CannotMake(directory, error.message());
  if (mkdir(directory.c_str(), kOwnerOnly) == 0 || errno == EEXIST) return {};
  return CannotMake(directory, std::strerror(errno));
}

std::optional<std::filesystem::path> Environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

/// A link is followed when root or we made it, as systemd does for DynamicUser=.
Result<void> CheckLink(const std::filesystem::path& directory) {
  struct stat entry{};
  if (lstat(directory.c_str(), &entry) != 0) return CannotMake(directory, std::strerror(errno));
  if (!S_ISLNK(entry.st_mode) || entry.st_uid == geteuid() || entry.st_uid == 0) return {};
  return Refuse(directory, "is a link that " + NameOf(entry.st_uid) + " made");
}

}  // namespace

std::vector<std::filesystem::path> StateDirectoryCandidates() {
  if (const auto systemd = Environment("STATE_DIRECTORY")) return {*systemd};
  std::vector<std::filesystem::path> candidates;
  if (const auto xdg = Environment("XDG_STATE_HOME"))
    candidates.push_back(*xdg / "livekit-ingress");
  if (const auto home = Environment("HOME")) {
    candidates.push_back(*home / ".local/state/livekit-ingress");
  }
  candidates.push_back(std::filesystem::temp_directory_path() /
                       ("livekit-ingress-" + std::to_string(getuid())));
  return candidates;
}

std::filesystem::path StateDirectory() {
  const std::vector<std::filesystem::path> candidates = StateDirectoryCandidates();
  for (const std::filesystem::path& candidate : candidates) {
    const Result<void> claimed = ClaimDirectory(candidate);
    if (claimed || claimed.error().code != ErrorCode::kUnavailable) return candidate;
  }
  return candidates.front();
}

Result<void> ClaimDirectory(const std::filesystem::path& directory) {
  if (auto made = Make(directory); !made) return made;
  if (auto checked = CheckLink(directory); !checked) return checked;
  // What is looked at is what was opened, whatever becomes of the name meanwhile.
  const UniqueFd opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) {
    return errno == ENOTDIR
               ? Refuse(directory, "is no directory")
               : Refuse(directory, std::string("cannot be opened: ") + std::strerror(errno));
  }
  struct stat entry{};
  if (fstat(opened.get(), &entry) != 0) return CannotMake(directory, std::strerror(errno));
  if (entry.st_uid != geteuid()) {
    return Refuse(directory, "belongs to " + NameOf(entry.st_uid) + ", and the service runs as " +
                                 NameOf(geteuid()));
  }
  if ((entry.st_mode & kOthersMayWrite) != 0) {
    return Refuse(directory, "can be written to by other users, who may have left something there");
  }
  if (fchmod(opened.get(), kOwnerOnly) != 0) return CannotMake(directory, std::strerror(errno));
  if (faccessat(opened.get(), ".", W_OK, AT_EACCESS) != 0) {
    return CannotMake(directory, std::strerror(errno));
  }
  return {};
}

}  // namespace ingress::service
