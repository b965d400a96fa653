#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/yaml_tree.h"

namespace ingress::config {

/// "line 3: "
std::string AtLine(int line);

/// Gathers what is wrong with a document, so that one run shows all of it.
class Problems {
 public:
  void Add(ErrorCode code, std::string text);

  /// kMalformed: "line 3: rtmp_port must be …".
  void Add(const YamlNode::Entry& entry, std::string_view path, std::string_view text);

  /// The first problem's code and, one a line, the first ten texts.
  Result<void> AsResult() const;

 private:
  ErrorCode code_ = ErrorCode::kMalformed;
  std::vector<std::string> texts_;
};

/// Whether the value asks for nothing: null, false, zero, empty.
bool IsOff(const YamlNode& node);

enum class UnknownKeys { kRefuse, kWarn };

/// Looks at every key of the map `root`: one that is not served becomes a warning (one for a whole
/// section), an unknown one a problem or, as `unknown` says, another warning.
void CheckKeys(const YamlNode& root, UnknownKeys unknown, Problems& problems,
               std::vector<std::string>& warnings);

/// One of the words that a key may hold.
template <typename T>
struct Word {
  std::string_view word;
  T value;
  bool proposed = true;  // where somebody wrote what is none
};

/// Takes typed values out of the tree. A key that is absent, null or empty leaves the default; one
/// of the wrong type or out of range is a problem and leaves it too. `path`: as in KeySpec.
class Reader {
 public:
  Reader(const YamlNode& root, Problems& problems) : root_(root), problems_(problems) {}

  /// The entry; null when absent or when its value says nothing.
  const YamlNode::Entry* Find(std::string_view path) const;

  void Read(std::string_view path, std::string& out) const;
  void Read(std::string_view path, bool& out) const;
  std::optional<int> ReadInt(std::string_view path, int min, int max) const;

  /// Whether it says -1 where a port is expected.
  bool SaysOff(std::string_view path) const;

  /// A port that the Go service takes for switched off when it is negative: 0 then.
  std::optional<std::uint16_t> ReadPort(std::string_view path) const;
  std::optional<double> ReadCores(std::string_view path) const;
  std::optional<double> ReadNumber(std::string_view path, double min, double max) const;

  /// A length of time as Go writes it, "1h30m", "10s" or "250ms", or a whole number of seconds.
  std::optional<std::chrono::milliseconds> ReadDuration(std::string_view path,
                                                        std::chrono::milliseconds max) const;

  /// The value of one of `words`, whatever its case.
  template <typename T, std::size_t N>
  std::optional<T> ReadOneOf(std::string_view path, const std::array<Word<T>, N>& words) const {
    const std::optional<std::string> given = ReadWord(path);
    if (!given) return std::nullopt;
    std::string proposals;
    for (const Word<T>& one : words) {
      if (*given == one.word) return one.value;
      if (one.proposed) proposals.append(proposals.empty() ? "" : ", ").append(one.word);
    }
    Reject(path, "must be one of " + proposals);
    return std::nullopt;
  }

  /// The value at `path` is a problem; `text` as in Problems::Add().
  void Reject(std::string_view path, std::string_view text) const {
    problems_.Add(*Find(path), path, text);
  }

 private:
  std::optional<std::string> ReadWord(std::string_view path) const;

  const YamlNode& root_;
  Problems& problems_;
};

/// As Reader::ReadDuration() takes it; empty for anything else and for what is negative.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

/// A number of cores, 0 to 4096; empty for anything else.
std::optional<double> ParseCores(std::string_view text);

}  // namespace ingress::config
