#include "config/rtmp_section.h"

#include <string>
#include <string_view>
#include <vector>

namespace ingress::config {
namespace {

constexpr std::size_t kMaxNetworks = 1000;
constexpr std::string_view kProxyProtocol = "rtmp_proxy_protocol";

void ReadProxyNetworks(const Reader& reader, Config& config, Problems& problems) {
  const YamlNode::Entry* entry = reader.Find(kProxyProtocol);
  if (entry == nullptr || IsOff(entry->value)) return;
  const bool list = entry->value.kind == YamlNode::Kind::kSequence;
  const std::vector<YamlNode> items = list ? entry->value.items : std::vector{entry->value};
  for (const YamlNode& item : items) {
    const auto network = item.kind == YamlNode::Kind::kScalar ? ParseIpNetwork(item.scalar)
                                                              : std::optional<IpNetwork>();
    if (!network || items.size() > kMaxNetworks) {
      problems.Add(*entry, kProxyProtocol,
                   "must be a list of the balancers' networks, for example [10.0.0.0/8, fd00::/8]; "
                   "an address has no bits beyond its prefix");
      return;
    }
    config.proxy_protocol_from.push_back(*network);
  }
}

void ReadRtmps(const Reader& reader, Rtmps& rtmps, Problems& problems,
               std::vector<std::string>& warnings) {
  reader.Read("rtmps_cert_file", rtmps.cert_file);
  reader.Read("rtmps_key_file", rtmps.key_file);
  const bool both = !rtmps.cert_file.empty() && !rtmps.key_file.empty();
  if (rtmps.port != 0 && !both) {
    problems.Add(*reader.Find("rtmps_port"), "rtmps_port",
                 "needs rtmps_cert_file and rtmps_key_file, the certificate with its chain and its "
                 "key, both in PEM");
  }
  const bool either = !rtmps.cert_file.empty() || !rtmps.key_file.empty();
  if (rtmps.port == 0 && either) {
    const std::string_view given = rtmps.cert_file.empty() ? "rtmps_key_file" : "rtmps_cert_file";
    warnings.push_back(AtLine(reader.Find(given)->line) + std::string(given) +
                       " has no effect: rtmps_port is not set (443 or 1936 are usual), no encoder "
                       "is served over TLS");
  }
}

}  // namespace

void ReadRtmp(const Reader& reader, Config& config, Problems& problems,
              std::vector<std::string>& warnings) {
  ReadProxyNetworks(reader, config, problems);
  ReadRtmps(reader, config.rtmps, problems, warnings);
}

}  // namespace ingress::config
