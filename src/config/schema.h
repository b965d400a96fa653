#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ingress::config {

/// Which values of a key that is not served ask for nothing that we would not do anyway.
enum class Quiet {
  kNever,
  kAlways,   // it is another program's own
  kWhenOff,  // false, 0 or empty
};

/// One key that a configuration of the Go service, or of ours, may hold.
struct KeySpec {
  std::string_view path;                     // "redis.address"
  bool section = false;                      // holds a map of further keys that are known
  std::string_view not_served_because = {};  // empty: the key works here, else nothing in it does
  Quiet quiet = Quiet::kNever;               // no warning then
  /// Of a section that grows with each release of others' libraries: keys that are not known are
  /// never a reason not to start, and one warning tells of all of them.
  bool open = false;
};

/// The key at `path`; null when there is none.
const KeySpec* FindKey(std::string_view path);

/// A hint for a `key` that `section` ("" or "redis") does not have: `did you mean redis.address?`
/// where a key of this or another section is close, else the keys that work in the section.
std::string SuggestKey(std::string_view section, std::string_view key);

/// "valid keys in redis: address, …"
std::string ServedKeys(std::string_view section);

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace ingress::config
