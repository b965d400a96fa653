#include <algorithm>
#include <optional>

#include "../support/h264_depacketizer.h"
#include "rtp/h264_packetizer.h"

namespace {

using namespace ingress;

int TypeOf(const Bytes& nal) { return nal[0] & 0x1f; }

/// The NAL units of `stream` byte by byte, as the standard's annex describes it.
std::vector<Bytes> NaiveSplit(ByteView stream) {
  std::vector<Bytes> nals;
  std::optional<Bytes> open;
  const auto close = [&] {
    if (!open) return;
    while (!open->empty() && open->back() == 0) open->pop_back();
    if (!open->empty()) nals.push_back(*open);
    open.reset();
  };
  for (std::size_t i = 0; i < stream.size(); ++i) {
    if (i + 2 < stream.size() && stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1) {
      close();
      open.emplace();
      i += 2;
    } else if (open) {
      open->push_back(stream[i]);
    }
  }
  close();
  return nals;
}

bool IsSent(const Bytes& nal) {
  const int type = TypeOf(nal);
  return type != 0 && (type < 9 || type > 12) && type < 24;
}

/// What a receiver should end up with: without the units that are not sent, and before the first
/// slice SPS, then its extensions, then PPS, then the rest.
std::vector<Bytes> Expected(ByteView stream) {
  std::vector<Bytes> found = NaiveSplit(stream);
  std::erase_if(found, [](const Bytes& nal) { return !IsSent(nal); });
  const auto picture =
      std::ranges::find_if(found, [](const Bytes& nal) { return TypeOf(nal) <= 5; });
  std::vector<Bytes> sps, extensions, pps, rest;
  for (auto nal = found.begin(); nal != found.end(); ++nal) {
    const int type = nal < picture ? TypeOf(*nal) : 0;
    (type == 7                  ? sps
     : type == 13 || type == 15 ? extensions
     : type == 8                ? pps
                                : rest)
        .push_back(*nal);
  }
  for (const auto* part : {&extensions, &pps, &rest}) {
    sps.insert(sps.end(), part->begin(), part->end());
  }
  return sps;
}

}  // namespace

// A receiver puts together exactly the NAL units that went in, whatever the payload limit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t max_payload = 3 + std::size_t{data[0]} * 5;
  const ByteView frame = ByteView(data, size).subspan(1);
  rtp::H264Packetizer packetizer(max_payload);
  const auto payloads = packetizer.Start(frame);
  if (!payloads) {
    if (payloads.error().code == ErrorCode::kMalformed && !Expected(frame).empty()) {
      __builtin_trap();
    }
    return 0;
  }
  test::H264Depacketizer receiver;
  Bytes out(max_payload);
  for (std::size_t i = 0; i < *payloads; ++i) {
    const std::size_t written = packetizer.WriteNext(out);
    if (written > max_payload || !receiver.Add(ByteView(out).first(written))) __builtin_trap();
  }
  if (!receiver.complete() || receiver.nals() != Expected(frame)) __builtin_trap();
  // The same where the units lie, without start codes.
  std::vector<ByteView> units;
  if (!rtp::SplitAnnexB(frame, units)) __builtin_trap();
  const auto again = packetizer.StartUnits({}, units);
  if (!again || *again != *payloads) __builtin_trap();
  return 0;
}
