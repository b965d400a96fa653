#include <bit>
#include <string>
#include <utility>

#include "amf/amf0.h"
#include "amf/marker.h"
#include "base/big_endian.h"

namespace ingress::amf {
namespace {

constexpr std::size_t kShortLength = 2;  // bytes of the length field of names and strings
constexpr std::size_t kLongLength = 4;

/// `convert` applied to what `from` holds; its error otherwise.
template <typename T, typename Convert>
auto Map(const Result<T>& from, Convert convert) -> Result<decltype(convert(*from))> {
  if (!from) return std::unexpected(from.error());
  return convert(*from);
}

Value NumberFromBits(std::uint64_t bits) { return std::bit_cast<double>(bits); }
Value BoolFromByte(std::uint64_t byte) { return byte != 0; }

}  // namespace

Result<Value> Amf0Decoder::Read() { return ReadValue(0); }

Result<Value> Amf0Decoder::ReadValue(int depth) {
  const std::size_t start = offset_;
  if (++values_ > kMaxValues) {
    return Fail(ErrorCode::kLimitExceeded,
                "amf0: more than " + std::to_string(kMaxValues) + " values in a message");
  }
  const auto marker = Take(1);
  if (!marker) return std::unexpected(marker.error());

  switch (static_cast<Marker>(marker->front())) {
    case Marker::kNumber:
      return Map(ReadNumber(8), NumberFromBits);
    case Marker::kBoolean:
      return Map(ReadNumber(1), BoolFromByte);
    case Marker::kString:
      return ReadString(kShortLength);
    case Marker::kLongString:
    case Marker::kXmlDocument:
      return ReadString(kLongLength);
    case Marker::kObject:
    case Marker::kTypedObject:
    case Marker::kEcmaArray:
    case Marker::kStrictArray:
      return ReadContainer(marker->front(), depth + 1);
    case Marker::kNull:
      return Value(Null{});
    case Marker::kUndefined:
      return Value();
    case Marker::kUnsupported:
      return Value(Unsupported{});
    case Marker::kReference:
      // A table of objects would let a few bytes describe a tree without end.
      return Map(ReadNumber(2), [](std::uint64_t) { return Value(Unsupported{}); });
    case Marker::kDate:
      return ReadDate();
    case Marker::kSwitchToAmf3:
      return Fail(ErrorCode::kUnsupported, "amf0: AMF3 value at offset " + std::to_string(start));
    case Marker::kMovieClip:
    case Marker::kObjectEnd:
    case Marker::kRecordSet:
      break;
  }
  return Fail(ErrorCode::kUnsupported, "amf0: marker " + std::to_string(marker->front()) +
                                           " at offset " + std::to_string(start));
}

Result<Value> Amf0Decoder::ReadContainer(std::uint8_t marker, int depth) {
  if (depth > kMaxDepth) {
    return Fail(ErrorCode::kLimitExceeded, "amf0: nested deeper than " + std::to_string(kMaxDepth));
  }
  if (static_cast<Marker>(marker) == Marker::kStrictArray) return ReadStrictArray(depth);

  Object object;
  if (static_cast<Marker>(marker) == Marker::kTypedObject) {
    auto class_name = ReadText(kShortLength);
    if (!class_name) return std::unexpected(class_name.error());
    object.class_name = std::move(*class_name);
  }
  const bool ecma_array = static_cast<Marker>(marker) == Marker::kEcmaArray;
  if (ecma_array) {
    // The count is advisory: OBS always writes 20, others 0.
    if (const auto count = ReadNumber(4); !count) return std::unexpected(count.error());
  }
  auto properties = ReadProperties(depth);
  if (!properties) return std::unexpected(properties.error());
  if (ecma_array) return Value(EcmaArray{std::move(*properties)});
  object.properties = std::move(*properties);
  return Value(std::move(object));
}

Result<Value> Amf0Decoder::ReadStrictArray(int depth) {
  const auto count = ReadNumber(4);
  if (!count) return std::unexpected(count.error());
  StrictArray array;
  for (std::uint64_t i = 0; i < *count; ++i) {
    if (done() && object_end_ == ObjectEnd::kEndOfDataAllowed) break;
    auto value = ReadValue(depth);
    if (!value) return value;
    array.values.push_back(std::move(*value));
  }
  return Value(std::move(array));
}

Result<std::vector<Property>> Amf0Decoder::ReadProperties(int depth) {
  std::vector<Property> properties;
  while (true) {
    if (done() && object_end_ == ObjectEnd::kEndOfDataAllowed) return properties;
    auto name = ReadText(kShortLength);
    if (!name) return std::unexpected(name.error());
    // Only an empty name can stand before the end marker; empty names of values are legal, too.
    if (name->empty() && offset_ < data_.size() &&
        data_[offset_] == std::to_underlying(Marker::kObjectEnd)) {
      ++offset_;
      return properties;
    }
    auto value = ReadValue(depth);
    if (!value) return std::unexpected(value.error());
    properties.push_back({std::move(*name), std::move(*value)});
  }
}

Result<Value> Amf0Decoder::ReadDate() {
  const auto bits = ReadNumber(8);
  if (!bits) return std::unexpected(bits.error());
  return Map(ReadNumber(2), [&](std::uint64_t zone) {
    return Value(Date{std::bit_cast<double>(*bits),
                      static_cast<std::int16_t>(static_cast<std::uint16_t>(zone))});
  });
}

Result<Value> Amf0Decoder::ReadString(std::size_t length_size) {
  return Map(ReadText(length_size), [](const std::string& text) { return Value(text); });
}

Result<std::string> Amf0Decoder::ReadText(std::size_t length_size) {
  const auto length = ReadNumber(length_size);
  if (!length) return std::unexpected(length.error());
  return Map(Take(*length), [](ByteView bytes) { return std::string(AsText(bytes)); });
}

Result<std::uint64_t> Amf0Decoder::ReadNumber(std::size_t size) {
  return Map(Take(size), [](ByteView bytes) { return LoadBigEndian(bytes); });
}

Result<ByteView> Amf0Decoder::Take(std::size_t size) {
  if (size > data_.size() - offset_) {
    return Fail(ErrorCode::kMalformed, "amf0: " + std::to_string(size) + " bytes at offset " +
                                           std::to_string(offset_) + " of " +
                                           std::to_string(data_.size()));
  }
  const ByteView taken = data_.subspan(offset_, size);
  offset_ += size;
  return taken;
}

Result<std::vector<Value>> DecodeAmf0(ByteView data, ObjectEnd object_end) {
  Amf0Decoder decoder(data, object_end);
  std::vector<Value> values;
  while (!decoder.done()) {
    auto value = decoder.Read();
    if (!value) return std::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace ingress::amf
