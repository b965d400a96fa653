#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "livekit/room.h"
#include "livekit_rtc.pb.h"

namespace ingress::livekit {

/// The RIDs of `layers` simulcast layers, lowest first: "q", "h", "f". One layer needs none: it is
/// named by its SSRC in the offer.
std::vector<std::string> RidsFor(std::size_t layers);

/// What announces a track to the SFU. `cid` is also the track id in the offer's msid.
::livekit::AddTrackRequest VideoTrackRequest(const VideoTrackOptions& options, std::string cid);
::livekit::AddTrackRequest AudioTrackRequest(const AudioTrackOptions& options, std::string cid);

/// "video/H264", "video/VP8"; empty for codecs that no track of ours has.
std::string_view MimeTypeOf(VideoCodec codec);

/// Whether a room that takes `publish_codecs` takes `mime_type`, whatever the case. A server that
/// lists nothing takes everything.
bool TakesCodec(const std::vector<std::string>& publish_codecs, std::string_view mime_type);

}  // namespace ingress::livekit
