#include "config/schema.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/ascii.h"
#include "config/options.h"

namespace ingress::config {
namespace {

constexpr std::string_view kNoProxy = "media always goes through the node";
constexpr std::string_view kIceLite =
    "ICE is always lite: nothing is sent to an address that a client only names";
constexpr std::string_view kNoUrl = "URL input is not served; RTMP and WHIP are";
constexpr std::string_view kNoSampling = "every line is logged; nothing is logged per packet";
constexpr std::string_view kFixedRedis = "timeouts and connections to Redis are fixed";
constexpr std::string_view kFixedRpc = "timeouts and retries of calls over Redis are fixed";

/// Grows with each release of LiveKit's libraries.
constexpr std::string_view kOpenSection = "rtc_config";

/// Keys that have no effect here.
constexpr auto kNotServed = std::to_array<KeySpec>({
    {"redis.dial_timeout", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.read_timeout", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.write_timeout", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.max_redirects", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.pool_timeout", false, kFixedRedis, Quiet::kWhenOff},
    {"redis.pool_size", false, kFixedRedis, Quiet::kWhenOff},

    {"whip_proxy_enabled", false, kNoProxy, Quiet::kWhenOff},
    {"development", false, "RTMP input does not use it", Quiet::kWhenOff},
    {"enable_stream_latency_reduction", false, "delay is always worked off"},
    {"service_name", false, "the log names no service", Quiet::kWhenOff},
    {"node_id", false, "a new one is chosen at each start", Quiet::kWhenOff},

    {"logging.sample", false, kNoSampling, Quiet::kWhenOff},
    {"logging.sample_initial", false, kNoSampling, Quiet::kWhenOff},
    {"logging.sample_interval", false, kNoSampling, Quiet::kWhenOff},
    {"logging.item_sample_seconds", false, kNoSampling, Quiet::kWhenOff},
    {"logging.item_sample_initial", false, kNoSampling, Quiet::kWhenOff},
    {"logging.item_sample_interval", false, kNoSampling, Quiet::kWhenOff},
    {"logging.component_levels", false, "one level holds for all parts", Quiet::kWhenOff},

    {"cpu_cost.url_cpu_cost", false, kNoUrl, Quiet::kWhenOff},

    {"rtc_config.use_ice_lite", false, kIceLite, Quiet::kAlways},
    {"rtc_config.use_mdns", false, kIceLite, Quiet::kWhenOff},
    {"rtc_config.use_stun_port_as_ice", false, "one port is for all sessions", Quiet::kWhenOff},
    {"rtc_config.batch_io", false, "hardly anything is sent to WHIP clients", Quiet::kWhenOff},

    {"logging.pion_level", false, "no library of that name is used", Quiet::kWhenOff},

    // Whatever these hold: they grow with each release of the libraries that read them elsewhere.
    {"psrpc", false, kFixedRpc, Quiet::kWhenOff},

    {"serviceType", false, "LiveKit's Helm chart uses it", Quiet::kAlways},
});

constexpr std::size_t kMaxComparedKey = 64;  // characters; longer keys are not compared

std::string_view SectionOf(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string_view LeafOf(std::string_view path) { return path.substr(path.rfind('.') + 1); }

void Append(std::vector<KeySpec>& keys, const KeySpec& key) {
  if (std::ranges::find(keys, key.path, &KeySpec::path) == keys.end()) keys.push_back(key);
}

/// The options, each after the sections that hold it, then what has no effect.
std::vector<KeySpec> AllKeys() {
  std::vector<KeySpec> keys;
  for (const Option& option : Options()) {
    for (std::size_t dot = option.path.find('.'); dot != std::string_view::npos;
         dot = option.path.find('.', dot + 1)) {
      const std::string_view section = option.path.substr(0, dot);
      Append(keys, {.path = section, .section = true, .open = section == kOpenSection});
    }
    Append(keys, {.path = option.path});
  }
  for (const KeySpec& key : kNotServed) Append(keys, key);
  return keys;
}

const std::vector<KeySpec>& Keys() {
  static const std::vector<KeySpec> keys = AllKeys();
  return keys;
}

// "wsURL", "ws-url" and "ws_url" are the same to a reader.
std::string Normalised(std::string_view key) {
  std::string out;
  for (const char c : key.substr(0, kMaxComparedKey)) {
    if (c == '_' || c == '-') continue;
    out += ToLower(c);
  }
  return out;
}

std::string ServedKeysOf(std::string_view section) {
  std::string names;
  for (const KeySpec& key : Keys()) {
    if (SectionOf(key.path) != section || !key.not_served_because.empty()) continue;
    if (!names.empty()) names += ", ";
    names += LeafOf(key.path);
  }
  return names;
}

}  // namespace

const KeySpec* FindKey(std::string_view path) {
  const auto found = std::ranges::find(Keys(), path, &KeySpec::path);
  return found == Keys().end() ? nullptr : &*found;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string SuggestKey(std::string_view section, std::string_view key) {
  const std::string wanted = Normalised(key);
  const KeySpec* best = nullptr;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const KeySpec& candidate : Keys()) {
    const std::size_t elsewhere = SectionOf(candidate.path) == section ? 0 : 1;
    const std::size_t distance = EditDistance(wanted, Normalised(LeafOf(candidate.path)));
    if (distance + elsewhere >= best_distance) continue;
    best = &candidate;
    best_distance = distance + elsewhere;
  }
  if (best != nullptr && best_distance * 2 <= LeafOf(best->path).size()) {
    return "did you mean " + std::string(best->path) + "?";
  }
  return ServedKeys(section);
}

std::string ServedKeys(std::string_view section) {
  const std::string served = ServedKeysOf(section);
  if (served.empty()) return "this section is not used";
  return (section.empty() ? "valid keys: " : "valid keys in " + std::string(section) + ": ") +
         served;
}

}  // namespace ingress::config
