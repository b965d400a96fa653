#include "rtmp/script_message.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "amf/amf0.h"

namespace ingress::rtmp {
namespace {

constexpr std::string_view kSetDataFrame = "@setDataFrame";
constexpr std::array<std::string_view, 5> kForwarded = {"onMetaData", "onTextData", "onCuePoint",
                                                        "onCaptionInfo", "onCaption"};

struct Name {
  std::string text;
  std::size_t offset = 0;  // where its value starts
};

/// The next string; empty when there is none.
Result<Name> NextName(amf::Amf0Decoder& decoder) {
  while (!decoder.done()) {
    const std::size_t offset = decoder.offset();
    const auto value = decoder.Read();
    if (!value) return std::unexpected(value.error());
    if (const std::string* text = value->AsString()) return Name{*text, offset};
  }
  return Name{};
}

}  // namespace

Result<std::optional<ScriptMessage>> ReadScriptMessage(ByteView body) {
  amf::Amf0Decoder decoder(body, amf::ObjectEnd::kEndOfDataAllowed);
  auto name = NextName(decoder);
  if (name && name->text == kSetDataFrame) name = NextName(decoder);
  if (!name) return Wrap("data message", name.error());
  if (std::ranges::find(kForwarded, name->text) == kForwarded.end()) return std::nullopt;

  // Readers further down need not meet what does not decode.
  while (!decoder.done()) {
    if (const auto value = decoder.Read(); !value) return Wrap(name->text, value.error());
  }
  const ByteView payload = body.subspan(name->offset);
  return ScriptMessage{.name = std::move(name->text), .payload = {payload.begin(), payload.end()}};
}

}  // namespace ingress::rtmp
