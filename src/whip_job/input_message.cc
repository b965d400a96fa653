#include "whip_job/input_message.h"

namespace ingress::whip_job {

std::string OrderBody(const ipc::WhipOrder& order) { return order.SerializeAsString(); }

Result<ipc::WhipOrder> OrderOf(const ipc::InputOrder& message) {
  ipc::WhipOrder order;
  if (!order.ParseFromString(message.body())) return Fail(ErrorCode::kMalformed, "WHIP order");
  order.set_generation(message.encoder());
  return order;
}

ipc::InputEvent ToMessage(const ipc::WhipEvent& event) {
  ipc::InputEvent message;
  message.set_encoder(event.generation());
  if (event.has_connected()) message.set_receiving(true);
  if (event.has_silence()) message.set_receiving(!event.silence().silent());
  message.set_body(event.SerializeAsString());
  return message;
}

Result<ipc::WhipEvent> EventOf(const ipc::InputEvent& message) {
  ipc::WhipEvent event;
  if (!event.ParseFromString(message.body())) return Fail(ErrorCode::kMalformed, "WHIP event");
  event.set_generation(message.encoder());
  return event;
}

}  // namespace ingress::whip_job
