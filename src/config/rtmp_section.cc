#include "config/rtmp_section.h"

#include <string>
#include <string_view>
#include <vector>

namespace ingress::config {
namespace {

constexpr std::size_t kMaxNetworks = 1000;

}  // namespace

std::vector<IpNetwork> ReadNetworks(const Reader& reader, std::string_view path) {
  std::vector<IpNetwork> networks;
  const YamlNode::Entry* entry = reader.Find(path);
  if (entry == nullptr || IsOff(entry->value)) return networks;
  const bool list = entry->value.kind == YamlNode::Kind::kSequence;
  const std::vector<YamlNode> items = list ? entry->value.items : std::vector{entry->value};
  for (const YamlNode& item : items) {
    const auto network = item.kind == YamlNode::Kind::kScalar ? ParseIpNetwork(item.scalar)
                                                              : std::optional<IpNetwork>();
    if (!network || items.size() > kMaxNetworks) {
      reader.Reject(path,
                    "must be a list of networks, for example [10.0.0.0/8, "
                    "fd00::/8]; an address has no bits beyond its prefix");
      return {};
    }
    networks.push_back(*network);
  }
  return networks;
}

void CheckRtmps(const Reader& reader, const Rtmps& rtmps, std::vector<std::string>& warnings) {
  const bool both = !rtmps.cert_file.empty() && !rtmps.key_file.empty();
  if (rtmps.port != 0 && !both) {
    reader.Reject("rtmps_port",
                  "needs rtmps_cert_file and rtmps_key_file, the certificate with its chain and "
                  "its key, both in PEM");
  }
  const bool either = !rtmps.cert_file.empty() || !rtmps.key_file.empty();
  if (rtmps.port == 0 && either) {
    const std::string_view given = rtmps.cert_file.empty() ? "rtmps_key_file" : "rtmps_cert_file";
    warnings.push_back(AtLine(reader.Find(given)->line) + std::string(given) +
                       " has no effect: rtmps_port is not set (443 or 1936 are usual), no encoder "
                       "is served over TLS");
  }
}

}  // namespace ingress::config
