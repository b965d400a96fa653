#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "amf/value.h"
#include "base/bytes.h"
#include "base/result.h"

namespace ingress::amf {

constexpr int kMaxDepth = 16;             // objects and arrays together
constexpr std::size_t kMaxValues = 1024;  // values in one message, nested ones included

/// How an object or ECMA array may end.
enum class ObjectEnd {
  kMarkerRequired,    // commands: only with 00 00 09
  kEndOfDataAllowed,  // data messages: some encoders leave the marker out at the end
};

/// Reads AMF0 values one after the other (AMF0 specification, section 2).
///
/// Limits hold for all values of one decoder together, so use a decoder for each message. Nothing
/// is reserved by an announced count.
class Amf0Decoder {
 public:
  explicit Amf0Decoder(ByteView data, ObjectEnd object_end = ObjectEnd::kMarkerRequired)
      : data_(data), object_end_(object_end) {}

  /// The next value.
  /// Errors: kMalformed when it does not fit the data; kUnsupported for markers that carry no
  /// AMF0 value (movie clip, record set, the switch to AMF3); kLimitExceeded above kMaxDepth or
  /// kMaxValues.
  Result<Value> Read();

  bool done() const { return offset_ == data_.size(); }
  std::size_t offset() const { return offset_; }

 private:
  Result<Value> ReadValue(int depth);
  Result<Value> ReadContainer(std::uint8_t marker, int depth);
  Result<Value> ReadDate();
  Result<Value> ReadString(std::size_t length_size);
  Result<Value> ReadStrictArray(int depth);
  Result<std::vector<Property>> ReadProperties(int depth);
  Result<std::string> ReadText(std::size_t length_size);
  Result<std::uint64_t> ReadNumber(std::size_t size);
  Result<ByteView> Take(std::size_t size);

  ByteView data_;
  ObjectEnd object_end_;
  std::size_t offset_ = 0;
  std::size_t values_ = 0;
};

/// All values of a message. Errors as Amf0Decoder::Read().
Result<std::vector<Value>> DecodeAmf0(ByteView data,
                                      ObjectEnd object_end = ObjectEnd::kMarkerRequired);

/// Appends `value` to `out`. Strings above 65535 bytes become long strings; property names are cut
/// there. Unsupported is written as marker 0x0D.
void EncodeAmf0(const Value& value, Bytes& out);

/// The values one after the other, as a message body.
Bytes EncodeAmf0(const std::vector<Value>& values);

}  // namespace ingress::amf
