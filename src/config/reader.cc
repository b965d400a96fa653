#include "config/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "config/schema.h"

namespace ingress::config {
namespace {

constexpr std::size_t kMaxReported = 10;  // problems in one error
constexpr double kMaxCores = 4096;
constexpr int kMaxPort = 65'535;

// The spellings of YAML 1.1, which the Go service reads too.
constexpr std::array<std::string_view, 7> kTrue = {"true", "True", "TRUE", "yes",
                                                   "Yes",  "on",   "On"};
constexpr std::array<std::string_view, 7> kFalse = {"false", "False", "FALSE", "no",
                                                    "No",    "off",   "Off"};

bool IsPlain(const YamlNode& node) { return node.kind == YamlNode::Kind::kScalar && !node.quoted; }

bool AsksForNothing(const KeySpec& spec, const YamlNode& value) {
  if (IsUnset(value)) return true;
  switch (spec.quiet) {
    case Quiet::kNever:
      return false;
    case Quiet::kAlways:
      return true;
    case Quiet::kWhenOff:
      return IsOff(value);
  }
  return false;
}

class KeyCheck {
 public:
  KeyCheck(UnknownKeys unknown, Problems& problems, std::vector<std::string>& warnings)
      : unknown_(unknown), problems_(problems), warnings_(warnings) {}

  void Run(const YamlNode& map, const std::string& section) {
    const std::string prefix = section.empty() ? "" : section + ".";
    for (const YamlNode::Entry& entry : map.entries) {
      // Where files keep what they share, to be taken over by an alias.
      if (section.empty() && entry.key.starts_with("x-")) continue;
      const bool dotted = entry.key.find('.') != std::string::npos;
      const KeySpec* spec = dotted ? nullptr : FindKey(prefix + entry.key);
      if (spec != nullptr) {
        Known(entry, *spec);
        continue;
      }
      const std::string hint = dotted && FindKey(prefix + entry.key) != nullptr
                                   ? "write it as a section with the key indented below it"
                                   : SuggestKey(section, entry.key);
      std::string text = AtLine(entry.line);
      text.append("unknown key ").append(prefix).append(ShownKey(entry.key));
      text.append("; ").append(hint);
      if (unknown_ == UnknownKeys::kWarn) {
        warnings_.push_back(std::move(text));
      } else {
        problems_.Add(ErrorCode::kMalformed, std::move(text));
      }
    }
  }

 private:
  void RunOpen(const YamlNode::Entry& section, const std::string& path) {
    constexpr std::size_t kNamed = 5;
    std::size_t unknown = 0;
    std::string names;
    for (const YamlNode::Entry& entry : section.value.entries) {
      const KeySpec* spec = FindKey(path + "." + entry.key);
      if (spec != nullptr && !spec->not_served_because.empty()) Known(entry, *spec);
      if (spec != nullptr || IsOff(entry.value)) continue;
      if (++unknown <= kNamed) names += (names.empty() ? "" : ", ") + ShownKey(entry.key);
    }
    if (unknown == 0) return;
    if (unknown > kNamed) names += " and " + std::to_string(unknown - kNamed) + " more";
    warnings_.push_back(AtLine(section.line) + "part of " + path + " has no effect: " + names +
                        "; " + ServedKeys(path));
  }

  void Known(const YamlNode::Entry& entry, const KeySpec& spec) {
    const std::string path(spec.path);
    if (!spec.not_served_because.empty()) {
      if (AsksForNothing(spec, entry.value)) return;
      warnings_.push_back(AtLine(entry.line) + path +
                          " has no effect: " + std::string(spec.not_served_because));
      return;
    }
    if (!spec.section || IsUnset(entry.value)) return;
    if (entry.value.kind != YamlNode::Kind::kMap) {
      problems_.Add(entry, path, "must be a section of keys, indented below it");
    } else {
      spec.open ? RunOpen(entry, path) : Run(entry.value, path);
    }
  }

  UnknownKeys unknown_;
  Problems& problems_;
  std::vector<std::string>& warnings_;
};

}  // namespace

std::string AtLine(int line) { return "line " + std::to_string(line) + ": "; }

void Problems::Add(ErrorCode code, std::string text) {
  // Of several, what does not parse is to be mended first.
  if (texts_.empty() || code == ErrorCode::kMalformed) code_ = code;
  texts_.push_back(std::move(text));
}

void Problems::Add(const YamlNode::Entry& entry, std::string_view path, std::string_view text) {
  Add(ErrorCode::kMalformed, AtLine(entry.line) + std::string(path) + " " + std::string(text));
}

Result<void> Problems::AsResult() const {
  if (texts_.empty()) return {};
  std::string all;
  for (std::size_t i = 0; i < std::min(texts_.size(), kMaxReported); ++i) {
    if (i != 0) all += '\n';
    all += texts_[i];
  }
  if (texts_.size() > kMaxReported) {
    all += "\nand " + std::to_string(texts_.size() - kMaxReported) + " more";
  }
  return Fail(code_, all);
}

bool IsOff(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return true;
    case YamlNode::Kind::kScalar:
      return node.scalar.empty() || node.scalar == "0" ||
             std::ranges::find(kFalse, node.scalar) != kFalse.end();
    case YamlNode::Kind::kSequence:
      return node.items.empty();
    case YamlNode::Kind::kMap:
      return node.entries.empty();
  }
  return false;
}

