#include "support/sfu_offer.h"

#include <charconv>
#include <utility>

namespace ingress::test {
namespace {

/// The text behind `prefix`, or nothing.
bool Cut(std::string_view& line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return false;
  line.remove_prefix(prefix.size());
  return true;
}

std::string FirstWord(std::string_view text) { return std::string(text.substr(0, text.find(' '))); }

std::string SecondWord(std::string_view text) {
  const std::size_t space = text.find(' ');
  return space == std::string_view::npos ? "" : FirstWord(text.substr(space + 1));
}

sdp::Fingerprint ReadFingerprint(std::string_view text) {
  sdp::Fingerprint out{.algorithm = FirstWord(text), .digest = {}};
  const std::string hex = SecondWord(text);
  for (std::size_t i = 0; i + 1 < hex.size(); i += 3) {
    std::uint8_t byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    out.digest.push_back(byte);
  }
  return out;
}

SfuOffer::Section ReadMediaLine(std::string_view line) {
  SfuOffer::Section section;
  section.kind = FirstWord(line);
  for (int words = 0; words < 3; ++words) line.remove_prefix(line.find(' ') + 1);
  section.payload_types = line;
  return section;
}

void ReadSectionLine(std::string_view line, SfuOffer::Section& section) {
  const std::string whole(line);
  if (Cut(line, "a=mid:")) {
    section.mid = line;
  } else if (Cut(line, "a=msid:")) {
    section.track_id = SecondWord(line);
  } else if (Cut(line, "a=rid:")) {
    section.rids.push_back(FirstWord(line));
  } else if (Cut(line, "a=ssrc:")) {
    if (line.find("cname:") != std::string_view::npos) section.ssrcs.push_back(FirstWord(line));
  } else if (line == "a=inactive") {
    section.inactive = true;
  } else if (line.starts_with("a=rtpmap:") || line.starts_with("a=fmtp:") ||
             line.starts_with("a=rtcp-fb:") || line.starts_with("a=extmap:")) {
    section.codec_lines.push_back(whole);
  }
}

void ReadLine(std::string_view line, SfuOffer& offer) {
  if (Cut(line, "m=")) {
    offer.sections.push_back(ReadMediaLine(line));
  } else if (Cut(line, "a=ice-ufrag:")) {
    offer.ice.ufrag = line;
  } else if (Cut(line, "a=ice-pwd:")) {
    offer.ice.password = line;
  } else if (Cut(line, "a=fingerprint:")) {
    offer.fingerprint = ReadFingerprint(line);
  } else if (line.starts_with("a=candidate:")) {
    if (auto candidate = sdp::ParseCandidate(line)) offer.candidates.push_back(*candidate);
  } else if (!offer.sections.empty()) {
    ReadSectionLine(line, offer.sections.back());
  }
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ";") + word;
  return out;
}

void WriteSection(const SfuOffer::Section& section, const sdp::IceCredentials& ice,
                  std::string& out) {
  out += "m=" + section.kind + " 9 UDP/TLS/RTP/SAVPF " + section.payload_types + "\r\n";
  out += "c=IN IP4 0.0.0.0\r\na=setup:active\r\na=mid:" + section.mid + "\r\n";
  out += "a=ice-ufrag:" + ice.ufrag + "\r\na=ice-pwd:" + ice.password + "\r\n";
  out += "a=rtcp-mux\r\na=rtcp-rsize\r\n";
  for (const std::string& line : section.codec_lines) out += line + "\r\n";
  for (const std::string& rid : section.rids) out += "a=rid:" + rid + " recv\r\n";
  if (!section.rids.empty()) out += "a=simulcast:recv " + Joined(section.rids) + "\r\n";
  out += section.inactive ? "a=inactive\r\n" : "a=recvonly\r\n";
}

}  // namespace

SfuOffer ReadOffer(std::string_view text) {
  SfuOffer offer;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\r\n"), text.size());
    ReadLine(text.substr(0, end), offer);
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return offer;
}

std::string WriteAnswer(const SfuOffer& offer, const sdp::IceCredentials& ice,
                        const std::string& fingerprint) {
  std::string out = "v=0\r\no=- 9052821334910072709 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
  out += "a=fingerprint:sha-256 " + fingerprint + "\r\na=group:BUNDLE";
  for (const SfuOffer::Section& section : offer.sections) out += " " + section.mid;
  out += "\r\n";
  for (const SfuOffer::Section& section : offer.sections) WriteSection(section, ice, out);
  return out;
}

}  // namespace ingress::test
