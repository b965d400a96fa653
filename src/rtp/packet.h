#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::rtp {

using SequenceNumber = std::uint16_t;  // RFC 3550 §5.1; wraps

inline constexpr std::size_t kFixedHeaderSize = 12;
inline constexpr std::size_t kMaxPacketSize = 1320;  // header to payload, before SRTP

/// The fixed header (RFC 3550 §5.1) without CSRCs.
struct RtpHeader {
  std::uint8_t payload_type = 0;  // 7 bits
  bool marker = false;
  SequenceNumber sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
};

/// The negotiated one-byte extension ids (RFC 8285 §4.2), 1 to 14; zero where not negotiated.
struct ExtensionIds {
  std::uint8_t mid = 0;            // urn:ietf:params:rtp-hdrext:sdes:mid
  std::uint8_t rid = 0;            // urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
  std::uint8_t repaired_rid = 0;   // urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
  std::uint8_t audio_level = 0;    // urn:ietf:params:rtp-hdrext:ssrc-audio-level
  std::uint8_t transport_seq = 0;  // transport-wide sequence number
};

/// What one packet says in its extensions. A value whose id is zero is left out.
struct ExtensionValues {
  std::string_view mid{};                 // 1 to 16 bytes; empty: not sent
  std::string_view rid{};                 // likewise
  std::string_view repaired_rid{};        // likewise
  std::optional<int> audio_level_dbov{};  // RFC 6464: 0 loudest, 127 silence
  bool transport_seq = false;             // reserves the field; PatchTransportSequence() fills it
};

/// Bytes that the extension block of `values` takes, its 4-byte header and padding included.
std::size_t ExtensionBlockSize(const ExtensionIds& ids, const ExtensionValues& values);

/// One RTP packet, built in place: header and extensions first, then the payload behind them.
class RtpPacket {
 public:
  /// Starts the packet over. Every extension value must be at most 16 bytes (asserted).
  void WriteHeader(const RtpHeader& header, const ExtensionIds& ids, const ExtensionValues& values);

  /// Where the payload may be written: everything up to kMaxPacketSize.
  std::span<std::uint8_t> payload_space();
  /// Fixes the payload's size after it was written into payload_space().
  void SetPayloadSize(std::size_t size);

  /// Writes the transport-wide sequence number into the field that WriteHeader() reserved;
  /// false when it reserved none.
  bool PatchTransportSequence(std::uint16_t sequence);
  /// Leaves the number as it stands. For a packet that is sent again under its own sequence number:
  /// SRTP would protect a changed one with the key stream of the first (RFC 3711 §9.1).
  void KeepTransportSequence() { transport_seq_offset_ = 0; }
  bool has_transport_sequence() const { return transport_seq_offset_ != 0; }

  const RtpHeader& header() const { return header_; }
  ByteView bytes() const { return {buffer_.data(), size_}; }
  ByteView payload() const { return bytes().subspan(header_size_); }

 private:
  RtpHeader header_;
  std::size_t header_size_ = 0;           // with extensions
  std::size_t size_ = 0;                  // with payload
  std::size_t transport_seq_offset_ = 0;  // zero: nothing to write
  std::array<std::uint8_t, kMaxPacketSize> buffer_;
};

class PacketPool;

/// Gives a packet back to its pool.
struct PacketRecycler {
  PacketPool* pool = nullptr;
  void operator()(RtpPacket* packet) const;
};
using PacketPtr = std::unique_ptr<RtpPacket, PacketRecycler>;

/// Packets that are used over and over, so that sending allocates nothing once it runs.
/// Must outlive every packet it handed out. Confined to one thread.
class PacketPool {
 public:
  /// Packets kept for later; what a burst needed beyond that is freed again.
  static constexpr std::size_t kMaxSpare = 512;

  PacketPool() = default;
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;
  ~PacketPool();

  PacketPtr Take();

  std::size_t spare() const { return spare_.size(); }
  std::size_t in_use() const { return in_use_; }

 private:
  friend struct PacketRecycler;
  void GiveBack(RtpPacket* packet);

  std::vector<std::unique_ptr<RtpPacket>> spare_;  // last in, first out: the warmest is reused
  std::size_t in_use_ = 0;
};

inline constexpr std::uint16_t kOneByteProfile = 0xbede;  // of an extension block, RFC 8285 §4.2

/// The parts of a received packet; the views point into the bytes it was split from.
struct RtpPacketParts {
  RtpHeader header;
  std::uint16_t extension_profile = 0;  // what the block is; zero where there is none
  ByteView extension_block{};           // the elements, and their padding
  ByteView payload{};                   // without padding
};

/// Splits an RTP packet (RFC 3550 §5.1). CSRCs are skipped, the extension block is not looked into.
/// Errors: kMalformed for another version or lengths that do not fit.
Result<RtpPacketParts> SplitRtpPacket(ByteView packet);

/// A received packet; the views point into the bytes it was parsed from.
struct ParsedRtpPacket {
  struct Extension {
    std::uint8_t id = 0;
    ByteView value{};
  };

  RtpHeader header;
  std::vector<Extension> extensions;  // one-byte form only; of other profiles nothing is read
  ByteView payload;                   // without padding

  /// The value of extension `id`; empty when absent.
  ByteView extension(std::uint8_t id) const;
};

/// Parses an RTP packet (RFC 3550 §5.1, RFC 8285 §4.2). CSRCs are skipped.
/// Errors: kMalformed for another version or lengths that do not fit.
Result<ParsedRtpPacket> ParseRtpPacket(ByteView packet);

}  // namespace ingress::rtp
