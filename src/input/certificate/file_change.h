#pragma once

#include <cstdint>
#include <optional>

namespace ingress::input {

/// What tells one content of a file from another, as far as one look can: stat(2). All zero: no
/// such file.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds

  bool operator==(const FileStamp&) const = default;
};

/// Says when changed files are to be read: once they look the same twice, because who replaces two
/// files does it one after the other. Sans-IO; `Stamps` is what one look at all files shows.
template <typename Stamps>
class FileChange {
 public:
  /// What was read looked like that.
  void OnRead(const Stamps& stamps) { read_ = stamps; }

  /// One more look. True: read now, whatever comes of it; the same look is not tried again.
  bool Due(const Stamps& stamps) {
    const bool settled = stamps == seen_;
    seen_ = stamps;
    if (!settled || stamps == read_) return false;
    read_ = stamps;
    return true;
  }

 private:
  std::optional<Stamps> read_;
  std::optional<Stamps> seen_;
};

}  // namespace ingress::input
