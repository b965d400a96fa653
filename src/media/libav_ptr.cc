#include "media/libav_ptr.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libswresample/swresample.h>
}

namespace ingress::media {

void AvDelete::operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
void AvDelete::operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
void AvDelete::operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
void AvDelete::operator()(AVFrame* frame) const { av_frame_free(&frame); }
void AvDelete::operator()(AVPacket* packet) const { av_packet_free(&packet); }
void AvDelete::operator()(SwrContext* resampler) const { swr_free(&resampler); }

}  // namespace ingress::media