void CheckKeys(const YamlNode& root, UnknownKeys unknown, Problems& problems,
               std::vector<std::string>& warnings) {
  KeyCheck(unknown, problems, warnings).Run(root, "");
}

const YamlNode::Entry* Reader::Find(std::string_view path) const {
  const YamlNode* map = &root_;
  while (true) {
    const std::size_t dot = path.find('.');
    const auto found = std::ranges::find(map->entries, path.substr(0, dot), &YamlNode::Entry::key);
    if (found == map->entries.end() || IsUnset(found->value)) return nullptr;
    if (dot == std::string_view::npos) return &*found;
    map = &found->value;
    path.remove_prefix(dot + 1);
  }
}

void Reader::Read(std::string_view path, std::string& out) const {
  const YamlNode::Entry* entry = Find(path);
  if (entry == nullptr) return;
  if (entry->value.kind == YamlNode::Kind::kScalar) {
    out = entry->value.scalar;
  } else {
    problems_.Add(*entry, path, "must be text");
  }
}

void Reader::Read(std::string_view path, bool& out) const {
  const YamlNode::Entry* entry = Find(path);
  if (entry == nullptr) return;
  const bool is_true = std::ranges::find(kTrue, entry->value.scalar) != kTrue.end();
  const bool is_false = std::ranges::find(kFalse, entry->value.scalar) != kFalse.end();
  if (IsPlain(entry->value) && (is_true || is_false)) {
    out = is_true;
  } else {
    problems_.Add(*entry, path, "must be true or false, without quotes");
  }
}

std::optional<int> Reader::ReadInt(std::string_view path, int min, int max) const {
  const YamlNode::Entry* entry = Find(path);
  if (entry == nullptr) return std::nullopt;
  const std::string& text = entry->value.scalar;
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool parsed = error == std::errc{} && stop == end;
  if (IsPlain(entry->value) && parsed && value >= min && value <= max) return value;
  problems_.Add(*entry, path,
                "must be a whole number from " + std::to_string(min) + " to " +
                    std::to_string(max) + ", without quotes");
  return std::nullopt;
}

bool Reader::SaysOff(std::string_view path) const {
  const YamlNode::Entry* entry = Find(path);
  return entry != nullptr && !entry->value.quoted && entry->value.scalar.starts_with('-');
}

std::optional<std::uint16_t> Reader::ReadPort(std::string_view path) const {
  const YamlNode::Entry* entry = Find(path);
  if (entry == nullptr) return std::nullopt;
  const std::string& text = entry->value.scalar;
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool parsed = error == std::errc{} && stop == end && IsPlain(entry->value);
  if (parsed && value <= kMaxPort) return static_cast<std::uint16_t>(std::max(value, 0));
  problems_.Add(*entry, path,
                "must be a whole number from 0 to 65535, without quotes, or -1 for off");
  return std::nullopt;
}

std::optional<double> Reader::ReadCores(std::string_view path) const {
  const YamlNode::Entry* entry = Find(path);
  if (entry == nullptr) return std::nullopt;
  const std::optional<double> value = ParseCores(entry->value.scalar);
  if (IsPlain(entry->value) && value) return value;
  problems_.Add(*entry, path, "must be a number of cores from 0 to 4096, without quotes");
  return std::nullopt;
}

std::optional<double> Reader::ReadNumber(std::string_view path, double min, double max) const {
  const YamlNode::Entry* entry = Find(path);
  if (entry == nullptr) return std::nullopt;
  const std::string& text = entry->value.scalar;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool parsed = error == std::errc{} && stop == end;
  if (IsPlain(entry->value) && parsed && value >= min && value <= max) return value;
  problems_.Add(*entry, path,
                fmt::format("must be a number from {:g} to {:g}, without quotes", min, max));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Reader::ReadDuration(std::string_view path,
                                                              std::chrono::milliseconds max) const {
  const YamlNode::Entry* entry = Find(path);
  if (entry == nullptr) return std::nullopt;
  const auto value = ParseDuration(entry->value.scalar);
  if (entry->value.kind == YamlNode::Kind::kScalar && value && *value <= max) return value;
  problems_.Add(*entry, path,
                fmt::format("must be a length of time of at most {} s, for example 10s or 1m30s",
                            std::chrono::duration_cast<std::chrono::seconds>(max).count()));
  return std::nullopt;
}

std::optional<std::string> Reader::ReadWord(std::string_view path) const {
  const YamlNode::Entry* entry = Find(path);
  if (entry == nullptr) return std::nullopt;
  return ToLower(entry->value.scalar);
}

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  constexpr double kMaxMilliseconds = 1e12;
  if (text.empty()) return std::nullopt;
  double total = 0;
  bool bare = false;
  while (!text.empty() && !bare) {
    double value = 0;
    const auto [stop, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.begin()));
    bare = text.empty() && total == 0;
    const auto unit = std::ranges::find_if(
        kUnits, [text](const auto& one) { return text.starts_with(one.first); });
    if (!bare && unit == kUnits.end()) return std::nullopt;
    total += value * (bare ? 1000 : unit->second);
    if (!bare) text.remove_prefix(unit->first.size());
  }
  if (total > kMaxMilliseconds) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::optional<double> ParseCores(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.begin(), text.end(), value);
  const bool parsed = error == std::errc{} && stop == text.end();
  if (!parsed || !std::isfinite(value) || value < 0 || value > kMaxCores) return std::nullopt;
  return value;
}

}  // namespace ingress::config
