#include "service/start/pull_refusal.h"

namespace ingress::service {

rpc::RpcError RefusePull() {
  return {.code = "unimplemented",
          .message =
              "URL inputs are not served: the ingress nodes here take RTMP. Create an ingress with "
              "input_type RTMP_INPUT and send the source to it, for example with \"ffmpeg -re -i "
              "SOURCE -c:v libx264 -c:a aac -f flv URL/STREAM_KEY\"; or run a node of LiveKit's Go "
              "ingress beside these, which then gets the URL inputs."};
}

}  // namespace ingress::service
