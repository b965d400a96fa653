#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ingress::sdp {

/// Collects lines, each ended by CRLF.
class LineWriter {
 public:
  template <typename... Parts>
  void Line(const Parts&... parts) {
    (Append(parts), ...);
    text_ += "\r\n";
  }

  std::string Take() { return std::move(text_); }

 private:
  void Append(std::string_view part) { text_ += part; }
  void Append(std::uint64_t number) { text_ += std::to_string(number); }
  void Append(std::uint32_t number) { text_ += std::to_string(number); }
  void Append(int number) { text_ += std::to_string(number); }

  std::string text_;
};

inline std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += separator;
    joined += part;
  }
  return joined;
}

}  // namespace ingress::sdp
