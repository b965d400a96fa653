#include "sandbox/file_rules.h"

#include <fcntl.h>
#include <link.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/unique_fd.h"

namespace ingress::sandbox {
namespace {

// landlock(7). The header of Debian 12 knows version 2 only.
constexpr std::uint64_t kExecute = 1ULL << 0;
constexpr std::uint64_t kReadFile = 1ULL << 2;
constexpr std::uint64_t kReadDirectory = 1ULL << 3;
constexpr int kRightsOfVersion[] = {0, 13, 14, 15, 15, 16};  // how many; later ones have as many
constexpr int kVersionWithScopes = 6;
constexpr std::uint64_t kScopes = 0b11;  // sockets with abstract names, signals
constexpr unsigned kAskVersion = 1;
// Its directories may not be opened: one of a process is as good as a pidfd to signal it with.
constexpr std::string_view kProc = "/proc";
constexpr int kRuleBeneath = 1;

struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};

struct [[gnu::packed]] BeneathAttributes {
  std::uint64_t allowed = 0;
  std::int32_t parent = -1;
};

std::unexpected<Error> Failed(const std::string& step) {
  return Fail(ErrorCode::kInternal, "landlock: " + step + ": " + std::strerror(errno));
}

std::uint64_t RightsOf(int version) {
  const auto known = static_cast<int>(std::size(kRightsOfVersion)) - 1;
  return (1ULL << kRightsOfVersion[version < known ? version : known]) - 1;
}

Result<void> Allow(int ruleset, const std::string& path, std::uint64_t rights) {
  const UniqueFd opened(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!opened) return {};  // not there, or not for us
  struct stat entry{};
  if (fstat(opened.get(), &entry) != 0) return Failed(path);
  if (!S_ISDIR(entry.st_mode) || path == kProc) rights &= ~kReadDirectory;
  const BeneathAttributes rule{.allowed = rights, .parent = opened.get()};
  if (syscall(SYS_landlock_add_rule, ruleset, kRuleBeneath, &rule, 0) != 0) return Failed(path);
  return {};
}

/// The directories of a list such as LD_LIBRARY_PATH, or the one path that a variable names.
void AddFromEnvironment(const char* name, std::vector<std::string>& paths) {
  const char* value = std::getenv(name);
  for (std::string_view rest = value != nullptr ? value : ""; !rest.empty();) {
    const std::size_t end = rest.find(':');
    if (end != 0) paths.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
}

/// What the kernel runs first when it is told to run this program.
std::string Interpreter() {
  std::string path;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* found) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& header = info->dlpi_phdr[i];
          if (header.p_type == PT_INTERP) {
            // NOLINTNEXTLINE(performance-no-int-to-ptr): an address, as the loader gives it
            const auto* path = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
            *static_cast<std::string*>(found) = path;
          }
        }
        return 1;  // the first object is the program
      },
      &path);
  return path;
}

}  // namespace

FileRules HandlerFileRules() {
  FileRules rules;
  rules.executable = {"/proc/self/exe", Interpreter()};
  rules.readable = {
      "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/share", "/lib", "/lib64",
      // Of /etc what libraries read. The service's configuration, with its secrets, often lies
      // there too.
      "/etc/ld.so.cache", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf",
      "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/localtime", "/etc/timezone",
      "/etc/passwd", "/etc/crypto-policies",
      // Certificates, and not the private keys that lie beside them.
      "/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/etc/pki/ca-trust",
      "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/tls/openssl.cnf",
      "/etc/ca-certificates", "/usr/local/share/ca-certificates", "/var/lib/ca-certificates",
      "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/sys/devices/system",
      "/sys/fs/cgroup", "/dev/null", "/dev/urandom", "/dev/random"};
  rules.readable.emplace_back(kProc);
  for (const char* name : {"INGRESS_READABLE_PATHS", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
                           "SSL_CERT_DIR", "GST_PLUGIN_PATH", "GST_PLUGIN_PATH_1_0",
                           "GST_PLUGIN_SYSTEM_PATH", "GST_PLUGIN_SYSTEM_PATH_1_0"}) {
    AddFromEnvironment(name, rules.readable);
  }
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  // The video library lies beside the program; media/video_transcoder.cc says where.
  if (!error) rules.readable.push_back(program.parent_path().parent_path() / "lib");
  return rules;
}

int LandlockVersion() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  return version < 0 ? 0 : static_cast<int>(version);
}

Result<void> RestrictFiles(const FileRules& rules) {
  const int version = LandlockVersion();
  if (version == 0) return {};
  RulesetAttributes attributes{.files = RightsOf(version)};
  std::size_t size = sizeof attributes.files;
  if (version >= kVersionWithScopes) {
    attributes.scopes = kScopes;
    size = sizeof attributes;
  }
  const UniqueFd ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  if (!ruleset) return Failed("create");
  for (const std::string& path : rules.readable) {
    if (auto ok = Allow(ruleset.get(), path, kReadFile | kReadDirectory); !ok) return ok;
  }
  for (const std::string& path : rules.executable) {
    if (auto ok = Allow(ruleset.get(), path, kReadFile | kReadDirectory | kExecute); !ok) return ok;
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("no_new_privs");
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return Failed("restrict");
  return {};
}

}  // namespace ingress::sandbox
