#include "observability/logger.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>

#include "observability/escape.h"
#include "observability/line_writer.h"

namespace ingress::observability {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 4> kPaddedNames = {"DEBUG", "INFO ", "WARN ", "ERROR"};

class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    write_({message.payload.data(), message.payload.size()});
  }
  void flush_() override {}

  std::function<void(std::string_view)> write_;
};

std::string Timestamp() {
  using std::chrono::milliseconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<milliseconds>(now).count();
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), ms % 1000);
}

/// Whether `text` is as long as `shape` and has digits where that has zeros.
bool HasShape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char wanted) {
    return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
  });
}

std::string RenderHead(LogLevel level, std::string_view message, bool json) {
  const auto index = static_cast<std::size_t>(level);
  return json ? fmt::format(R"({{"ts":"{}","level":"{}","msg":"{}")", Timestamp(),
                            kLevelNames.at(index), Escape(message, Escaping::kJson))
              : fmt::format("{} {} {}", Timestamp(), kPaddedNames.at(index),
                            Escape(message, Escaping::kPlain));
}

std::string RenderText(std::string_view text, bool json) {
  std::string shown = CutAtCharacter(text, Logger::kMaxValueBytes);
  if (!json && IsBareWord(shown)) return shown;
  return '"' + Escape(shown, json ? Escaping::kJson : Escaping::kQuoted) + '"';
}

std::string Render(const Field::Value& value, bool json) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return RenderText(*text, json);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* real = std::get_if<double>(&value)) {
    // JSON has no words for the values that are no numbers.
    return std::isfinite(*real) ? fmt::format("{}", *real)
                                : RenderText(fmt::format("{}", *real), json);
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::to_string(std::get<std::uint64_t>(value));
}

void AppendField(std::string& line, std::string_view key, std::string_view value, bool json) {
  if (json) {
    line += ",\"";
    line += Escape(key, Escaping::kJson);
    line += "\":";
  } else {
    line += ' ';
    line += Escape(key, Escaping::kPlain);
    line += '=';
  }
  line += value;
}

std::string LossLine(std::uint64_t lines, bool json) {
  std::string line = RenderHead(LogLevel::kWarn, "log lines are missing, nobody took them", json);
  AppendField(line, "lines", std::to_string(lines), json);
  if (json) line += '}';
  return line;
}

std::shared_ptr<LineWriter> MakeWriter(const Logger::Options& options) {
  const int fd = options.output == Logger::Output::kStdout ? STDOUT_FILENO : STDERR_FILENO;
  return std::make_shared<LineWriter>(
      fd, [json = options.json](std::uint64_t lines) { return LossLine(lines, json); });
}

spdlog::sink_ptr MakeSink(std::shared_ptr<LineWriter> writer) {
  return std::make_shared<FunctionSink>(
      [writer = std::move(writer)](std::string_view line) { writer->Write(line); });
}

bool Has(std::initializer_list<Field> fields, std::string_view key) {
  return std::ranges::any_of(fields, [key](const Field& field) { return field.key() == key; });
}

}  // namespace

struct Logger::Core {
  Core(Options options, std::shared_ptr<LineWriter> to) : Core(options, MakeSink(to)) {
    writer = std::move(to);
  }
  Core(Options options, spdlog::sink_ptr sink)
      : level(options.level), json(options.json), output("ingress", std::move(sink)) {
    output.set_pattern("%v");
    output.set_level(spdlog::level::trace);
    output.flush_on(spdlog::level::trace);
  }

  std::atomic<LogLevel> level;
  const bool json;
  std::shared_ptr<LineWriter> writer;  // null where lines travel elsewhere
  spdlog::logger output;
};

Logger::Logger(Options options) : core_(std::make_shared<Core>(options, MakeWriter(options))) {}

Logger::Logger(Options options, std::function<void(std::string_view line)> write)
    : core_(std::make_shared<Core>(options, std::make_shared<FunctionSink>(std::move(write)))) {}

Logger Logger::Null() { return {nullptr, {}}; }

Logger Logger::With(std::initializer_list<Field> fields) const {
  if (!core_) return *this;
  std::vector<Rendered> all;
  for (const Rendered& carried : fields_) {
    if (!Has(fields, carried.first)) all.push_back(carried);
  }
  for (const Field& field : fields) {
    all.emplace_back(field.key(), Render(field.value(), core_->json));
  }
  return {core_, std::move(all)};
}

void Logger::Write(LogLevel level, std::string_view message,
                   std::initializer_list<Field> fields) const {
  if (!enabled(level)) return;
  const bool json = core_->json;
  std::string line = RenderHead(level, message, json);
  for (const auto& [key, value] : fields_) {
    if (!Has(fields, key)) AppendField(line, key, value, json);
  }
  for (const Field& field : fields) {
    AppendField(line, field.key(), Render(field.value(), json), json);
  }
  if (json) line += '}';
  Pass(line);
}

bool IsLogLine(std::string_view line) {
  constexpr std::string_view kTime = "0000-00-00T00:00:00.000Z";
  constexpr std::string_view kJsonBeforeTime = R"({"ts":")";
  const bool json = line.starts_with(kJsonBeforeTime);
  if (json) line.remove_prefix(kJsonBeforeTime.size());
  if (!HasShape(line.substr(0, kTime.size()), kTime)) return false;
  line.remove_prefix(kTime.size());
  if (json) return line.starts_with(R"(","level":")");
  return line.starts_with(' ') &&
         std::ranges::any_of(kPaddedNames, [level = line.substr(1)](std::string_view name) {
           return level.starts_with(name);
         });
}

void Logger::Pass(std::string_view line) const {
  if (!core_) return;
  core_->output.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

std::uint64_t Logger::dropped_lines() const {
  return core_ && core_->writer ? core_->writer->dropped() : 0;
}

void Logger::SetLevel(LogLevel level) {
  if (core_) core_->level = level;
}

LogLevel Logger::level() const { return core_ ? core_->level.load() : LogLevel::kError; }

bool Logger::enabled(LogLevel level) const {
  return core_ && level >= core_->level.load(std::memory_order_relaxed);
}

}  // namespace ingress::observability
