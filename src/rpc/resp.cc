#include "rpc/resp.h"

#include <cstdlib>
#include <new>
#include <optional>
#include <utility>

namespace ingress::rpc {
namespace {

RespReader::Budget& BudgetOf(const redisReadTask* task) {
  return *static_cast<RespReader::Budget*>(task->privdata);
}

// A null return makes hiredis give up with an error.
bool Spend(const redisReadTask* task, std::size_t values, std::size_t bytes) {
  RespReader::Budget& budget = BudgetOf(task);
  budget.values += values;
  budget.bytes += bytes;
  budget.exceeded |= budget.values > kMaxReplyValues || budget.bytes > kMaxReplyBytes;
  return !budget.exceeded;
}

// The root is owned by the reader until it is complete, every other value by its parent.
void* Place(const redisReadTask* task, RespValue value) {
  if (task->parent == nullptr) return std::make_unique<RespValue>(std::move(value)).release();
  auto& siblings = static_cast<RespValue*>(task->parent->obj)->elements;
  return &(siblings[static_cast<std::size_t>(task->idx)] = std::move(value));
}

RespValue::Type TextType(int type) {
  switch (type) {
    case REDIS_REPLY_STATUS:
      return RespValue::Type::kStatus;
    case REDIS_REPLY_ERROR:
      return RespValue::Type::kError;
    default:
      return RespValue::Type::kString;
  }
}

void* CreateString(const redisReadTask* task, char* text, std::size_t size) {
  if (!Spend(task, 0, size)) return nullptr;
  return Place(task, {.type = TextType(task->type), .text = std::string(text, size)});
}

void* CreateArray(const redisReadTask* task, int size) {
  const auto count = static_cast<std::size_t>(size);
  if (!Spend(task, count, 0)) return nullptr;
  RespValue array{.type = RespValue::Type::kArray};
  array.elements.resize(count);
  return Place(task, std::move(array));
}

void* CreateInteger(const redisReadTask* task, long long value) {
  return Place(task, {.type = RespValue::Type::kInteger, .integer = value});
}

void* CreateNil(const redisReadTask* task) { return Place(task, {}); }

void FreeRoot(void* root) { std::unique_ptr<RespValue>(static_cast<RespValue*>(root)).reset(); }

redisReplyObjectFunctions kFunctions{.createString = CreateString,
                                     .createArray = CreateArray,
                                     .createInteger = CreateInteger,
                                     .createNil = CreateNil,
                                     .freeObject = FreeRoot};

std::unexpected<Error> LimitExceeded() {
  return Fail(ErrorCode::kLimitExceeded, "redis: reply above " + std::to_string(kMaxReplyBytes) +
                                             " bytes or " + std::to_string(kMaxReplyValues) +
                                             " values");
}

struct FreeCommand {
  void operator()(char* command) const { redisFreeCommand(command); }
};

}  // namespace

RespReader::RespReader()
    : budget_(std::make_unique<Budget>()), reader_(redisReaderCreateWithFunctions(&kFunctions)) {
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = budget_.get();
}

Result<std::vector<RespValue>> RespReader::Receive(ByteView data) {
  const std::string_view text = AsText(data);
  redisReaderFeed(reader_.get(), text.data(), text.size());  // its error comes with the next value
  std::vector<RespValue> values;
  for (;;) {
    void* root = nullptr;
    const int status = redisReaderGetReply(reader_.get(), &root);
    const std::unique_ptr<RespValue> value(static_cast<RespValue*>(root));
    if (budget_->exceeded) return LimitExceeded();
    if (status != REDIS_OK) {
      return Fail(ErrorCode::kMalformed, "redis: " + std::string(reader_->errstr));
    }
    if (!value) break;
    values.push_back(std::move(*value));
    *budget_ = {};
  }
  if (reader_->len - reader_->pos > kMaxReplyBytes) return LimitExceeded();
  return values;
}

Bytes RespCommand(std::span<const std::string_view> words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* raw = nullptr;
  const int size =
      redisFormatCommandArgv(&raw, static_cast<int>(words.size()), texts.data(), sizes.data());
  const std::unique_ptr<char, FreeCommand> command(raw);
  if (size < 0) throw std::bad_alloc();
  const ByteView bytes = AsBytes({command.get(), static_cast<std::size_t>(size)});
  return {bytes.begin(), bytes.end()};
}

Bytes RespCommand(std::initializer_list<std::string_view> words) {
  return RespCommand(std::span<const std::string_view>(words.begin(), words.size()));
}

}  // namespace ingress::rpc
