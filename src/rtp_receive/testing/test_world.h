#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/big_endian.h"
#include "base/byte_writer.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "codec/h264.h"
#include "rtp/ntp.h"
#include "rtp/rtcp.h"
#include "rtp_receive/media_ticks.h"
#include "rtp_receive/receiver.h"

namespace ingress::rtp_receive::testing {

/// What the path between the sender and the receiver does, and what the sender is able to.
struct WorldOptions {
  double loss = 0;       // of packets to the receiver, at random
  double back_loss = 0;  // of RTCP to the sender
  double duplicates = 0;
  std::chrono::milliseconds way{20};    // each way
  std::chrono::milliseconds jitter{0};  // a packet takes up to so much longer, and is overtaken

  bool video = true;
  bool audio = true;
  bool nack = true;
  bool rtx = false;         // resends on an SSRC of their own
  bool pli = true;          // offered …
  bool answers_pli = true;  // … and answered
  bool reduced_size = true;
  bool transport_feedback = false;
  int gop = 1'000'000;                      // pictures
  std::size_t packets_each = 6;             // of a picture; of a key picture four times as many
  std::chrono::milliseconds audio_late{0};  // than video of the same capture
  bool reports = true;                      // SRs
  double fast = 0;                          // the sender's clocks run so much faster
  unsigned seed = 1;
};

/// A WebRTC sender, a path and a Receiver, in given time. Pictures are made 30 times a second,
/// audio every 20 ms; each says its number, and what comes out is checked against it.
class World {
 public:
  static constexpr std::uint32_t kAudioSsrc = 11;
  static constexpr std::uint32_t kVideoSsrc = 22;
  static constexpr std::uint32_t kRtxSsrc = 33;
  static constexpr std::uint8_t kAudioType = 111;
  static constexpr std::uint8_t kVideoType = 96;
  static constexpr std::uint8_t kRtxType = 97;
  static constexpr TimePoint kStart{std::chrono::hours(1)};

  struct Got {
    std::uint32_t number = 0;
    bool key = false;
    TimePoint at{};
    Clock::duration delay{};                             // since its capture
    std::chrono::duration<double, std::milli> placed{};  // its timestamp less its capture
  };

  explicit World(WorldOptions options)
      : options(options), random_(options.seed), receiver_(ConfigOf(options), kStart) {
    if (options.video) At(kStart, [this] { SendPicture(); });
    if (options.audio) At(kStart, [this] { SendAudio(); });
    if (options.reports) At(kStart + std::chrono::milliseconds(300), [this] { SendReports(); });
  }

  WorldOptions options;  // may be changed meanwhile, but for what was agreed on

