#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ingress::config {

/// A YAML document as plain values, each with the line it began on.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  struct Entry;

  Kind kind = Kind::kNull;
  int line = 0;         // from 1
  bool quoted = false;  // a scalar written in quotes or as a block: never a number or a boolean
  std::string scalar;
  std::vector<YamlNode> items;  // kSequence
  std::vector<Entry> entries;   // kMap, in the order written, keys distinct
};

struct YamlNode::Entry {
  std::string key;
  int line = 0;
  YamlNode value;
};

inline constexpr std::size_t kMaxDocumentBytes = 1024 * 1024;
inline constexpr std::size_t kMaxDocumentNodes = 10'000;  // an alias counts as what it stands for
inline constexpr int kMaxDocumentDepth = 32;

/// Parses one document. An empty one is kNull. An alias ("*name") is replaced by what its anchor
/// ("&name") stands for, and a key << by the entries of its map that are not there already.
///
/// Errors: kLimitExceeded above the limits; kMalformed for text that is not UTF-8, for tabs used as
/// indentation, for YAML that does not parse, for a key that appears twice, and for a second
/// document. No error repeats a scalar of the document: it may be a secret.
Result<YamlNode> ParseYaml(std::string_view text);

/// Whether the value says nothing: null, or empty text, as a template leaves it.
bool IsUnset(const YamlNode& node);

/// `key` as an error may show it: its leading run of letters, digits, '_', '-' and '.', at most 40
/// of them, then "…" for what was cut. What comes later may be a value that lost its space.
std::string ShownKey(std::string_view key);

}  // namespace ingress::config
