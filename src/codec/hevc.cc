#include "codec/hevc.h"

#include <string>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace ingress::codec {
namespace {

constexpr std::size_t kHeaderSize = 21;  // bytes of hvcC before lengthSizeMinusOne

}  // namespace

Result<HevcConfig> ParseHevcConfig(ByteView record) {
  if (record.size() > HevcConfig::kMaxRecordSize) {
    return Fail(ErrorCode::kLimitExceeded,
                "HEVC config of " + std::to_string(record.size()) + " bytes");
  }
  ByteReader reader(record);
  // configurationVersion is 1, or 0 from encoders older than the final specification.
  const std::uint8_t version = reader.ReadU8();
  reader.Skip(kHeaderSize - 1);
  HevcConfig config{.nal_length_size = (reader.ReadU8() & 3) + 1, .parameter_sets = {}};
  const int arrays = reader.ReadU8();
  if (!reader.ok() || version > 1 || config.nal_length_size == 3) {
    return Fail(ErrorCode::kMalformed,
                "HEVC config of " + std::to_string(record.size()) + " bytes");
  }
  for (int i = 0; i < arrays; ++i) {
    reader.Skip(1);  // array_completeness, NAL_unit_type
    const int count = reader.ReadU16();
    for (int j = 0; j < count && reader.ok(); ++j) {
      const std::size_t size = reader.ReadU16();
      const ByteView nal = reader.ReadBytes(size);
      if (!nal.empty()) config.parameter_sets.emplace_back(nal.begin(), nal.end());
    }
  }
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "HEVC config: parameter set is cut off");
  return config;
}

Bytes SerializeHevcConfig(const HevcConfig& config) {
  Bytes out(kHeaderSize, 0);
  out[0] = 1;  // configurationVersion
  ByteWriter writer(out);
  writer.WriteU8(static_cast<std::uint8_t>(config.nal_length_size - 1));
  writer.WriteU8(static_cast<std::uint8_t>(config.parameter_sets.size()));
  for (const Bytes& nal : config.parameter_sets) {  // an array each
    writer.WriteU8(HevcTypeOf(nal));
    writer.WriteU16(1);
    writer.WriteU16(static_cast<std::uint16_t>(nal.size()));
    writer.WriteBytes(nal);
  }
  return out;
}

}  // namespace ingress::codec
