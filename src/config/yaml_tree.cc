#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "base/text.h"

namespace ingress::config {
namespace {

constexpr std::size_t kMaxShownKey = 40;  // characters

std::string AtLine(int line) { return "line " + std::to_string(line) + ": "; }

YamlNode MakeNode(YamlNode::Kind kind, int line) {
  YamlNode node;
  node.kind = kind;
  node.line = line;
  return node;
}

// Leaves the parser when the document breaks a rule of ours; caught in ParseYaml().
struct Rejected {
  Error error;
};

[[noreturn]] void Reject(ErrorCode code, std::string context) {
  throw Rejected{Error{code, std::move(context)}};
}

/// What an anchor ("&name") stands for, measured once so that an alias can be refused unread.
struct Anchored {
  YamlNode node;
  std::size_t nodes = 0;
  std::size_t depth = 0;  // levels of maps and sequences in it
};

Anchored Measure(const YamlNode& node) {
  Anchored out{.node = node, .nodes = 1, .depth = 0};
  const auto add = [&out](const YamlNode& child) {
    const Anchored inner = Measure(child);
    out.nodes += inner.nodes;
    out.depth = std::max(out.depth, inner.depth);
  };
  for (const YamlNode& item : node.items) add(item);
  for (const YamlNode::Entry& entry : node.entries) {
    out.nodes += 1;
    add(entry.value);
  }
  const bool scalar = node.kind == YamlNode::Kind::kScalar || node.kind == YamlNode::Kind::kNull;
  if (!scalar) out.depth += 1;
  return out;
}

/// Puts the entries of `base` that `map` does not have itself into `map`.
void MergeInto(YamlNode& map, const YamlNode& base, int line) {
  if (base.kind == YamlNode::Kind::kSequence) {
    for (const YamlNode& one : base.items) MergeInto(map, one, line);
    return;
  }
  if (base.kind != YamlNode::Kind::kMap) {
    Reject(ErrorCode::kMalformed, AtLine(line) + "<< takes a map (*name), or a list of maps");
  }
  for (const YamlNode::Entry& entry : base.entries) {
    const auto same = std::ranges::find(map.entries, entry.key, &YamlNode::Entry::key);
    if (same == map.entries.end()) map.entries.push_back(entry);
  }
}

/// Whether the quoted scalar that begins at `text` has its closing quote. The parser takes the end
/// of the text for one when a line break comes before it, and with it all settings behind the
/// quote.
bool IsClosed(std::string_view text) {
  const char quote = text.empty() ? '\0' : text.front();
  if (quote != '"' && quote != '\'') return true;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      // '' is a quote within single quotes; its second half is looked at next.
      const bool doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
      if (!doubled) return true;
      ++at;
    }
  }
  return false;
}

