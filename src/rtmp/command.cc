#include "rtmp/command.h"

#include <array>
#include <cmath>
#include <utility>

#include "amf/amf0.h"

namespace ingress::rtmp {
namespace {

using amf::Null;
using amf::Object;
using amf::StrictArray;
using amf::Value;

// What the media side decodes, by FourCC (Enhanced RTMP v2, "Enhancing NetConnection connect").
constexpr std::array kVideoFourCcs = {"avc1", "hvc1", "av01", "vp08", "vp09"};
constexpr std::array kAudioFourCcs = {"mp4a", "Opus", ".mp3"};
constexpr int kCanDecode = 0x01;
constexpr int kCapsMultitrack = 0x02;
constexpr int kCapsModEx = 0x04;

Object Information(std::string_view level, std::string_view code, std::string_view description) {
  return {{{"level", level}, {"code", code}, {"description", description}}, {}};
}

template <typename FourCcs>
Object InfoMap(const FourCcs& fourccs) {
  Object map;
  for (const char* fourcc : fourccs) map.properties.push_back({fourcc, kCanDecode});
  return map;
}

StrictArray FourCcList() {
  StrictArray list;
  for (const char* fourcc : kVideoFourCcs) list.values.emplace_back(fourcc);
  for (const char* fourcc : kAudioFourCcs) list.values.emplace_back(fourcc);
  return list;
}

Bytes EncodeConnectResult(double transaction_id) {
  Object properties{{{"fmsVer", "FMS/3,0,1,123"},
                     {"capabilities", 31},
                     {"mode", 1},
                     {"fourCcList", FourCcList()},
                     {"videoFourCcInfoMap", InfoMap(kVideoFourCcs)},
                     {"audioFourCcInfoMap", InfoMap(kAudioFourCcs)},
                     {"capsEx", kCapsMultitrack | kCapsModEx}},
                    {}};
  Object information =
      Information("status", "NetConnection.Connect.Success", "Connection succeeded.");
  information.properties.push_back({"objectEncoding", 0});
  return amf::EncodeAmf0(
      std::vector<Value>{"_result", transaction_id, std::move(properties), std::move(information)});
}

}  // namespace

const Value& Command::Argument(std::size_t index) const {
  static const Value kUndefined;
  return index < arguments.size() ? arguments[index] : kUndefined;
}

Result<Command> ParseCommand(ByteView body) {
  amf::Amf0Decoder decoder(body);
  const auto name = decoder.Read();
  if (!name) return Wrap("rtmp command", name.error());
  const std::string* text = name->AsString();
  if (!text) return Fail(ErrorCode::kMalformed, "rtmp command: the first value is not a name");

  Command command{.name = *text};
  for (bool first = true; !decoder.done(); first = false) {
    auto value = decoder.Read();
    if (!value && value.error().code == ErrorCode::kUnsupported) break;
    if (!value) return Wrap("rtmp command", value.error());
    if (first) {
      const double id = value->AsNumber().value_or(0);
      command.transaction_id = std::isfinite(id) ? id : 0;
    } else {
      command.arguments.push_back(std::move(*value));
    }
  }
  return command;
}

/// Made anew each time it is a fortieth of what a stranger with a wrong key costs (measured).
Bytes MakeConnectResult(double transaction_id) {
  static const Bytes kUsual = EncodeConnectResult(kConnectTransaction);
  return transaction_id == kConnectTransaction ? kUsual : EncodeConnectResult(transaction_id);
}

Bytes MakeResult(double transaction_id, Value value) {
  return amf::EncodeAmf0(std::vector<Value>{"_result", transaction_id, Null{}, std::move(value)});
}

Bytes MakeConnectError(double transaction_id, std::string_view description) {
  return amf::EncodeAmf0(
      std::vector<Value>{"_error", transaction_id, Null{},
                         Information("error", "NetConnection.Connect.Rejected", description)});
}

Bytes MakeOnFcPublish(double transaction_id) {
  return amf::EncodeAmf0(
      std::vector<Value>{"onFCPublish", transaction_id, Null{},
                         Information("status", "NetStream.Publish.Start", "FCPublish accepted.")});
}

Bytes MakeOnStatus(StatusLevel level, std::string_view code, std::string_view description) {
  const std::string_view text = level == StatusLevel::kStatus ? "status" : "error";
  return amf::EncodeAmf0(
      std::vector<Value>{"onStatus", 0, Null{}, Information(text, code, description)});
}

Bytes MakePublishStart(std::string_view stream_name) {
  Object information = Information("status", "NetStream.Publish.Start", "Publish accepted.");
  information.properties.push_back({"details", stream_name});
  information.properties.push_back({"clientid", "ingress"});
  return amf::EncodeAmf0(std::vector<Value>{"onStatus", 0, Null{}, std::move(information)});
}

}  // namespace ingress::rtmp
