#pragma once

#include <chrono>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::codec {

/// The identification header of RFC 7845 §5.1. Integers are little-endian on the wire.
struct OpusHead {
  std::uint8_t version = 1;
  int channels = 2;
  int pre_skip = 0;           // samples at 48 kHz
  int input_sample_rate = 0;  // Hz, informative; 0: not given
  int output_gain = 0;        // Q7.8 dB
  int mapping_family = 0;     // 0: mono or stereo
  int streams = 1;
  int coupled_streams = 1;
};

/// Errors: kMalformed when truncated or without the magic "OpusHead", kUnsupported for a version
/// above 15 or no channel.
Result<OpusHead> ParseOpusHead(ByteView header);

/// An identification header for `channels` speakers in the order and the coupling that libopus
/// gives them (mapping family 1, RFC 7845 §5.1.1.2), without pre-skip and gain. Empty beyond 1
/// to 8.
Bytes MakeOpusHead(int channels);

/// How long a packet plays (RFC 6716 §3.1 and §3.2), 2.5 to 120 ms.
/// Errors: kMalformed when empty, without its frame count or beyond 120 ms.
Result<std::chrono::microseconds> OpusPacketDuration(ByteView packet);

/// Whether the packet's TOC byte says stereo. False for an empty packet.
inline bool OpusPacketIsStereo(ByteView packet) { return !packet.empty() && (packet[0] & 4) != 0; }

}  // namespace ingress::codec