/// What follows in `text` from a place that the parser names.
std::string_view From(std::string_view text, const YAML::Mark& mark) {
  for (int line = 0; line < mark.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(std::min(text.size(), static_cast<std::size_t>(mark.column)));
}

/// Builds the tree from the parser's events and enforces the limits on the way.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string_view text) : text_(text) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) {
      Reject(ErrorCode::kMalformed,
             AtLine(mark.line + 1) + "a second document begins; the file may hold one");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(MakeNode(YamlNode::Kind::kNull, mark.line + 1), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const int line = mark.line + 1;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      Reject(ErrorCode::kMalformed, AtLine(line) + "an alias stands inside what it stands for");
    }
    if (open_.size() + found->second.depth > static_cast<std::size_t>(kMaxDocumentDepth)) {
      RejectDepth(line);
    }
    // Counted before they are copied: aliases of aliases grow by powers.
    Count(found->second.nodes - 1);
    Add(found->second.node, YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag.empty() || tag == "?";
    if (!plain && !IsClosed(From(text_, mark))) {
      Reject(ErrorCode::kMalformed, AtLine(mark.line + 1) + "a quote is opened and never closed");
    }
    YamlNode node = MakeNode(YamlNode::Kind::kScalar, mark.line + 1);
    node.quoted = !plain;
    node.scalar = value;
    Add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kSequence, mark.line + 1, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMap, mark.line + 1, anchor);
  }
  void OnMapEnd() override { Close(); }

  YamlNode Take() { return std::move(root_); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::optional<YamlNode::Entry> pending = std::nullopt;  // a key that waits for its value
    bool merges = false;                                    // it has a key <<
  };

  [[noreturn]] static void RejectDepth(int line) {
    Reject(ErrorCode::kLimitExceeded,
           AtLine(line) + "nested deeper than " + std::to_string(kMaxDocumentDepth) + " levels");
  }

  void Open(YamlNode::Kind kind, int line, YAML::anchor_t anchor) {
    if (static_cast<int>(open_.size()) >= kMaxDocumentDepth) RejectDepth(line);
    if (AwaitsKey()) Reject(ErrorCode::kMalformed, AtLine(line) + "a key must be a plain word");
    open_.push_back({.node = MakeNode(kind, line), .anchor = anchor});
  }

  void Close() {
    Frame done = std::move(open_.back());
    open_.pop_back();
    if (done.merges) Merge(done.node);
    Add(std::move(done.node), done.anchor);
  }

  static void Merge(YamlNode& map) {
    const auto base = std::ranges::find(map.entries, "<<", &YamlNode::Entry::key);
    const YamlNode::Entry taken = std::move(*base);
    map.entries.erase(base);
    MergeInto(map, taken.value, taken.line);
  }

  bool AwaitsKey() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap &&
           !open_.back().pending;
  }

  void Count(std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ <= kMaxDocumentNodes) return;
    Reject(ErrorCode::kLimitExceeded,
           "more than " + std::to_string(kMaxDocumentNodes) + " values, aliases counted in full");
  }

  void Add(YamlNode node, YAML::anchor_t anchor) {
    Count(1);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = Measure(node);
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind == YamlNode::Kind::kSequence) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().pending) {
      AddKey(std::move(node));
    } else {
      Frame& map = open_.back();
      map.pending->value = std::move(node);
      map.node.entries.push_back(std::move(*map.pending));
      map.pending.reset();
    }
  }

  void AddKey(YamlNode node) {
    if (node.kind != YamlNode::Kind::kScalar) {
      Reject(ErrorCode::kMalformed, AtLine(node.line) + "a key must be a plain word");
    }
    Frame& map = open_.back();
    map.merges = map.merges || (node.scalar == "<<" && !node.quoted);
    const auto same = std::ranges::find(map.node.entries, node.scalar, &YamlNode::Entry::key);
    if (same != map.node.entries.end()) {
      Reject(ErrorCode::kMalformed, AtLine(node.line) + ShownKey(node.scalar) +
                                        " is set twice (first on line " +
                                        std::to_string(same->line) + ")");
    }
    map.pending = YamlNode::Entry{.key = std::move(node.scalar), .line = node.line, .value = {}};
  }

  std::string_view text_;  // of the whole document
  YamlNode root_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

/// YAML forbids tabs in indentation, and parsers disagree about what they then mean.
Result<void> CheckText(std::string_view text) {
  for (int line = 1; !text.empty(); ++line) {
    const std::string_view row = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(row.size() + 1, text.size()));
    if (!IsUtf8(row) || row.find('\0') != std::string_view::npos) {
      return Fail(ErrorCode::kMalformed, AtLine(line) + "not UTF-8 text");
    }
    const std::size_t content = row.find_first_not_of(" \t\r");
    if (content == std::string_view::npos) continue;
    if (row.substr(0, content).find('\t') != std::string_view::npos) {
      return Fail(ErrorCode::kMalformed, AtLine(line) + "indented with a tab; use spaces");
    }
  }
  return {};
}

}  // namespace

bool IsUnset(const YamlNode& node) {
  return node.kind == YamlNode::Kind::kNull ||
         (node.kind == YamlNode::Kind::kScalar && node.scalar.empty());
}

std::string ShownKey(std::string_view key) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  const auto end = std::ranges::find_if_not(key, is_word);
  const auto shown = std::min<std::size_t>(end - key.begin(), kMaxShownKey);
  return std::string(key.substr(0, shown)) + (shown < key.size() ? "…" : "");
}

Result<YamlNode> ParseYaml(std::string_view text) {
  if (text.size() > kMaxDocumentBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                "larger than " + std::to_string(kMaxDocumentBytes) + " bytes");
  }
  if (auto checked = CheckText(text); !checked) return std::unexpected(checked.error());
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(text);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Rejected& rejected) {
    return std::unexpected(rejected.error);
  } catch (const YAML::Exception& exception) {
    // What follows a colon in the library's texts is taken from the document.
    const std::string reason = exception.msg.substr(0, exception.msg.find(':'));
    return Fail(ErrorCode::kMalformed, AtLine(exception.mark.line + 1) + reason);
  }
  return builder.Take();
}

}  // namespace ingress::config
