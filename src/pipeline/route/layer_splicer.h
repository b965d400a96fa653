#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/encoded_frame.h"
#include "pipeline/source/source_picture.h"

namespace ingress::pipeline {

/// Splices the two feeds of the highest layer, the source's own pictures and those of an encoder,
/// into one stream that a decoder cannot tell from that of a single encoder.
///
/// From source to encoder: the encoder's first picture is a key frame and presents at or after the
/// given time; source pictures from there on are withheld. From encoder to source: at an IDR
/// picture of the source, which waits until the encoder's picture before it is out, so that RTP
/// time never steps back. While lower layers are encoded from the same source, a source picture is
/// held until one of theirs with its time is out, because the SFU switches between layers only when
/// their pictures leave together.
///
/// Whatever feeds the layer, source pictures are held in an unbroken chain: behind one that is left
/// out only an IDR picture is of use.
///
/// Sans-IO.
class LayerSplicer {
 public:
  enum class Feed : std::uint8_t { kSource, kEncoder };
  using Picture = std::shared_ptr<const SourcePicture>;

  /// The longest that a source picture waits for the lower layers' frames of its time.
  static constexpr std::chrono::milliseconds kMaxSiblingWait{45};
  /// No picture waits for lower layers that have sent nothing for this long.
  static constexpr std::chrono::milliseconds kSiblingsGone{300};
  /// The longest that an encoder may take to begin, if the source may go on instead. Source
  /// pictures wait so long for that.
  static constexpr std::chrono::milliseconds kMaxStart{400};
  /// The longest that a source IDR waits for the encoder's last picture, and that those behind it
  /// wait with it.
  static constexpr std::chrono::milliseconds kMaxHandover{150};

  struct Callbacks {
    /// Send a source picture at `pts`, which is its own time except in a replay.
    std::function<void(const Picture& picture, SessionTime pts, TimePoint now)> send_source;
    std::function<void(EncodedFrame frame, TimePoint now)> send_encoded;
    /// The source feeds the layer again; the encoder may stop.
    std::function<void(TimePoint now)> on_returned;
  };

  explicit LayerSplicer(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}

  /// The next picture of a source that may pass. `wanted`: somebody watches the layer.
  void OnSource(const Picture& picture, bool wanted, TimePoint now);

  /// A picture of the encoder for this layer.
  void OnEncoded(EncodedFrame frame, TimePoint now);

  /// A lower layer's frame of `pts` was sent.
  void OnSibling(SessionTime pts, TimePoint now);

  /// Pictures presented at `from` or later come from the encoder.
  void TakeEncoder(SessionTime from, TimePoint now);

  /// Whether the layer goes back to the source at its next IDR picture.
  void AllowReturn(bool allowed);

  /// The encoder is gone: back to the source, whose pictures can be decoded from its next IDR on.
  void LoseEncoder(TimePoint now);

  /// Source pictures were left out: those that follow can be decoded from the next IDR on.
  void BreakChain() { needs_key_ = true; }

  /// Sends the pictures of a GOP anew, squeezed in behind the last one sent, so that a viewer who
  /// has seen none of them can begin; the source goes on behind it. `gop` ends with the newest
  /// picture of the source. Only in kSource.
  void Replay(const std::deque<Picture>& gop, TimePoint now);

  /// Sends an IDR picture of the source again until the encoder begins; only at the beginning of
  /// the stream, while nobody has seen more than that. The SFU offers a track to viewers when its
  /// first packet comes, and they take longer to subscribe than the encoder takes to begin. A few
  /// times at most; once where the track was announced before, because viewers who come later see
  /// what they are sent.
  void RepeatKeyFrame(const Picture& idr, TimePoint now);

  /// The time with which a picture may leave that is sent past this class, for a room in which
  /// nobody watches: `pts`, or just behind the last one sent. It counts as sent.
  SessionTime ReserveForAnnouncement(SessionTime pts);

  /// When Poll() is due, because what is held waits no longer; empty while nothing is.
  std::optional<TimePoint> deadline() const;
  void Poll(TimePoint now);

  Feed feed() const { return feed_; }
  /// A source picture was left out: those that follow are, too, until an IDR picture.
  bool needs_key() const { return needs_key_; }

 private:
  struct Held {
    Picture picture;
    TimePoint since;
  };

  void Withhold(const Picture& picture, TimePoint now);
  void DropHeld();
  SessionTime Reserve(SessionTime pts);
  void SendSource(const Picture& picture, SessionTime pts, TimePoint now);
  void ReleaseUpTo(SessionTime pts, TimePoint now);
  void ReleaseFirst(TimePoint now);
  void ReleaseAll(TimePoint now);
  void FinishReturn(TimePoint now);
  void GoBackToSource(TimePoint now);

  Callbacks callbacks_;
  Feed feed_ = Feed::kSource;
  std::optional<SessionTime> last_sent_;

  // Source.
  bool needs_key_ = true;
  std::deque<Held> held_;
  SessionTime sibling_pts_ = SessionTime::min();
  std::optional<TimePoint> sibling_at_;

  // Encoder.
  SessionTime encoder_from_{};
  TimePoint taken_at_{};
  int repeats_ = 0;
  bool announced_ = false;
  bool moving_ = false;  // more was sent than repeated key frames and announcements
  bool encoder_started_ = false;
  SessionTime encoder_pts_ = SessionTime::min();
  bool return_allowed_ = false;
  // The return: the IDR picture waits in held_ for the encoder's picture before it.
  SessionTime before_return_ = SessionTime::min();  // time of the newest source picture
  std::optional<TimePoint> return_deadline_;
  SessionTime return_after_{};
};

}  // namespace ingress::pipeline
