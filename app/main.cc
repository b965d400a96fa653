// The program: `ingress` runs the service, which starts `ingress handler` and `ingress prepare`; a
// handler starts `ingress transcoder`.
#include "handler/main.h"

#include <fcntl.h>
#include <google/protobuf/stubs/logging.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "base/process_title.h"
#include "base/stack_trace.h"
#include "config/config.h"
#include "ipc/oom_score.h"
#include "observability/logger.h"
#include "sandbox/confine.h"
#include "sandbox/privileges.h"
#include "sandbox/switch.h"
#include "service/node/state_directory.h"
#include "service/self_check.h"
#include "service/service.h"
#include "transcoder/main.h"
#include "version/version.h"

namespace {

using ingress::Result;
namespace asio = boost::asio;

constexpr int kExitFailure = 1;
constexpr int kExitBadConfig = 2;
constexpr int kExitStreamsCut = 3;
constexpr int kExitNothingToServe = 4;

constexpr const char* kHelpFooter = R"(Environment:
  INGRESS_CONFIG_BODY, INGRESS_CONFIG_FILE  YAML text or its path, where no option says so
  LIVEKIT_API_KEY, LIVEKIT_API_SECRET, LIVEKIT_WS_URL  fill what the YAML leaves out
  LIVEKIT_CPU_REQUEST  cores to count on
  INGRESS_LENIENT=1    unknown keys are warnings

Signals:
  SIGTERM, SIGQUIT  no new streams; ends with the last one, or after drain_timeout
  SIGINT            ends all streams in order; so does a second SIGTERM
  SIGHUP            reads the configuration again
  SIGUSR2           writes a stack to the log

Exit codes: 0 ended in order; 1 cannot start, or a check failed; 2 bad command line or configuration;
  3 streams had to be ended; 4 the configuration leaves no input to serve

Example: ingress --config /etc/livekit/ingress.yaml
)";

/// Fills the standard descriptors that whoever started us has closed. A socket that took the number
/// of standard error would get the lines of the log.
void OpenStandardDescriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // The lowest free number is what is missing.
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) return;
  }
}

/// Once in the life of a node, what is less safe than it could be.
void WarnOfExposure(const ingress::observability::Logger& logger, bool secrets_in_arguments) {
  if (secrets_in_arguments) {
    logger.Warn("--config-body shows its secrets to every user of this machine who lists processes",
                {{"remedy", "use --config, INGRESS_CONFIG_FILE or INGRESS_CONFIG_BODY"}});
  }
  if (!ingress::sandbox::Enabled()) {
    logger.Warn("what decodes the streams is not confined", {{"cause", "INGRESS_SANDBOX=off"}});
    return;
  }
  for (const std::string& missing : ingress::sandbox::Missing()) {
    logger.Warn("what decodes the streams is confined less than it could be",
                {{"missing", missing}});
  }
}

/// Errors: kUnauthorized when the state directory is somebody else's. Without any the service runs.
Result<void> ClaimStateDirectory(const ingress::observability::Logger& logger) {
  using ingress::service::ClaimDirectory;
  const std::filesystem::path directory = ingress::service::StateDirectory();
  auto claimed = ClaimDirectory(directory);
  if (!claimed && claimed.error().code == ingress::ErrorCode::kUnauthorized) return claimed;
  const auto usual = ClaimDirectory(ingress::service::StateDirectoryCandidates().front());
  if (claimed && !usual) {
    logger.Warn("state is kept in another directory than usual",
                {{"directory", directory.string()},
                 {"error", usual.error()},
                 {"remedy", "set STATE_DIRECTORY to a directory that the service can write to"}});
  }
  return {};
}

/// Prints what is wrong with the configuration.
int RefuseConfig(const ingress::Error& error) {
  std::fprintf(stderr, "ingress: %s\n", error.context.c_str());
  const bool idle = error.code == ingress::ErrorCode::kUnsupported;
  return idle ? kExitNothingToServe : kExitBadConfig;
}

