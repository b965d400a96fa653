#include "codec/avc_config.h"

#include <string>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "codec/h264.h"

namespace ingress::codec {
namespace {

bool StartsWithStartCode(ByteView data) {
  return data.size() > 4 && data[0] == 0 && data[1] == 0 &&
         (data[2] == 1 || (data[2] == 0 && data[3] == 1));
}

/// Reads `count` units, each behind a 16-bit length; empty ones are left out.
Result<void> ReadUnits(ByteReader& reader, int count, NalType type, std::vector<Bytes>& out) {
  for (int i = 0; i < count; ++i) {
    const std::size_t size = reader.ReadU16();
    const ByteView nal = reader.ReadBytes(size);
    if (!reader.ok()) {
      return Fail(ErrorCode::kMalformed, "parameter set " + std::to_string(i) + " of " +
                                             std::to_string(count) + " is cut off");
    }
    if (nal.empty()) continue;
    if (TypeOf(nal) != type) {
      return Fail(ErrorCode::kMalformed,
                  "NAL unit type " + std::to_string(nal[0] & 0x1f) + " among the parameter sets");
    }
    out.emplace_back(nal.begin(), nal.end());
  }
  return {};
}

Result<AvcConfig> ParseAnnexBConfig(ByteView data) {
  AvcConfig config;
  AnnexBReader reader(data);
  while (const auto nal = reader.Next()) {
    if (TypeOf(*nal) == NalType::kSps) config.sps.emplace_back(nal->begin(), nal->end());
    if (TypeOf(*nal) == NalType::kPps) config.pps.emplace_back(nal->begin(), nal->end());
  }
  if (config.sps.empty() || config.sps.front().size() < 4) {
    return Fail(ErrorCode::kMalformed, "AVC config: Annex B without an SPS");
  }
  config.profile_idc = config.sps.front()[1];
  config.constraint_flags = config.sps.front()[2];
  config.level_idc = config.sps.front()[3];
  return config;
}

void WriteUnits(const std::vector<Bytes>& units, ByteWriter& writer) {
  for (const Bytes& unit : units) {
    writer.WriteU16(static_cast<std::uint16_t>(unit.size()));
    writer.WriteBytes(unit);
  }
}

}  // namespace

Result<AvcConfig> ParseAvcConfig(ByteView record) {
  if (record.size() > AvcConfig::kMaxRecordSize) {
    return Fail(ErrorCode::kLimitExceeded,
                "AVC config of " + std::to_string(record.size()) + " bytes");
  }
  if (StartsWithStartCode(record)) return ParseAnnexBConfig(record);

  ByteReader reader(record);
  AvcConfig config;
  const std::uint8_t version = reader.ReadU8();
  config.profile_idc = reader.ReadU8();
  config.constraint_flags = reader.ReadU8();
  config.level_idc = reader.ReadU8();
  config.nal_length_size = (reader.ReadU8() & 3) + 1;
  const int sps_count = reader.ReadU8() & 0x1f;
  if (!reader.ok() || version != 1) {
    return Fail(ErrorCode::kMalformed, "AVC config: version " + std::to_string(version) + " in " +
                                           std::to_string(record.size()) + " bytes");
  }
  if (config.nal_length_size == 3) {
    return Fail(ErrorCode::kMalformed, "AVC config: NAL unit lengths of 3 bytes");
  }
  if (auto read = ReadUnits(reader, sps_count, NalType::kSps, config.sps); !read) {
    return Wrap("AVC config: SPS", std::move(read.error()));
  }
  if (reader.remaining() == 0 && sps_count == 0) return config;  // all comes in-band
  const int pps_count = reader.ReadU8();
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "AVC config: PPS count missing");
  if (auto read = ReadUnits(reader, pps_count, NalType::kPps, config.pps); !read) {
    return Wrap("AVC config: PPS", std::move(read.error()));
  }
  return config;
}

Bytes SerializeAvcConfig(const AvcConfig& config) {
  Bytes out;
  ByteWriter writer(out);
  writer.WriteU8(1);
  writer.WriteU8(config.profile_idc);
  writer.WriteU8(config.constraint_flags);
  writer.WriteU8(config.level_idc);
  writer.WriteU8(static_cast<std::uint8_t>(0xfc | (config.nal_length_size - 1)));
  writer.WriteU8(static_cast<std::uint8_t>(0xe0 | config.sps.size()));
  WriteUnits(config.sps, writer);
  writer.WriteU8(static_cast<std::uint8_t>(config.pps.size()));
  WriteUnits(config.pps, writer);
  return out;
}

Bytes ParameterSetsAsAnnexB(const AvcConfig& config) {
  Bytes out;
  ByteWriter writer(out);
  for (const auto* units : {&config.sps, &config.pps}) {
    for (const Bytes& unit : *units) {
      writer.WriteU32(1);
      writer.WriteBytes(unit);
    }
  }
  return out;
}

}  // namespace ingress::codec
