#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

struct AVCodecContext;
struct AVFrame;

namespace ingress::media {

/// Lends libavcodec the memory of its pictures, and no more than a budget. A picture counts until
/// nobody holds it any more, the decoder, its user or an encoder.
///
/// What headers state is checked before; this holds where a stream keeps more than they say.
/// libdav1d has memory of its own: there the largest picture and AV1's fixed number of references
/// are the limit.
class PictureBudget {
 public:
  explicit PictureBudget(std::uint64_t bytes) : state_(std::make_shared<State>(bytes)) {}

  /// Uses `opaque` and `get_buffer2` of the context, which must not outlive this. A picture beyond
  /// the budget is not decoded (AVERROR(ENOMEM)).
  void Serve(AVCodecContext& context);

  std::uint64_t bytes_in_use() const { return state_->in_use; }

 private:
  struct State {
    explicit State(std::uint64_t bytes) : budget(bytes) {}
    const std::uint64_t budget;
    std::atomic<std::uint64_t> in_use = 0;
  };
  struct Loan;

  static int Lend(AVCodecContext* context, AVFrame* frame, int flags);
  static void Return(void* loan, std::uint8_t* data);

  std::shared_ptr<State> state_;  // pictures may outlive the decoder
};

}  // namespace ingress::media
