#pragma once

#include <string_view>

// One GetIngressInfo by stream key as stock protobuf and psrpc 0.7.2 put it on the wire.
namespace ingress::rpc::vectors {

inline constexpr std::string_view kClientId = "CLI_IngrDemo0001";
inline constexpr std::string_view kRequestId = "REQ_aaaaBBBB0001";
inline constexpr std::string_view kServerId = "SRV_LkSrvNode001";
inline constexpr long long kSentAt = 1767225600000000000;
inline constexpr long long kExpiry = 1767225603000000000;

inline constexpr std::string_view kArgument = "120c 64656d6f53747265616d4b31";

inline constexpr std::string_view kRequest =
    "0a24 747970652e676f6f676c65617069732e636f6d2f696e7465726e616c2e52657175657374"
    "1248 0a10 5245515f616161614242424230303031"
    "     1210 434c495f496e677244656d6f30303031"
    "     18 8080e8ef9eca9cc318"
    "     20 80bca986aaca9cc318"
    "     420e 120c64656d6f53747265616d4b31";

inline constexpr std::string_view kRequestLock = "6L36MV+FOZt1R4AdjAx30i48in1vTRh8ju4L3A8nmQc=";

inline constexpr std::string_view kBid =
    "0a29 747970652e676f6f676c65617069732e636f6d2f696e7465726e616c2e436c61696d52657175657374"
    "1229 0a10 5245515f616161614242424230303031"
    "     1210 5352565f4c6b5372764e6f6465303031"
    "     1d 0000803f";

inline constexpr std::string_view kGrant =
    "0a2a 747970652e676f6f676c65617069732e636f6d2f696e7465726e616c2e436c61696d526573706f6e7365"
    "1224 0a10 5245515f616161614242424230303031"
    "     1210 5352565f4c6b5372764e6f6465303031";

inline constexpr long long kAnsweredAt = 1767225600012000000;

inline constexpr std::string_view kResult =
    "0a52 0a0f 494e5f44656d6f496e677230303031"
    "     1204 64656d6f"
    "     1a0c 64656d6f53747265616d4b31"
    "     2217 72746d703a2f2f696e676573742e6578616d706c652f78"
    "     4205 7374616765"
    "     4a05 63616d2d31"
    "     5801 6200 7801";

inline constexpr std::string_view kResponse =
    "0a25 747970652e676f6f676c65617069732e636f6d2f696e7465726e616c2e526573706f6e7365"
    "128401 0a10 5245515f616161614242424230303031"
    "       1210 5352565f4c6b5372764e6f6465303031"
    "       18 80b6c4f59eca9cc318"
    "       3a54"
    "0a52 0a0f 494e5f44656d6f496e677230303031"
    "     1204 64656d6f"
    "     1a0c 64656d6f53747265616d4b31"
    "     2217 72746d703a2f2f696e676573742e6578616d706c652f78"
    "     4205 7374616765"
    "     4a05 63616d2d31"
    "     5801 6200 7801";

inline constexpr std::string_view kErrorResponse =
    "0a25 747970652e676f6f676c65617069732e636f6d2f696e7465726e616c2e526573706f6e7365"
    "1251 0a10 5245515f616161614242424230303031"
    "     1210 5352565f4c6b5372764e6f6465303031"
    "     18 80b6c4f59eca9cc318"
    "     2a16 696e677265737320646f6573206e6f74206578697374"
    "     3209 6e6f745f666f756e64";

}  // namespace ingress::rpc::vectors
