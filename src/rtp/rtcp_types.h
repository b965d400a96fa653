#pragma once

#include <cstdint>

namespace ingress::rtp {

// Numbers of the RTCP wire format that both its writer and its parser need.

inline constexpr std::uint8_t kRtcpVersion = 2 << 6;

inline constexpr std::uint8_t kTypeSenderReport = 200;       // RFC 3550 §12.1
inline constexpr std::uint8_t kTypeReceiverReport = 201;     // RFC 3550 §12.1
inline constexpr std::uint8_t kTypeSdes = 202;               // RFC 3550 §12.1
inline constexpr std::uint8_t kTypeGoodbye = 203;            // RFC 3550 §12.1
inline constexpr std::uint8_t kTypeTransportFeedback = 205;  // RFC 4585 §6.1
inline constexpr std::uint8_t kTypePayloadFeedback = 206;    // RFC 4585 §6.1
inline constexpr std::uint8_t kTypeExtendedReport = 207;     // RFC 3611 §2

inline constexpr std::uint8_t kFormatGenericNack = 1;     // of 205, RFC 4585 §6.2
inline constexpr std::uint8_t kFormatTransportWide = 15;  // of 205
inline constexpr std::uint8_t kFormatPictureLoss = 1;     // of 206, RFC 4585 §6.3
inline constexpr std::uint8_t kFormatFullIntra = 4;       // of 206, RFC 5104 §4.3.1
inline constexpr std::uint8_t kFormatApplication = 15;    // of 206, RFC 4585 §6.4

inline constexpr std::uint8_t kBlockReferenceTime = 4;  // of 207, RFC 3611 §4.4
inline constexpr std::uint8_t kBlockDlrr = 5;           // of 207, RFC 3611 §4.5

}  // namespace ingress::rtp
