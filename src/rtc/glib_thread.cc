#include "rtc/glib_thread.h"

#include <memory>
#include <utility>

namespace ingress::rtc {
namespace {

using Task = std::function<void()>;

void RunLoop(GMainContext* context) {
  g_main_context_push_thread_default(context);
  g_main_loop_run(g_main_loop_new(context, FALSE));
}

gboolean RunTask(gpointer data) {
  (*static_cast<Task*>(data))();
  return G_SOURCE_REMOVE;
}

void DeleteTask(gpointer data) { std::unique_ptr<Task>(static_cast<Task*>(data)).reset(); }

}  // namespace

GlibThread& GlibThread::Instance() {
  // Not destroyed at exit: stopping the loop would race with libnice's own clean-up in it.
  static auto* const instance = new GlibThread;
  return *instance;
}

GlibThread::GlibThread() : context_(g_main_context_new()), thread_(RunLoop, context_) {}

void GlibThread::Post(Task task) {
  GSource* source = g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_DEFAULT);
  g_source_set_callback(source, RunTask, std::make_unique<Task>(std::move(task)).release(),
                        DeleteTask);
  g_source_attach(source, context_);
  g_source_unref(source);
}

}  // namespace ingress::rtc
