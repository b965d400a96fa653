#include "base/stack_trace.h"

#include <dlfcn.h>
#include <elf.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/signal_line.h"

// All of this runs in a signal handler of a thread that may hold any lock: nothing here allocates.
namespace ingress {
namespace {

constexpr int kMaxFrames = 64;
constexpr int kOwnFrames = 2;  // the signal handler and what the kernel put below it
constexpr int kWriteWithinMs = 200;

std::atomic<int> traces_written = 0;
static_assert(std::atomic<int>::is_always_lock_free);

/// Ends the line and writes it; false where nobody reads.
bool Write(SignalLine& line) {
  const std::string_view text = line.Add("\n").text();
  pollfd ready{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&ready, 1, kWriteWithinMs) == 1 &&
         write(STDERR_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// Open from PrepareStackTraces() on, for processes that may open no file any more.
int own_file = -1;

/// Our own program's file. The names of most functions are in no table that the loader keeps.
class OwnFile {
 public:
  OwnFile() {
    struct stat about{};
    if (own_file < 0 || fstat(own_file, &about) != 0) return;
    size_ = static_cast<std::size_t>(about.st_size);
    void* mapped = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, own_file, 0);
    if (mapped != MAP_FAILED) data_ = static_cast<const std::byte*>(mapped);
  }
  ~OwnFile() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): as mmap(2) gave it
    if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
  }
  OwnFile(const OwnFile&) = delete;
  OwnFile& operator=(const OwnFile&) = delete;

  struct Symbol {
    std::string_view name;
    std::uint64_t offset = 0;  // of the address in it
  };

  /// The function around `address`, counted from where the program was loaded. No name: stripped.
  Symbol Find(std::uint64_t address) const {
    const std::span<const ElfW(Ehdr)> header = At<ElfW(Ehdr)>(0, 1);
    if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return {};
    const auto sections = At<ElfW(Shdr)>(header[0].e_shoff, header[0].e_shnum);
    for (const ElfW(Shdr) & section : sections) {
      if (section.sh_type == SHT_SYMTAB && section.sh_link < sections.size()) {
        return FindIn(section, sections[section.sh_link], address);
      }
    }
    return {};
  }

 private:
  template <typename T>
  std::span<const T> At(std::uint64_t offset, std::uint64_t count) const {
    if (data_ == nullptr || offset > size_ || count > (size_ - offset) / sizeof(T)) return {};
    return {reinterpret_cast<const T*>(data_ + offset), count};
  }

  Symbol FindIn(const ElfW(Shdr) & table, const ElfW(Shdr) & names, std::uint64_t address) const {
    const auto text = At<char>(names.sh_offset, names.sh_size);
    for (const ElfW(Sym) & symbol :
         At<ElfW(Sym)>(table.sh_offset, table.sh_size / sizeof(ElfW(Sym)))) {
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || address < symbol.st_value) continue;
      if (address - symbol.st_value >= symbol.st_size || symbol.st_name >= text.size()) continue;
      const auto name = text.subspan(symbol.st_name);
      return {.name = {name.data(), strnlen(name.data(), name.size())},
              .offset = address - symbol.st_value};
    }
    return {};
  }

  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

std::string_view LastPart(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Where our own program was loaded.
void* OwnBase() {
  static const char anchor = 0;
  Dl_info info{};
  return dladdr(&anchor, &info) != 0 ? info.dli_fbase : nullptr;
}

bool WriteFrame(const OwnFile& own, int number, const void* address) {
  SignalLine line;
  line.Add("  #").AddNumber(static_cast<std::uint64_t>(number), 10).Add(" ");
  const auto at = reinterpret_cast<std::uint64_t>(address);
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fbase == nullptr) {
    return Write(line.Add("0x").AddNumber(at, 16));
  }
  const std::uint64_t offset = at - reinterpret_cast<std::uint64_t>(info.dli_fbase);
  OwnFile::Symbol symbol;
  if (info.dli_sname != nullptr) {
    symbol = {.name = info.dli_sname,
              .offset = at - reinterpret_cast<std::uint64_t>(info.dli_saddr)};
  } else if (info.dli_fbase == OwnBase()) {
    symbol = own.Find(offset);
  }
  if (!symbol.name.empty()) {
    line.Add(symbol.name).Add("+0x").AddNumber(symbol.offset, 16).Add(" ");
  }
  line.Add("(").Add(LastPart(info.dli_fname)).Add("+0x").AddNumber(offset, 16).Add(")");
  return Write(line);
}

void OnStackSignal(int /*number*/) {
  const int saved = errno;
  std::array<void*, kMaxFrames> frames{};
  const int count = backtrace(frames.data(), kMaxFrames);
  const OwnFile own;
  bool taken = Write(SignalLine().Add("stack of thread ").AddNumber(gettid()));
  for (int i = kOwnFrames; taken && i < count; ++i) {
    taken = WriteFrame(own, i - kOwnFrames, frames.at(static_cast<std::size_t>(i)));
  }
  traces_written.fetch_add(1);
  errno = saved;
}

}  // namespace

void PrepareStackTraces() {
  // The first call loads the unwinder, for which a signal handler is no place.
  std::array<void*, 1> frame{};
  backtrace(frame.data(), 1);
  if (own_file < 0) own_file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  struct sigaction action = {};
  action.sa_handler = OnStackSignal;
  action.sa_flags = SA_RESTART;
  sigaction(kStackSignal, &action, nullptr);
}

bool WriteStackOf(pid_t thread, std::chrono::milliseconds limit) {
  const int before = traces_written.load();
  if (syscall(SYS_tgkill, getpid(), thread, kStackSignal) != 0) return false;
  const auto give_up = std::chrono::steady_clock::now() + limit;
  while (traces_written.load() == before) {
    if (std::chrono::steady_clock::now() >= give_up) return false;
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
    nanosleep(&kPause, nullptr);
  }
  return true;
}

}  // namespace ingress
