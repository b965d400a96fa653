#include "rtp_receive/receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "codec/avc_config.h"
#include "codec/testing/nal_units.h"
#include "rtp_receive/audio_stream.h"
#include "rtp_receive/testing/test_world.h"

namespace ingress::rtp_receive {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::World;
using namespace std::chrono_literals;

Clock::duration LongestDelay(const std::vector<World::Got>& got,
                             TimePoint from = TimePoint::min()) {
  Clock::duration longest{};
  for (const auto& one : got) {
    if (one.at >= from) longest = std::max(longest, one.delay);
  }
  return longest;
}

Clock::duration LongestGap(const std::vector<World::Got>& got) {
  Clock::duration longest{};
  for (std::size_t i = 1; i < got.size(); ++i)
    longest = std::max(longest, got[i].at - got[i - 1].at);
  return longest;
}

/// How much later video is placed than audio of the same capture, at the end.
double SkewAtTheEnd(const World& world) {
  return (world.video().back().placed - world.audio().back().placed).count();
}

TEST(ReceiverTest, PassesAStreamInOrderWithoutDelay) {
  World world({});
  world.Run(60s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_GE(world.video().size() + 1, world.pictures_sent());
  EXPECT_GE(world.audio().size() + 1, world.audio_packets_sent());
  EXPECT_EQ(LongestDelay(world.video()), 20ms + PacketSequencer::kBeginning);
  EXPECT_EQ(LongestDelay(world.video(), World::kStart + 50ms), 20ms);
  EXPECT_EQ(LongestDelay(world.audio()), 20ms);
  EXPECT_EQ(world.requests(), 0);
  EXPECT_THAT(world.key_frame_requests(), IsEmpty());
  EXPECT_EQ(world.unreadable(), 0);
  EXPECT_NEAR(SkewAtTheEnd(world), 0, 0.1);
  EXPECT_NEAR(world.reports(), 2 * 60, 4);  // one of each stream a second
  EXPECT_EQ(world.Stats(TrackKind::kVideo).lost, 0U);
  EXPECT_EQ(world.Stats(TrackKind::kVideo).frames, world.video().size());
}

TEST(ReceiverTest, AsksForNothingWhenPacketsOnlyOvertakeEachOther) {
  World world({.jitter = 4ms});
  world.Run(20s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_GE(world.video().size() + 2, world.pictures_sent());
  EXPECT_LE(LongestDelay(world.video(), World::kStart + 100ms), 24ms);
  EXPECT_EQ(world.unreadable(), 0);
  EXPECT_THAT(world.key_frame_requests(), IsEmpty());
}

TEST(ReceiverTest, RepairsOneLossWithOneRequest) {
  for (const bool rtx : {false, true}) {
    World world({.rtx = rtx});
    bool lost = false;
    int part = 0;
    world.lets_pass = [&](std::uint32_t ssrc, std::uint32_t number) {
      if (ssrc != World::kVideoSsrc || number != 50 || lost || ++part != 3) return true;
      lost = true;
      return false;
    };
    world.Run(5s);
    EXPECT_THAT(world.faults(), IsEmpty());
    EXPECT_EQ(world.requests(), 1);
    EXPECT_THAT(world.key_frame_requests(), IsEmpty());
    EXPECT_GE(world.video().size() + 1, world.pictures_sent());
    EXPECT_EQ(world.Stats(TrackKind::kVideo).repaired, 1U);
    EXPECT_EQ(world.Stats(TrackKind::kVideo).lost, 0U);
    EXPECT_EQ(world.Stats(TrackKind::kVideo).repair_time, 40ms);
    EXPECT_EQ(world.receiver().stats().totals.repaired, 1U);
    EXPECT_EQ(world.receiver().stats().feedback.nacks, 1U);
    EXPECT_LE(LongestDelay(world.video()), 20ms + 5ms + 40ms);
  }
}

TEST(ReceiverTest, AsksForAKeyFrameWhenTheRepairIsLostToo) {
  World world({});
  bool lost = false;
  world.lets_pass = [&](std::uint32_t ssrc, std::uint32_t number) {
    if (ssrc == World::kVideoSsrc && number == 50) {
      lost = true;
      world.options.back_loss = 1;  // requests do not get through …
      return false;
    }
    if (number == 70) world.options.back_loss = 0;  // … for two thirds of a second
    return true;
  };
  world.Run(5s);
  EXPECT_TRUE(lost);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_GE(world.key_frame_requests().size(), 1U);
  EXPECT_LE(world.key_frame_requests().size(), 2U);
  EXPECT_GE(world.unreadable() + static_cast<int>(world.Stats(TrackKind::kVideo).frames_skipped),
            1);
  EXPECT_EQ(world.video().back().number + 2, world.pictures_sent());
  EXPECT_LE(LongestGap(world.video()), 1'500ms);
}

TEST(ReceiverTest, AsksNoOneForABurstButForAKeyFrame) {
  World world({.packets_each = 30});
  world.lets_pass = [](std::uint32_t ssrc, std::uint32_t number) {
    return ssrc != World::kVideoSsrc || number < 50 || number >= 70;  // 600 packets
  };
  world.Run(5s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_EQ(world.requests(), 0);
  EXPECT_THAT(world.key_frame_requests(), SizeIs(1));
  EXPECT_EQ(world.receiver().stats().feedback.picture_losses, 1U);
  EXPECT_LE(LongestGap(world.video()), 24 * 34ms);
}

TEST(ReceiverTest, GoesOnAfterAnOutageWithTheDelayOfBefore) {
  World world({});
  world.lets_pass = [&](std::uint32_t, std::uint32_t) {
    return world.now() < World::kStart + 10s || world.now() >= World::kStart + 15s;
  };
  world.Run(20s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_LE(LongestDelay(world.video(), World::kStart + 15'100ms), 20ms);
  EXPECT_LE(LongestDelay(world.audio(), World::kStart + 15'100ms), 20ms);
  EXPECT_EQ(world.video().back().number + 2, world.pictures_sent());
  EXPECT_NEAR(SkewAtTheEnd(world), 0, 0.1);
}

TEST(ReceiverTest, AsksASenderForNothingThatItDoesNotUnderstand) {
  World world({.loss = 0.02, .nack = false, .pli = false, .gop = 30});
  world.Run(30s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_GT(world.video().size(), world.pictures_sent() / 10);
  EXPECT_LE(LongestDelay(world.video()), 20ms + PacketSequencer::kReordering + 34ms);
}

TEST(ReceiverTest, LeavesAHoleWhereSoundIsLostForGood) {
  World world({.video = false, .nack = false});
  world.lets_pass = [](std::uint32_t, std::uint32_t number) { return number % 10 != 5; };
  world.Run(10s);
  EXPECT_THAT(world.faults(), IsEmpty());
  for (std::size_t i = 1; i < world.audio().size(); ++i) {
    const auto& [before, one] = std::pair(world.audio()[i - 1], world.audio()[i]);
    EXPECT_NEAR((one.placed - before.placed).count(), 0, 0.1);
    EXPECT_EQ(one.number - before.number, before.number % 10 == 4 ? 2U : 1U);
  }
  EXPECT_LE(LongestDelay(world.audio()), 20ms + PacketSequencer::kReordering);
}

TEST(ReceiverTest, RepairsSoundWithinSixtyMilliseconds) {
  World world({.loss = 0.05, .way = 15ms, .video = false});
  world.Run(60s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_GT(world.audio().size(), world.audio_packets_sent() * 995 / 1'000);
  EXPECT_LE(LongestDelay(world.audio()), 15ms + 40ms + AudioStream::kMaxHold);
}

TEST(ReceiverTest, BeginsEachDatagramWithAReportWhereItHasTo) {
  World world({.loss = 0.05, .reduced_size = false, .transport_feedback = true});
  world.Run(10s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_GT(world.requests(), 0);
}

TEST(ReceiverTest, TellsArrivalsTenTimesASecond) {
  World world({.transport_feedback = true});
  world.Run(10s);
  EXPECT_EQ(world.receiver().stats().feedback.transport_feedback,
            static_cast<std::uint64_t>(world.feedbacks()));
  EXPECT_GE(world.feedbacks(), 95);
  EXPECT_LE(world.feedbacks(), 210);
}

TEST(ReceiverTest, BringsBothTracksInSyncByReports) {
  // Sound of the same capture is under way for 120 ms longer.
  World world({.audio_late = 120ms});
  world.Run(2s);
  const double by_arrival = SkewAtTheEnd(world);
  world.Run(13s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_NEAR(SkewAtTheEnd(world), 120, 4);
  EXPECT_LT(by_arrival, 40);
}

TEST(ReceiverTest, PassesRequestsForKeyFramesOnTwiceASecondAtMost) {
  World world({.answers_pli = false});
  world.Run(1s);
  for (int i = 0; i < 20; ++i) {
    world.receiver().RequestKeyFrame();
    world.Run(50ms);
  }
  EXPECT_LE(world.key_frame_requests().size(), 3U);
  EXPECT_GE(world.key_frame_requests().size(), 2U);
}

TEST(ReceiverTest, FindsASenderUnresponsiveThatDoesNotAnswer) {
  World world({.answers_pli = false});
  world.Run(1s);
  EXPECT_FALSE(world.receiver().unresponsive());
  world.receiver().RequestKeyFrame();
  world.Run(8s);
  EXPECT_TRUE(world.receiver().unresponsive());
  const std::size_t so_far = world.key_frame_requests().size();
  world.Run(30s);
  EXPECT_LE(world.key_frame_requests().size(), so_far + 3);
}

TEST(ReceiverTest, AsksForAKeyFrameWhenAStreamBeginsWithoutOne) {
  World world({});
  world.lets_pass = [](std::uint32_t ssrc, std::uint32_t number) {
    return ssrc != World::kVideoSsrc || number >= 5;
  };
  world.Run(2s);
  EXPECT_THAT(world.key_frame_requests(), SizeIs(1));
  EXPECT_TRUE(std::ranges::any_of(world.video(), &World::Got::key));
}

TEST(ReceiverTest, IsNotDisturbedByPaddingAndProbes) {
  World world({.rtx = true});
  const auto inject = [&](std::uint8_t type, std::uint32_t ssrc, Bytes payload) {
    Bytes packet = {0x80, type, 0, 1, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(ssrc)};
    packet.insert(packet.end(), payload.begin(), payload.end());
    world.Inject(packet);
  };
  for (int i = 0; i < 100; ++i) {
    inject(World::kRtxType, World::kRtxSsrc, {});                     // padding alone
    inject(World::kRtxType, World::kRtxSsrc, {0xff, 0x78});           // nothing behind the number
    inject(World::kRtxType, World::kRtxSsrc, {0x12, 0x34, 0x41, 1});  // of a packet nobody misses
    inject(63, 99, {1, 2, 3});                                        // never agreed on
    world.Run(50ms);
  }
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_GE(world.video().size() + 2, world.pictures_sent());
  EXPECT_EQ(world.receiver().stats().unidentified, 100U);
  EXPECT_EQ(world.unreadable(), 0);
}

TEST(ReceiverTest, CountsWhatItCannotRead) {
  World world({});
  world.Run(1s);
  world.receiver().OnRtp(Bytes{1, 2, 3}, world.now());
  world.receiver().OnRtcp(Bytes{0x80, 200, 0, 9}, world.now());
  EXPECT_EQ(world.receiver().stats().malformed, 2U);
}

TEST(ReceiverTest, FollowsASenderThatBeginsAnewOnAnotherSsrc) {
  ReceiverConfig config{
      .tracks = {
          {.kind = TrackKind::kAudio,
           .formats = {{.payload_type = 111, .codec = AudioCodec::kOpus, .clock_rate = 48'000}}}}};
  Receiver receiver(config, World::kStart);
  const auto packet = [](std::uint8_t ssrc, std::uint8_t sequence) {
    return Bytes{0x80, 111, 0, sequence, 0, 0, 0, sequence, 0, 0, 0, ssrc, 0x78};
  };
  receiver.OnRtp(packet(1, 1), World::kStart);
  EXPECT_THAT(receiver.Poll(World::kStart).units, SizeIs(1));
  receiver.OnRtp(packet(2, 50), World::kStart + 20ms);  // the first one still lives
  EXPECT_THAT(receiver.Poll(World::kStart + 20ms).units, IsEmpty());
  receiver.OnRtp(packet(2, 51), World::kStart + 600ms);
  EXPECT_THAT(receiver.Poll(World::kStart + 600ms).units, SizeIs(1));
  EXPECT_THAT(receiver.stats().streams, SizeIs(1));
  EXPECT_EQ(receiver.stats().streams[0].ssrc, 2U);
  EXPECT_EQ(receiver.stats().totals.packets, 2U);  // of both
}

TEST(ReceiverTest, MeasuresTheRoundTripWithASenderThatAnswersReferenceTimes) {
  ReceiverConfig config{.tracks = {{.kind = TrackKind::kAudio,
                                    .formats = {{.payload_type = 111,
                                                 .codec = AudioCodec::kOpus,
                                                 .clock_rate = 48'000}}}},
                        .reference_times = true,
                        .local_ssrc = 77};
  Receiver receiver(config, World::kStart);
  receiver.OnRtp(Bytes{0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5, 0x78}, World::kStart);
  TimePoint now = World::kStart + 500ms;
  std::optional<rtp::NtpTime> asked;
  for (const Bytes& datagram : receiver.Poll(now).rtcp) {
    for (const auto& message : rtp::ParseRtcp(datagram).value()) {
      if (const auto* time = std::get_if<rtp::ReceiverReferenceTime>(&message)) asked = time->ntp;
    }
  }
  ASSERT_TRUE(asked.has_value());
  const rtp::DlrrEntry entries[] = {
      {.ssrc = 78, .last_rr = asked->middle()},  // of another receiver
      {.ssrc = 77, .last_rr = asked->middle(), .delay = rtp::ToCompactNtp(250ms)}};
  Bytes answer;
  rtp::AppendDlrr(answer, 5, entries);
  receiver.OnRtcp(answer, now + 250ms + 84ms);
  ASSERT_TRUE(receiver.stats().round_trip.has_value());
  EXPECT_NEAR(static_cast<double>(receiver.stats().round_trip->count()), 84'000, 50);
}

TEST(ReceiverTest, GivesTheParameterSetsOfTheDescriptionBeforeTheFirstFrame) {
  ReceiverConfig config{.tracks = {{.kind = TrackKind::kVideo,
                                    .formats = {{.payload_type = 96,
                                                 .parameter_sets = {codec::MakeSps(0, 64, 64),
                                                                    codec::MakePps(0, 0)}}}}}};
  Receiver receiver(config, World::kStart);
  receiver.OnRtp(Bytes{0x80, 0xe0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5, 0x65, 0x88}, World::kStart);
  const auto output = receiver.Poll(World::kStart + PacketSequencer::kBeginning);
  ASSERT_THAT(output.units, SizeIs(2));
  const auto& format = std::get<stream::VideoUnit>(output.units[0]);
  EXPECT_EQ(format.kind, stream::VideoUnit::Kind::kFormat);
  EXPECT_TRUE(codec::ParseAvcConfig(format.payload.view()).has_value());
  EXPECT_EQ(std::get<stream::VideoUnit>(output.units[1]).kind, stream::VideoUnit::Kind::kFrame);
}

TEST(ReceiverTest, TakesTheFirstPacketsOfALayerThatSaysLaterWhichItIs) {
  ReceiverConfig config{.tracks = {{.kind = TrackKind::kVideo,
                                    .mid = "1",
                                    .formats = {{.payload_type = 96}},
                                    .rids = {"q", "f"}}},
                        .extensions = {.rid = 2}};
  Receiver receiver(config, World::kStart);
  const auto packet = [](std::uint8_t ssrc, std::uint8_t sequence, bool rid) {
    const bool last = sequence == 3;
    Bytes bytes = {static_cast<std::uint8_t>(rid ? 0x90 : 0x80),
                   static_cast<std::uint8_t>(last ? 0xe0 : 0x60),
                   0,
                   sequence,
                   0,
                   0,
                   0,
                   1,
                   0,
                   0,
                   0,
                   ssrc};
    if (rid) bytes.insert(bytes.end(), {0xbe, 0xde, 0, 1, 0x20, 'f', 0, 0});
    bytes.insert(bytes.end(), {0x65, static_cast<std::uint8_t>(sequence == 1 ? 0x88 : 0x48), ssrc});
    return bytes;
  };
  for (const std::uint8_t sequence : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
    receiver.OnRtp(packet(5, sequence, sequence == 3), World::kStart);
    receiver.OnRtp(packet(6, sequence, false), World::kStart);  // this one never says it
  }
  const auto output = receiver.Poll(World::kStart + PacketSequencer::kBeginning);
  ASSERT_THAT(output.units, SizeIs(1));
  const auto& frame = std::get<stream::VideoUnit>(output.units[0]);
  EXPECT_TRUE(frame.key_frame);
  EXPECT_THAT(frame.payload.view(), SizeIs(3 * (4 + 3)));
  EXPECT_EQ(receiver.stats().unidentified, 0U);
}

/// One packet that is a frame of its own, of a layer of simulcast.
Bytes FrameOf(char rid, std::uint16_t sequence, const Bytes& frame) {
  Bytes bytes = {0x90, 0xe0,
                 0,    static_cast<std::uint8_t>(sequence),
                 0,    0,
                 0,    static_cast<std::uint8_t>(sequence),
                 0,    0,
                 0,    static_cast<std::uint8_t>(rid),
                 0xbe, 0xde,
                 0,    1,
                 0x20, static_cast<std::uint8_t>(rid),
                 0,    0};
  bytes.insert(bytes.end(), frame.begin(), frame.end());
  return bytes;
}

/// An aggregation packet (RFC 6184 §5.7.1) of a key frame.
Bytes KeyFrameOf(std::uint32_t width, std::uint32_t height) {
  Bytes stap = {0x78};
  for (const Bytes& nal :
       {codec::MakeSps(0, width, height), codec::MakePps(0, 0), codec::MakeSlice(true, 0)}) {
    stap.push_back(0);
    stap.push_back(static_cast<std::uint8_t>(nal.size()));
    stap.insert(stap.end(), nal.begin(), nal.end());
  }
  return stap;
}

TEST(ReceiverTest, GivesEveryLayerWhereTheSessionTakesThemAndSaysWhichLeads) {
  ReceiverConfig config{.tracks = {{.kind = TrackKind::kVideo,
                                    .mid = "1",
                                    .formats = {{.payload_type = 96}},
                                    .feedback = {.pli = true},
                                    .rids = {"q", "f"}}},
                        .extensions = {.rid = 2},
                        .all_layers = true};
  Receiver receiver(config, World::kStart);
  const Bytes slice = codec::MakeSlice(false, 0);
  receiver.OnRtp(FrameOf('q', 1, KeyFrameOf(320, 176)), World::kStart);
  receiver.OnRtp(FrameOf('f', 1, KeyFrameOf(640, 352)), World::kStart);
  receiver.Poll(World::kStart + PacketSequencer::kBeginning);
  const TimePoint later = World::kStart + 40ms;
  receiver.OnRtp(FrameOf('q', 2, slice), later);
  receiver.OnRtp(FrameOf('f', 2, slice), later);
  const auto output = receiver.Poll(later);
  ASSERT_THAT(output.units, SizeIs(2));
  const auto& small = std::get<stream::VideoUnit>(output.units[0]);
  const auto& large = std::get<stream::VideoUnit>(output.units[1]);
  EXPECT_EQ(small.layer, 0);
  EXPECT_FALSE(small.time_reference);
  EXPECT_EQ(large.layer, 1);
  EXPECT_TRUE(large.time_reference);

  receiver.RequestKeyFrame(0);
  std::vector<std::uint32_t> asked;
  for (const Bytes& datagram : receiver.Poll(later + 1s).rtcp) {
    for (const rtp::RtcpMessage& message : rtp::ParseRtcp(datagram).value()) {
      const auto* request = std::get_if<rtp::PictureLoss>(&message);
      if (request != nullptr) asked.push_back(request->media_ssrc);
    }
  }
  EXPECT_THAT(asked, ::testing::ElementsAre('q'));
}

TEST(ReceiverTest, OrdersDecodingTimesOfFramesThatAreShownInAnotherOrder) {
  ReceiverConfig config{.tracks = {{.kind = TrackKind::kVideo, .formats = {{.payload_type = 96}}}}};
  Receiver receiver(config, World::kStart);
  std::vector<std::uint64_t> decoding;
  std::vector<SessionTime> composition;
  std::uint8_t sequence = 0;
  for (const unsigned order : {0, 2, 1, 4, 3}) {
    const std::uint32_t timestamp = 3'000 * order;
    const std::uint8_t nal = order == 0 ? 0x65 : 0x41;
    receiver.OnRtp(Bytes{0x80, 0xe0, 0, ++sequence, 0, 0, static_cast<std::uint8_t>(timestamp >> 8),
                         static_cast<std::uint8_t>(timestamp), 0, 0, 0, 5, nal, 0x88},
                   World::kStart + sequence * 33ms);
    for (const auto& unit : receiver.Poll(World::kStart + sequence * 33ms).units) {
      decoding.push_back(std::get<stream::VideoUnit>(unit).dts.ticks);
      composition.push_back(std::get<stream::VideoUnit>(unit).composition);
    }
  }
  ASSERT_THAT(decoding, SizeIs(5));
  EXPECT_TRUE(std::ranges::is_sorted(decoding));
  EXPECT_EQ(composition[1], SessionTime{0});
  EXPECT_NEAR(static_cast<double>(composition[2].count()), -33'333'333.0, 2'000);
}

}  // namespace
}  // namespace ingress::rtp_receive
