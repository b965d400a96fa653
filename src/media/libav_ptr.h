#pragma once

#include <memory>

struct AVBufferRef;
struct AVCodecContext;
struct AVCodecParserContext;
struct AVFrame;
struct AVPacket;
struct SwrContext;

namespace ingress::media {

/// Frees what libav hands out.
struct AvDelete {
  void operator()(AVBufferRef* buffer) const;
  void operator()(AVCodecContext* context) const;
  void operator()(AVCodecParserContext* parser) const;
  void operator()(AVFrame* frame) const;
  void operator()(AVPacket* packet) const;
  void operator()(SwrContext* resampler) const;
};

template <typename T>
using AvPtr = std::unique_ptr<T, AvDelete>;

}  // namespace ingress::media
