#pragma once

#include <chrono>
#include <cstddef>

#include "handler/testing/random_encoder.h"
#include "handler/testing/session_viewer.h"
#include "handler/testing/session_world.h"

namespace ingress::handler {

/// Lets a session that has ended leave its output, and tells the viewer's faults: what is still
/// under way changes nothing, and nothing is sent or started any more. `encoder`: null when none is
/// connected.
inline void CheckSilence(SessionWorld& world, SessionViewer& viewer, RandomEncoder* encoder) {
  using namespace std::chrono_literals;
  PublishSession& session = world.session();
  const auto failure = world.failure();
  session.Leave();
  viewer.Count();
  const int starts = world.transcoder().starts;
  for (int i = 0; i < 5; ++i) {
    if (encoder != nullptr) session.OnUnits(encoder->Take(world.elapsed() + i * 100ms));
    world.transcoder().Advance(world.now() + i * 100ms);
    session.Poll();
    session.ReleaseHeld();
  }
  session.OnConnection();
  session.OnInputEnded();
  session.OnInputLost(Failure(FailureCode::kInternal, "late"));
  session.Stop("late");
  output::FakeOutput& output = world.output();
  output.Audience(true);
  output.TransportReady();
  output.Demand({true, true, true});
  output.KeyFrame(0);
  output.Uplink(100'000);
  output.Left();
  static_cast<void>(world.Dump());
  std::size_t sent = viewer.packets();
  for (const std::size_t layer : {0U, 1U, 2U}) sent += viewer.frames(layer);
  if (sent > 0) viewer.Fault("it sends after its end");
  if (world.transcoder().starts != starts) viewer.Fault("it starts a transcoder after its end");
  if (world.failure() != failure) viewer.Fault("it ended for another reason afterwards");
}

}  // namespace ingress::handler
