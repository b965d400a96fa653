#include <algorithm>
#include <bit>
#include <limits>
#include <string_view>
#include <utility>

#include "amf/amf0.h"
#include "amf/marker.h"
#include "base/byte_writer.h"

namespace ingress::amf {
namespace {

constexpr std::size_t kMaxShortLength = std::numeric_limits<std::uint16_t>::max();

class Encoder {
 public:
  explicit Encoder(Bytes& out) : writer_(out) {}

  void Write(const Value& value) { std::visit(*this, value.data()); }

  void operator()(Undefined) { WriteMarker(Marker::kUndefined); }
  void operator()(Null) { WriteMarker(Marker::kNull); }
  void operator()(Unsupported) { WriteMarker(Marker::kUnsupported); }

  void operator()(bool value) {
    WriteMarker(Marker::kBoolean);
    writer_.WriteU8(value ? 1 : 0);
  }

  void operator()(double value) {
    WriteMarker(Marker::kNumber);
    writer_.WriteU64(std::bit_cast<std::uint64_t>(value));
  }

  void operator()(const std::string& text) {
    if (text.size() > kMaxShortLength) {
      WriteMarker(Marker::kLongString);
      writer_.WriteU32(static_cast<std::uint32_t>(text.size()));
      writer_.WriteText(text);
      return;
    }
    WriteMarker(Marker::kString);
    WriteName(text);
  }

  void operator()(const Object& object) {
    WriteMarker(object.class_name.empty() ? Marker::kObject : Marker::kTypedObject);
    if (!object.class_name.empty()) WriteName(object.class_name);
    WriteProperties(object.properties);
  }

  void operator()(const EcmaArray& array) {
    WriteMarker(Marker::kEcmaArray);
    writer_.WriteU32(static_cast<std::uint32_t>(array.properties.size()));
    WriteProperties(array.properties);
  }

  void operator()(const StrictArray& array) {
    WriteMarker(Marker::kStrictArray);
    writer_.WriteU32(static_cast<std::uint32_t>(array.values.size()));
    for (const Value& value : array.values) Write(value);
  }

  void operator()(const Date& date) {
    WriteMarker(Marker::kDate);
    writer_.WriteU64(std::bit_cast<std::uint64_t>(date.milliseconds));
    writer_.WriteU16(static_cast<std::uint16_t>(date.zone));
  }

 private:
  void WriteMarker(Marker marker) { writer_.WriteU8(std::to_underlying(marker)); }

  void WriteName(std::string_view name) {
    const std::string_view fitting = name.substr(0, kMaxShortLength);
    writer_.WriteU16(static_cast<std::uint16_t>(fitting.size()));
    writer_.WriteText(fitting);
  }

  void WriteProperties(const std::vector<Property>& properties) {
    for (const Property& property : properties) {
      WriteName(property.name);
      Write(property.value);
    }
    writer_.WriteU16(0);
    WriteMarker(Marker::kObjectEnd);
  }

  ByteWriter writer_;
};

}  // namespace

void EncodeAmf0(const Value& value, Bytes& out) { Encoder(out).Write(value); }

Bytes EncodeAmf0(const std::vector<Value>& values) {
  Bytes out;
  for (const Value& value : values) EncodeAmf0(value, out);
  return out;
}

}  // namespace ingress::amf