int RunService(const ingress::config::Sources& sources, bool secrets_in_arguments) {
  ingress::ipc::KeepOomScore();  // its file is the administrator's after the next line
  ingress::sandbox::KeepMemoryPrivate();
  auto loaded = ingress::config::Load(sources);
  if (!loaded) return RefuseConfig(loaded.error());
  const ingress::observability::Logger logger(
      {.level = loaded->config.log_level, .json = loaded->config.log_json});
  logger.Info("ingress " + ingress::VersionText());
  for (const std::string& warning : loaded->warnings) logger.Warn(warning);
  if (const auto claimed = ClaimStateDirectory(logger); !claimed) {
    std::fprintf(stderr, "ingress: %s\n", claimed.error().context.c_str());
    return kExitFailure;
  }
  WarnOfExposure(logger, secrets_in_arguments);
  std::signal(SIGPIPE, SIG_IGN);
  ingress::PrepareStackTraces();
  google::protobuf::SetLogHandler([](google::protobuf::LogLevel, const char*, int,
                                     const std::string&) {});  // a peer's bad UTF-8 is no news
  asio::io_context context(1);
  ingress::service::Service service(context, std::move(loaded->config), logger,
                                    [sources] { return ingress::config::Load(sources); });
  using End = ingress::service::Service::End;
  Result<End> outcome = End::kIdle;
  asio::co_spawn(context, service.Run(),
                 [&outcome](const std::exception_ptr& error, Result<End> result) {
                   if (error) std::rethrow_exception(error);
                   outcome = std::move(result);
                 });
  context.run();
  if (outcome) return *outcome == End::kStreamsCut ? kExitStreamsCut : 0;
  logger.Error("cannot run", {{"error", outcome.error()}});
  return kExitFailure;
}

/// Looks at what the node needs and prints what it finds; nothing is served.
int RunCheck(const ingress::config::Sources& sources) {
  auto loaded = ingress::config::Load(sources);
  if (!loaded) return RefuseConfig(loaded.error());
  for (const std::string& warning : loaded->warnings) std::printf("note    %s\n", warning.c_str());
  const ingress::observability::Logger logger({.level = ingress::LogLevel::kWarn});
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context context(1);
  ingress::service::SelfCheck check(context.get_executor(), loaded->config, logger,
                                    [](const ingress::input::CheckLine& line) {
                                      std::printf("%-7s %-18s %s\n", line.good ? "ok" : "FAILED",
                                                  line.what.c_str(), line.text.c_str());
                                      std::fflush(stdout);
                                    });
  bool good = false;
  asio::co_spawn(context, check.Run(), [&good](const std::exception_ptr& error, bool all_good) {
    if (error) std::rethrow_exception(error);
    good = all_good;
  });
  context.run();
  return good ? 0 : kExitFailure;
}

/// Prints what was asked for, or what is wrong with the command line.
int EndParsing(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  std::fprintf(stderr, "ingress: %s\nRun \"ingress --help\" for more.\n", error.what());
  return kExitBadConfig;
}

}  // namespace

int main(int argc, char** argv) {
  OpenStandardDescriptors();
  umask(S_IRWXG | S_IRWXO);  // what we write is ours alone
  // With glibc's fast bins each allocation above 1 KiB, which every coded picture is, first looks
  // through all of them. What is small comes from the thread's cache anyway.
  mallopt(M_MXFAST, 0);
  CLI::App app("LiveKit Ingress: takes RTMP streams into LiveKit rooms.");
  app.name("ingress");
  app.set_version_flag("-v,--version", "ingress " + ingress::VersionText());
  app.footer(kHelpFooter);
  std::optional<std::string> config_file;
  std::optional<std::string> config_body;
  const auto add_sources = [&](CLI::App& to) {
    to.add_option("--config", config_file, "YAML file [env: INGRESS_CONFIG_FILE]");
    to.add_option("--config-body", config_body,
                  "YAML text, wins over the file [env: INGRESS_CONFIG_BODY]");
  };
  add_sources(app);
  CLI::App* help = app.add_subcommand("help", "Print this help message and exit");
  CLI::App* check = app.add_subcommand(
      "check", "Look at ports, Redis, livekit-server, clock, encoders; print remedies and exit");
  check->fallthrough();
  add_sources(*check);  // for its help text, which leaves out what falls through
  // Not for people, hence in no group of the help text.
  CLI::App* handler = app.add_subcommand("handler", "")->group("");
  CLI::App* transcoder = app.add_subcommand("transcoder", "")->group("");
  std::string subject;
  transcoder->add_option("subject", subject);
  CLI::App* prepare = app.add_subcommand("prepare", "")->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return EndParsing(app, error);
  }
  if (help->parsed()) {
    // app.help() would be that of the subcommand.
    const auto formatter = app.get_formatter();
    const std::string text = formatter->make_help(&app, "ingress", CLI::AppFormatMode::Normal);
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  if (handler->parsed() || transcoder->parsed()) ingress::PrepareProcessTitle(argc, argv);
  if (handler->parsed()) return ingress::handler::Main();
  if (transcoder->parsed()) return ingress::transcoder::Main(subject);
  if (prepare->parsed()) return ingress::transcoder::Prepare();

  ingress::config::Sources sources = ingress::config::SourcesFromEnvironment();
  if (config_file || config_body) {
    sources.file = config_file;
    sources.body = config_body;
  }
  return check->parsed() ? RunCheck(sources) : RunService(sources, config_body.has_value());
}
