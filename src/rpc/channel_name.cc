#include "rpc/channel_name.h"

#include <initializer_list>

#include "base/utf8.h"

namespace ingress::rpc {
namespace {

bool IsPlain(char32_t code_point) {
  return (code_point >= U'0' && code_point <= U'9') || (code_point >= U'A' && code_point <= U'Z') ||
         (code_point >= U'a' && code_point <= U'z') || code_point == U'_';
}

void AppendHex(std::string& out, char32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += "0123456789abcdef"[value >> shift & 0xF];
  }
}

std::string Join(std::initializer_list<std::string_view> parts) {
  std::string name;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    if (!name.empty()) name += '|';
    name += EscapeChannelPart(part);
  }
  return name;
}

}  // namespace

std::string EscapeChannelPart(std::string_view part) {
  std::string out;
  out.reserve(part.size());
  while (!part.empty()) {
    const char32_t code_point = TakeCodePoint(part);
    if (IsPlain(code_point)) {
      out += static_cast<char>(code_point);
    } else if (code_point < 0x10000) {
      out += "u+";
      AppendHex(out, code_point, 4);
    } else {
      out += "U+";
      AppendHex(out, code_point, 8);
    }
  }
  return out;
}

std::string RequestChannel(std::string_view service, std::string_view method,
                           std::string_view topic) {
  return Join({service, method, topic, "REQ"});
}

std::string GrantChannel(std::string_view service, std::string_view method,
                         std::string_view topic) {
  return Join({service, method, topic, "RCLAIM"});
}

std::string BidChannel(std::string_view service, std::string_view client_id) {
  return Join({service, client_id, "CLAIM"});
}

std::string ResponseChannel(std::string_view service, std::string_view client_id) {
  return Join({service, client_id, "RES"});
}

}  // namespace ingress::rpc
