#pragma once

#include <algorithm>
#include <chrono>

#include "pipeline/pacing/audio_pacer.h"
#include "pipeline/pacing/input_aligner.h"
#include "pipeline/pacing/video_release_scheduler.h"
#include "pipeline/route/layer_splicer.h"

namespace ingress::pipeline {

// How long a session holds media on its way to the output, at most. Each hold has its limit where
// it is decided; here they add up, and nothing else holds media that is whole and decoded. All of
// them go by one schedule: VideoPipeline::departure() and, with it, PublishSession::departure() say
// when the next one is due, so nothing waits for more to arrive.

/// A video frame of a stream in order: it waits for the lower layers' frames of its time
/// (LayerSplicer), then for the audio of its time (VideoReleaseScheduler).
inline constexpr std::chrono::milliseconds kMaxVideoHold =
    LayerSplicer::kMaxSiblingWait + VideoReleaseScheduler::kMaxFrameHold;

/// The same when the highest layer changes its feed, and its new one does not begin.
inline constexpr std::chrono::milliseconds kMaxVideoHoldAtChange =
    std::max({LayerSplicer::kMaxSiblingWait, LayerSplicer::kMaxHandover, LayerSplicer::kMaxStart}) +
    VideoReleaseScheduler::kMaxFrameHold;

/// An audio packet of a stream in order (AudioPacer).
inline constexpr std::chrono::milliseconds kMaxAudioHold =
    AudioPacer::kMaxPacketHold + AudioPacer::kBatchJitter;

/// Any frame or packet: before it goes into a pipeline it waits where one track comes later than
/// the other, or in bunches (InputAligner).
inline constexpr std::chrono::milliseconds kMaxHold =
    InputAligner::kMaxMessageHold + std::max(kMaxVideoHoldAtChange, kMaxAudioHold);

// ARCHITECTURE.md states these.
static_assert(kMaxVideoHold == std::chrono::milliseconds(95));
static_assert(kMaxVideoHoldAtChange == std::chrono::milliseconds(450));
static_assert(kMaxAudioHold == std::chrono::milliseconds(39));
static_assert(InputAligner::kMaxMessageHold == std::chrono::milliseconds(3'350));
static_assert(kMaxHold == std::chrono::milliseconds(3'800));

}  // namespace ingress::pipeline
