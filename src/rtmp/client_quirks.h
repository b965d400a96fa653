#pragma once

#include <cstdint>
#include <string_view>

namespace ingress::rtmp {

/// Recognises senders that mean "same timestamp" with a message-starting header of fmt 3: librtmp,
/// and OBS before 30.2, which contains it. Everyone else means "same delta", as specified.
class ClientQuirks {
 public:
  /// The `flashVer` of connect; librtmp sends none, everyone else does.
  void OnConnect(std::string_view flash_ver) { flash_ver_sent_ = !flash_ver.empty(); }

  /// A publish command came on that chunk stream.
  void OnPublish(std::uint32_t chunk_stream_id) { Note(chunk_stream_id); }

  /// Audio, video or data came.
  void OnMedia(std::uint32_t chunk_stream_id) { Note(chunk_stream_id); }

  /// `onMetaData` named its encoder.
  void OnEncoder(std::string_view encoder);

  bool fmt3_means_same_timestamp() const {
    return old_obs_ || (!flash_ver_sent_ && all_on_stream_4_);
  }

 private:
  void Note(std::uint32_t chunk_stream_id) { all_on_stream_4_ &= chunk_stream_id == 4; }

  bool flash_ver_sent_ = false;
  bool all_on_stream_4_ = true;
  bool old_obs_ = false;
};

}  // namespace ingress::rtmp