  /// Runs for `duration`.
  void Run(Clock::duration duration) {
    for (const TimePoint end = now_ + duration; now_ < end;) {
      const TimePoint next = std::min({end, events_.begin()->first, receiver_.deadline()});
      // A deadline that lies in the past and stays there would be a loop without an end.
      stuck_ = next <= now_ ? stuck_ + 1 : 0;
      if (stuck_ > 1'000) return Fail("the deadline does not move");
      now_ = std::max(now_, next);
      while (!events_.empty() && events_.begin()->first <= now_) {
        auto event = std::move(events_.begin()->second);
        events_.erase(events_.begin());
        event();
      }
      Poll();
    }
  }

  TimePoint now() const { return now_; }
  Receiver& receiver() { return receiver_; }
  const std::vector<Got>& video() const { return video_; }
  const std::vector<Got>& audio() const { return audio_; }
  int unreadable() const { return unreadable_; }
  std::uint32_t pictures_sent() const { return pictures_; }
  std::uint32_t audio_packets_sent() const { return audio_packets_; }
  int requests() const { return requests_; }  // NACKed numbers that reached the sender
  const std::vector<TimePoint>& key_frame_requests() const { return key_frame_requests_; }
  int feedbacks() const { return feedbacks_; }
  int reports() const { return reports_; }
  const std::vector<std::string>& faults() const { return faults_; }

  StreamStats Stats(TrackKind kind) const {
    for (const StreamStats& stats : receiver_.stats().streams) {
      if (stats.kind == kind) return stats;
    }
    return {};
  }

  /// Called with each packet of media on its way; false: it is lost.
  std::function<bool(std::uint32_t ssrc, std::uint32_t number)> lets_pass;
  /// Called with each frame of video and audio that comes out.
  std::function<void(TrackKind kind, const stream::Timestamp& dts, const Got& got)> on_frame;
  /// Packets are sent as they are, or not at all, for tests that put something in between.
  void Inject(const Bytes& packet) { Deliver(packet, false); }

 private:
  using Event = std::function<void()>;

  static ReceiverConfig ConfigOf(const WorldOptions& options) {
    ReceiverConfig config{.extensions = {.transport_seq = 5},
                          .reduced_size_rtcp = options.reduced_size,
                          .local_ssrc = 1,
                          .cname = "receiver"};
    if (options.audio) {
      config.tracks.push_back({.kind = TrackKind::kAudio,
                               .mid = "0",
                               .formats = {{.payload_type = kAudioType,
                                            .codec = AudioCodec::kOpus,
                                            .clock_rate = 48'000}},
                               .feedback = {.nack = options.nack}});
    }
    if (options.video) {
      PayloadFormat format{.payload_type = kVideoType};
      if (options.rtx) format.rtx_payload_type = kRtxType;
      config.tracks.push_back({.kind = TrackKind::kVideo,
                               .mid = "1",
                               .formats = {format},
                               .feedback = {.nack = options.nack,
                                            .pli = options.pli,
                                            .transport_cc = options.transport_feedback}});
    }
    return config;
  }

  void At(TimePoint when, Event event) { events_.emplace(when, std::move(event)); }

  bool Chance(double probability) {
    return std::uniform_real_distribution<>(0, 1)(random_) < probability;
  }

  /// Time since the start as the sender's clocks count it.
  double Captured() const {
    return std::chrono::duration<double>(now_ - kStart).count() * (1 + options.fast);
  }

  // The sender.

  /// One RTP packet: header with a transport-wide number, payload.
  Bytes Packet(std::uint8_t type, bool marker, std::uint16_t sequence, std::uint32_t timestamp,
               std::uint32_t ssrc, ByteView payload) {
    Bytes packet;
    ByteWriter writer(packet);
    writer.WriteU8(0x90);
    writer.WriteU8(static_cast<std::uint8_t>((marker ? 0x80 : 0) | type));
    writer.WriteU16(sequence);
    writer.WriteU32(timestamp);
    writer.WriteU32(ssrc);
    writer.WriteU16(0xbede);
    writer.WriteU16(1);
    writer.WriteU8(0x51);
    writer.WriteU16(transport_sequence_++);
    writer.WriteU8(0);
    writer.WriteBytes(payload);
    return packet;
  }

  /// A picture is one slice a packet. Each says number, part and parts of the picture.
  void SendPicture() {
    const bool key = pictures_ == 0 || std::exchange(key_wanted_, false) ||
                     pictures_ % static_cast<std::uint32_t>(options.gop) == 0;
    const std::size_t parts = options.packets_each * (key ? 4 : 1);
    const std::uint32_t timestamp =
        video_first_ + static_cast<std::uint32_t>(static_cast<std::uint64_t>(Captured() * 90'000));
    for (std::size_t part = 0; part < parts; ++part) {
      Bytes slice = {static_cast<std::uint8_t>(key ? 0x65 : 0x41),
                     static_cast<std::uint8_t>(part == 0 ? 0x80 : 0x40)};
      ByteWriter writer(slice);
      for (const std::uint32_t value :
           {pictures_, static_cast<std::uint32_t>(part), static_cast<std::uint32_t>(parts)}) {
        writer.WriteU32(value);
      }
      slice.resize(200 + (pictures_ + part) % 700, 0xaa);
      const std::uint16_t sequence = video_sequence_++;
      Bytes packet = Packet(kVideoType, part + 1 == parts, sequence, timestamp, kVideoSsrc, slice);
      Keep(kVideoSsrc, sequence, packet);
      Transmit(packet, kVideoSsrc, pictures_);
    }
    ++pictures_;
    At(kStart + pictures_ * std::chrono::nanoseconds(std::chrono::seconds(1)) / 30,
       [this] { SendPicture(); });
  }

  void SendAudio() {
    Bytes payload = {0x78};  // Opus, one frame of 20 ms
    ByteWriter writer(payload);
    writer.WriteU32(audio_packets_);
    const double captured = Captured() - std::chrono::duration<double>(options.audio_late).count();
    const std::uint32_t timestamp =
        audio_first_ + static_cast<std::uint32_t>(static_cast<std::int64_t>(captured * 48'000));
    const std::uint16_t sequence = audio_sequence_++;
    Bytes packet =
        Packet(kAudioType, audio_packets_ == 0, sequence, timestamp, kAudioSsrc, payload);
    Keep(kAudioSsrc, sequence, packet);
    Transmit(packet, kAudioSsrc, audio_packets_);
    ++audio_packets_;
    At(kStart + audio_packets_ * std::chrono::milliseconds(20), [this] { SendAudio(); });
  }

  void SendReports() {
    const WallTime wall{std::chrono::duration_cast<WallTime::duration>(
        std::chrono::duration<double>(1.7e9 + Captured()))};
    const auto report = [&](std::uint32_t ssrc, std::uint32_t timestamp) {
      Bytes datagram;
      rtp::AppendSenderReport(
          datagram, {.ssrc = ssrc, .ntp = rtp::ToNtp(wall), .rtp_timestamp = timestamp}, "sender");
      At(now_ + options.way, [this, datagram] { receiver_.OnRtcp(datagram, now_); });
    };
    report(kVideoSsrc, video_first_ + static_cast<std::uint32_t>(
                                          static_cast<std::uint64_t>(Captured() * 90'000)));
    report(kAudioSsrc, audio_first_ + static_cast<std::uint32_t>(
                                          static_cast<std::uint64_t>(Captured() * 48'000)));
    At(now_ + std::chrono::seconds(1), [this] { SendReports(); });
  }

  void Keep(std::uint32_t ssrc, std::uint16_t sequence, const Bytes& packet) {
    history_[{ssrc, sequence}] = packet;
    kept_.push_back({ssrc, sequence});
    if (kept_.size() > 2'000) {
      history_.erase(kept_.front());
      kept_.pop_front();
    }
  }

  void Resend(std::uint32_t ssrc, std::uint16_t sequence) {
    const auto kept = history_.find({ssrc, sequence});
    if (kept == history_.end()) return;
    const Bytes& original = kept->second;
    if (ssrc != kVideoSsrc || !options.rtx) return Transmit(original, 0, 0);
    Bytes payload = {static_cast<std::uint8_t>(sequence >> 8), static_cast<std::uint8_t>(sequence)};
    payload.insert(payload.end(), original.begin() + 20, original.end());
    const auto timestamp = LoadBigEndian<std::uint32_t>(ByteView(original).subspan(4));
    Transmit(
        Packet(kRtxType, (original[1] & 0x80) != 0, rtx_sequence_++, timestamp, kRtxSsrc, payload),
        0, 0);
  }

  void OnFeedback(const rtp::RtcpMessage& message) {
    if (const auto* nack = std::get_if<rtp::GenericNack>(&message)) {
      if (!options.nack) Fail("a NACK to a sender that knows none");
      requests_ += static_cast<int>(nack->lost.size());
      for (const auto sequence : nack->lost) Resend(nack->media_ssrc, sequence);
    } else if (std::get_if<rtp::PictureLoss>(&message) != nullptr) {
      if (!options.pli) Fail("a PLI to a sender that knows none");
      key_frame_requests_.push_back(now_);
      key_wanted_ = options.answers_pli;
    } else if (std::get_if<rtp::TransportFeedback>(&message) != nullptr) {
      ++feedbacks_;
    } else if (std::get_if<rtp::ReportBlock>(&message) != nullptr) {
      ++reports_;
    }
  }

  // The path.

  void Transmit(const Bytes& packet, std::uint32_t ssrc, std::uint32_t number) {
    if (ssrc != 0 && lets_pass && !lets_pass(ssrc, number)) return;
    if (Chance(options.loss)) return;
    Deliver(packet, true);
    if (Chance(options.duplicates)) Deliver(packet, true);
  }

  void Deliver(const Bytes& packet, bool jitter) {
    Clock::duration way = options.way;
    if (jitter && options.jitter.count() > 0) {
      way += std::chrono::microseconds(random_() %
                                       static_cast<unsigned>(options.jitter.count() * 1'000));
    }
    At(now_ + way, [this, packet] { receiver_.OnRtp(packet, now_); });
  }

  // The receiver.

  void Poll() {
    Receiver::Output output = receiver_.Poll(now_);
    for (stream::Unit& unit : output.units) OnUnit(unit);
    for (const Bytes& datagram : output.rtcp) {
      const auto messages = rtp::ParseRtcp(datagram);
      if (!messages) {
        Fail("RTCP that does not parse: " + messages.error().context);
        continue;
      }
      if (!options.reduced_size && datagram[1] != 201) Fail("RTCP that begins with no report");
      if (Chance(options.back_loss)) continue;
      At(now_ + options.way, [this, messages = *messages] {
        for (const rtp::RtcpMessage& message : messages) OnFeedback(message);
      });
    }
  }

  void OnUnit(stream::Unit& unit) {
    if (const auto* video = std::get_if<stream::VideoUnit>(&unit)) return OnVideo(*video);
    if (const auto* audio = std::get_if<stream::AudioUnit>(&unit)) return OnAudio(*audio);
    if (std::holds_alternative<stream::Unreadable>(unit)) ++unreadable_;
  }

  static std::uint32_t ReadU32(ByteView bytes, std::size_t at) {
    return LoadBigEndian<std::uint32_t>(bytes.subspan(at));
  }

  /// Every picture is whole, and what it refers to came before it.
  void OnVideo(const stream::VideoUnit& unit) {
    codec::LengthPrefixedReader reader(unit.payload.view(), 4);
    std::uint32_t number = 0;
    std::uint32_t part = 0;
    std::uint32_t parts = 0;
    while (const auto nal = reader.Next()) {
      const std::uint32_t of = ReadU32(*nal, 2);
      if (part > 0 && of != number) Fail("slices of two pictures in one");
      if (ReadU32(*nal, 6) != part) Fail("slices out of order");
      number = of;
      parts = ReadU32(*nal, 10);
      ++part;
    }
    if (reader.damaged() || part == 0 || part != parts) Fail("a picture that lacks a slice");
    const bool follows = video_.empty() || video_.back().number + 1 == number;
    if (!unit.key_frame && !follows) Fail("a picture whose reference is missing");
    const auto captured = number * std::chrono::nanoseconds(std::chrono::seconds(1)) / 30;
    video_.push_back(Note(number, unit.key_frame, unit.dts, captured));
    if (unit.composition != SessionTime{0}) Fail("a picture with a composition time");
    if (on_frame) on_frame(TrackKind::kVideo, unit.dts, video_.back());
  }

  void OnAudio(const stream::AudioUnit& unit) {
    const std::uint32_t number = ReadU32(unit.payload.view(), 1);
    if (!audio_.empty() && number <= audio_.back().number) Fail("audio out of order");
    audio_.push_back(Note(number, false, unit.dts, number * std::chrono::milliseconds(20)));
    if (on_frame) on_frame(TrackKind::kAudio, unit.dts, audio_.back());
  }

  Got Note(std::uint32_t number, bool key, const stream::Timestamp& dts, Clock::duration captured) {
    return {.number = number,
            .key = key,
            .at = now_,
            .delay = now_ - kStart - captured,
            .placed = MediaTicks(static_cast<std::int64_t>(dts.ticks)) - captured};
  }

  void Fail(std::string what) {
    if (faults_.size() < 10) faults_.push_back(std::move(what));
  }

  std::mt19937 random_;
  Receiver receiver_;
  TimePoint now_ = kStart;
  std::multimap<TimePoint, Event> events_;
  int stuck_ = 0;

  // All wrap soon.
  std::uint16_t video_sequence_ = 65'400;
  std::uint16_t audio_sequence_ = 65'500;
  std::uint16_t rtx_sequence_ = 65'530;
  std::uint16_t transport_sequence_ = 65'000;
  std::uint32_t video_first_ = 0xffffffff - 90'000 * 4;
  std::uint32_t audio_first_ = 0xffffffff - 48'000 * 6;
  std::uint32_t pictures_ = 0;
  std::uint32_t audio_packets_ = 0;
  bool key_wanted_ = false;
  std::map<std::pair<std::uint32_t, std::uint16_t>, Bytes> history_;
  std::deque<std::pair<std::uint32_t, std::uint16_t>> kept_;  // oldest first

  std::vector<Got> video_;
  std::vector<Got> audio_;
  int unreadable_ = 0;
  int requests_ = 0;
  std::vector<TimePoint> key_frame_requests_;
  int feedbacks_ = 0;
  int reports_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace ingress::rtp_receive::testing
